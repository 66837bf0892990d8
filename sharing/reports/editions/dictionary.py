"""Operation: the names that an edition of a report may give away: of organizations and of the sender's own services.

Only names that the report's own secretariat may know anyway: those of its members, and what the sender's reports call
its services. An operator of another CEPTOAR is treated as absent; offices and authorities are no secret.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organization import Organization
from models.report import Report, ReportVersion
from models.vocabulary import Label, Tier
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.hints import HintKind, KnownName, short_forms
from sharing.reports.fields import from_document

MOST_VERSIONS: Final = 200
"""Versions of the sender's reports whose services are known by name, the newest first."""

SHORTEST_SERVICE: Final = 4
"""Shorter names of services, such as 受付, stand in every report."""

_REPORTERS: Final = (Tier.OPERATOR, Tier.BODY)


def audience_name(label: Label, rules: Mapping[str, str]) -> str:
    """By which name an audience gets its pseudonyms.

    GREEN and CLEAR each speak to one community, whoever else has the original already; stricter labels speak to
    exactly those whom they name.
    """
    return label.value if label.rank <= Label.GREEN.rank else f"{label.value} {' '.join(sorted(rules))}"


def load_dictionary(session: Session, report: Report, audience: str, builder: EditionBuilder) -> list[KnownName]:
    """The names to look for, the sender's first, with what is proposed instead."""
    query = select(Organization).where(Organization.tier.in_(_REPORTERS), Organization.ceptoar == report.ceptoar)
    rows = session.execute(query.order_by(Organization.id != report.organization_id, Organization.id)).scalars()
    return [_organization(row, builder.pseudonym(audience, row.id)) for row in rows] + _services(
        session, report.organization_id
    )


def load_own_dictionary(
    session: Session, organization_id: UUID, audience: str, builder: EditionBuilder
) -> list[KnownName]:
    """The sender's own names and services alone: all that a sender, who writes by itself, may be told of."""
    row = session.get_one(Organization, organization_id)
    return [_organization(row, builder.pseudonym(audience, row.id)), *_services(session, organization_id)]


def _organization(row: Organization, pseudonym: str) -> KnownName:
    names = (row.name_ja, row.name_en)
    return KnownName(
        HintKind.ORGANIZATION, names + tuple(short for name in names for short in short_forms(name)), pseudonym
    )


def _services(session: Session, organization_id: UUID) -> list[KnownName]:
    query = (
        select(ReportVersion)
        .join(Report, Report.id == ReportVersion.report_id)
        .where(Report.organization_id == organization_id, ReportVersion.label != Label.RED)
        .order_by(ReportVersion.filed_at.desc())
        .limit(MOST_VERSIONS)
    )
    told = [from_document(row.fields) for row in session.execute(query).scalars()]
    names = {each.affected_service for each in told} | {str(each.further.get("system_name", "")) for each in told}
    return [
        KnownName(HintKind.SERVICE, (name,), "（サービス名）")
        for name in sorted(names)
        if len(name) >= SHORTEST_SERVICE
    ]


def pseudonym_of(builder: EditionBuilder, label: Label, rules: Mapping[str, str], organization_id: UUID) -> str:
    """What an organization is called in the editions of one audience: always the same there, and nowhere else."""
    return builder.pseudonym(audience_name(label, rules), organization_id)
