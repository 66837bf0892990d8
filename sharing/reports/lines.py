"""Holds a version of a report as a line in a list of many."""

from typing import Any, Self
from uuid import UUID

from msgspec import Struct

from models.organization import Organization
from models.report import Report, ReportVersion
from models.vocabulary import Label, ReportKind
from sharing.reports.fields import ReportFields


class VersionLine(Struct, frozen=True, kw_only=True):
    """One version of a report in a list: whose it is and what it says."""

    report_id: UUID
    reference: str
    organization_ja: str
    organization_en: str
    sector: str
    exercise: bool
    version_id: UUID
    number: int
    kind: ReportKind
    label: Label
    event_type: str
    service_impact: str
    summary: str

    @classmethod
    def of(
        cls, report: Report, version: ReportVersion, fields: ReportFields, sender: Organization, **more: Any
    ) -> Self:
        """The line of this version, with what else its kind of list says."""
        return cls(
            report_id=report.id,
            reference=report.reference,
            organization_ja=sender.name_ja,
            organization_en=sender.name_en,
            sector=report.sector,
            exercise=report.exercise,
            version_id=version.id,
            number=version.number,
            kind=version.kind,
            label=version.label,
            event_type=fields.event_type,
            service_impact=fields.service_impact,
            summary=fields.summary,
            **more,
        )

    def organization(self, locale: str) -> str:
        """The sender's name in the reader's language."""
        return self.organization_ja if locale == "ja" else self.organization_en
