"""Operation: take in the objects of a file, in batches, each a post of its own; what is there already is repeated."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy.orm import Session

from feeds.errors import EnvelopeError
from feeds.files.indicators import Skipped
from feeds.intake.judging import Judge
from feeds.intake.posts import Answer
from feeds.intake.taking import take_in
from feeds.reasons.codes import Code
from feeds.reasons.reason import told as told_of
from models.collection import Collection
from sharing.actor import Actor
from sharing.exchange.told import Told
from sharing.publishing.nouns import DEFINITIONS
from sharing.readers import load_reader
from sharing.rules.policy import Policy
from sharing.units import Units

BATCH: Final = 1_000
"""Objects that are posted together."""
BATCH_BYTES: Final = 16 * 1024 * 1024
MOST_HELD: Final = 200
"""Definitions that wait for what names them; each is looked for in every object."""
LOOKED_AT: Final = 2_000
"""Bytes at both ends of an object in which its type stands, if it is a definition at all."""
REASONS_KEPT: Final = 1_000
"""Refusals whose reasons are kept to be shown; the rest is counted."""


@dataclass
class Imported:
    """What became of a file so far."""

    read: int = 0
    published: int = 0
    repeated: int = 0
    refused: int = 0
    skipped: int = 0
    reasons: list["NotTaken"] = field(default_factory=list)

    def note(self, why: Told, stix_id: str = "") -> None:
        """Keep a reason, within bounds."""
        if len(self.reasons) < REASONS_KEPT:
            self.reasons.append(NotTaken(why, stix_id))


class NotTaken(NamedTuple):
    """Why something of a file was not taken."""

    why: Told
    stix_id: str
    """Which object; empty where it was none."""

    def __str__(self) -> str:
        """What machines are told."""
        return f"{self.stix_id}: {self.why.text}" if self.stix_id else self.why.text


class Into(Struct, frozen=True):
    """Where a file goes, and in whose name."""

    units: Units
    actor: Actor
    collection: Collection
    policy: Callable[[Session], Policy]
    judge: Judge


def import_objects(
    into: Into, objects: Iterable[bytes | Skipped], told: Callable[[Imported], None], *, begin: int = 0
) -> Imported:
    """Post the objects of a file; after each batch, which is committed by then, `told` hears how far it is.

    `begin` leaves out what an earlier run has done.

    Raises:
        FileError: the file cannot be read any further; what was told is done.
    """
    done = Imported(read=begin)
    for batch in _batches(_behind(begin, _together(objects))):
        raws = [each for each in batch if isinstance(each, bytes)]
        for each in batch:
            if isinstance(each, Skipped):
                done.skipped += 1
                done.note(Told(str(each)))
        if raws:
            _post(into, raws, done)
        done.read += len(batch)
        told(done)
    return done


_Item = bytes | Skipped


def _together(source: Iterable[_Item]) -> Iterator[list[_Item]]:
    """What must not be parted: a definition comes with the first object that names it, or behind all.

    In a batch without that, it would be held as what nothing names, which its readers do not see.
    """
    held: dict[bytes, bytes] = {}
    for each in source:
        if not isinstance(each, bytes):
            yield [each]
            continue
        ident = _id_of_definition(each)
        if ident is not None and ident not in held and len(held) < MOST_HELD:
            held[ident] = each
        else:
            yield [*_named(each, held), each]
    while held:
        each = held.pop(next(iter(held)))
        yield [*_named(each, held), each]


def _named(raw: bytes, held: dict[bytes, bytes]) -> list[bytes]:
    """Let go of the definitions that an object names, behind those that they name themselves."""
    found: list[bytes] = []
    for ident in [each for each in held if each in raw]:
        definition = held.pop(ident, None)
        if definition is not None:
            found += [*_named(definition, held), definition]
    return found


def _id_of_definition(raw: bytes) -> bytes | None:
    if b"-definition" not in raw[:LOOKED_AT] and b"-definition" not in raw[-LOOKED_AT:]:
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None  # it is refused with its reason later
    known = isinstance(value, dict) and value.get("type") in DEFINITIONS and isinstance(value.get("id"), str)
    return value["id"].encode("utf-8", "surrogatepass") if known else None


def _behind(begin: int, groups: Iterator[list[_Item]]) -> Iterator[list[_Item]]:
    """Run through what an earlier run has done: whole groups, as a batch holds no parts of them."""
    place = 0
    for group in groups:
        if place >= begin:
            yield group
        place += len(group)


def _batches(groups: Iterator[list[_Item]]) -> Iterator[list[_Item]]:
    batch: list[_Item] = []
    size = 0
    for group in groups:
        batch += group
        size += sum(len(each) for each in group if isinstance(each, bytes))
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _post(into: Into, raws: list[bytes], done: Imported) -> None:
    """Post a batch; where one object spoils the JSON of all, each is posted alone."""
    try:
        body = b'{"objects":[' + b",".join(raws) + b"]}"
        post = into.judge.judge(body, into.collection, lambda session: load_reader(session, into.actor))
    except EnvelopeError as error:
        if len(raws) > 1:
            for raw in raws:
                _post(into, [raw], done)
        else:
            done.refused += 1
            done.note(told_of((error.reason,)))
        return
    with into.units.writing() as session:
        policy, context = into.policy(session), into.units.context()
        answers = take_in(session, into.actor, post, policy=policy, context=context).answers
    for each in answers:
        _count(each, done)


_REPEATED: Final = frozenset({Code.REPEATED, Code.GRANTED_AGAIN})


def _count(each: Answer, done: Imported) -> None:
    if not each.accepted:
        done.refused += 1
        done.note(Told(each.message, told_of(each.reasons).codes), each.stix_id)
    elif any(reason.code in _REPEATED for reason in each.reasons):
        done.repeated += 1
    else:
        done.published += 1
