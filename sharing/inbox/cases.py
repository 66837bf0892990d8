"""Operation: cases without a reporter: what a secretariat knows from the press, the police, JPCERT/CC or a partner.

A case is the secretariat's own record. It is no report: nothing of it is published, and it is counted apart. When the
operator reports after all, the case is joined to that report and counted no more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.tokens import new_reference
from models.inbox import Case
from models.report import Report
from models.vocabulary import CaseSource
from sharing.actor import Actor, Context
from sharing.attachments.case_files import keep_with_case
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.inbox.items import load_item
from sharing.reports.codes import Codes
from sharing.reports.fields import JAPAN
from sharing.reports.visible import load_visible_report, must_keep_inbox

MOST_LISTED: Final = 200
LONGEST_SUMMARY: Final = 400
LONGEST_DETAIL: Final = 2_000


class NewCase(Struct, frozen=True):
    """What is known of it."""

    source: str
    source_detail: str
    event_type: str
    service_impact: str
    summary: str
    heard_at: datetime | None


class CaseView(Struct, frozen=True):
    """A case as its secretariat sees it."""

    id: UUID
    reference: str
    sector: str
    source: CaseSource
    source_detail: str
    event_type: str
    service_impact: str
    summary: str
    heard_at: datetime
    registered_at: datetime
    joined_report: UUID | None
    joined_reference: str | None
    joined_at: datetime | None


def register_case(
    session: Session, actor: Actor, new: NewCase, codes: Codes, *, uploads: Sequence[UUID] = (), context: Context
) -> UUID:
    """Register a case that nobody reported; the files of `uploads` belong to it from now on.

    Raises:
        NotPermitted: the actor is no secretariat.
        Invalid: something is missing, unknown, too long, or was heard in the future, or a file cannot be taken.
    """
    must_keep_inbox(actor)
    if actor.account_id is None:
        raise NotPermitted("a case is registered by a person")
    heard = _check(new, codes, context.now)
    case = Case(
        id=context.new_id(),
        organization_id=actor.organization.id,
        reference=new_reference(context.random_bytes),
        sector=actor.organization.sector or "",
        source=CaseSource(new.source),
        source_detail=new.source_detail.strip(),
        event_type=new.event_type,
        service_impact=new.service_impact,
        summary=" ".join(new.summary.split()),
        heard_at=heard,
        registered_by=actor.account_id,
        registered_at=context.now,
        joined_report=None,
        joined_at=None,
    )
    session.add(case)
    session.flush()
    files = keep_with_case(session, actor, case.id, uploads)
    _record(session, actor, Tag.CASE_REGISTER, case, context, beside={"attachments": files} if files else {})
    return case.id


def join_case(session: Session, actor: Actor, case_id: UUID, reference: str, *, context: Context) -> None:
    """The operator has reported it after all: the case belongs to that report from now on.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: there is no such case of this secretariat, or no such report in its inbox.
        Conflict: it was joined before.
    """
    must_keep_inbox(actor)
    query = select(Case).where(Case.id == case_id, Case.organization_id == actor.organization.id).with_for_update()
    case = session.execute(query).scalar_one_or_none()
    if case is None:
        raise NotVisible("no such case")
    if case.joined_report is not None:
        raise Conflict("this case was joined to a report before")
    item = load_item(session, actor, load_visible_report(session, actor, reference).id)
    case.joined_report, case.joined_at = item.report_id, context.now
    session.flush()
    _record(session, actor, Tag.CASE_JOIN, case, context)


def list_cases(session: Session, actor: Actor, *, joined: bool = False) -> list[CaseView]:
    """The cases of the actor's secretariat that were joined, or were not, the newest first.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    query = (
        select(Case, Report.reference)
        .outerjoin(Report, Report.id == Case.joined_report)
        .where(Case.organization_id == actor.organization.id)
        .where(Case.joined_report.is_not(None) if joined else Case.joined_report.is_(None))
        .order_by(Case.registered_at.desc(), Case.id)
        .limit(MOST_LISTED)
    )
    return [_view(case, reference) for case, reference in session.execute(query)]


def count_cases(session: Session, actor: Actor) -> dict[tuple[int, int], int]:
    """How many cases that nobody reported were heard of in each (fiscal year, quarter), for their own secretariat."""
    must_keep_inbox(actor)
    query = select(Case.heard_at).where(Case.organization_id == actor.organization.id, Case.joined_report.is_(None))
    return dict(Counter(_quarter(heard) for heard in session.execute(query).scalars()))


def _quarter(moment: datetime) -> tuple[int, int]:
    day = moment.astimezone(JAPAN)
    return (day.year if day.month >= 4 else day.year - 1), (day.month - 4) % 12 // 3 + 1


def _check(new: NewCase, codes: Codes, now: datetime) -> datetime:
    faults = []
    if new.source not in set(CaseSource):
        faults.append(Fault("source", "unknown-code", ", ".join(CaseSource), new.source[:40]))
    for name, value in (("event-types", new.event_type), ("service-impact", new.service_impact)):
        if value not in codes.lists.get(name, ()):
            faults.append(Fault(name.replace("-", "_").rstrip("s"), "unknown-code", "a code of the list", value[:40]))
    if not new.summary.strip():
        faults.append(Fault("summary", "missing", "one sentence"))
    for name, value, most in (
        ("summary", new.summary, LONGEST_SUMMARY),
        ("source_detail", new.source_detail, LONGEST_DETAIL),
    ):
        if len(value) > most or "\0" in value:
            faults.append(Fault(name, "too-long", f"up to {most} characters", str(len(value))))
    if new.heard_at is None:
        faults.append(Fault("heard_at", "missing", "a time"))
    elif new.heard_at > now:
        faults.append(Fault("heard_at", "in-the-future", "a time that has come", "a later one"))
    if faults or new.heard_at is None:
        raise Invalid(*faults)
    return new.heard_at


def _view(case: Case, reference: str | None) -> CaseView:
    return CaseView(
        id=case.id,
        reference=case.reference,
        sector=case.sector,
        source=case.source,
        source_detail=case.source_detail,
        event_type=case.event_type,
        service_impact=case.service_impact,
        summary=case.summary,
        heard_at=case.heard_at,
        registered_at=case.registered_at,
        joined_report=case.joined_report,
        joined_reference=reference,
        joined_at=case.joined_at,
    )


def _record(
    session: Session,
    actor: Actor,
    tag: Tag,
    case: Case,
    context: Context,
    *,
    beside: Mapping[str, object] | None = None,
) -> None:
    subjects = [("organization", str(actor.organization.id))]
    decision = {"case": str(case.id), "source": case.source.value, **(beside or {})}
    record(session, Event(tag, actor, subjects, decision=decision), context)
