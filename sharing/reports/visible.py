"""Operation: which reports and versions an actor sees: the sender's people all, its secretariat up to AMBER+STRICT."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from crypto.errors import BadReference
from crypto.tokens import parse_reference
from models.organization import Organization
from models.report import Report, ReportVersion
from models.vocabulary import Label, ReportKind, ReportState, Role, Tier
from sharing.actor import Actor
from sharing.errors import NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.reports.fields import ReportFields, from_document

OWN_ROLES = frozenset({Role.REPORTER, Role.APPROVER})
"""Who of the sender's organization works on its reports."""

_CLOSED_BY = frozenset({ReportKind.FINAL, ReportKind.NEAR_MISS})


class VersionView(Struct, frozen=True):
    """第n報 as its reader sees it."""

    id: UUID
    number: int
    kind: ReportKind
    label: Label
    fields: ReportFields
    filed_by: UUID
    filed_at: datetime


@dataclass(frozen=True)
class ReportView:
    """A report as one actor sees it: everything here follows from the versions that it may see, and from no other."""

    id: UUID
    reference: str
    organization_id: UUID
    sector: str
    ceptoar: str
    exercise: bool
    versions: tuple[VersionView, ...] = field(repr=False)
    is_own: bool = False

    @property
    def latest(self) -> VersionView:
        """The last version."""
        return self.versions[-1]

    @property
    def label(self) -> Label:
        """The label of the last version."""
        return self.latest.label

    @property
    def state(self) -> ReportState:
        """Closed by a final report or a near miss; a later version re-opens."""
        return ReportState.CLOSED if self.latest.kind in _CLOSED_BY else ReportState.OPEN

    @property
    def updated_at(self) -> datetime:
        """When the last version was filed."""
        return self.latest.filed_at


def is_senders(actor: Actor, organization_id: UUID) -> bool:
    """Whether the actor works on the reports of this organization."""
    return actor.organization.id == organization_id and bool(actor.roles & OWN_ROLES)


def is_secretariat(actor: Actor, ceptoar: str) -> bool:
    """Whether the actor is the secretariat of this CEPTOAR."""
    facts = actor.organization
    return facts.tier is Tier.CEPTOAR and facts.ceptoar == ceptoar and Role.COORDINATOR in actor.roles


def must_keep_inbox(actor: Actor) -> None:
    """Only a secretariat has an inbox.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    actor.must(Permission.REPORT_READ)
    if actor.organization.ceptoar is None or not is_secretariat(actor, actor.organization.ceptoar):
        raise NotPermitted("this inbox is a secretariat's")


def seen_by_secretariat(label: Label) -> bool:
    """Whether a version of this label is open to the sender's own secretariat."""
    return label is not Label.RED


def visible_versions(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Report` and `ReportVersion` under which this actor sees a version."""
    return or_(false(), *_ways_to_see(actor))


def _ways_to_see(actor: Actor) -> list[ColumnElement[bool]]:
    """Each of these opens a version; whoever has none sees no version of any report."""
    conditions: list[ColumnElement[bool]] = []
    if actor.roles & OWN_ROLES:
        conditions.append(and_(Report.organization_id == actor.organization.id, true()))
    if actor.organization.ceptoar and is_secretariat(actor, actor.organization.ceptoar):
        open_to_it = ReportVersion.label.in_([label for label in Label if seen_by_secretariat(label)])
        # Who takes the place of a secretariat begins with its own time, as in the feeds.
        joined = select(Organization.joined_at).where(Organization.id == actor.organization.id).scalar_subquery()
        in_its_time = ReportVersion.filed_at >= joined
        conditions.append(and_(Report.ceptoar == actor.organization.ceptoar, open_to_it, in_its_time))
    return conditions


def load_visible_report(session: Session, actor: Actor, ref: UUID | str) -> ReportView:
    """A report by id or reference number, with the versions that this actor may see.

    Raises:
        NotVisible: there is none, or none of its versions is open to this actor.
    """
    where = Report.id == ref if isinstance(ref, UUID) else Report.reference == _reference(ref)
    ways = _ways_to_see(actor)
    if not ways:  # whatever there is: who can see none need not look, and is answered alike
        raise NotVisible("no such report")
    rows = session.execute(
        select(Report, ReportVersion)
        .join(ReportVersion, ReportVersion.report_id == Report.id)
        .where(where, or_(*ways))
        .order_by(ReportVersion.number)
    )
    found = [(report, version) for report, version in rows]
    if not found:
        raise NotVisible("no such report")
    return report_view(actor, found[0][0], [version for _, version in found])


def list_visible_ids(session: Session, actor: Actor, ids: Collection[UUID]) -> set[UUID]:
    """Those of these reports whose own page is open to this actor; nothing for who reads no reports."""
    if not ids or not actor.may(Permission.REPORT_READ):
        return set()
    query = select(Report.id).join(ReportVersion, ReportVersion.report_id == Report.id)
    return set(session.execute(query.where(Report.id.in_(list(ids)), visible_versions(actor))).scalars())


def report_view(actor: Actor, report: Report, versions: list[ReportVersion]) -> ReportView:
    """A report from rows that the actor may see."""
    return ReportView(
        id=report.id,
        reference=report.reference,
        organization_id=report.organization_id,
        sector=report.sector,
        ceptoar=report.ceptoar,
        exercise=report.exercise,
        versions=tuple(map(version_view, versions)),
        is_own=is_senders(actor, report.organization_id),
    )


def version_view(version: ReportVersion) -> VersionView:
    """A version from its row."""
    return VersionView(
        version.id,
        version.number,
        version.kind,
        version.label,
        from_document(version.fields),
        version.filed_by,
        version.filed_at,
    )


def _reference(text: str) -> str:
    try:
        return parse_reference(text)
    except BadReference:
        raise NotVisible("no such report") from None
