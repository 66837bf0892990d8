"""Rule of two persons for what administrators decide: one proposes, another confirms, any of them may drop it."""

from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from sharing.actor import Actor
from sharing.errors import Conflict, NotPermitted, NotVisible
from sharing.permissions import Permission


class Proposed(Protocol):
    """A row that waits for a second person; each kind has states of its own, and all of them one in which it waits."""

    state: Any
    made_by: Any
    decided_by: Any
    decided_at: Any


P = TypeVar("P", bound=Proposed)


def administering_person(actor: Actor) -> UUID:
    """The account of whoever administers under the own name.

    Raises:
        NotPermitted: the actor does not administer, or is no person.
    """
    actor.must(Permission.HUB_ADMINISTER)
    if actor.account_id is None:
        raise NotPermitted("this is proposed and confirmed by persons under their own names")
    return actor.account_id


def load_waiting(session: Session, actor: Actor, kind: type[P], ident: UUID) -> P:
    """A proposal that nobody has decided, held until the end of this unit of work.

    Raises:
        NotPermitted: the actor does not administer.
        NotVisible: there is no such proposal.
        Conflict: it was decided before.
    """
    actor.must(Permission.HUB_ADMINISTER)
    found = session.get(kind, ident, with_for_update=True)
    if found is None:
        raise NotVisible("no such proposal")
    if found.state is not type(found.state).WAITING:
        raise Conflict(f"this was decided before ({found.state.value})")
    return found


def must_be_another(actor: Actor, proposed: Proposed) -> None:
    """Only a second person confirms.

    Raises:
        NotPermitted: the actor proposed it, or is no person.
    """
    if administering_person(actor) == proposed.made_by:
        raise NotPermitted("who proposed it does not confirm it")


def decide(proposed: Proposed, state: object, actor: Actor, at: datetime) -> None:
    """Note who decided what, and when."""
    proposed.state, proposed.decided_by, proposed.decided_at = state, actor.account_id, at
