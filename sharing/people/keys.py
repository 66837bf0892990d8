"""Operation: API keys: made by a person for its hat, narrower than the hat, expiring, shown once, revocable."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from hmac import compare_digest
from json import loads
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.tokens import API_KEY_PREFIX, api_key_digest, new_api_key
from models.account import Account, ApiKey, Membership
from models.vocabulary import AccountState, Door, Role, Tier
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid, NotPermitted, NotVisible
from sharing.people.letters import awaits_letter
from sharing.people.lookup import check_name, load_account_for_change
from sharing.people.refusals import NOBODY
from sharing.permissions import SCOPES, Permission
from sharing.reading.driver import as_moment, fetch
from sharing.rules.tokens import OrganizationFacts

MAX_KEY_DAYS: Final = 400
"""A year and a month to change it: a key that nobody renews must end."""
MAX_KEY_CHARACTERS: Final = 100
"""Longer than any key of ours; more is not even hashed."""
MAX_KEY_NAME: Final = 100
"""Characters, as the table holds them."""
HINT_CHARACTERS: Final = 8
"""How much of a key its list shows, to tell two apart."""


class NewKey(Struct, frozen=True):
    """What a person asks for."""

    name: str
    scopes: Collection[Permission]
    days: int


def make_key(session: Session, actor: Actor, new: NewKey, *, hmac_key: bytes, context: Context) -> tuple[ApiKey, str]:
    """Make a key for the current hat; its text is given once, here, and stored only as a keyed digest.

    Raises:
        NotPermitted: the roles carry no keys, a scope goes beyond the hat, or a reset was granted meanwhile.
        Invalid: no name, no scope, or a life of other than 1 to 400 days.
    """
    actor.must(Permission.KEYS_OWN)
    if actor.membership_id is None:
        raise NotPermitted("a key belongs to a person's hat")
    scopes = frozenset(new.scopes)
    if not scopes:
        raise Invalid(Fault("scopes", "missing", expected="at least one scope"))
    if not scopes <= SCOPES & actor.permissions:
        raise NotPermitted("a key may do no more than its holder, and nothing about people or keys")
    if not 1 <= new.days <= MAX_KEY_DAYS:
        raise Invalid(Fault("days", "out_of_range", expected=f"1 to {MAX_KEY_DAYS}", found=str(new.days)))
    # A request on its way while a reset is granted would otherwise leave a key behind that the reset did not see.
    load_account_for_change(session, actor.account_id or NOBODY)
    if awaits_letter(session, actor.account_id or NOBODY, context.now):
        raise NotPermitted("the account was reset, and the code of the letter was not used yet")
    text = new_api_key(context.random_bytes)
    key = ApiKey(
        id=context.new_id(),
        digest=api_key_digest(hmac_key, text),
        membership_id=actor.membership_id,
        name=check_name("name", new.name, MAX_KEY_NAME),
        hint=text[:HINT_CHARACTERS],
        scopes=sorted(scope.value for scope in scopes),
        created_at=context.now,
        expires_at=context.now + timedelta(days=new.days),
    )
    session.add(key)
    session.flush()
    told = {"scopes": key.scopes, "days": new.days}
    record(session, Event(Tag.KEY_MAKE, actor, _subjects(key, actor.organization.id), decision=told), context)
    return key, text


class KeyLine(Struct, frozen=True):
    """A key as lists show it."""

    key: ApiKey
    holder: str
    mine: bool


def list_keys(session: Session, actor: Actor, now: datetime) -> list[KeyLine]:
    """The keys that still open something: of the own hat, for a manager of all people of its organization, for an
    administrator all; of each only who holds it and what it may do."""
    statement = (
        select(ApiKey, Account.display_name)
        .join(Membership, Membership.id == ApiKey.membership_id)
        .join(Account, Account.id == Membership.account_id)
        .where(ApiKey.revoked_at.is_(None), ApiKey.expires_at > now, Membership.ended_at.is_(None))
        .order_by(ApiKey.created_at, ApiKey.id)
    )
    if actor.may(Permission.PEOPLE_MANAGE):
        statement = statement.where(Membership.organization_id == actor.organization.id)
    elif not actor.may(Permission.HUB_ADMINISTER):
        statement = statement.where(ApiKey.membership_id == actor.membership_id)
    return [
        KeyLine(key, holder, key.membership_id == actor.membership_id) for key, holder in session.execute(statement)
    ]


def revoke_key(session: Session, actor: Actor, key_id: UUID, *, context: Context) -> ApiKey:
    """Make a key useless from the next request on: by its holder, the manager of the holder's organization, or an
    administrator, who makes none.

    Raises:
        NotVisible: there is no such key, or it is not this actor's to revoke.
    """
    statement = (
        select(ApiKey, Membership.organization_id)
        .join(Membership, Membership.id == ApiKey.membership_id)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
    )
    found = session.execute(statement).first()
    if found is None:
        raise NotVisible("no such key")
    key: ApiKey = found[0]
    own = actor.membership_id is not None and key.membership_id == actor.membership_id and actor.scopes is None
    manages = actor.may(Permission.PEOPLE_MANAGE) and found[1] == actor.organization.id
    if not (own or manages or actor.may(Permission.HUB_ADMINISTER)):
        raise NotVisible("no such key")
    key.revoked_at = context.now
    session.flush()
    record(session, Event(Tag.KEY_REVOKE, actor, _subjects(key, found[1])), context)
    return key


def list_person_keys(session: Session, account_id: UUID, now: datetime) -> list[tuple[ApiKey, UUID]]:
    """All keys of a person that still open something, each with the organization of its hat; part of larger operations,
    which decide who is told of which."""
    statement = (
        select(ApiKey, Membership.organization_id)
        .join(Membership, Membership.id == ApiKey.membership_id)
        .where(Membership.account_id == account_id, Membership.ended_at.is_(None))
        .where(ApiKey.revoked_at.is_(None), ApiKey.expires_at > now)
        .order_by(ApiKey.created_at, ApiKey.id)
    )
    return [(key, organization) for key, organization in session.execute(statement)]


# Plain SQL on the driver: this runs before every request of every polling client.
_AUTHENTICATE: Final = """
SELECT k.id, CAST(k.scopes AS TEXT), k.expires_at, m.id, CAST(m.roles AS TEXT), a.id, a.username, a.display_name,
       o.id, o.tier, o.sector, o.ceptoar, o.ministry
