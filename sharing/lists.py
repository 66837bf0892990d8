"""Operation: named lists: whom an organization's reporters name in their reports; made, changed, closed, never erased.

A list is its organization's own: nobody else learns that it exists, who is on it, or that a name was taken off.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, exists, func, insert, select
from sqlalchemy.orm import Session

from models.account import Account, Membership
from models.codelist import Ceptoar
from models.organization import Organization
from models.sharing_list import SharingList, SharingListMember
from sharing.actor import Actor, Context
from sharing.audiences import AT_ONCE, facts_of, organizations_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.group_names import GroupNames
from sharing.people.lookup import check_name, hats_of_organization, new_id
from sharing.permissions import Permission
from sharing.reading.driver import fetch, uuid_parameter
from sharing.rules import tokens
from sharing.rules.naming import BY_NAME, GROUPS, Standing, may_name
from sharing.rules.tokens import CONTENT_ROLES, is_token

LONGEST_NAME: Final = 100
MOST_LISTS: Final = 200
"""Open lists of one organization."""
MOST_MEMBERS: Final = 5_000
"""Names on one list: more than all organizations below the CEPTOARs that we know of."""


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


class ChosenList(Struct, frozen=True):
    """What a report needs of a list: whom it names now, and who on it takes part no more; by token."""

    id: str
    name: str
    is_closed: bool
    counting: tuple[str, ...]
    gone: tuple[str, ...]


class Choice(Struct, frozen=True):
    """Somebody who may be put on a list."""

    token: str
    name_ja: str
    name_en: str

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


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
        id=new_id(context),
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
    allowed = _nameable(session, actor, wanted)
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


def remove_from_list(session: Session, actor: Actor, list_id: UUID, member_id: int, context: Context) -> None:
    """Take a name off a list; reports that were filed with it stand as they were filed.

    Raises:
        NotVisible: the organization has no such list, or nobody like that stands on it.
        NotPermitted: the actor files no reports.
        Conflict: the list is closed.
    """
    found = _load_open(session, actor, list_id)
    member = session.get(SharingListMember, member_id)
    if member is None or member.list_id != found.id or member.removed_at is not None:
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
    found = _load(session, actor, list_id)
    return _views(session, [found])[0]


def load_chosen(session: Session, actor: Actor, chosen: Iterable[str]) -> list[ListView]:
    """The lists that a report names, in its order; ids that are none of this organization's are left out."""
    idents = [UUID(each) for each in chosen]
    mine = SharingList.organization_id == actor.organization.id
    rows = {
        row.id: row for row in session.execute(select(SharingList).where(mine, SharingList.id.in_(idents))).scalars()
    }
    return _views(session, [rows[ident] for ident in idents if ident in rows])


def load_named(session: Session, actor: Actor, chosen: Sequence[str]) -> list[ChosenList]:
    """Whom these lists name now, in the order chosen; ids that are none of this organization's are left out.

    The preview and the filing both ask here. Columns only, and nobody's name: a list of thousands is few questions.
    """
    idents = [UUID(each) for each in chosen]
    if not idents:
        return []
    mine = SharingList.organization_id == actor.organization.id
    columns = (SharingList.id, SharingList.name, SharingList.closed_at)
    lists = {row.id: row for row in session.execute(select(*columns).where(mine, SharingList.id.in_(idents)))}
    found: dict[UUID, list[str]] = {ident: [] for ident in lists}
    if session.autoflush:
        session.flush()  # what follows speaks to the driver
    for ident, on_it in found.items():
        on_it += [token for (token,) in fetch(session, _MEMBERS, {"list": uuid_parameter(session, ident)}, kept=True)]
    gone = _gone(session, {token for on in found.values() for token in on})
    return [
        ChosenList(
            str(ident),
            lists[ident].name,
            lists[ident].closed_at is not None,
            tuple(token for token in found[ident] if token not in gone),
            tuple(token for token in found[ident] if token in gone),
        )
        for ident in idents
        if ident in lists
    ]


_MEMBERS: Final = "SELECT token FROM sharing_list_members WHERE list_id = :list AND removed_at IS NULL"


def list_taken_off(session: Session, list_id: UUID) -> set[str]:
    """The tokens that are on a list no more: taken off, or all where it is closed; the caller has loaded the list."""
    found = session.get_one(SharingList, list_id)
    query = select(SharingListMember.token, SharingListMember.removed_at).where(SharingListMember.list_id == list_id)
    members = session.execute(query).all()
    on_it = set() if found.closed_at is not None else {token for token, removed in members if removed is None}
    return {token for token, _ in members} - on_it


def settle_named(session: Session, actor: Actor, chosen: Sequence[str]) -> tuple[str, ...]:
    """Whom the chosen lists name now: the tokens of those who count, each once.

    Raises:
        Invalid: a list is not the organization's, is closed, or has nobody on it who takes part.
    """
    found = {each.id: each for each in load_named(session, actor, chosen)}
    faults = []
    for ident in chosen:
        each = found.get(ident)
        if each is None:
            faults.append(Fault("lists", "unknown-list", "a list of your organization"))
        elif each.is_closed:
            faults.append(Fault("lists", "closed-list", "an open list", each.name))
        elif not each.counting:
            faults.append(Fault("lists", "empty-list", "a list with somebody on it who takes part", each.name))
    if faults:
        raise Invalid(*faults)
    return named_by(found.values())


def named_by(lists: Iterable[ChosenList]) -> tuple[str, ...]:
    """The tokens of those on these lists who count, each once, in a stable order."""
    return tuple(sorted({token for each in lists if not each.is_closed for token in each.counting}))


