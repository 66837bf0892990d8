"""Operation: what stays at RED or AMBER, and how long: to each sender its own, to others as a protected number."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Exists, exists, func, select
from sqlalchemy.orm import Session

from models.report import Proposal, Report, ReportVersion
from models.vocabulary import Label, ProposalState
from sharing.actor import Actor
from sharing.digests import ZONE
from sharing.errors import NotPermitted
from sharing.permissions import Permission
from sharing.reports.fields import from_document
from sharing.reports.visible import OWN_ROLES
from sharing.rules.held import protect

NARROW: Final = (Label.RED, Label.AMBER_STRICT, Label.AMBER)
LONG: Final = timedelta(days=30)
"""After this a report counts as staying narrow for long."""
MOST_HELD: Final = 200
"""Lines of one's own, the longest held first."""


class Held(Struct, frozen=True):
    """A report of one's own of which nothing has gone wider."""

    report_id: UUID
    reference: str
    label: Label
    summary: str
    since: datetime
    days: int
    exercise: bool


class HeldNumber(Struct, frozen=True):
    """At least so many reports of a sector have stayed at AMBER for long; None: not told."""

    sector: str
    at_least: int | None


def list_held(session: Session, actor: Actor, now: datetime) -> list[Held]:
    """The organization's own reports that are still narrow and of which no edition was approved, the longest first.

    Raises:
        NotPermitted: the actor does not work on the organization's reports.
    """
    actor.must(Permission.REPORT_READ)
    if not actor.roles & OWN_ROLES:
        raise NotPermitted("an organization's reports are open to its reporters and approvers")
    query = (
        select(Report, ReportVersion)
        .join(ReportVersion, (ReportVersion.report_id == Report.id) & (ReportVersion.number == Report.versions))
        .where(Report.organization_id == actor.organization.id, Report.label.in_(NARROW), ~_approved())
        .order_by(Report.created_at, Report.id)
        .limit(MOST_HELD)
    )
    return [
        Held(
            report.id,
            report.reference,
            report.label,
            from_document(version.fields).summary,
            report.created_at,
            (now - report.created_at).days,
            report.exercise,
        )
        for report, version in session.execute(query)
    ]


def count_held(session: Session, actor: Actor, now: datetime) -> list[HeldNumber]:
    """Of each sector at least how many reports have stayed at AMBER for long; protected by `sharing.rules.held`.

    Counted as the day began in Japan: a number that changed in the very minute would tell when somebody had filed.

    Raises:
        NotPermitted: the actor reads no trends.
    """
    actor.must(Permission.TRENDS_READ)
    query = (
        select(Report.sector, func.count(), func.count(Report.organization_id.distinct()))
        .where(
            # Who asks is not among them: with reports of its own it could count the others one by one.
            Report.organization_id != actor.organization.id,
            Report.label == Label.AMBER,
            Report.exercise.is_(False),
            Report.created_at < _midnight(now) - LONG,
            ~_approved(),
            # A report that was ever stricter is in no figure but its sender's own.
            ~exists().where(
                ReportVersion.report_id == Report.id, ReportVersion.label.in_((Label.RED, Label.AMBER_STRICT))
            ),
        )
        .group_by(Report.sector)
        .order_by(Report.sector)
    )
    told = [HeldNumber(sector, protect(reports, senders)) for sector, reports, senders in session.execute(query)]
    return [each for each in told if each.at_least is not None]


def _midnight(now: datetime) -> datetime:
    return now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def _approved() -> Exists:
    return exists().where(Proposal.report_id == Report.id, Proposal.state == ProposalState.APPROVED)
