"""Rule: what is needed to build the STIX form of a report edition, in plain values.

The caller has already decided what this edition may show; a field that must not be shown is simply absent.
An anonymised edition with a sender is refused here, so that no mistake further up can name one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from feeds.errors import EditionError
from models.vocabulary import Form, Label, ReportKind

FOUNDED = datetime(2026, 11, 20, tzinfo=UTC)
"""Version of an organization's identity that never changed its name."""

LANGUAGES = ("ja", "en")


class Party(Struct, frozen=True):
    """An organization by name."""

    uuid: UUID
    name_ja: str
    name_en: str
    changed_at: datetime = FOUNDED
    """When the names were last changed: one version of an identity has one content."""


class Code(Struct, frozen=True):
    """A value of a code list with its names."""

    code: str
    name_ja: str
    name_en: str


@dataclass(frozen=True, slots=True)
class IndicatorSource:
    """One indicator of a report; without an id of its own it gets one that no other edition shares."""

    kind: str
    value: str
    uuid: UUID | None = None


class Consents(Struct, frozen=True):
    """To whom the sender lets the report be passed on."""

    nco: bool = False
    ministry: bool = False
    foreign: bool = False
    police: bool = False


class Handling(Struct, frozen=True):
    """Conditions that the sender set."""

    not_for_publication: bool = False
    not_for_supervision: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSource:
    """One version of one edition of a report."""

    edition_uuid: UUID
    form: Form
    label: Label
    kind: ReportKind
    number: int
    """n of 第n報."""
    event_type: Code
    noticed_at: datetime | None
    service_impact: str
    summary: str
    sector: Code
    publisher: Party
    created: datetime
    """When this edition was first published; never the time of the report behind an anonymised one."""
    modified: datetime
    ceptoar: Code | None = None
    sender: Party | None = None
    noticed_on: date | None = None
    """The day of noticing on Japan's calendar; all that an anonymised edition says of its times."""
    reference: str | None = None
    pseudonym: str | None = None
    """What an anonymised edition calls its sender; the same in every edition for this audience, and in no other."""
    causes: tuple[str, ...] = ()
    occurred_at: datetime | None = None
    correction: str = ""
    """訂正: what an earlier version of this edition said wrongly, and what is right."""
    details: str = ""
    system_class: str | None = None
    affected_service: str = ""
    affected_users: str = ""
    recovery: str | None = None
    recovered_at: datetime | None = None
    measures: str = ""
    lessons: str = ""
    spillover_from: str | None = None
    consents: Consents = field(default_factory=Consents)
    handling: Handling = field(default_factory=Handling)
    exercise: bool = False
    indicators: tuple[IndicatorSource, ...] = ()
    further: Mapping[str, Any] = field(default_factory=dict)
    """What the form asks besides, by the names of its definition; of an anonymised edition only what it may show."""
    states: Mapping[str, str] = field(default_factory=dict)
    """Fields of which the sender says that nobody knows them, or that they are being looked into."""
    language: str = "ja"
    """That of the texts."""
    other_title: str = ""
    """The title in the other language; without one it is made of the codes."""
    other_summary: str = ""

    def __post_init__(self) -> None:
        """Refuse what would name the sender of an anonymised edition, or could not be written."""
        if self.form is Form.ANONYMISED and self.sender is not None:
            raise EditionError("no sender in an anonymised edition", "a sender")
        if self.language not in LANGUAGES:
            raise EditionError("ja or en", self.language)
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, datetime) and value.tzinfo is None:
                raise EditionError(f"a time with a zone for {each.name}", "a time without one")
        if self.modified < self.created:
            raise EditionError("modified not before created", "an earlier time")
