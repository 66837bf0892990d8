"""Holds what goes into a publication and what comes out of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from models.collection import Collection
from models.vocabulary import Form, Label
from sharing.audit.tags import Tag
from sharing.reading.own import OwnVersion

DEFINITIONS: Final = frozenset({"marking-definition", "extension-definition"})
"""Types that carry no label of their own: they take the audiences of the objects that name them."""


class Result(StrEnum):
    """What became of one object of a publication."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True)
class EditionOf:
    """What lists and trends need when the object is the edition of a report."""

    report_id: UUID
    form: Form
    number: int
    kind: str
    sector: str
    event_type: str
    service_impact: str
    noticed_on: date
    title: str


@dataclass(frozen=True, slots=True)
class NewObject:
    """One finished object: its exact bytes, and what was taken out of them at intake."""

    stix_id: str
    type: str
    spec_version: str
    version_us: int | None
    version: str | None
    created_by_ref: str | None
    label: Label
    raw: bytes
    definition_refs: tuple[str, ...] = ()
    audience: Mapping[str, str] | None = None
    """Token to rule where the caller's rules decided already (editions); None lets the label decide."""
    report_id: UUID | None = None
    edition: EditionOf | None = None
    fullness: int = 0
    """Of a form's main object that lists do not count, such as the notice that it is withdrawn."""


class Ending(NamedTuple):
    """The last word on something that was published before, to go out in the same entry as what ends it."""

    new: NewObject
    superseded: tuple[int, ...] = ()
    """The versions that it takes the place of, by their numbers."""
    same: OwnVersion | None = None
    """The same word as it was published before, in another collection."""
    newest_us: int = 0
    """The newest version of it that there is anywhere."""


FindEndings = Callable[[Session, UUID, int, Mapping[str, int]], Sequence[Ending]]
"""What ends in a publisher's feed, given each object that goes on there with its newest version."""


Settle = Callable[[frozenset[int]], Sequence[NewObject]]
"""The objects of a publication as they are, given the places of those of them that contradict what was there."""


@dataclass(frozen=True)
class Publication:
    """Finished objects for one collection, as one operation and one entry."""

    collection: Collection
    objects: Sequence[NewObject]
    tag: Tag = Tag.OBJECT_PUBLISH
    exercise: bool = False
    publisher_id: UUID | None = None
    """Whose publication it is, where an operation publishes an edition; else the actor's organization."""
    subjects: Sequence[tuple[str, str]] = ()
    decision: Mapping[str, Any] = field(default_factory=dict)
    endings: FindEndings | None = None
    settle: Settle | None = None
    """Asked where something is refused that others of the publication follow."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object, in the order of the publication."""

    stix_id: str
    version: str
    result: Result
    code: str = ""
    wider: Label | None = None
    """The widest label of the versions before this new one, where it is stricter: their readers keep those."""


class Published(Struct, frozen=True):
    """The entry of a publication and what became of each object."""

    entry_id: int
    outcomes: tuple[Outcome, ...]
