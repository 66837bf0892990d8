"""Operation: what a report's sender told which authority: noted, struck out where wrong, and shown to nobody else."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account
from models.authority import AuthorityNotice
from models.deadlines import DeadlineRule
from models.forms import liaison_form
from models.report import Report, ReportVersion
from models.vocabulary import ReportState
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.reports.checks import Checker
from sharing.reports.codes import Codes
from sharing.reports.deadlines import LATE_FOR, SOON, Deadline, Standing, find_deadlines
from sharing.reports.fields import from_document
from sharing.reports.visible import OWN_ROLES, is_senders

AUTHORITIES: Final = tuple(code for code in liaison_form().further["told"].options if code != "none")
"""By the codes of the form: ministry, police, privacy commission and so on."""
STAGES: Final = ("first", "follow_up", "final", "other")
MOST_NOTICES: Final = 200
"""Notes of one report; more are a correspondence."""
MOST_LOOKED_AT: Final = 300
"""Open reports of one organization whose deadlines are listed, the newest first."""
_FIELDS: Final = frozenset({"authority", "stage", "told_at", "told_by", "number", "what", "next_due"})
_LONGEST_AHEAD: Final = timedelta(days=3_660)


class Notice(Struct, frozen=True):
    """One note."""

    id: UUID
    authority: str
    stage: str
    told_at: datetime
    told_by: str
    number: str
    what: str
    next_due: date | None
    noted_by: str
    noted_at: datetime
    is_taken_back: bool


class ReportDeadline(Struct, frozen=True):
    """A deadline with the report that it is of."""

    report_id: UUID
    reference: str
    deadline: Deadline


def list_notices(session: Session, actor: Actor, report_id: UUID) -> list[Notice]:
    """What was told of a report of one's own organization, the last first.

    Raises:
        NotPermitted: the actor reads no reports.
        NotVisible: there is no such report of the actor's organization.
    """
    _own(session, actor, report_id)
    rows = session.execute(
        select(AuthorityNotice, Account.display_name)
        .join(Account, Account.id == AuthorityNotice.noted_by)
        .where(AuthorityNotice.report_id == report_id)
        .order_by(AuthorityNotice.told_at.desc(), AuthorityNotice.id)
    )
    return [
        Notice(
            row.id,
            row.authority,
            row.stage,
            row.told_at,
            row.told_by,
            row.number,
            row.what,
            row.next_due,
            name,
            row.noted_at,
            row.taken_back_at is not None,
        )
        for row, name in rows
    ]


def note_notice(session: Session, actor: Actor, report_id: UUID, given: Mapping[str, Any], *, context: Context) -> UUID:
    """Note that an authority was told.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such report of the actor's organization.
        Invalid: each field with what is wrong.
    """
    actor.must(Permission.REPORT_FILE)
    report = _own(session, actor, report_id)
    if actor.account_id is None:
        raise NotPermitted("a note is made by a person")
    read = _read(given, context.now)
    if len(_rows(session, [report_id])) >= MOST_NOTICES:
        raise Invalid(Fault("authority", "too-many", f"at most {MOST_NOTICES}", str(MOST_NOTICES)))
    notice = AuthorityNotice(
        id=context.new_id(),
        report_id=report.id,
        noted_by=actor.account_id,
        noted_at=context.now,
        taken_back_at=None,
        **read,
    )
    session.add(notice)
    session.flush()
    record(session, Event(Tag.NOTICE_NOTE, actor, _subjects(report), decision={"notice": str(notice.id)}), context)
    return notice.id


def take_back_notice(session: Session, actor: Actor, report_id: UUID, notice_id: UUID, *, context: Context) -> None:
    """Strike a note out: it was wrong. It stays, so that nobody wonders where it went.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such note of a report of the actor's organization.
        Conflict: it was struck out before.
    """
    actor.must(Permission.REPORT_FILE)
    report = _own(session, actor, report_id)
    query = select(AuthorityNotice).where(AuthorityNotice.id == notice_id, AuthorityNotice.report_id == report_id)
    notice = session.execute(query.with_for_update()).scalar_one_or_none()
    if notice is None:
        raise NotVisible("no such note")
    if notice.taken_back_at is not None:
        raise Conflict("it was struck out before")
    notice.taken_back_at = context.now
    record(session, Event(Tag.NOTICE_TAKE_BACK, actor, _subjects(report), decision={"notice": str(notice_id)}), context)


def deadlines_of(
    session: Session, actor: Actor, report_id: UUID, rules: Sequence[DeadlineRule], now: datetime
) -> tuple[Deadline, ...]:
    """The deadlines of a report of one's own organization, the next first.

    Raises:
        NotPermitted: the actor reads no reports.
        NotVisible: there is no such report of the actor's organization.
    """
    report = _own(session, actor, report_id)
    return _deadlines(session, [report], rules, now).get(report.id, ())


def list_deadlines(
    session: Session, actor: Actor, rules: Sequence[DeadlineRule], now: datetime
) -> list[ReportDeadline]:
    """What is still due of the open reports of one's own organization, the next first.

    Raises:
        NotPermitted: the actor does not work on its organization's reports.
    """
    actor.must(Permission.REPORT_READ)
    if not actor.roles & OWN_ROLES:
        raise NotPermitted("an organization's deadlines are open to its reporters and approvers")
    query = select(Report).where(
        Report.organization_id == actor.organization.id,
        Report.state == ReportState.OPEN,
        Report.exercise.is_(False),
    )
    reports = list(session.execute(query.order_by(Report.updated_at.desc()).limit(MOST_LOOKED_AT)).scalars())
    of = _deadlines(session, reports, rules, now)
    found = [
        ReportDeadline(report.id, report.reference, each)
        for report in reports
        for each in of.get(report.id, ())
        if each.standing is not Standing.DONE and each.due_at > now - LATE_FOR
    ]
    return sorted(found, key=lambda each: (each.deadline.due_at, each.reference))


def count_deadlines(session: Session, actor: Actor, rules: Sequence[DeadlineRule], now: datetime) -> int:
    """How many deadlines of one's own reports have come or come within a week.

    Raises:
        NotPermitted: the actor does not work on its organization's reports.
    """
    return sum(each.deadline.due_at - now <= SOON for each in list_deadlines(session, actor, rules, now))


def _deadlines(
    session: Session, reports: Sequence[Report], rules: Sequence[DeadlineRule], now: datetime
) -> dict[UUID, tuple[Deadline, ...]]:
    ids = [report.id for report in reports]
    told: dict[UUID, dict[str, frozenset[str]]] = {}
    for row in _rows(session, ids):
        if row.taken_back_at is None:
            stages = told.setdefault(row.report_id, {})
            stages[row.authority] = stages.get(row.authority, frozenset()) | {row.stage}
    versions = session.execute(
        select(ReportVersion.report_id, ReportVersion.fields)
        .where(ReportVersion.report_id.in_(ids))
        .order_by(ReportVersion.number)
    )
    last = {row.report_id: row.fields for row in versions}
    return {
        report.id: find_deadlines(
            rules, report.sector, from_document(last[report.id]), told=told.get(report.id, {}), now=now
        )
        for report in reports
        if report.id in last
    }


def _rows(session: Session, reports: Sequence[UUID]) -> list[AuthorityNotice]:
    query = select(AuthorityNotice).where(AuthorityNotice.report_id.in_(reports))
    return list(session.execute(query).scalars())


def _own(session: Session, actor: Actor, report_id: UUID) -> Report:
    actor.must(Permission.REPORT_READ)
    report = session.get(Report, report_id)
    if report is None or not is_senders(actor, report.organization_id):
        raise NotVisible("no such report")
    return report


def _subjects(report: Report) -> list[tuple[str, str]]:
    return [("report", str(report.id)), ("organization", str(report.organization_id))]


def _read(given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    codes = Codes({"authorities": dict.fromkeys(AUTHORITIES, True), "stages": dict.fromkeys(STAGES, True)})
    check = Checker({name: value for name, value in given.items() if value is not None}, codes, now)
    for name in sorted(set(given) - _FIELDS):
        check.fault(str(name)[:40], "unknown-field", "a field of the note")
    read = {
        "authority": check.code("authority", "authorities", needed=True),
        "stage": check.code("stage", "stages", needed=True),
        "told_at": check.moment("told_at", needed=True),
        "told_by": check.text("told_by", 200, lines=False),
        "number": check.text("number", 100, lines=False),
        "what": check.text("what", 2_000, lines=True),
        "next_due": _day(check, now),
    }
    if check.faults:
        raise Invalid(*check.faults)
    return read


def _day(check: Checker, now: datetime) -> date | None:
    value = check.given.get("next_due", "")
    if value == "":
        return None
    try:
        day = value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        check.fault("next_due", "not-a-day", "a day such as 2026-11-30", "something else")
        return None
    if not datetime(1990, 1, 1, tzinfo=UTC).date() <= day <= (now + _LONGEST_AHEAD).date():
        check.fault("next_due", "too-far", "a day within ten years", "another")
    return day
