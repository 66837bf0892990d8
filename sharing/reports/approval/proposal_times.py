"""Operation: a proposal that nobody answers: its approvers are reminded, and at last it runs out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.report import Proposal, Report
from models.vocabulary import Door, ProposalState
from sharing.actor import Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.inbox.standing import settle_status
from sharing.jobs.due import put_due_unseen
from sharing.setup import hub_actor

DUE_KIND: Final = "proposal-time"
"""The kind of the due rows."""

REMINDED_AFTER: Final = (timedelta(days=2), timedelta(days=7), timedelta(days=12))
"""When the approvers are asked again."""

RUNS_OUT_AFTER: Final = timedelta(days=14)
"""What nobody answered by then is over: the secretariat hears so, and may ask anew."""


def runs_out_at(proposed_at: datetime) -> datetime:
    """When a proposal that nobody answers is over."""
    return proposed_at + RUNS_OUT_AFTER


def put_times(session: Session, proposal: Proposal) -> None:
    """Ask for the reminders of a proposal that waits, and for its end."""
    for number, after in enumerate((*REMINDED_AFTER, RUNS_OUT_AFTER), start=1):
        payload = {"proposal": str(proposal.id), "number": number}
        put_due_unseen(session, DUE_KIND, f"{proposal.id}/{number}", proposal.proposed_at + after, payload)


def handle_time(session: Session, payload: Mapping[str, Any], context: Context) -> None:
    """Remind, or let run out, whichever is due; what was decided meanwhile is left alone."""
    found = session.get(Proposal, UUID(payload["proposal"]))
    if found is None:
        return
    # In the order in which an approval locks, so that the two wait for each other.
    report = session.execute(select(Report).where(Report.id == found.report_id).with_for_update()).scalar_one()
    session.refresh(found, with_for_update=True)
    if found.state is not ProposalState.WAITING:
        return
    if context.now < runs_out_at(found.proposed_at):
        found.reminders = max(found.reminders, int(payload["number"]))
        return
    found.state, found.decided_at = ProposalState.EXPIRED, context.now
    settle_status(session, report.id)
    subjects = [("report", str(report.id)), ("organization", str(report.organization_id))]
    decision = {"report": str(report.id), "proposal": str(found.id), "digest": found.digest.hex()}
    record(session, Event(Tag.PROPOSAL_EXPIRE, hub_actor(Door.JOB), subjects, decision=decision), context)