def list_choices(session: Session, actor: Actor) -> dict[str, list[Choice]]:
    """Whom this organization may put on a list: groups, organizations, their desks, its own people.

    Raises:
        NotPermitted: the actor files no reports.
    """
    actor.must(Permission.REPORT_FILE)
    facts = actor.organization
    names = GroupNames(session)
    codes = session.execute(select(Ceptoar.code).order_by(Ceptoar.place)).scalars().all()
    groups = [tokens.COUNCIL, tokens.NCO, *names.sections(), tokens.FOREIGN]
    groups += [tokens.sector(facts.sector)] if facts.sector else []
    groups += [make(code) for code in codes for make in (tokens.secretariat, tokens.ceptoar)]
    query = select(Organization).where(Organization.left_at.is_(None), Organization.tier.in_(BY_NAME))
    rows = session.execute(query.order_by(Organization.name_ja)).scalars()
    known = [row for row in rows if row.id != facts.id and may_name(facts, facts_of(row))]
    people = {
        hat.account.id: hat.account.display_name
        for hat in hats_of_organization(session, facts.id)
        if hat.roles & CONTENT_ROLES
    }
    return {
        "groups": [Choice(token, *names.of(token)) for token in groups],
        "organizations": [Choice(tokens.organization(row.id), row.name_ja, row.name_en) for row in known],
        "desks": [Choice(tokens.desk(row.id), row.name_ja, row.name_en) for row in known],
        "people": [Choice(tokens.account(ident), name, name) for ident, name in people.items()],
    }


def _nameable(session: Session, actor: Actor, wanted: Sequence[str]) -> set[str]:
    """Those of the tokens that this organization may put on a list."""
    sound = [token for token in wanted if is_token(token)]
    people = {tokens.account(hat.account.id) for hat in hats_of_organization(session, actor.organization.id)}
    codes = set(session.execute(select(Ceptoar.code)).scalars())
    sections = set(GroupNames(session).sections())
    groups = GROUPS | sections | {make(code) for code in codes for make in (tokens.secretariat, tokens.ceptoar)}
    if actor.organization.sector:
        groups |= {tokens.sector(actor.organization.sector)}
    idents = sorted(organizations_of(sound))
    known: set[UUID] = set()
    for start in range(0, len(idents), AT_ONCE):
        part = Organization.id.in_(idents[start : start + AT_ONCE])
        rows = session.execute(select(Organization).where(part, Organization.left_at.is_(None))).scalars()
        known |= {row.id for row in rows if may_name(actor.organization, facts_of(row))}
    by_name = {make(ident) for ident in known for make in (tokens.organization, tokens.desk)}
    return set(sound) & (people | groups | by_name)


def _views(session: Session, lists: Sequence[SharingList]) -> list[ListView]:
    idents = [each.id for each in lists]
    query = select(SharingListMember).where(SharingListMember.list_id.in_(idents)).order_by(SharingListMember.id)
    members = session.execute(query).scalars().all()
    every = {each.token for each in members}
    names, people = GroupNames(session, every), _people(session, every)
    gone = _gone(session, every)
    found: dict[UUID, list[Member]] = {ident: [] for ident in idents}
    for each in members:
        person = people.get(each.token)
        ja, en = (person[0], person[0]) if person else names.of(each.token)
        standing = Standing.LEFT if each.token in gone else Standing.COUNTS
        found[each.list_id].append(Member(each.id, each.token, ja, en, each.added_at, each.removed_at, standing))
    return [ListView(each.id, each.name, each.made_at, each.closed_at, tuple(found[each.id])) for each in lists]


def _people(session: Session, names: Iterable[str]) -> dict[str, tuple[str, bool]]:
    """Name of each person on a list, and whether they still have a hat."""
    idents = [UUID(name.partition(":")[2]) for name in names if name.startswith("account:")]
    hat = exists().where(Membership.account_id == Account.id, Membership.ended_at.is_(None))
    rows = session.execute(select(Account.id, Account.display_name, hat).where(Account.id.in_(idents)))
    return {tokens.account(ident): (name, bool(open_hat)) for ident, name, open_hat in rows}


def _gone(session: Session, names: set[str]) -> set[str]:
    """The tokens whose holders take part no more. Those who left are few; those on a list may be thousands."""
    left = session.execute(select(Organization.id).where(Organization.left_at.isnot(None))).scalars()
    gone = {make(ident) for ident in left for make in (tokens.organization, tokens.desk)} & names
    persons = {name for name in names if name.startswith("account:")}
    if persons:
        gone |= {name for name, (_, has_hat) in _people(session, persons).items() if not has_hat}
    sections = {name for name in names if name.startswith("government:")} - {tokens.NCO}
    return gone | (sections - set(GroupNames(session).sections()) if sections else set())


def _open_lists(actor: Actor) -> Select[SharingList]:
    return select(SharingList).where(
        SharingList.organization_id == actor.organization.id, SharingList.closed_at.is_(None)
    )


def _load(session: Session, actor: Actor, list_id: UUID) -> SharingList:
    actor.must(Permission.REPORT_FILE)
    found = session.get(SharingList, list_id)
    if found is None or found.organization_id != actor.organization.id:
        raise NotVisible("no such list")
    return found


def _load_open(session: Session, actor: Actor, list_id: UUID) -> SharingList:
    found = _load(session, actor, list_id)
    session.refresh(found, with_for_update=True)
    if found.closed_at is not None:
        raise Conflict("this list is closed")
    return found


def _subjects(actor: Actor, list_id: UUID) -> list[tuple[str, str]]:
    return [("list", str(list_id)), ("organization", str(actor.organization.id))]
