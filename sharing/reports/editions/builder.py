"""Holds what a report needs of whoever writes its wire form: requests in, finished bytes out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from models.vocabulary import Form, Label
from sharing.reports.codes import Named
from sharing.reports.editions.translation import Translation
from sharing.reports.fields import ReportFields


class NamedOrganization(Struct, frozen=True):
    """An organization with its names."""

    id: UUID
    ja: str
    en: str


class EditionRequest(Struct, frozen=True, kw_only=True):
    """One version of one form of a report. What the form must not show is not in it.

    The anonymised form has neither sender nor reference, and of its times only `fields.noticed_on` may be written.
    """

    report_id: UUID
    form: Form
    label: Label
    number: int
    fields: ReportFields
    event_type: Named
    sector: Named
    ceptoar: Named
    publisher: NamedOrganization
    created: datetime
    modified: datetime
    sender: NamedOrganization | None = None
    reference: str | None = None
    pseudonym: str | None = None
    """What the sender is called in the anonymised editions of this audience."""
    translation: Translation | None = None
    """Its title and summary in the other language."""


class TechnicalRequest(Struct, frozen=True, kw_only=True):
    """One version of the technical part of a report, to go out alone; only its technical fields may be written."""

    report_id: UUID
    label: Label
    fields: ReportFields
    publisher: NamedOrganization
    created: datetime
    modified: datetime


class BuiltObject(Struct, frozen=True):
    """One finished object with what the publisher must know of its bytes."""

    stix_id: str
    type: str
    spec_version: str
    version_us: int | None
    version: str | None
    created_by_ref: str | None
    raw: bytes
    definition_refs: tuple[str, ...] = ()
    is_main: bool = False
    """The object that stands for the report; each form has exactly one."""
    is_companion: bool = False
    """It says nothing about the report (publisher, label, definitions) and carries no label of its own."""
    title: str = ""
    """What a list shows of the main object."""


class EditionBuilder(Protocol):
    """Writes the forms of reports."""

    def main_id(self, report_id: UUID, form: Form) -> str:
        """The id of a form's main object: the same for every version, and without the hub's key no one can join two."""

    def pseudonym(self, audience: str, organization_id: UUID) -> str:
        """What an organization is called in the editions of one audience; without the key no one can join two."""

    def build(self, request: EditionRequest) -> tuple[BuiltObject, ...]:
        """Write every object of a form, the main one first."""

    def technical_id(self, report_id: UUID) -> str:
        """The id of the object that holds the technical part together; nobody can join it with a form of the report."""

    def build_technical(self, request: TechnicalRequest) -> tuple[BuiltObject, ...]:
        """Write the technical part alone, the object that holds it together first; none of them stands for a report."""

    def technical_ids(self, raw: bytes) -> frozenset[str]:
        """The ids of everything that went out with an object that holds a technical part together, itself too."""

    def texts(self, raw: bytes) -> tuple[str, ...]:
        """The free texts in bytes that `build` wrote, as people read them."""

    def recalled(self, raw: bytes, modified: datetime) -> BuiltObject:
        """The next version of an object that says only that it is withdrawn: revoked, without its texts."""

    def reissued(self, raw: bytes, modified: datetime) -> BuiltObject:
        """The same content as a further version."""

    def raised(self, raw: bytes, label: Label, modified: datetime) -> tuple[BuiltObject, BuiltObject]:
        """The same content as a further version, marked with a stricter label; and the definition of that label."""

    def signatures(self, raws: Sequence[bytes]) -> tuple[BuiltObject, ...]:
        """The hub's signature of each object, in their order, then a companion that says what a signature is.

        None where the hub signs nothing.
        """

    def describe(self, raw: bytes) -> BuiltObject:
        """What `build` said of bytes that it wrote."""
