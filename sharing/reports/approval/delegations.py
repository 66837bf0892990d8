"""Operation: an approver lets a colleague decide on proposals while it is away, from one time until another."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.delegation import Delegation
from models.vocabulary import AccountState, Role
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.people.lookup import HatRow, hats_of_organization
from sharing.permissions import Permission
from sharing.reports.visible import OWN_ROLES

LONGEST: Final = timedelta(days=92)
"""A season; who is away for longer hands the role over."""

FARTHEST: Final = timedelta(days=366)
"""How far ahead it may begin."""


class DelegationView(Struct, frozen=True):
    """A delegation as the people of its organization see it."""

    id: UUID
    approver: str
    delegate: str
    begins_at: datetime
    ends_at: datetime
    counts: bool
    """It counts now: its time has come, and both still are who they were."""
    is_own: bool
    """The viewer made it, and may end it."""


def is_delegate(session: Session, actor: Actor, now: datetime) -> bool:
    """Whether an approver lets this person decide now. A key never stands in for somebody."""
    if actor.membership_id is None or actor.key_id is not None or not actor.roles & OWN_ROLES:
        return False
    rows = session.execute(
        select(Delegation).where(
            Delegation.organization_id == actor.organization.id,
            Delegation.delegate_id == actor.membership_id,
            Delegation.begins_at <= now,
            Delegation.ends_at > now,
            Delegation.ended_at.is_(None),
        )
    ).scalars()
    approvers = {row.approver_id for row in rows}
    if not approvers:
        return False
    return any(hat.membership.id in approvers for hat in _approvers(session, actor))


def list_choices(session: Session, actor: Actor) -> list[HatRow]:
    """Whom an approver may choose: the other reporters of its organization; approvers decide anyway.

    Raises:
        NotPermitted: the actor approves nothing.
    """
    _must_approve(actor)
    return [hat for hat in hats_of_organization(session, actor.organization.id) if _fits(hat, actor)]


def list_delegations(session: Session, actor: Actor, now: datetime) -> list[DelegationView]:
    """The delegations of the actor's organization that are not over, the next first.

    Raises:
        NotPermitted: the actor does not work on its organization's reports.
    """
    if not actor.may(Permission.REPORT_READ) or not actor.roles & OWN_ROLES:
        raise NotPermitted("an organization's delegations are open to its reporters and approvers")
    hats = {hat.membership.id: hat for hat in hats_of_organization(session, actor.organization.id)}
    query = select(Delegation).where(
        Delegation.organization_id == actor.organization.id, Delegation.ended_at.is_(None), Delegation.ends_at > now
    )
    found = []
    for row in session.execute(query.order_by(Delegation.begins_at, Delegation.id)).scalars():
        approver, delegate = hats.get(row.approver_id), hats.get(row.delegate_id)
        if approver is None or delegate is None:
            continue
        counts = row.begins_at <= now and _approves(approver) and _works(delegate)
        found.append(
            DelegationView(
                row.id,
                approver.account.display_name,
                delegate.account.display_name,
                row.begins_at,
                row.ends_at,
                counts,
                is_own=row.approver_id == actor.membership_id,
            )
        )
    return found


def delegate(
    session: Session, actor: Actor, membership_id: UUID, times: tuple[datetime, datetime], *, context: Context
) -> UUID:
    """Let a colleague decide on proposals from the first of two times until the second.

    Raises:
        NotPermitted: the actor approves nothing, or is no person.
        NotVisible: this is no other reporter of the organization.
        Invalid: the times are in the wrong order, over, too far apart or too far away.
    """
    _must_approve(actor)
    begins, ends = times
    _check_times(begins, ends, context.now)
    chosen = next((hat for hat in list_choices(session, actor) if hat.membership.id == membership_id), None)
    if chosen is None or actor.membership_id is None:
        raise NotVisible("no such person")
    row = Delegation(
        id=context.new_id(),
        organization_id=actor.organization.id,
        approver_id=actor.membership_id,
        delegate_id=membership_id,
        begins_at=begins,
        ends_at=ends,
        made_at=context.now,
        ended_at=None,
    )
    session.add(row)
    session.flush()
    said = {"from": begins.isoformat(), "until": ends.isoformat(), "approver": str(actor.membership_id)}
    record(session, Event(Tag.DELEGATION_MAKE, actor, [("membership", str(membership_id))], decision=said), context)
    return row.id


def end_delegation(session: Session, actor: Actor, delegation_id: UUID, *, context: Context) -> None:
    """End a delegation of one's own before its time.

    Raises:
        NotPermitted: the actor approves nothing, or is no person.
        NotVisible: there is none by this id that the actor made.
        Conflict: it is over.
    """
    _must_approve(actor)
    row = session.get(Delegation, delegation_id, with_for_update=True)
    if row is None or row.approver_id != actor.membership_id:
        raise NotVisible("no such delegation")
    if row.ended_at is not None or row.ends_at <= context.now:
        raise Conflict("this delegation is over")
    row.ended_at = context.now
    record(session, Event(Tag.DELEGATION_END, actor, [("membership", str(row.delegate_id))]), context)


def end_delegations_of(session: Session, hat: HatRow, now: datetime) -> int:
    """End what a change of roles leaves without an approver, or without a delegate; part of that, so it records
    nothing. A role that comes back later brings no delegation back."""
    ended = 0
    for row in session.execute(
        select(Delegation)
        .where(or_(Delegation.approver_id == hat.membership.id, Delegation.delegate_id == hat.membership.id))
        .where(Delegation.ended_at.is_(None), Delegation.ends_at > now)
        .with_for_update()
    ).scalars():
        own = row.approver_id == hat.membership.id
        if (own and Role.APPROVER not in hat.roles) or (not own and not hat.roles & OWN_ROLES):
            row.ended_at, ended = now, ended + 1
    return ended


def _must_approve(actor: Actor) -> None:
    actor.must(Permission.PROPOSAL_DECIDE)
    if actor.account_id is None or actor.key_id is not None:
        raise NotPermitted("a person chooses its delegate")


def _check_times(begins: datetime, ends: datetime, now: datetime) -> None:
    if ends <= now:
        raise Invalid(Fault("ends", "in-the-past", "a time that is still to come", "an earlier one"))
    if ends <= begins:
        raise Invalid(Fault("ends", "ends-before-begins", "a time after it begins", "an earlier one"))
    if ends - begins > LONGEST:
        raise Invalid(Fault("ends", "too-long-a-time", f"at most {LONGEST.days} days", "more"))
    if begins > now + FARTHEST:
        raise Invalid(Fault("begins", "too-far", f"a time within {FARTHEST.days} days", "a later one"))


def _approvers(session: Session, actor: Actor) -> list[HatRow]:
    return [hat for hat in hats_of_organization(session, actor.organization.id) if _approves(hat)]


def _approves(hat: HatRow) -> bool:
    return Role.APPROVER in hat.roles and hat.account.state is AccountState.ACTIVE


def _works(hat: HatRow) -> bool:
    return bool(hat.roles & OWN_ROLES) and hat.account.state is AccountState.ACTIVE


def _fits(hat: HatRow, actor: Actor) -> bool:
    """A reporter who does not approve already, and another person."""
    return _works(hat) and Role.APPROVER not in hat.roles and hat.account.id != actor.account_id
