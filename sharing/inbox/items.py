"""Operation: the reports on a secretariat's inbox: kept as versions are filed, listed, counted, marked as read.

A report has one row, so that an inbox of a thousand open reports among a hundred thousand is one range of an index.
Which version a secretariat sees is decided in `sharing.reports.visible`; RED never comes into the inbox.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session

from models.account import Account
from models.deadlines import DeadlineRule
from models.inbox import InboxItem, InboxRead
from models.organization import Organization
from models.report import Proposal, Report, ReportVersion
from models.vocabulary import Handled, Label, MailMatter, ProposalState, Status
from sharing.actor import Actor
from sharing.errors import NotVisible
from sharing.inbox.duties import next_due_at, next_duty
from sharing.jobs.mails import ask_for_mails
from sharing.reports.deadlines import Deadline
from sharing.reports.fields import ReportFields, from_document
from sharing.reports.lines import VersionLine
from sharing.reports.visible import must_keep_inbox, seen_by_secretariat
from sharing.rules.urgency import hint_of

PAGE: Final = 50
"""Reports on one page of the inbox."""

MOST_SORTED: Final = 2_000
"""Reports that are sorted by their deadlines, the most urgent ones; who has more open looks at them by age."""

FARTHEST: Final = 400
"""The last page that can be opened; who looks for older things searches."""


class View(StrEnum):
    """Which part of the inbox one looks at."""

    OPEN = "open"
    UNREAD = "unread"
    MINE = "mine"
    NOBODYS = "nobodys"
    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    CLOSED = "closed"


class Order(StrEnum):
    """In which order."""

    URGENT = "urgent"
    OLDEST = "oldest"
    NEWEST = "newest"
    DUTY = "duty"
    """By the next deadline towards an authority; what has none comes last."""


class InboxSieve(Struct, frozen=True):
    """What the desk is narrowed to."""

    view: View = View.OPEN
    order: Order = Order.URGENT
    label: Label | None = None
    tag: str = ""
    page: int = 1


class InboxLine(VersionLine, frozen=True, kw_only=True):
    """One report in the inbox."""

    first_at: datetime
    filed_at: datetime
    hint: int
    state: Handled
    assignee: str
    is_mine: bool
    is_unread: bool
    is_unconfirmed: bool
    waits_for_sender: bool
    """A proposal waits for its approval."""
    priority: int
    tags: tuple[str, ...]
    waiting_for: str
    duty: Deadline | None = None
    """What the law asks of it next, as far as the report says."""


class InboxPage(Struct, frozen=True):
    """One page of the inbox."""

    lines: tuple[InboxLine, ...]
    more: bool

    @property
    def strictest(self) -> Label | None:
        """The label that a page of these lines carries."""
        return Label.strictest(*(line.label for line in self.lines)) if self.lines else None


def note_version(session: Session, report: Report, version: ReportVersion, fields: ReportFields) -> None:
    """Lay a version that was just filed into the inbox of its sender's secretariat; a closed report opens again.

    What the secretariat may not see leaves the inbox as it was.
    """
    if not seen_by_secretariat(version.label):
        return
    item = session.get(InboxItem, report.id) if version.number > 1 else None  # nothing lies there before the first
    if item is None:
        item = InboxItem(
            report_id=report.id,
            ceptoar=report.ceptoar,
            exercise=report.exercise,
            first_at=version.filed_at,
            unconfirmed=False,
            state=Handled.NEW,
            assigned_to=None,
            priority=0,
            tags="",
            waiting_for="",
            reason="",
            merged_into=None,
        )
        session.add(item)
    elif item.state is Handled.CLOSED and item.merged_into is None:
        item.state = Handled.NEW if item.assigned_to is None else Handled.TAKEN
        item.reason = ""
    item.version_id, item.number, item.label = version.id, version.number, version.label
    item.filed_at = item.changed_at = version.filed_at
    item.status = Status.NEW
    item.hint = hint_of(
        version.kind, fields.event_type, fields.service_impact, is_recovered=fields.recovered_at is not None
    )
    session.flush()
    ask_for_mails(session, MailMatter.FILED, report.id, version.filed_at, number=version.number)


def list_inbox_items(
    session: Session, actor: Actor, sieve: InboxSieve, rules: Sequence[DeadlineRule] = (), now: datetime | None = None
) -> InboxPage:
    """A page of the inbox; with the rules of deadlines and the time, what the law asks of each report.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    page = max(1, min(sieve.page, FARTHEST))
    query = _joined(actor).where(_in_view(actor, sieve.view))
    if sieve.label is not None:
        query = query.where(InboxItem.label == sieve.label)
    if sieve.tag:
        query = query.where((", " + InboxItem.tags + ", ").contains(f", {sieve.tag}, ", autoescape=True))
    duty = _Duty(tuple(rules), now)
    if sieve.order is Order.DUTY:
        lines = _by_duty(session, actor, query, page, duty)
    else:
        query = query.order_by(*_ORDERS[sieve.order], InboxItem.report_id).offset((page - 1) * PAGE).limit(PAGE + 1)
        lines = [_line(actor, row, duty) for row in session.execute(query)]
    return InboxPage(tuple(lines[:PAGE]), len(lines) > PAGE and page < FARTHEST)


