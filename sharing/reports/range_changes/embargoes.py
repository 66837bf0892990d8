"""Operation: an embargo on a report (公表まで): until its time nothing goes further than to those who read it as filed.

The original and its follow-ups go to the sender's circle as ever. An edition that was approved, or that the sender's
label allows, waits as the exact bytes that it will be, and goes out once, when the last embargo on the report ends: at
its time, however late the hub comes to it, or before, by the organization that set it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.embargo import Embargo
from models.report import Proposal, Report, ReportVersion
from models.vocabulary import Door, MailMatter, ProposalState
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid
from sharing.inbox.standing import settle_status
from sharing.jobs.due import put_due_unseen
from sharing.jobs.mails import ask_for_mails
from sharing.publications import publish
from sharing.reports.approval.approvals import load_forms, publication_of, why_stale
from sharing.reports.means import Means
from sharing.reports.range_changes.held_back import load_active
from sharing.reports.range_changes.recalls import load_changeable
from sharing.reports.reasons import check_reason
from sharing.reports.technical import publish_held_back
from sharing.reports.visible import ReportView
from sharing.setup import hub_actor

DUE_KIND: Final = "embargo-end"
"""The kind of the due rows."""

LONGEST: Final = timedelta(days=366)
"""What is to stay longer has no date yet, and needs none: without a proposal nothing goes wider."""


class EmbargoView(Struct, frozen=True):
    """An embargo that holds, as the sender's people and their secretariat see it."""

    id: UUID
    organization_id: UUID
    until_at: datetime
    reason: str
    is_own: bool
    """The viewer's organization set it, and may end it."""


def list_embargoes(session: Session, actor: Actor, view: ReportView) -> list[EmbargoView]:
    """The embargoes that hold on a report that the actor may see, the last to end first."""
    return [
        EmbargoView(row.id, row.organization_id, row.until_at, row.reason, row.organization_id == actor.organization.id)
        for row in load_active(session, view.id)
    ]


def set_embargo(
    session: Session, actor: Actor, report_id: UUID, until: datetime, reason: str, *, context: Context
) -> UUID:
    """Hold back everything wider than the report's own circle until a time; one's own earlier embargo makes place.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: the actor sees it but does not work on it.
        Invalid: the time has passed or is too far away, or the reason cannot be taken.
    """
    report, view = load_changeable(session, actor, report_id)
    reason = check_reason(reason)
    if until <= context.now:
        raise Invalid(Fault("until", "in-the-past", "a time that is still to come", "an earlier one"))
    if until > context.now + LONGEST:
        raise Invalid(Fault("until", "too-far", f"a time within {LONGEST.days} days", "a later one"))
    for earlier in load_active(session, report.id):
        if earlier.organization_id == actor.organization.id:
            earlier.ended_at = context.now
    assert actor.account_id is not None
    embargo = Embargo(
        id=context.new_id(),
        report_id=report.id,
        organization_id=actor.organization.id,
        until_at=until,
        reason=reason,
        set_by=actor.account_id,
        set_at=context.now,
        ended_at=None,
        ended_by=None,
    )
    session.add(embargo)
    session.flush()
    put_due_unseen(session, DUE_KIND, str(embargo.id), until, {"embargo": str(embargo.id)})
    decision = {"report": str(view.id), "embargo": str(embargo.id), "until": until.isoformat()}
    record(session, Event(Tag.EMBARGO_SET, actor, _subjects(report), decision=decision), context)
    return embargo.id


def end_embargo(session: Session, actor: Actor, report_id: UUID, *, means: Means) -> bool:
    """End the embargo of the actor's organization before its time; whether that let something go out.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: the actor sees it but does not work on it.
        Conflict: its organization holds no embargo on it.
    """
    report, _view = load_changeable(session, actor, report_id)
    own = [each for each in load_active(session, report.id) if each.organization_id == actor.organization.id]
    if not own:
        raise Conflict("your organization holds no embargo on this report")
    for each in own:
        each.ended_at, each.ended_by = means.context.now, actor.account_id
    return _let_go(session, actor, report, own[0], means=means)


def handle_end(session: Session, payload: Mapping[str, Any], *, means: Means) -> None:
    """The time of an embargo has come: end it, and let go what waits for nothing else."""
    embargo = session.get(Embargo, UUID(payload["embargo"]))
    if embargo is None:
        return
    locked = select(Report).where(Report.id == embargo.report_id).with_for_update()
    report = session.execute(locked, execution_options={"populate_existing": True}).scalar_one()
    session.refresh(embargo, with_for_update=True)
    if embargo.ended_at is not None:
        return
    embargo.ended_at = means.context.now
    _let_go(session, hub_actor(Door.JOB), report, embargo, means=means)


def _let_go(session: Session, actor: Actor, report: Report, ended: Embargo, *, means: Means) -> bool:
    """Publish what the embargo held back, exactly as it was approved; what no longer fits is proposed again."""
    session.flush()
    decision: dict[str, object] = {"report": str(report.id), "embargo": str(ended.id)}
    waiting = None if load_active(session, report.id) else _find_held_back(session, report.id)
    if waiting is not None:
        proposal, version = waiting
        forms = load_forms(session, proposal, report, version, policy=means.policy, builder=means.builder)
        if why_stale(session, proposal, version, forms, means.policy) is None:
            proposal.state = ProposalState.APPROVED
            settle_status(session, report.id)
            publication = publication_of(
                session, report, version, proposal, forms, tag=Tag.EMBARGO_END, builder=means.builder, more=decision
            )
            publish(session, actor, publication, policy=means.policy, context=means.context)
            ask_for_mails(session, MailMatter.PUBLISHED, proposal.id, means.context.now)
            publish_held_back(session, actor, report, means=means)
            return True
        proposal.state = ProposalState.OUTDATED
        settle_status(session, report.id)
        decision["outdated"] = str(proposal.id)
    record(session, Event(Tag.EMBARGO_END, actor, _subjects(report), decision=decision), means.context)
    if load_active(session, report.id):
        return False
    return publish_held_back(session, actor, report, means=means)


def _find_held_back(session: Session, report_id: UUID) -> tuple[Proposal, ReportVersion] | None:
    """What waits for the end of the embargo: at most one, since a newer proposal outdates the one before."""
    row = session.execute(
        select(Proposal, ReportVersion)
        .join(ReportVersion, ReportVersion.id == Proposal.version_id)
        .where(Proposal.report_id == report_id, Proposal.state == ProposalState.EMBARGOED)
        .with_for_update(of=Proposal)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _subjects(report: Report) -> Sequence[tuple[str, str]]:
    return [("report", str(report.id)), ("organization", str(report.organization_id))]
