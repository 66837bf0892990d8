"""Holds what intake speaks of: a post as it was judged, and what became of each of its objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import Struct

from feeds.reasons.reason import Reason, Reasons, join
from feeds.signatures.by_hub import HubSigner
from feeds.signatures.signed import Signatures
from feeds.stix.facts import ObjectFacts
from feeds.stix.parse import RawObject
from models.collection import Collection
from models.vocabulary import Label
from sharing.publishing.nouns import NewObject


class Answer(NamedTuple):
    """What became of one object of a post."""

    stix_id: str
    version: str | None
    """None where the object has no version and was not stored, so that none was given."""
    accepted: bool
    reasons: Reasons = ()
    """Why not, or what its poster should know."""

    @property
    def message(self) -> str:
        """The reasons as machines are told them."""
        return join(self.reasons)


class Candidate(NamedTuple):
    """An object that the border lets through, with its place in the post and what its poster should know."""

    place: int
    new: NewObject
    notes: Reasons = ()
    lesser: tuple[NewObject, ...] = ()
    """Its redacted forms, where parts of it are marked stricter than the whole."""
    refs: tuple[str, ...] = ()
    """The objects that it names anywhere else, besides its author and its markings; in small letters."""
    named: tuple[str, ...] = ()
    """What could be ids and reference numbers in what people wrote in it."""
    told: tuple[str, ...] = ()
    """Its texts, where they could quote the title of a report."""

    @property
    def note(self) -> str:
        """What its poster should know, as machines are told it."""
        return join(self.notes)

    def noting(self, *more: Reason) -> "Candidate":
        """The same, with more that its poster should know."""
        return self._replace(notes=(*self.notes, *more))


class Maker(Struct, frozen=True):
    """What the hub makes forms of objects with."""

    key: bytes
    signer: HubSigner | None = None

    def __repr__(self) -> str:
        """Never the key."""
        return "Maker()"


class Alone(NamedTuple):
    """What becomes of a definition without a label of its own where nothing of its post names it."""

    label: Label
    refusal: Answer | None = None
    """Why it is not taken then; None where it is."""


@dataclass(frozen=True)
class Post:
    """A post, judged as far as can be without the database."""

    collection: Collection
    candidates: tuple[Candidate, ...]
    refused: Mapping[int, Answer]
    warned: int
    """Accepted objects with faults that the collection's policy lets pass."""
    objects: Sequence[RawObject] = field(default=(), repr=False)
    signatures: Signatures = field(default_factory=Signatures)
    bare: Mapping[int, Alone] = field(default_factory=dict)
    """Definitions without a label of their own, by their places."""
    maker: Maker | None = None
    """None where objects are held whole."""


@dataclass(frozen=True)
class Taken:
    """What became of a post: one answer for each object, in their order."""

    answers: tuple[Answer, ...]
    entry_id: int | None
    """The entry in the trail; None where every object was refused at the border."""


def new_object(facts: ObjectFacts, label: Label, raw: bytes, audience: Mapping[str, str] | None = None) -> NewObject:
    """A finished object, by what its bytes say of it."""
    return NewObject(
        facts.stix_id,
        facts.type,
        facts.spec_version,
        facts.version_us,
        facts.version_text,
        facts.created_by_ref,
        label,
        raw,
        facts.definition_refs,
        audience,
    )


def relabelled(new: NewObject, label: Label) -> NewObject:
    """The same object, held at another label."""
    return NewObject(
        new.stix_id,
        new.type,
        new.spec_version,
        new.version_us,
        new.version,
        new.created_by_ref,
        label,
        new.raw,
        new.definition_refs,
    )
