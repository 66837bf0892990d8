"""Operation: a lease: of several processes one holds a duty, until it lets go or falls silent."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from models.inserts import insert_into
from models.job import Lease

LENGTH: Final = timedelta(seconds=30)
"""How long a holder may be silent before another takes over; it renews three times as often."""


LONGEST: Final = 2 * LENGTH
"""No lease reaches further than this; one that does was taken before the clock went back, and binds nobody."""


def find_holder(session: Session, name: str, now: datetime) -> str | None:
    """Who holds a lease now."""
    query = select(Lease.holder).where(Lease.name == name, Lease.until > now, Lease.until <= now + LONGEST)
    return session.execute(query).scalar_one_or_none()


def take_lease(session: Session, name: str, holder: str, now: datetime) -> bool:
    """Take or renew a lease by compare-and-set; False while another holds it. The caller commits."""
    until = now + LENGTH
    renewed: Any = session.execute(
        update(Lease)
        .where(Lease.name == name, or_(Lease.holder == holder, Lease.until <= now, Lease.until > now + LONGEST))
        .values(holder=holder, until=until)
    )
    if renewed.rowcount:
        return True
    row = insert_into(session, Lease).values(name=name, holder=holder, until=until).on_conflict_do_nothing()
    return session.execute(row.returning(Lease.name)).scalar_one_or_none() is not None


def release_lease(session: Session, name: str, holder: str) -> None:
    """Let go, so that another need not wait."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
