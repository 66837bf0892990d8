"""Operation: whom the lists that a report chooses name now; preview and filing both ask here."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.sharing_list import SharingList
from sharing.actor import Actor
from sharing.errors import Fault, Invalid
from sharing.lists.gone import find_gone
from sharing.reading.driver import fetch, uuid_parameter


class ChosenList(Struct, frozen=True):
    """What a report needs of a list: whom it names now, and who on it takes part no more; by token."""

    id: str
    name: str
    is_closed: bool
    counting: tuple[str, ...]
    gone: tuple[str, ...]


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
    gone = find_gone(session, {token for on in found.values() for token in on})
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


def settle_chosen(session: Session, actor: Actor, chosen: Sequence[str]) -> list[ChosenList]:
    """The chosen lists, each with somebody who counts.

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
    return list(found.values())


def named_by(lists: Iterable[ChosenList]) -> tuple[str, ...]:
    """The tokens of those on these lists who count, each once, in a stable order."""
    return tuple(sorted({token for each in lists if not each.is_closed for token in each.counting}))