class _Duty(NamedTuple):
    """What is needed to say what the law asks."""

    rules: tuple[DeadlineRule, ...] = ()
    now: datetime | None = None


def _by_duty(session: Session, actor: Actor, query: Any, page: int, duty: _Duty) -> list[InboxLine]:
    """A deadline follows from rules that an administrator may edit, so the open reports are sorted as they are read."""
    wanted = query.order_by(*_ORDERS[Order.URGENT], InboxItem.report_id).limit(MOST_SORTED)
    columns = wanted.with_only_columns(InboxItem.report_id, Report.sector, ReportVersion.fields)
    due: list[tuple[float, UUID]] = []
    for report_id, sector, fields in session.execute(columns):
        at = next_due_at(duty.rules, sector, from_document(fields), duty.now) if duty.now else None
        due.append((at.timestamp() if at else math.inf, report_id))
    due.sort(key=lambda each: each[0])
    shown = [report_id for _, report_id in due[(page - 1) * PAGE :][: PAGE + 1]]
    rows = {row[1].id: row for row in session.execute(query.where(InboxItem.report_id.in_(shown)))}
    return [_line(actor, rows[report_id], duty) for report_id in shown if report_id in rows]


def count_inbox_items(session: Session, actor: Actor) -> dict[View, int]:
    """How many open reports lie where; exercises are not counted, and what is closed is not either.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    views = [view for view in View if view is not View.CLOSED]
    sums = [func.coalesce(func.sum(case((_of_view(actor, view), 1), else_=0)), 0) for view in views]
    found: Any = session.execute(
        select(*sums).where(seen_in_inbox(actor), InboxItem.exercise.is_(False), InboxItem.state.in_(_OPEN))
    ).one()
    return {view: int(number) for view, number in zip(views, found, strict=True)}


def load_line(
    session: Session, actor: Actor, report_id: UUID, rules: Sequence[DeadlineRule] = (), now: datetime | None = None
) -> InboxLine:
    """How one report lies in the inbox; with the rules of deadlines and the time, what the law asks of it.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: it does not lie there.
    """
    must_keep_inbox(actor)
    row = session.execute(_joined(actor).where(InboxItem.report_id == report_id)).one_or_none()
    if row is None:
        raise NotVisible("no such report in this inbox")
    return _line(actor, row, _Duty(tuple(rules), now))


def load_item(session: Session, actor: Actor, report_id: UUID) -> InboxItem:
    """The row of a report that the actor is about to handle, locked.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: it does not lie in this inbox.
    """
    must_keep_inbox(actor)
    query = select(InboxItem).where(InboxItem.report_id == report_id, seen_in_inbox(actor)).with_for_update()
    item = session.execute(query).scalar_one_or_none()
    if item is None:
        raise NotVisible("no such report in this inbox")
    return item


def mark_opened(session: Session, actor: Actor, report_id: UUID, now: datetime) -> None:
    """Note up to which version this person has opened a report; the ledger of disclosures tells it to the sender.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: it does not lie in this inbox.
    """
    line = load_line(session, actor, report_id)
    assert actor.account_id is not None
    row = session.get(InboxRead, (actor.account_id, report_id), with_for_update=True)
    if row is None:
        session.add(InboxRead(account_id=actor.account_id, report_id=report_id, number=line.number, read_at=now))
    elif row.number < line.number:
        row.number, row.read_at = line.number, now
    else:
        return
    session.flush()
    ask_for_mails(session, MailMatter.READ, report_id, now, number=line.number)


def split_tags(text: str) -> tuple[str, ...]:
    """The words of a list with commas between."""
    return tuple(word for each in text.replace("、", ",").split(",") if (word := " ".join(each.split())))


_ORDERS: Final[Mapping[Order, Sequence[Any]]] = {
    Order.URGENT: (InboxItem.priority.desc(), InboxItem.hint.desc(), InboxItem.filed_at),
    Order.OLDEST: (InboxItem.first_at.asc(),),
    Order.NEWEST: (InboxItem.filed_at.desc(),),
}


def seen_in_inbox(actor: Actor) -> ColumnElement[bool]:
    """The condition on `InboxItem` under which a secretariat sees it."""
    # Who takes the place of a secretariat begins with its own time, as in the feeds.
    joined = select(Organization.joined_at).where(Organization.id == actor.organization.id).scalar_subquery()
    return and_(InboxItem.ceptoar == actor.organization.ceptoar, InboxItem.filed_at >= joined)


def _joined(actor: Actor) -> Any:
    return (
        select(
            InboxItem,
            Report,
            ReportVersion,
            Organization,
            Account.display_name,
            _is_unread(actor).label("unread"),
            _WAITS,
        )
        .join(Report, Report.id == InboxItem.report_id)
        .join(ReportVersion, ReportVersion.id == InboxItem.version_id)
        .join(Organization, Organization.id == Report.organization_id)
        .outerjoin(Account, Account.id == InboxItem.assigned_to)
        .where(seen_in_inbox(actor))
    )


def _in_view(actor: Actor, view: View) -> ColumnElement[bool]:
    if view is View.CLOSED:
        return InboxItem.state == Handled.CLOSED
    return and_(InboxItem.state.in_(_OPEN), _of_view(actor, view))


_OPEN: Final = (Handled.NEW, Handled.TAKEN, Handled.WAITING)
_WAITS: Final = (
    exists().where(Proposal.report_id == InboxItem.report_id, Proposal.state == ProposalState.WAITING).label("waits")
)


def _of_view(actor: Actor, view: View) -> ColumnElement[bool]:
    match view:
        case View.UNREAD:
            return _is_unread(actor)
        case View.MINE:
            return InboxItem.assigned_to == actor.account_id if actor.account_id else false()
        case View.NOBODYS:
            return InboxItem.assigned_to.is_(None)
        case View.WAITING:
            return or_(InboxItem.state == Handled.WAITING, _WAITS.element)
        case View.UNCONFIRMED:
            return InboxItem.unconfirmed.is_(True)
        case _:
            return InboxItem.report_id.is_not(None)


def _is_unread(actor: Actor) -> ColumnElement[bool]:
    read = exists().where(
        InboxRead.report_id == InboxItem.report_id,
        InboxRead.account_id == actor.account_id,
        InboxRead.number >= InboxItem.number,
    )
    return ~read


def _line(actor: Actor, row: Any, duty: _Duty) -> InboxLine:
    item, report, version, sender, assignee, unread, waits = row
    fields = from_document(version.fields)
    return InboxLine.of(
        report,
        version,
        fields,
        sender,
        first_at=item.first_at,
        filed_at=item.filed_at,
        hint=item.hint,
        state=item.state,
        assignee=assignee or "",
        is_mine=item.assigned_to is not None and item.assigned_to == actor.account_id,
        is_unread=bool(unread),
        is_unconfirmed=item.unconfirmed,
        waits_for_sender=bool(waits),
        priority=item.priority,
        tags=split_tags(item.tags),
        waiting_for=item.waiting_for,
        duty=next_duty(duty.rules, report.sector, fields, duty.now) if duty.now else None,
    )