FROM api_keys k
JOIN memberships m ON m.id = k.membership_id
JOIN accounts a ON a.id = m.account_id
JOIN organizations o ON o.id = m.organization_id
WHERE k.digest = :digest AND k.revoked_at IS NULL AND m.ended_at IS NULL AND a.state = :active AND o.left_at IS NULL
"""
_ACTIVE: Final = AccountState.ACTIVE.value

KEPT_ACTORS: Final = 4_096
"""Machines that poll a process in turn; beyond this the oldest is made anew."""


def authenticate_key(
    session: Session,
    key_text: str,
    *,
    hmac_key: bytes,
    now: datetime,
    door: Door,
    username: str | None = None,
) -> Actor | None:
    """The actor behind a key, or None; key, hat, person and organization are all looked at, on every request.

    `username` is what Basic authentication gave beside the key: it must be the holder's.
    """
    if not key_text.startswith(API_KEY_PREFIX) or len(key_text) > MAX_KEY_CHARACTERS:
        return None
    parameters = {"digest": api_key_digest(hmac_key, key_text), "active": _ACTIVE}
    rows = fetch(session, _AUTHENTICATE, parameters, kept=True)
    if not rows:
        return None
    expires, holder = rows[0][2], rows[0][6]
    if as_moment(expires) <= now:
        return None
    if username is not None and not compare_digest(username.encode("utf-8", "replace"), str(holder).encode()):
        return None
    return _actor(rows[0], door)


@lru_cache(maxsize=KEPT_ACTORS)
def _actor(row: tuple[Any, ...], door: Door) -> Actor:
    """The actor that a row tells of; the row is read on every request, only making the values anew is saved."""
    key_id, scopes, _, membership, roles, account, _, name, *organization = row
    return Actor(
        account_id=_uuid(account),
        membership_id=_uuid(membership),
        organization=_organization(organization),
        roles=frozenset(map(Role, loads(roles))),
        door=door,
        scopes=frozenset(map(Permission, loads(scopes))),
        key_id=_uuid(key_id),
        display_name=name,
    )


def _organization(columns: list[Any]) -> OrganizationFacts:
    ident, tier, sector, ceptoar, ministry = columns
    return OrganizationFacts(_uuid(ident), Tier(tier), sector, ceptoar, ministry)


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _subjects(key: ApiKey, organization_id: UUID) -> list[tuple[str, str]]:
    return [("organization", str(organization_id)), ("key", str(key.id))]
