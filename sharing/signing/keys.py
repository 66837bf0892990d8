"""Operation: the keys with which an organization signs. Each change of one is a leaf of kind `key` in the log.

Whoever registers a key shows that it is there: the statement is signed by it; a replacement by the old and the new.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.encoding import decode_base64
from crypto.errors import BadKey, BadSignature, NotCanonical
from crypto.publisher import KEY_PREFIX, PublisherKey, parse_time, read_signed
from models.organization import Organization
from models.signing import SigningKey
from models.vocabulary import EntryKind
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.permissions import Permission

OVERLAP: Final = timedelta(days=7)
"""How long a replaced key may go on signing: what is under way then is still taken."""

CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""How far ahead the clock of whoever signs may be."""

MOST_KEYS: Final = 50
"""Keys of one organization, replaced and revoked ones too; they are kept for what they once signed."""

MAX_STATEMENT_BYTES: Final = 10_000
"""A statement is some hundred bytes; another algorithm later has longer keys."""

REGISTER: Final = "register"
ROTATE: Final = "rotate"


class Statement(Struct, frozen=True):
    """What is said of a key, with the signatures under it, as a file holds it."""

    value: Mapping[str, Any]
    signatures: tuple[bytes, ...]
    """By the key itself; of a replacement by the new key, then by the old."""

    @classmethod
    def parse(cls, raw: bytes) -> "Statement":
        """Read a statement file.

        Raises:
            Invalid: it is none.
        """
        try:
            document = read_signed(raw[: MAX_STATEMENT_BYTES + 1])
            value, spelled = document["statement"], document["signatures"]
            signatures = tuple(decode_base64(each) or b"" for each in spelled)
            if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
                raise TypeError
        except (NotCanonical, KeyError, TypeError):
            expected = "a statement as `ceptoar-hub key register` or `key rotate` writes it"
            raise Invalid(Fault("statement", "bad_statement", expected=expected, found="another text")) from None
        return cls(value, signatures)


def register_signing_key(session: Session, actor: Actor, statement: Statement, *, context: Context) -> SigningKey:
    """Register a signing key of the organization that its statement names; the key has signed that itself.

    Raises:
        NotPermitted: the actor manages no signing keys, or those of another organization only.
        NotVisible: there is no such organization.
        Invalid: the statement is of another kind, from the future, or not signed by its key.
        Conflict: the organization has registered this key before, or has too many.
    """
    organization = _organization_of(session, actor, statement)
    key = _key_of(statement, "key")
    _check(statement, REGISTER, [key], context.now)
    made = _add(session, organization, key, context)
    _record(session, Tag.SIGNING_KEY_REGISTER, actor, [made], told={"statement": _said(statement)}, context=context)
    return made


def rotate_signing_key(session: Session, actor: Actor, statement: Statement, *, context: Context) -> SigningKey:
    """Replace a signing key; both have signed that. The old one may sign for a week more.

    Raises:
        NotPermitted, NotVisible, Invalid, Conflict: as for registering.
        Conflict: the old key is not in force.
    """
    organization = _organization_of(session, actor, statement)
    key, old = _key_of(statement, "key"), _key_of(statement, "old")
    _check(statement, ROTATE, [key, old], context.now)
    replaced = _find(session, organization, old.thumbprint)
    if replaced is None or not in_force(replaced, context.now) or replaced.ends_at is not None:
        raise Conflict("expected an old key that is in force, found one that is not")
    replaced.ends_at = context.now + OVERLAP
    made = _add(session, organization, key, context)
    told = {"statement": _said(statement), "old_until": replaced.ends_at.isoformat()}
    _record(session, Tag.SIGNING_KEY_ROTATE, actor, [made, replaced], told=told, context=context)
    return made


def revoke_signing_key(
    session: Session, actor: Actor, key_id: UUID, *, since: datetime | None = None, context: Context
) -> SigningKey:
    """Make a signing key useless at once; `since` says from when on it was no longer its owner's alone.

    Raises:
        NotPermitted: the actor manages no signing keys.
        NotVisible: there is no such key in force, or it is another organization's.
        Invalid: `since` lies in the future.
    """
    _must_manage(actor)
    key = session.get(SigningKey, key_id, with_for_update=True)
    if key is None or key.revoked_at is not None or not _manages(actor, key.organization_id):
        raise NotVisible("no such key")
    if since is not None and since > context.now:
        raise Invalid(Fault("since", "in_the_future", expected="a time that has passed", found=since.isoformat()))
    key.revoked_at, key.revoked_from = context.now, since or context.now
    session.flush()
    told = {"from": key.revoked_from.isoformat()}
    _record(session, Tag.SIGNING_KEY_REVOKE, actor, [key], told=told, context=context)
    return key


def list_signing_keys(session: Session, actor: Actor) -> list[SigningKey]:
    """The signing keys of the own organization, for an administrator all; the newest first, also those that ended."""
    query = select(SigningKey).order_by(SigningKey.began_at.desc(), SigningKey.id)
    if not actor.may(Permission.HUB_ADMINISTER):
        query = query.where(SigningKey.organization_id == actor.organization.id)
    return list(session.execute(query).scalars())


def keys_in_force(session: Session, organization_id: UUID, now: datetime) -> dict[str, PublisherKey]:
    """The keys with which an organization may sign now, by thumbprint; for intake, which answers their owner only."""
    rows = session.execute(select(SigningKey).where(SigningKey.organization_id == organization_id)).scalars()
    return {row.thumbprint: PublisherKey.parse(row.key) for row in rows if in_force(row, now)}


