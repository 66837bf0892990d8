"""Operation: named lists are made, changed and closed, never erased."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from models.organization import Organization
from models.sharing_list import SharingList, SharingListMember
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.lists.choices import find_nameable
from sharing.lists.reading import load_own
from sharing.people.lookup import check_name
from sharing.permissions import Permission

LONGEST_NAME: Final = 100
MOST_LISTS: Final = 200
"""Open lists of one organization."""
MOST_MEMBERS: Final = 5_000
"""Names on one list: more than all organizations below the CEPTOARs that we know of."""


def make_list(session: Session, actor: Actor, name: str, context: Context) -> SharingList:
    """Make an empty list.

    Raises:
        NotPermitted: the actor files no reports.
        Invalid: there is no name, or an open list has it.
        Conflict: there are too many.
    """
    actor.must(Permission.REPORT_FILE)
    name = check_name("name", name, LONGEST_NAME)
    session.execute(select(Organization.id).where(Organization.id == actor.organization.id).with_for_update())
    opened = session.execute(_open_lists(actor).with_only_columns(SharingList.name)).scalars().all()
    if name in opened:
        raise Invalid(Fault("name", "taken", expected="a name that none of your open lists has"))
    if len(opened) >= MOST_LISTS:
        raise Conflict(f"expected at most {MOST_LISTS} open lists; close one first")
    made = SharingList(
        id=context.new_id(),
        organization_id=actor.organization.id,
        name=name,
        made_by=actor.account_id,
        made_at=context.now,
        closed_at=None,
    )
    session.add(made)
    session.flush()
    record(session, Event(Tag.LIST_MAKE, actor, _subjects(actor, made.id)), context)
    return made


def add_to_list(session: Session, actor: Actor, list_id: UUID, names: Sequence[str], context: Context) -> int:
    """Put organizations, desks, persons or groups on a list, by their tokens; how many were new.

    Raises:
        NotVisible: the organization has no such list.
        NotPermitted: the actor files no reports.
        Conflict: the list is closed.
        Invalid: a token names nobody whom this organization may name; absent and hidden are one answer.
    """
    found = _load_open(session, actor, list_id)
    wanted = list(dict.fromkeys(names))
    if not wanted:
        raise Invalid(Fault("token", "missing", "somebody to put on the list"))
    allowed = find_nameable(session, actor, wanted)
    for token in wanted:
        if token not in allowed:
            raise Invalid(Fault("token", "unknown-reader", "somebody whom you may name"))
    here = SharingListMember.list_id == found.id, SharingListMember.removed_at.is_(None)
    present = set(session.execute(select(SharingListMember.token).where(*here)).scalars())
    new = [token for token in wanted if token not in present]
    if len(present) + len(new) > MOST_MEMBERS:
        raise Invalid(Fault("token", "too-many", f"at most {MOST_MEMBERS}", str(len(present) + len(new))))
    if new:
        rows = [{"list_id": found.id, "token": token, "added_at": context.now, "removed_at": None} for token in new]
        session.execute(insert(SharingListMember), rows)
        told = {"tokens": new}
        record(session, Event(Tag.LIST_ADD, actor, _subjects(actor, found.id), decision=told), context)
    return len(new)


def remove_from_list(session: Session, actor: Actor, list_id: UUID, place: int, context: Context) -> None:
    """Take the name at a place off a list; reports that were filed with it stand as they were filed.

    Raises:
        NotVisible: the organization has no such list, or nobody like that stands on it.
        NotPermitted: the actor files no reports.
        Conflict: the list is closed.
    """
    found = _load_open(session, actor, list_id)
    members = select(SharingListMember).where(SharingListMember.list_id == found.id).order_by(SharingListMember.id)
    every = session.execute(members).scalars().all()
    member = every[place - 1] if 1 <= place <= len(every) else None
    if member is None or member.removed_at is not None:
        raise NotVisible("no such name on the list")
    member.removed_at = context.now
    session.flush()
    told = {"token": member.token}
    record(session, Event(Tag.LIST_REMOVE, actor, _subjects(actor, found.id), decision=told), context)


def close_list(session: Session, actor: Actor, list_id: UUID, context: Context) -> None:
    """Close a list: nobody chooses it any more; reports that were filed with it stand.

    Raises:
        NotVisible: the organization has no such list.
        NotPermitted: the actor files no reports.
        Conflict: it was closed before.
    """
    found = _load_open(session, actor, list_id)
    found.closed_at = context.now
    session.flush()
    record(session, Event(Tag.LIST_CLOSE, actor, _subjects(actor, found.id)), context)


def _open_lists(actor: Actor) -> Select[SharingList]:
    return select(SharingList).where(
        SharingList.organization_id == actor.organization.id, SharingList.closed_at.is_(None)
    )


def _load_open(session: Session, actor: Actor, list_id: UUID) -> SharingList:
    found = load_own(session, actor, list_id)
    session.refresh(found, with_for_update=True)
    if found.closed_at is not None:
        raise Conflict("this list is closed")
    return found


def _subjects(actor: Actor, list_id: UUID) -> list[tuple[str, str]]:
    return [("list", str(list_id)), ("organization", str(actor.organization.id))]
