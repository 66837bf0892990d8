"""Operation: views of the inbox that a person saved under a name, for itself alone."""

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.inbox import InboxFilter
from sharing.actor import Actor, Context
from sharing.errors import Conflict, NotPermitted, NotVisible
from sharing.people.lookup import check_name
from sharing.reports.visible import must_keep_inbox

MOST: Final = 20
"""Views of one person."""
LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 300


class SavedFilter(Struct, frozen=True):
    """A view under its name."""

    id: UUID
    name: str
    query: str


def save_filter(session: Session, actor: Actor, name: str, query: str, context: Context) -> None:
    """Save a view; one of the same name is replaced.

    Raises:
        NotPermitted: the actor is no secretariat.
        Invalid: the name cannot be taken.
        Conflict: there are too many already.
    """
    must_keep_inbox(actor)
    if actor.account_id is None:
        raise NotPermitted("a view is saved by a person")
    called = check_name("name", name, LONGEST_NAME)
    mine = select(InboxFilter).where(
        InboxFilter.account_id == actor.account_id, InboxFilter.organization_id == actor.organization.id
    )
    row = session.execute(mine.where(InboxFilter.name == called)).scalar_one_or_none()
    if row is not None:
        row.query = query[:LONGEST_QUERY]
        return
    if session.execute(select(func.count()).select_from(mine.subquery())).scalar_one() >= MOST:
        raise Conflict(f"you have {MOST} saved views; remove one first")
    session.add(
        InboxFilter(
            id=context.new_id(),
            account_id=actor.account_id,
            organization_id=actor.organization.id,
            name=called,
            query=query[:LONGEST_QUERY],
            made_at=context.now,
        )
    )


def forget_filter(session: Session, actor: Actor, filter_id: UUID) -> None:
    """Remove a view of one's own.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: there is no such view of this person.
    """
    must_keep_inbox(actor)
    row = session.get(InboxFilter, filter_id)
    if row is None or row.account_id != actor.account_id or row.organization_id != actor.organization.id:
        raise NotVisible("no such view")
    session.delete(row)


def list_filters(session: Session, actor: Actor) -> list[SavedFilter]:
    """The views that this person saved, by name.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    query = select(InboxFilter).where(
        InboxFilter.account_id == actor.account_id, InboxFilter.organization_id == actor.organization.id
    )
    return [
        SavedFilter(row.id, row.name, row.query) for row in session.execute(query.order_by(InboxFilter.name)).scalars()
    ]
