"""Operation: what was registered by telephone: whether its sender has confirmed it, and the caller for its keepers."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.inbox import Call, InboxItem
from models.report import Report, ReportVersion
from sharing.actor import Actor
from sharing.permissions import Permission
from sharing.reports.visible import OWN_ROLES, is_senders


class Caller(Struct, frozen=True):
    """Who called and what was said, as it was heard."""

    name: str = ""
    number: str = ""
    words: str = ""


class CallView(Struct, frozen=True):
    """A registration on behalf, as one of the two sides sees it; the caller is for the secretariat alone."""

    taken_at: datetime
    confirmed_at: datetime | None
    number: int
    """Of which version."""
    is_unconfirmed: bool
    may_confirm: bool
    caller: Caller | None
    version_id: UUID


def settle_calls(session: Session, report: Report, account_id: UUID, now: datetime) -> bool:
    """Note that the sender has spoken for itself: by confirming, or by the next version; whether that was open."""
    query = select(Call).where(Call.report_id == report.id, Call.confirmed_at.is_(None))
    calls = session.execute(query).scalars().all()
    for call in calls:
        call.confirmed_by, call.confirmed_at = account_id, now
    item = session.get(InboxItem, report.id)
    if calls and item is not None:
        item.unconfirmed, item.changed_at = False, now
    session.flush()
    return bool(calls)


def find_call(session: Session, actor: Actor, report_id: UUID) -> CallView | None:
    """How a report that the actor sees was registered by telephone; None where its sender filed it itself."""
    query = (
        select(Call, ReportVersion, Report)
        .join(ReportVersion, ReportVersion.id == Call.version_id)
        .join(Report, Report.id == Call.report_id)
        .where(Call.report_id == report_id)
        .order_by(ReportVersion.number.desc())
    )
    found = session.execute(query).first()
    if found is None:
        return None
    call, version, report = found
    own = is_senders(actor, report.organization_id)
    keeps = call.organization_id == actor.organization.id
    if not own and not keeps:
        return None
    return CallView(
        taken_at=call.taken_at,
        confirmed_at=call.confirmed_at,
        number=version.number,
        is_unconfirmed=call.confirmed_at is None,
        may_confirm=own and call.confirmed_at is None and actor.may(Permission.REPORT_FILE),
        caller=Caller(call.caller, call.number, call.words) if keeps else None,
        version_id=version.id,
    )


def list_unconfirmed(session: Session, actor: Actor) -> list[UUID]:
    """The reports that were registered on behalf of the actor's organization and wait for its word, oldest first.

    Exercises are not among them: they are not counted.
    """
    if not actor.may(Permission.REPORT_FILE) or not actor.roles & OWN_ROLES:
        return []
    query = (
        select(Report.id)
        .join(Call, Call.report_id == Report.id)
        .where(Report.organization_id == actor.organization.id, Report.exercise.is_(False), Call.confirmed_at.is_(None))
        .order_by(Call.taken_at)
    )
    return list(session.execute(query).scalars())
