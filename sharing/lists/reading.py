"""Operation: the named lists of an organization, each with everybody who is or was on it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.sharing_list import SharingList, SharingListMember
from sharing.actor import Actor
from sharing.errors import NotVisible
from sharing.group_names import GroupNames
from sharing.lists.gone import find_gone, find_people
from sharing.permissions import Permission
from sharing.rules.naming import Standing


class ListLine(Struct, frozen=True):
    """A list among the others."""

    id: UUID
    name: str
    made_at: datetime
    closed_at: datetime | None
    members: int


class Member(Struct, frozen=True):
    """A name on a list."""

    id: int
    """Its place on the list, from one, which it keeps; the number of its row would count the lists of others."""
    token: str
    name_ja: str
    name_en: str
    added_at: datetime
    removed_at: datetime | None
    standing: Standing

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


class ListView(Struct, frozen=True):
    """A list with everybody who is or was on it."""

    id: UUID
    name: str
    made_at: datetime
    closed_at: datetime | None
    members: tuple[Member, ...]

    @property
    def present(self) -> tuple[Member, ...]:
        """Who stands on it now, those who left the hub too."""
        return tuple(each for each in self.members if each.removed_at is None)

    @property
    def counting(self) -> tuple[Member, ...]:
        """Who stands on it and takes part."""
        return tuple(each for each in self.present if each.standing is Standing.COUNTS)


def list_lists(session: Session, actor: Actor, *, closed: bool = False) -> list[ListLine]:
    """The organization's lists by name; the closed ones too where asked for.

    Raises:
        NotPermitted: the actor files no reports.
    """
    actor.must(Permission.REPORT_FILE)
    query = select(SharingList).where(SharingList.organization_id == actor.organization.id)
    if not closed:
        query = query.where(SharingList.closed_at.is_(None))
    rows = session.execute(query.order_by(SharingList.closed_at.isnot(None), SharingList.name)).scalars().all()
    counted = session.execute(
        select(SharingListMember.list_id, func.count())
        .join(SharingList, SharingList.id == SharingListMember.list_id)
        .where(SharingList.organization_id == actor.organization.id, SharingListMember.removed_at.is_(None))
        .group_by(SharingListMember.list_id)
    )
    counts: dict[UUID, int] = dict(counted.all())
    return [ListLine(each.id, each.name, each.made_at, each.closed_at, counts.get(each.id, 0)) for each in rows]


def load_list(session: Session, actor: Actor, list_id: UUID) -> ListView:
    """A list with everybody who is or was on it, and whether they count.

    Raises:
        NotVisible: the organization has no such list.
        NotPermitted: the actor files no reports.
    """
    found = load_own(session, actor, list_id)
    return _views(session, [found])[0]


def load_chosen(session: Session, actor: Actor, chosen: Iterable[str]) -> list[ListView]:
    """The lists that a report names, in its order; ids that are none of this organization's are left out."""
    idents = [UUID(each) for each in chosen]
    mine = SharingList.organization_id == actor.organization.id
    rows = {
        row.id: row for row in session.execute(select(SharingList).where(mine, SharingList.id.in_(idents))).scalars()
    }
    return _views(session, [rows[ident] for ident in idents if ident in rows])


def list_taken_off(session: Session, list_id: UUID) -> set[str]:
    """The tokens that are on a list no more: taken off, or all where it is closed; the caller has loaded the list."""
    found = session.get_one(SharingList, list_id)
    query = select(SharingListMember.token, SharingListMember.removed_at).where(SharingListMember.list_id == list_id)
    members = session.execute(query).all()
    on_it = set() if found.closed_at is not None else {token for token, removed in members if removed is None}
    return {token for token, _ in members} - on_it


def _views(session: Session, lists: Sequence[SharingList]) -> list[ListView]:
    idents = [each.id for each in lists]
    query = select(SharingListMember).where(SharingListMember.list_id.in_(idents)).order_by(SharingListMember.id)
    members = session.execute(query).scalars().all()
    every = {each.token for each in members}
    names, people = GroupNames(session, every), find_people(session, every)
    gone = find_gone(session, every)
    found: dict[UUID, list[Member]] = {ident: [] for ident in idents}
    for each in members:
        person = people.get(each.token)
        ja, en = (person[0], person[0]) if person else names.of(each.token)
        standing = Standing.LEFT if each.token in gone else Standing.COUNTS
        place = len(found[each.list_id]) + 1
        found[each.list_id].append(Member(place, each.token, ja, en, each.added_at, each.removed_at, standing))
    return [ListView(each.id, each.name, each.made_at, each.closed_at, tuple(found[each.id])) for each in lists]


def load_own(session: Session, actor: Actor, list_id: UUID) -> SharingList:
    """A list of the actor's organization; open or closed.

    Raises:
        NotVisible: the organization has no such list.
        NotPermitted: the actor files no reports.
    """
    actor.must(Permission.REPORT_FILE)
    found = session.get(SharingList, list_id)
    if found is None or found.organization_id != actor.organization.id:
        raise NotVisible("no such list")
    return found
