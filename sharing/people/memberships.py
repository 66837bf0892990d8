"""Operation: the people of an organization: their roles, and the end of their belonging."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from models.account import Membership
from models.vocabulary import AccountState, Role
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, NotPermitted, NotVisible
from sharing.people.founding import makes_administrator_alone
from sharing.people.invitations import withdraw_codes
from sharing.people.lookup import (
    HatRow,
    count_managers,
    hats_of_account,
    hats_of_organization,
    load_hat,
    load_known_organization,
)
from sharing.permissions import Permission
from sharing.readers import close_account_window
from sharing.reports.approval.delegations import end_delegations_of
from sharing.rules.inviting import decide_roles, is_member_of


class PersonLine(Struct, frozen=True):
    """One person of an organization, as another may see it."""

    membership_id: UUID
    account_id: UUID
    display_name: str
    username: str | None
    """Shown to managers only."""
    roles: frozenset[Role]
    began_at: datetime
    suspended: bool
    has_second_factor: bool


def list_people(session: Session, actor: Actor, organization_id: UUID) -> list[PersonLine]:
    """The people of the own organization; a coordinator also sees who manages its member organizations.

    Raises:
        NotVisible: there is no such organization, or its people are not this actor's to know.
        NotPermitted: the roles see no people.
    """
    if organization_id == actor.organization.id:
        if not (actor.may(Permission.PEOPLE_READ) or actor.may(Permission.PEOPLE_MANAGE)):
            actor.must(Permission.PEOPLE_READ)
        return [_line(hat, actor) for hat in hats_of_organization(session, organization_id)]
    organization = load_known_organization(session, actor, organization_id)
    coordinates = actor.may(Permission.MEMBER_MANAGERS_INVITE)
    if not (coordinates and is_member_of(facts_of(organization), actor.organization.ceptoar)):
        raise NotVisible("no such organization")
    hats = hats_of_organization(session, organization_id)
    return [_line(hat, actor) for hat in hats if Role.MANAGER in hat.roles]


def change_roles(
    session: Session, actor: Actor, membership_id: UUID, roles: Collection[Role], *, context: Context
) -> Membership:
    """Give a person of the own organization other roles, from the next request on.

    Raises:
        NotVisible: there is no such hat in the actor's organization.
        NotPermitted: the actor manages nobody, organizations of this kind give no such role, or it would make a
            further administrator, who comes by a letter that another confirms.
        Conflict: nobody would be left who manages.
    """
    hat = _load_own(session, actor, membership_id)
    answer = decide_roles(facts_of(hat.organization), roles)
    if not answer.allowed:
        raise NotPermitted(answer.reason)
    if makes_administrator_alone(session, actor, hat.organization, set(roles) - hat.roles):
        raise NotPermitted("a further administrator comes by a letter, which another administrator confirms")
    if Role.MANAGER not in roles:
        _keep_a_manager(session, hat)
    before = sorted(role.value for role in hat.roles)
    hat.membership.roles = sorted({role.value for role in roles})
    if {role.value for role in roles} - set(before):
        withdraw_codes(session, hat.account.id, context.now)
    session.flush()
    ended = end_delegations_of(session, hat, context.now)
    told = {"before": before, "after": hat.membership.roles} | ({"delegations ended": ended} if ended else {})
    record(session, Event(Tag.ROLES_CHANGE, actor, _subjects(hat), decision=told), context)
    return hat.membership


def end_membership(session: Session, actor: Actor, membership_id: UUID, *, context: Context) -> Membership:
    """Let a person leave the own organization: the hat and its keys end with the next request.

    Raises:
        NotVisible: there is no such hat in the actor's organization.
        NotPermitted: the actor manages nobody.
        Conflict: nobody would be left who manages.
    """
    hat = _load_own(session, actor, membership_id)
    _keep_a_manager(session, hat)
    hat.membership.ended_at = context.now
    session.flush()
    if not hats_of_account(session, hat.account.id):
        close_account_window(session, hat.account.id)
    record(session, Event(Tag.MEMBERSHIP_END, actor, _subjects(hat)), context)
    return hat.membership


def _load_own(session: Session, actor: Actor, membership_id: UUID) -> HatRow:
    """A hat that this manager manages. The organization is locked first, so that of two managers who dismiss each
    other at the same moment one comes too late."""
    actor.must(Permission.PEOPLE_MANAGE)
    load_known_organization(session, actor, actor.organization.id)
    hat = load_hat(session, membership_id)
    if hat.organization.id != actor.organization.id:
        raise NotVisible("no such membership")
    return hat


def _keep_a_manager(session: Session, hat: HatRow) -> None:
    others = [each for each in hats_of_organization(session, hat.organization.id) if each.account.id != hat.account.id]
    if Role.MANAGER in hat.roles and not count_managers(others):
        raise Conflict("expected somebody else who manages the organization, found nobody")


def _line(hat: HatRow, actor: Actor) -> PersonLine:
    manages = actor.may(Permission.PEOPLE_MANAGE) and hat.organization.id == actor.organization.id
    return PersonLine(
        membership_id=hat.membership.id,
        account_id=hat.account.id,
        display_name=hat.account.display_name,
        username=hat.account.username if manages else None,
        roles=hat.roles,
        began_at=hat.membership.began_at,
        suspended=hat.account.state is AccountState.SUSPENDED,
        has_second_factor=hat.account.totp_sealed is not None,
    )


def _subjects(hat: HatRow) -> list[tuple[str, str]]:
    return [("organization", str(hat.organization.id)), ("account", str(hat.account.id))]
