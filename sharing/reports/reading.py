"""Operation: lists of reports: a sender's own, and a secretariat's inbox. Nothing published is read here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models.account import Account
from models.inbox import InboxItem
from models.organization import Organization
from models.report import Proposal, Report, ReportVersion
from models.vocabulary import Label, ProposalState, ReportKind, ReportState, Status
from sharing.actor import Actor
from sharing.errors import NotPermitted
from sharing.inbox.items import seen_in_inbox
from sharing.inbox.standing import PROPOSED, status_of
from sharing.permissions import Permission
from sharing.reports.approval.proposal_times import runs_out_at
from sharing.reports.fields import from_document
from sharing.reports.lines import VersionLine
from sharing.reports.visible import OWN_ROLES, ReportView, load_visible_report, must_keep_inbox

LIST_LIMIT: Final = 50
"""Reports on one page of a list."""


class ReportLine(VersionLine, frozen=True, kw_only=True):
    """One report in a list, as its last visible version has it."""

    filed_at: datetime
    status: Status

    @property
    def mark(self) -> tuple[datetime, UUID]:
        """Where the next page goes on."""
        return self.filed_at, self.version_id


class Sieve(Struct, frozen=True):
    """What a list is narrowed to; None lets everything pass."""

    status: Status | None = None
    label: Label | None = None
    is_open: bool | None = None
    exercise: bool | None = None


class ReportList(Struct, frozen=True):
    """One page of a list."""

    lines: tuple[ReportLine, ...]
    more: bool

    @property
    def strictest(self) -> Label | None:
        """The label that a page of these lines carries."""
        return Label.strictest(*(line.label for line in self.lines)) if self.lines else None


class ProposalLine(Struct, frozen=True):
    """A proposal among those of a report."""

    id: UUID
    number: int
    label: Label
    state: ProposalState
    proposed_at: datetime
    decided_at: datetime | None
    needed_approval: bool
    reason: str
    reminders: int
    """How often its approvers were asked again."""

    @property
    def runs_out_at(self) -> datetime:
        """When it is over, if nobody answers."""
        return runs_out_at(self.proposed_at)


def load_report(session: Session, actor: Actor, ref: UUID | str) -> ReportView:
    """A report as it was filed, for its sender's people and (up to AMBER+STRICT) its own secretariat.

    Raises:
        NotVisible: there is none, or it is not open to this actor.
    """
    actor.must(Permission.REPORT_READ)
    return load_visible_report(session, actor, ref)


def list_reports_of_sender(
    session: Session, actor: Actor, sieve: Sieve | None = None, *, before: tuple[datetime, UUID] | None = None
) -> ReportList:
    """The reports of the actor's organization, the newest first.

    Raises:
        NotPermitted: the actor does not work on them.
    """
    _must_be_senders(actor)
    sieve = sieve or Sieve()
    query = _of_sender(actor)
    if sieve.status is not None:
        query = _standing_at(query, sieve.status)
    return _list(session, query, sieve, before, by=Report.updated_at)


def list_inbox(
    session: Session, actor: Actor, sieve: Sieve | None = None, *, before: tuple[datetime, UUID] | None = None
) -> ReportList:
    """The reports of a secretariat's members, the newest first.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    sieve = sieve or Sieve()
    query = _of_inbox(actor)
    if sieve.status is not None:
        query = query.where(InboxItem.status == sieve.status)
    return _list(session, query, sieve, before, by=InboxItem.filed_at)


def count_inbox(session: Session, actor: Actor) -> dict[Status, int]:
    """How many reports of a secretariat's members stand where; exercises are not counted.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    query = select(InboxItem.status, func.count()).where(seen_in_inbox(actor), InboxItem.exercise.is_(False))
    counted: dict[Status, int] = dict(session.execute(query.group_by(InboxItem.status)).all())
    return {status: counted.get(status, 0) for status in Status}


def count_own_waiting(session: Session, actor: Actor) -> int:
    """How many reports of the actor's organization wait for its approval; exercises are not counted.

    Raises:
        NotPermitted: the actor does not work on them.
    """
    _must_be_senders(actor)
    query = _standing_at(_of_sender(actor).where(Report.exercise.is_(False)), Status.WAITING)
    return session.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def count_inbox_of(session: Session, actor: Actor, status: Status) -> int:
    """How many reports of a secretariat's members stand at one place; exercises are not counted.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    waiting = seen_in_inbox(actor), InboxItem.status == status, InboxItem.exercise.is_(False)
    return session.execute(select(func.count()).select_from(InboxItem).where(*waiting)).scalar_one()


def count_open(session: Session, actor: Actor) -> int:
    """How many reports of the actor's organization are not closed; exercises are not counted.

    Raises:
        NotPermitted: the actor does not work on them.
    """
    _must_be_senders(actor)
    mine = Report.organization_id == actor.organization.id
    still = mine, Report.state == ReportState.OPEN, Report.exercise.is_(False)
    return session.execute(select(func.count()).select_from(Report).where(*still)).scalar_one()


