"""Operation: an administrator stops an account, or lets it in again; and acts by command under the own name."""

from collections import defaultdict
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account, Membership
from models.organization import Organization
from models.vocabulary import AccountState, Door, Role
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import NotVisible
from sharing.people.invitations import normal_username
from sharing.people.lookup import hats_of_account
from sharing.people.sign_in import end_sessions
from sharing.permissions import Permission


def load_administrator(session: Session, username: str) -> Actor:
    """An administrator who acts by command under the own name, where two persons are needed.

    Raises:
        NotVisible: nobody of this name administers the hub.
    """
    account = _find(session, username)
    for hat in hats_of_account(session, account.id) if account and account.state is AccountState.ACTIVE else ():
        if Role.ADMINISTRATOR in hat.roles:
            name = hat.account.display_name
            facts = facts_of(hat.organization)
            return Actor(hat.account.id, hat.membership.id, facts, hat.roles, Door.COMMAND, display_name=name)
    raise NotVisible("no administrator of this name")


class AccountLine(Struct, frozen=True):
    """An account as an administrator sees it: who, where, in which roles, in which state."""

    id: UUID
    username: str
    display_name: str
    state: AccountState
    hats: tuple[tuple[str, frozenset[Role]], ...]
    """The name of each organization, with the roles there."""


def list_accounts(session: Session, actor: Actor) -> list[AccountLine]:
    """Every account, by user name.

    Raises:
        NotPermitted: only an administrator sees them all.
    """
    actor.must(Permission.HUB_ADMINISTER)
    hats: dict[UUID, list[tuple[str, frozenset[Role]]]] = defaultdict(list)
    worn = (
        select(Membership, Organization.name_ja)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.ended_at.is_(None), Organization.left_at.is_(None))
        .order_by(Organization.name_ja)
    )
    for membership, name in session.execute(worn):
        hats[membership.account_id].append((name, membership.role_set))
    accounts = session.execute(select(Account).order_by(Account.username)).scalars()
    return [AccountLine(it.id, it.username, it.display_name, it.state, tuple(hats[it.id])) for it in accounts]


def set_suspended(session: Session, actor: Actor, username: str, *, suspended: bool, context: Context) -> Account:
    """Stop an account, with all its sessions and keys, from the next request on; or let it in again.

    Raises:
        NotPermitted: only an administrator does this.
        NotVisible: there is no such account.
    """
    actor.must(Permission.HUB_ADMINISTER)
    account = _find(session, username)
    if account is None:
        raise NotVisible("no such account")
    account.state = AccountState.SUSPENDED if suspended else AccountState.ACTIVE
    session.flush()
    if suspended:
        end_sessions(session, account.id, context.now)
    subjects = [("account", str(account.id))]
    told = {"state": account.state.value}
    record(session, Event(Tag.ACCOUNT_STATE, actor, subjects, decision=told), context)
    return account


def _find(session: Session, username: str) -> Account | None:
    statement = select(Account).where(Account.username == normal_username(username))
    return session.execute(statement).scalar_one_or_none()
