"""Operation: keep beside each report of an inbox where its last version stands on its way to others.

It follows from the proposals of that version; kept beside it, a list by it and its counts are one range of an index
among a hundred thousand reports. Whoever changes the state of a proposal says so here.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, case, exists, select, update
from sqlalchemy.orm import Session

from models.inbox import InboxItem
from models.report import Proposal
from models.vocabulary import ProposalState, Status

PROPOSED: Final[Mapping[Status, ProposalState]] = {
    Status.WAITING: ProposalState.WAITING,
    Status.EMBARGOED: ProposalState.EMBARGOED,
    Status.PUBLISHED: ProposalState.APPROVED,
    Status.REFUSED: ProposalState.REFUSED,
}
"""Where a version stands that has a proposal in this state; of several the first here."""


def status_of(version_id: SQLColumnExpression[UUID]) -> ColumnElement[str]:
    """Where a version stands, by its proposals."""
    arms = [
        (exists().where(Proposal.version_id == version_id, Proposal.state == state), status.value)
        for status, state in PROPOSED.items()
    ]
    return case(*arms, else_=Status.NEW.value)


def settle_status(session: Session, report_id: UUID) -> None:
    """A proposal of this report has changed: note where its last version in the inbox stands now."""
    session.flush()
    version = select(InboxItem.version_id).where(InboxItem.report_id == report_id).scalar_subquery()
    now = session.execute(select(status_of(version))).scalar_one()
    session.execute(update(InboxItem).where(InboxItem.report_id == report_id).values(status=Status(now)))
