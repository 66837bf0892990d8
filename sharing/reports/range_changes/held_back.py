"""Operation: which embargoes hold on a report now; asked by whoever is about to publish something of it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.embargo import Embargo


def load_active(session: Session, report_id: UUID) -> list[Embargo]:
    """The embargoes that hold, the last to end first. One whose time has come holds until it was ended, once."""
    query = select(Embargo).where(Embargo.report_id == report_id, Embargo.ended_at.is_(None))
    return list(session.execute(query.order_by(Embargo.until_at.desc(), Embargo.id)).scalars())


def is_held_back(session: Session, report_id: UUID) -> bool:
    """Whether anything wider than the report's own circle has to wait; whoever asks has locked the report."""
    return bool(load_active(session, report_id))
