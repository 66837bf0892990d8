"""Rule: whether a post is what its publisher signed: each object by its signature, the whole by its manifest.

A fault of one object stays with it; a fault of the manifest refuses the whole post, since nobody knows then what was
dropped or added. What was re-marked on the way (RED to GREEN) is another content, so its signature does not fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from crypto.errors import BadSignature, NotCanonical
from crypto.publisher import MANIFEST_PREFIX, OBJECT_PREFIX, Listed, PublisherKey, list_object, read_signed
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because
from feeds.stix.parse import RawObject
from feeds.stix.signature import (
    MANIFEST,
    SIGNATURE,
    BadForm,
    Signature,
    SignedManifest,
    parse_manifest,
    parse_signature,
)

AHEAD: Final = timedelta(minutes=10)
"""How far the clock of whoever signs may run ahead."""


_OURS: Final = (SIGNATURE, MANIFEST)


@dataclass
class Signatures:
    """The signatures and the manifest of one post, by place; what is wrong with their form is told at once."""

    by_version: dict[tuple[str, str | None], tuple[int, Signature]] = field(default_factory=dict)
    manifest: tuple[int, SignedManifest, bytes] | None = None
    faults: dict[int, Reason] = field(default_factory=dict)

    @classmethod
    def of(cls, objects: Sequence[RawObject]) -> "Signatures":
        """Take the signatures out of a post."""
        found = cls()
        for place, each in enumerate(objects):
            kind = each.value.get("type")
            if each.problem is None and kind in _OURS:
                found._take(place, each, kind)
        return found

    @property
    def present(self) -> bool:
        """Whether anything of the post says that it was signed."""
        return bool(self.by_version or self.manifest or self.faults)

    def _take(self, place: int, each: RawObject, kind: str) -> None:
        try:
            value = read_signed(each.raw)
            if kind == MANIFEST:
                if self.manifest is not None:
                    raise BadForm(because(Code.MANIFEST_TWICE))
                self.manifest = (place, parse_manifest(value), each.raw)
                return
            signature = parse_signature(value)
            key = (signature.related_to, signature.related_version)
            if key in self.by_version:
                raise BadForm(because(Code.SIGNATURE_TWICE))
            self.by_version[key] = (place, signature)
        except BadForm as error:
            self.faults[place] = error.reason
        except NotCanonical as error:
            self.faults[place] = because(Code.SIGNATURE_FORM, fault=error)


class Terms(Struct, frozen=True):
    """What a post is judged by."""

    keys: Mapping[str, PublisherKey]
    """The keys with which its publisher may sign now."""
    audience: str
    now: datetime
    oldest: timedelta
    needed: bool
    """The collection takes only what is signed, under a manifest."""
    seen_before: bool
    """The publisher has submitted under this nonce before."""
    registered: frozenset[str] = frozenset()
    """The keys that its publisher ever registered here, also those that ended."""
    whole: bool = False
    """The post has a manifest: whoever signed the post signed its objects."""

    def carries(self, key: str) -> bool:
        """Whether a signature by this key is passed on as it came: one of elsewhere, where none is demanded.

        Who drops such a signature could post the object unsigned as well, so to take it weakens nothing; to refuse it
        would lose what another hub passes on.
        """
        return not (self.needed or self.whole or key in self.registered)


def judge_object(raw: bytes, signature: Signature | None, terms: Terms) -> Reason | None:
    """What is wrong with the signature of an object; nothing where it is good, or absent and not needed."""
    if signature is None:
        return because(Code.SIGNATURE_NEEDED) if terms.needed else None
    key = terms.keys.get(signature.key)
    if key is None and not terms.carries(signature.key):
        return because(Code.OTHER_KEY)
    try:
        value = read_signed(raw)
        if list_object(value).hash != signature.hash:
            return because(Code.OTHER_SIGNED)
        if key is not None:
            key.verify(OBJECT_PREFIX, value, signature.value)
    except NotCanonical as error:
        return because(Code.TWO_MEANINGS, fault=error)
    except BadSignature:
        return because(Code.OTHER_SIGNED)
    return None


def judge_manifest(signed: SignedManifest | None, objects: Sequence[RawObject], terms: Terms) -> Reason | None:
    """What is wrong with the manifest of a post; nothing where it is good, or absent and not needed."""
    if signed is None:
        return because(Code.MANIFEST_NEEDED) if terms.needed else None
    fault = _judge_signed(signed, terms) or _judge_circumstances(signed, terms)
    return because(Code.MANIFEST, fault=fault) if fault else _difference(signed.manifest.objects, objects)


def _judge_signed(signed: SignedManifest, terms: Terms) -> Reason | None:
    key = terms.keys.get(signed.key)
    if key is None:
        return because(Code.OTHER_KEY)
    try:
        key.verify(MANIFEST_PREFIX, dict(signed.document), signed.value)
    except BadSignature:
        return because(Code.OTHER_SIGNED)
    return None


def _judge_circumstances(signed: SignedManifest, terms: Terms) -> Reason | None:
    manifest = signed.manifest
    if manifest.audience != terms.audience:
        return because(Code.MANIFEST_AUDIENCE, audience=terms.audience)
    if not terms.now - terms.oldest <= manifest.signed_at <= terms.now + AHEAD:
        return because(Code.MANIFEST_TIME, days=terms.oldest.days, at=manifest.signed_at.isoformat())
    if terms.seen_before:
        return because(Code.MANIFEST_AGAIN)
    return None


def _difference(listed: Sequence[Listed], objects: Sequence[RawObject]) -> Reason | None:
    try:
        posted = {list_object(_strict(each)) for each in objects if _counts(each)}
    except NotCanonical as error:
        return because(Code.TWO_MEANINGS, fault=error)
    dropped, added = set(listed) - posted, posted - set(listed)
    if dropped or added:
        return because(Code.MANIFEST_OTHERS, count=len(listed), dropped=len(dropped), added=len(added))
    return None


def _counts(each: RawObject) -> bool:
    return each.value.get("type") not in _OURS


def _strict(each: RawObject) -> Mapping[str, Any]:
    value = read_signed(each.raw)
    if not isinstance(value, dict):
        raise NotCanonical("expected an object, found another value")
    return value


class Standing(StrEnum):
    """How an object stands with its signature, as a reader is shown it."""

    UNSIGNED = "unsigned"
    GOOD = "good"
    BROKEN = "broken"
    """The signature does not fit the object: somebody changed something."""
    CARRIED = "carried"
    """Its key is none that its publisher registered here: it came from elsewhere, and fits as far as can be seen."""


def standing_of(raw: bytes, signature: bytes | None, key: PublisherKey | None) -> Standing:
    """Check an object once more with the signature that came with it, by its publisher's key of that name."""
    if signature is None:
        return Standing.UNSIGNED
    try:
        read, value = parse_signature(read_signed(signature)), read_signed(raw)
        if list_object(value).hash != read.hash:
            return Standing.BROKEN
        if key is None or key.thumbprint != read.key:
            return Standing.CARRIED
        key.verify(OBJECT_PREFIX, value, read.value)
    except (NotCanonical, BadSignature):
        return Standing.BROKEN
    return Standing.GOOD