def list_keys_of_editions(session: Session, hub_id: UUID) -> list[PublisherKey]:
    """The keys with which the hub signs or signed editions, but for revoked ones; anybody may know them."""
    query = select(SigningKey).where(SigningKey.organization_id == hub_id, SigningKey.revoked_at.is_(None))
    rows = session.execute(query.order_by(SigningKey.began_at, SigningKey.id)).scalars()
    return [PublisherKey.parse(row.key) for row in rows]


def keys_registered(session: Session, organization_id: UUID) -> frozenset[str]:
    """The thumbprints of every key that an organization ever registered; for intake, which answers their owner only."""
    query = select(SigningKey.thumbprint).where(SigningKey.organization_id == organization_id)
    return frozenset(session.execute(query).scalars())


def find_key_of_signature(session: Session, publisher_id: UUID, thumbprint: str) -> SigningKey | None:
    """The key of an object's publisher that a visible signature names; of others' keys it tells nothing."""
    return _find(session, publisher_id, thumbprint)


def in_force(key: SigningKey, now: datetime) -> bool:
    """Whether a key may sign at this time."""
    return key.revoked_at is None and key.began_at <= now and (key.ends_at is None or now < key.ends_at)


def _must_manage(actor: Actor) -> None:
    if not actor.may(Permission.HUB_ADMINISTER):
        actor.must(Permission.SIGNING_KEYS_MANAGE)


def _manages(actor: Actor, organization_id: UUID) -> bool:
    return actor.may(Permission.HUB_ADMINISTER) or actor.organization.id == organization_id


def _organization_of(session: Session, actor: Actor, statement: Statement) -> UUID:
    _must_manage(actor)
    try:
        organization_id = UUID(statement.value.get("organization", ""))
    except ValueError:
        raise Invalid(Fault("organization", "bad_id", expected="the id of an organization")) from None
    if not _manages(actor, organization_id):
        raise NotPermitted("a manager registers keys of the own organization only")
    found = session.get(Organization, organization_id, with_for_update=True)
    if found is None or found.left_at is not None:
        raise NotVisible("no such organization")
    return organization_id


def _key_of(statement: Statement, name: str) -> PublisherKey:
    try:
        return PublisherKey.parse(statement.value.get(name, ""))
    except BadKey as error:
        raise Invalid(Fault(name, "bad_key", expected="a public key such as Ed25519:…", found=str(error))) from None


def _check(statement: Statement, do: str, keys: list[PublisherKey], now: datetime) -> None:
    if statement.value.get("do") != do:
        found = str(statement.value.get("do", "nothing"))
        raise Invalid(Fault("do", "other_statement", expected=do, found=found))
    try:
        at = parse_time(statement.value.get("at", ""))
    except ValueError:
        raise Invalid(Fault("at", "bad_time", expected="a time such as 2026-11-20T03:00:00Z")) from None
    if at > now + CLOCKS_DIFFER:
        raise Invalid(Fault("at", "in_the_future", expected="a time that has passed", found=at.isoformat()))
    if len(statement.signatures) != len(keys):
        found = str(len(statement.signatures))
        raise Invalid(Fault("signatures", "count", expected=f"{len(keys)} signatures", found=found))
    for key, signature in zip(keys, statement.signatures, strict=True):
        try:
            key.verify(KEY_PREFIX, dict(statement.value), signature)
        except BadSignature:
            expected = f"a signature by {key.thumbprint}"
            raise Invalid(Fault("signatures", "bad_signature", expected=expected, found="another")) from None


def _find(session: Session, organization_id: UUID, thumbprint: str) -> SigningKey | None:
    query = select(SigningKey).where(SigningKey.organization_id == organization_id, SigningKey.thumbprint == thumbprint)
    return session.execute(query).scalar_one_or_none()


def _add(session: Session, organization_id: UUID, key: PublisherKey, context: Context) -> SigningKey:
    count = len(session.execute(select(SigningKey.id).where(SigningKey.organization_id == organization_id)).all())
    if _find(session, organization_id, key.thumbprint) is not None:
        raise Conflict("this key was registered before; a key that ended does not come back")
    if count >= MOST_KEYS:
        raise Conflict(f"expected at most {MOST_KEYS} keys of an organization, found {count}")
    made = SigningKey(
        id=context.new_id(),
        organization_id=organization_id,
        key=key.text,
        thumbprint=key.thumbprint,
        began_at=context.now,
    )
    session.add(made)
    session.flush()
    return made


def _said(statement: Statement) -> str:
    """The statement as one text: whoever is shown this part can check the signatures."""
    signatures = [each.hex() for each in statement.signatures]
    return json.dumps({"statement": dict(statement.value), "signatures": signatures}, sort_keys=True)


def _record(
    session: Session,
    tag: Tag,
    actor: Actor,
    keys: Sequence[SigningKey],
    *,
    told: Mapping[str, Any],
    context: Context,
) -> None:
    """The entry of a change: about the organization and every key concerned; the first is the one that it is about."""
    key = keys[0]
    subjects = [("organization", str(key.organization_id)), *(("signing-key", str(each.id)) for each in keys)]
    decision = {"key": key.key, "thumbprint": key.thumbprint, **told}
    record(session, Event(tag, actor, subjects, decision=decision, kind=EntryKind.KEY), context)
