"""Operation: people join by a printed code that their organization's manager, or its secretariat, gave them."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crypto.hashing import keyed_hash
from crypto.passwords import find_password_faults, hash_password
from crypto.tokens import new_invitation_code, normalise_code
from models.account import Account, Invitation, Membership
from models.organization import Organization
from models.session import say_now
from models.vocabulary import AccountState, Door, Role
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.people.founding import find_footing, makes_administrator_alone
from sharing.people.lookup import (
    check_name,
    count_managers,
    hats_of_account,
    hats_of_organization,
    load_known_organization,
)
from sharing.permissions import Permission
from sharing.readers import ensure_account_window
from sharing.rules.inviting import (
    Founding,
    decide_first_manager,
    decide_hats,
    decide_invitation,
    is_member_of,
)

INVITATION_LIFE: Final = timedelta(days=14)
"""A letter and a holiday fit in; a forgotten code does not stay good."""
USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
"""What a user name looks like: it is dictated on the telephone, so no case, no blanks, no other scripts."""


class NewCredentials(Struct, frozen=True):
    """What a person chooses when joining."""

    username: str
    password: str
    locale: str = "ja"
    """The language in which the person joined; the pages go on in it."""


class Joined(Struct, frozen=True):
    """Who joined with which hat."""

    account: Account
    membership: Membership


def code_digest(hmac_key: bytes, code: str) -> bytes:
    """What is stored of a printed code."""
    return keyed_hash(hmac_key, "invitation", normalise_code(code).encode("utf-8", "surrogatepass"))


def normal_username(text: str) -> str:
    """A user name as it is stored and looked up: width and case do not matter."""
    # No name holds U+0000, and databases cannot look for it.
    return unicodedata.normalize("NFKC", text[:200]).strip().lower().replace("\x00", "\ufffd")


def password_faults(password: str, username: str) -> list[Fault]:
    """What is wrong with a password that somebody chose."""
    return [Fault("password", f"password_{each.name.lower()}") for each in find_password_faults(password, username)]


def check_credentials(chosen: NewCredentials) -> str:
    """The user name as it is stored.

    Raises:
        Invalid: the user name or the password cannot be taken.
    """
    username = normal_username(chosen.username)
    faults = password_faults(chosen.password, username)
    if not USERNAME.fullmatch(username):
        faults.insert(0, Fault("username", "bad_username", expected="3 to 64 of a-z, 0-9, dot, hyphen, underscore"))
    if faults:
        raise Invalid(*faults)
    return username


def invite(
    session: Session,
    actor: Actor,
    organization_id: UUID,
    display_name: str,
    roles: Collection[Role],
    *,
    hmac_key: bytes,
    context: Context,
) -> tuple[Invitation, str]:
    """Invite a person; the code is given once, here, and stored only as a digest. A letter to a first
    manager, or to a further administrator, opens nothing until another administrator confirms it (`confirming.py`).

    Raises:
        NotVisible: there is no such organization, or this actor may not know of it.
        NotPermitted: this actor may not invite this organization's people with these roles.
        Invalid: the name cannot be one.
    """
    organization = load_known_organization(session, actor, organization_id)
    founding, reason = _founded_by(session, actor, organization, roles, context.now)
    code = new_invitation_code(context.random_bytes)
    invitation = Invitation(
        id=context.new_id(),
        code_digest=code_digest(hmac_key, code),
        organization_id=organization.id,
        display_name=check_name("display_name", display_name),
        roles=sorted(role.value for role in roles),
        invited_by=actor.account_id,
        created_at=context.now,
        expires_at=context.now + INVITATION_LIFE,
        waits_for_second=True if founding is Founding.WHEN_CONFIRMED else None,
    )
    session.add(invitation)
    session.flush()
    told = {"roles": invitation.roles, "rule": reason}
    record(session, Event(Tag.INVITE, actor, _subjects(invitation), decision=told), context)
    return invitation, code


def _founded_by(
    session: Session, actor: Actor, organization: Organization, roles: Collection[Role], now: datetime
) -> tuple[Founding, str]:
    """When a letter of this actor begins to open something, and by which rule.

    Raises:
        NotPermitted: the actor may not invite this organization's people with these roles.
    """
    has_manager = _has_manager(session, organization.id, now)
    answer = decide_invitation(
        actor.organization, actor_roles(actor), facts_of(organization), roles, has_manager=has_manager
    )
    if not answer.allowed:
        raise NotPermitted(answer.reason)
    founding, reason = Founding.AT_ONCE, answer.reason
    if answer.by_administrator:
        founding, reason = decide_first_manager(find_footing(session, actor, organization))
    elif makes_administrator_alone(session, actor, organization, roles):
        founding = Founding.WHEN_CONFIRMED
    if founding is Founding.NEVER:
        raise NotPermitted(reason)
    return founding, reason


def withdraw_invitation(session: Session, actor: Actor, invitation_id: UUID, *, context: Context) -> Invitation:
    """Make a code useless that nobody used yet.

    Raises:
        NotVisible: there is no open invitation of this id that the actor may know of.
    """
    statement = open_invitations(context.now).where(Invitation.id == invitation_id).with_for_update()
    invitation = session.execute(statement).scalar_one_or_none()
    if invitation is None or not _may_withdraw(session, actor, invitation):
        raise NotVisible("no such invitation")
    invitation.withdrawn_at = context.now
    record(session, Event(Tag.INVITE_WITHDRAW, actor, _subjects(invitation)), context)
    return invitation


def withdraw_codes(session: Session, account_id: UUID, now: datetime) -> None:
    """Make the codes useless by which a person would get back in: part of giving it more roles, so it records nothing.

    Whoever granted such a code stood over less: it must not wait until it opens more.
    """
    waiting = select(Invitation).where(
        Invitation.account_id == account_id, Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None)
    )
    for code in session.execute(waiting.with_for_update()).scalars():
        code.withdrawn_at = now


def list_invitations(session: Session, actor: Actor, now: datetime) -> list[Invitation]:
    """The open invitations that this actor may withdraw: its organization's, and a secretariat's to its members."""
    rows = session.execute(open_invitations(now).order_by(Invitation.created_at)).scalars().all()
    return [row for row in rows if _may_withdraw(session, actor, row) and is_stood_by(session, row)]


def find_invitation(session: Session, code: str, *, hmac_key: bytes, now: datetime) -> Invitation | None:
    """The open invitation of a code that somebody typed."""
    statement = open_invitations(now).where(
        Invitation.code_digest == code_digest(hmac_key, code), Invitation.waits_for_second.is_not(True)
    )
    found = session.execute(statement.with_for_update()).scalar_one_or_none()
    return found if found is not None and is_stood_by(session, found) else None


def use_invitation(
    session: Session,
    code: str,
    chosen: NewCredentials,
    *,
    hmac_key: bytes,
    context: Context,
) -> Joined:
    """Join as a new person. Nothing is told about user names to whoever has no good code.

    Raises:
        NotVisible: the code is unknown, used, withdrawn or expired: one answer.
        Invalid: the user name or the password cannot be taken, or the name is taken.
    """
    invitation = _load_invitation(session, code, hmac_key, context)
    username = check_credentials(chosen)
    taken = Invalid(Fault("username", "taken", expected="a user name that nobody has"))
    if session.execute(select(Account.id).where(Account.username == username)).first() is not None:
        raise taken
    account = Account(
        id=context.new_id(),
        username=username,
        display_name=invitation.display_name,
        locale=chosen.locale,
        state=AccountState.ACTIVE,
        password_hash=hash_password(chosen.password),
        created_at=context.now,
    )
    session.add(account)
    try:
        say_now(session)
    except IntegrityError as error:
        raise taken from error
    return _join(session, account, invitation, context)


def add_hat(session: Session, account_id: UUID, code: str, *, hmac_key: bytes, context: Context) -> Joined:
    """Join a further organization with an account that is signed in.

    Raises:
        NotVisible: the code is unknown, used, withdrawn or expired: one answer.
        NotPermitted: these hats may not be worn by one person.
        Conflict: the person belongs to the organization already.
    """
    invitation = _load_invitation(session, code, hmac_key, context)
    account = session.get(Account, account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        raise NotVisible("no such account")
    worn = hats_of_account(session, account_id)
    if any(hat.organization.id == invitation.organization_id for hat in worn):
        raise Conflict("the person belongs to this organization already; its manager changes the roles")
    organization = session.get_one(Organization, invitation.organization_id)
    answer = decide_hats((hat.organization.tier for hat in worn), organization.tier)
    if not answer.allowed:
        raise NotPermitted(answer.reason)
    return _join(session, account, invitation, context)


def actor_roles(actor: Actor) -> frozenset[Role]:
    """The roles that an actor manages people with: a key manages nobody."""
    return actor.roles if actor.scopes is None else frozenset()


def _load_invitation(session: Session, code: str, hmac_key: bytes, context: Context) -> Invitation:
    invitation = find_invitation(session, code, hmac_key=hmac_key, now=context.now)
    if invitation is None:
        raise NotVisible("expected a good invitation code, found an unknown, used, withdrawn or expired one")
    return invitation


def _join(session: Session, account: Account, invitation: Invitation, context: Context) -> Joined:
    membership = Membership(
        id=context.new_id(),
        account_id=account.id,
        organization_id=invitation.organization_id,
        roles=list(invitation.roles),
        began_at=context.now,
    )
    session.add(membership)
    invitation.used_at = context.now
    invitation.account_id = account.id
    session.flush()
    ensure_account_window(session, account.id)
    facts = facts_of(session.get_one(Organization, invitation.organization_id))
    actor = Actor(account.id, membership.id, facts, membership.role_set, Door.WEB)
    subjects = [*_subjects(invitation), ("account", str(account.id))]
    record(session, Event(Tag.JOIN, actor, subjects, decision={"roles": invitation.roles}), context)
    return Joined(account, membership)


def open_invitations(now: datetime) -> Select[Invitation]:
    """Invitations whose code is good, or will be once a second person confirms it.

    A code with a person but no use yet is one of a reset.
    """
    return (
        select(Invitation)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(
            Invitation.account_id.is_(None),
            Invitation.used_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > now,
            Organization.left_at.is_(None),
        )
    )


def is_stood_by(session: Session, invitation: Invitation) -> bool:
    """Whether who wrote the letter could still write it: a manager who is dismissed must not come back by its own."""
    if invitation.invited_by is None:
        return True
    if session.get_one(Account, invitation.invited_by).state is not AccountState.ACTIVE:
        return False
    organization = facts_of(session.get_one(Organization, invitation.organization_id))
    roles = frozenset(map(Role, invitation.roles))
    return any(
        decide_invitation(facts_of(hat.organization), hat.roles, organization, roles, has_manager=False).allowed
        for hat in hats_of_account(session, invitation.invited_by)
    )


def _has_manager(session: Session, organization_id: UUID, now: datetime) -> bool:
    """Whether somebody manages the organization, or holds a letter to do so."""
    if count_managers(hats_of_organization(session, organization_id)):
        return True
    waiting = session.execute(open_invitations(now).where(Invitation.organization_id == organization_id)).scalars()
    return any(Role.MANAGER.value in each.roles for each in waiting)


def _may_withdraw(session: Session, actor: Actor, invitation: Invitation) -> bool:
    if actor.may(Permission.PEOPLE_MANAGE) and invitation.organization_id == actor.organization.id:
        return True
    if actor.may(Permission.HUB_ADMINISTER):
        return invitation.roles == [Role.MANAGER.value] or bool(invitation.waits_for_second)
    if not actor.may(Permission.MEMBER_MANAGERS_INVITE) or invitation.roles != [Role.MANAGER.value]:
        return False
    organization = session.get_one(Organization, invitation.organization_id)
    return is_member_of(facts_of(organization), actor.organization.ceptoar)


def _subjects(invitation: Invitation) -> list[tuple[str, str]]:
    return [("organization", str(invitation.organization_id)), ("invitation", str(invitation.id))]
