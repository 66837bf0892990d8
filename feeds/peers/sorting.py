"""Rule: of what a peer sent, what goes on by itself, what waits for a person, what is refused, each with its reason."""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

import orjson
from msgspec import Struct

from feeds.errors import EnvelopeError
from feeds.files.bundles import split_objects
from feeds.intake.posts import Post
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, Reasons, because, told
from feeds.stix.facts import facts_of
from feeds.stix.markings import label_of
from feeds.stix.parse import Limits, split_envelope
from models.vocabulary import Label
from sharing.exchange.peers import Sent
from sharing.publishing.nouns import DEFINITIONS, NewObject

LONGEST_ID: Final = 150


class Sorted(Struct, frozen=True):
    """What goes on, as a post, and the rest."""

    post: Post
    sent: tuple[Sent, ...]


def sort_out(post: Post, *, let_on: Label | None, types: frozenset[str]) -> Sorted:
    """Let on what the peer's rule names, of what is held at its floor already."""
    sent = [_refused(answer.stix_id, answer.version, answer.reasons) for answer in post.refused.values()]
    going: list[Any] = []
    of_all = because(Code.PERSON_WAITS) if post.collection.ceptoar_only else None
    for candidate in post.candidates:
        new = candidate.new
        waits = of_all or why_it_waits(new, let_on=let_on, types=types)
        if waits:
            sent.append(_waiting(new, (waits, *candidate.notes)))
        else:
            going.append(candidate)  # at its own place: definitions and signatures are known by theirs
    return Sorted(replace(post, candidates=tuple(going), refused={}), tuple(sent))


def why_it_waits(new: NewObject, *, let_on: Label | None, types: frozenset[str]) -> Reason | None:
    """The reason why an object waits for a person; nothing where it goes on."""
    if let_on is None:
        return because(Code.NO_RULE)
    if new.label.rank > let_on.rank:
        return because(Code.LABEL_WAITS, label=new.label, let_on=let_on)
    if new.type in DEFINITIONS:
        return None
    if types and new.type not in types:
        return because(Code.TYPE_WAITS)
    if label_of(facts_of(orjson.loads(new.raw)).marking_refs).label is None:
        return because(Code.NO_LABEL)
    return None


class Page(Struct, frozen=True):
    """A page that could not be taken as it came: what can, in envelopes of the usual size, and what cannot."""

    envelopes: tuple[bytes, ...]
    spoilt: tuple[Sent, ...]


def without_spoilt(body: bytes, most: int = Limits().objects) -> Page:
    """A page without the objects that two programs would read differently, which spoil the JSON of all.

    Raises:
        FileError: its objects cannot be told apart.
    """
    sound: list[bytes] = []
    spoilt: list[Sent] = []
    for place, raw in enumerate(split_objects(BytesIO(body))):
        try:
            split_envelope(envelope_of([raw]), Limits())
        except EnvelopeError as error:
            spoilt.append(_spoilt(raw, place, error.reason))
        else:
            sound.append(raw)
    parts = [sound[start : start + most] for start in range(0, len(sound), most)]
    return Page(tuple(map(envelope_of, parts)), tuple(spoilt))


def _spoilt(raw: bytes, place: int, reason: Reason) -> Sent:
    """Kept by its id where that can be read, else by its place; once, by its bytes."""
    try:
        named = json.loads(raw.decode(errors="replace")).get("id")
    except (ValueError, RecursionError):
        named = None
    known = isinstance(named, str) and named.isascii() and named.isprintable()
    sent = _refused(str(named) if known else f"objects/{place}", None, (reason,))
    return replace(sent, digest=sha256(raw).digest())


def envelope_of(bodies: Sequence[bytes]) -> bytes:
    """An envelope around exact bytes."""
    return b'{"objects":[' + b",".join(bodies) + b"]}"


def _waiting(new: NewObject, reasons: Reasons) -> Sent:
    digest = sha256(new.raw).digest()
    return Sent(digest, new.stix_id, new.version or "", new.type, new.label, told(reasons), new.raw)


def _refused(stix_id: str, version: str | None, reasons: Reasons) -> Sent:
    known, said = stix_id[:LONGEST_ID], told(reasons)
    digest = sha256("\0".join((known, version or "", said.text)).encode("utf-8", "surrogatepass")).digest()
    return Sent(digest, known, (version or "")[:40], known.partition("--")[0][:100], None, said, None)