def list_proposals(session: Session, view: ReportView) -> list[ProposalLine]:
    """The proposals made of the versions that this view holds, the newest first."""
    numbers = {version.id: version.number for version in view.versions}
    rows = session.execute(
        select(Proposal).where(Proposal.version_id.in_(numbers)).order_by(Proposal.proposed_at.desc(), Proposal.id)
    ).scalars()
    return [
        ProposalLine(
            id=row.id,
            number=numbers[row.version_id],
            label=row.label,
            state=row.state,
            proposed_at=row.proposed_at,
            decided_at=row.decided_at,
            needed_approval=row.state is not ProposalState.APPROVED or row.decided_by is not None,
            reason=row.reason,
            reminders=row.reminders,
        )
        for row in rows
    ]


def list_waiting_proposals(session: Session, actor: Actor) -> list[tuple[ProposalLine, ReportLine]]:
    """The proposals that wait for the actor's organization to approve, the oldest first.

    Raises:
        NotPermitted: the actor does not work on its organization's reports.
    """
    _must_be_senders(actor)
    rows = session.execute(
        select(Proposal, ReportVersion, Report, Organization)
        .join(ReportVersion, ReportVersion.id == Proposal.version_id)
        .join(Report, Report.id == Proposal.report_id)
        .join(Organization, Organization.id == Report.organization_id)
        .where(Proposal.state == ProposalState.WAITING, Report.organization_id == actor.organization.id)
        .order_by(Proposal.proposed_at, Proposal.id)
        .limit(LIST_LIMIT)
    )
    return [
        (
            ProposalLine(
                row.id,
                version.number,
                row.label,
                row.state,
                row.proposed_at,
                row.decided_at,
                True,
                row.reason,
                row.reminders,
            ),
            _line(report, version, organization, Status.WAITING),
        )
        for row, version, report, organization in rows
    ]


def load_people_names(session: Session, accounts: Sequence[UUID]) -> dict[UUID, str]:
    """The names of one's own colleagues, by account; the caller shows them to their organization only."""
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(list(accounts))))
    return dict(rows.all())


def load_organization_names(session: Session, organizations: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """The names of organizations in both languages, by id."""
    query = select(Organization.id, Organization.name_ja, Organization.name_en)
    rows = session.execute(query.where(Organization.id.in_(list(organizations)))).all()
    return {row.id: (row.name_ja, row.name_en) for row in rows}


def _must_be_senders(actor: Actor) -> None:
    actor.must(Permission.REPORT_READ)
    if not actor.roles & OWN_ROLES:
        raise NotPermitted("an organization's reports are open to its reporters and approvers")


def _of_sender(actor: Actor) -> Any:
    """Each report of the actor's organization with its last version, and where that stands: it sees them all."""
    last = and_(ReportVersion.report_id == Report.id, ReportVersion.number == Report.versions)
    return (
        select(Report, ReportVersion, Organization, status_of(ReportVersion.id).label("status"))
        .join(ReportVersion, last)
        .join(Organization, Organization.id == Report.organization_id)
        .where(Report.organization_id == actor.organization.id)
    )


def _of_inbox(actor: Actor) -> Any:
    """Each report of a secretariat's inbox with the last version that it may see, and where that stands."""
    return (
        select(Report, ReportVersion, Organization, InboxItem.status)
        .select_from(InboxItem)
        .join(Report, Report.id == InboxItem.report_id)
        .join(ReportVersion, ReportVersion.id == InboxItem.version_id)
        .join(Organization, Organization.id == Report.organization_id)
        .where(seen_in_inbox(actor))
    )


def _standing_at(query: Any, status: Status) -> Any:
    """Those that stand there; found by their proposals where they have any, and those are few beside all reports."""
    if status in PROPOSED:
        proposed = select(Proposal.version_id).where(Proposal.state == PROPOSED[status])
        query = query.where(ReportVersion.id.in_(proposed))
    return query.where(status_of(ReportVersion.id) == status.value)


def _is_open(wanted: bool) -> ColumnElement[bool]:
    closing = [ReportKind.FINAL, ReportKind.NEAR_MISS]
    return ReportVersion.kind.not_in(closing) if wanted else ReportVersion.kind.in_(closing)


def _list(session: Session, query: Any, sieve: Sieve, before: tuple[datetime, UUID] | None, *, by: Any) -> ReportList:
    """One page; `by` is the time of filing as it stands where the index for this list is."""
    query = query.order_by(by.desc(), ReportVersion.id.desc()).limit(LIST_LIMIT + 1)
    if sieve.label is not None:
        query = query.where(ReportVersion.label == sieve.label)
    if sieve.is_open is not None:
        query = query.where(_is_open(sieve.is_open))
    if sieve.exercise is not None:
        query = query.where(Report.exercise.is_(sieve.exercise))
    if before is not None:
        at, version = before
        query = query.where(or_(by < at, and_(by == at, ReportVersion.id < version)))
    rows = session.execute(query).all()
    lines = tuple(_line(report, version, sender, Status(status)) for report, version, sender, status in rows)
    return ReportList(lines[:LIST_LIMIT], len(lines) > LIST_LIMIT)


def _line(report: Report, version: ReportVersion, sender: Organization, status: Status) -> ReportLine:
    fields = from_document(version.fields)
    return ReportLine.of(report, version, fields, sender, filed_at=version.filed_at, status=status)