def key_named_by(signature: bytes | None) -> str | None:
    """The thumbprint that a signature names; None where it cannot be read."""
    try:
        return parse_signature(read_signed(signature)).key if signature is not None else None
    except NotCanonical:
        return None


class Checked(Struct, frozen=True):
    """How one object of a file stands, and the key that its signature names."""

    id: str
    version: str | None
    standing: Standing
    key: str | None


def check_signatures(objects: Sequence[RawObject], keys: Mapping[str, PublisherKey]) -> list[Checked]:
    """Check each object with the signature beside it; what nobody signs (definitions, signatures) is passed over.

    Needs no hub: the keys, by thumbprint, are those that the caller believes.
    """
    signatures: dict[tuple[object, object], bytes] = {}
    for each in objects:
        if each.problem is None and each.value.get("type") == SIGNATURE:
            signatures[each.value.get("related_to"), each.value.get("related_version")] = each.raw
    found: list[Checked] = []
    for each in objects:
        if each.problem is not None or each.value.get("type") in _NEVER_SIGNED:
            continue
        version = each.value.get("modified", each.value.get("created"))
        signature = signatures.get((each.value.get("id"), version))
        named = key_named_by(signature)
        standing = standing_of(each.raw, signature, keys.get(named) if named else None)
        found.append(Checked(str(each.value.get("id")), version if isinstance(version, str) else None, standing, named))
    return found


_NEVER_SIGNED: Final = frozenset({*_OURS, "marking-definition", "extension-definition"})
