"""Operation: an organization moves to another sector or CEPTOAR: looked at, proposed by one person, done by another.

From then on it reads what the new groups read, and of their past what policy gives a newcomer; what it read of the old
groups by belonging to them ends, what it was given of their past as a newcomer too. Its own reports stay where they
were filed, with the secretariat that has them; the ledger says until when it could read what.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organization import Organization
from models.organization_change import OrganizationMove
from models.vocabulary import MoveState, Tier
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid
from sharing.past.asking import ask_for_past
from sharing.people.lookup import load_known_organization
from sharing.people.organizations import NewOrganization, belonging_of
from sharing.permissions import Permission
from sharing.readers import close_tokens_of, open_tokens_of
from sharing.reading.closing import close_newcomers
from sharing.rules import tokens
from sharing.rules.tokens import OrganizationFacts, tokens_of_organization
from sharing.two_persons import administering_person, decide, load_waiting, must_be_another


class Place(Struct, frozen=True):
    """Where an organization is to belong; the sector follows from the CEPTOAR."""

    ceptoar: str | None
    sector: str | None = None


@dataclass(frozen=True)
class MoveView:
    """A move with what it changes."""

    id: UUID
    organization_id: UUID
    name_ja: str
    name_en: str
    before: OrganizationFacts
    after: OrganizationFacts
    state: MoveState
    losing: tuple[str, ...]
    """The groups that it reads as no more."""
    gaining: tuple[str, ...]
    """The groups that it reads as from then on."""


def propose_move(session: Session, actor: Actor, organization_id: UUID, place: Place, context: Context) -> MoveView:
    """Propose that an operator or a body belongs to another sector or CEPTOAR; nothing changes yet.

    Raises:
        NotPermitted: only a person who administers proposes it.
        NotVisible: there is no such organization.
        Invalid: a code is wrong, the two do not fit, or it belongs there already.
        Conflict: only operators and bodies move, and one move at a time.
    """
    made_by = administering_person(actor)
    organization = load_known_organization(session, actor, organization_id)
    if organization.tier not in {Tier.OPERATOR, Tier.BODY}:
        raise Conflict("expected an operator or a body: what others are for, they do not change")
    new = NewOrganization(organization.tier, organization.name_ja, organization.name_en, place.sector, place.ceptoar)
    sector, ceptoar = belonging_of(session, new)
    if (sector, ceptoar) == (organization.sector, organization.ceptoar):
        raise Invalid(Fault("ceptoar", "same", "another sector or CEPTOAR than its own", str(ceptoar)))
    waiting = select(OrganizationMove.id).where(
        OrganizationMove.organization_id == organization.id, OrganizationMove.state == MoveState.WAITING
    )
    if session.execute(waiting).first() is not None:
        raise Conflict("a move of this organization waits already; confirm or drop it first")
    move = OrganizationMove(
        id=context.new_id(),
        organization_id=organization.id,
        sector=sector,
        ceptoar=ceptoar,
        state=MoveState.WAITING,
        made_by=made_by,
        made_at=context.now,
        decided_by=None,
        decided_at=None,
    )
    session.add(move)
    session.flush()
    view = _view(move, organization)
    record(session, Event(Tag.ORGANIZATION_MOVE_PROPOSE, actor, _subjects(move), decision=_told(view)), context)
    return view


def confirm_move(session: Session, actor: Actor, move_id: UUID, context: Context) -> MoveView:
    """Do what another person proposed: with the next request it reads as what it is now.

    Raises:
        NotPermitted: the actor does not administer, or proposed it.
        NotVisible: there is no such move, or the organization has left.
        Conflict: it was decided before.
    """
    move = load_waiting(session, actor, OrganizationMove, move_id)
    must_be_another(actor, move)
    organization = load_known_organization(session, actor, move.organization_id)
    view = _view(move, organization)
    organization.sector, organization.ceptoar = move.sector, move.ceptoar
    decide(move, MoveState.DONE, actor, context.now)
    session.flush()
    close_tokens_of(session, organization.id, view.losing)
    open_tokens_of(session, organization.id, view.gaining)
    entry = record(session, Event(Tag.ORGANIZATION_MOVE, actor, _subjects(move), decision=_told(view)), context)
    own = [tokens.organization(organization.id), tokens.reporters(organization.id)]
    close_newcomers(session, own, entry)
    # The past of the groups that it stays in was closed with the rest: it is given again by the policy of now.
    ask_for_past(session, view.after, sorted(tokens_of_organization(view.after)), context)
    return replace(view, state=MoveState.DONE)


def withdraw_move(session: Session, actor: Actor, move_id: UUID, context: Context) -> None:
    """Drop a move that was not confirmed.

    Raises:
        NotPermitted: the actor does not administer.
        NotVisible: there is no such move.
        Conflict: it was decided before.
    """
    administering_person(actor)
    move = load_waiting(session, actor, OrganizationMove, move_id)
    decide(move, MoveState.WITHDRAWN, actor, context.now)
    session.flush()
    record(session, Event(Tag.ORGANIZATION_MOVE_DROP, actor, _subjects(move)), context)


def list_moves(session: Session, actor: Actor) -> list[MoveView]:
    """The moves that wait, the oldest first.

    Raises:
        NotPermitted: only an administrator sees them.
    """
    actor.must(Permission.HUB_ADMINISTER)
    query = (
        select(OrganizationMove, Organization)
        .join(Organization, Organization.id == OrganizationMove.organization_id)
        .where(OrganizationMove.state == MoveState.WAITING)
        .order_by(OrganizationMove.made_at, OrganizationMove.id)
    )
    return [_view(move, organization) for move, organization in session.execute(query)]


def _view(move: OrganizationMove, organization: Organization) -> MoveView:
    before = facts_of(organization)
    after = replace(before, sector=move.sector, ceptoar=move.ceptoar)
    old, new = tokens_of_organization(before), tokens_of_organization(after)
    return MoveView(
        id=move.id,
        organization_id=organization.id,
        name_ja=organization.name_ja,
        name_en=organization.name_en,
        before=before,
        after=after,
        state=move.state,
        losing=tuple(sorted(old - new)),
        gaining=tuple(sorted(new - old)),
    )


def _told(view: MoveView) -> dict[str, object]:
    return {
        "before": [view.before.sector, view.before.ceptoar],
        "after": [view.after.sector, view.after.ceptoar],
        "losing": list(view.losing),
        "gaining": list(view.gaining),
    }


def _subjects(move: OrganizationMove) -> list[tuple[str, str]]:
    return [("organization", str(move.organization_id))]
