"""Operation: pushes: servers to which the hub sends what their organization may read, and how far each has come.

A push is a reader with an organization: what that may read is what is sent (`sharing.exchange.sending`).
An administrator says how a server is reached; nothing is sent before the organization itself agrees to the address,
so that no administrator can have an organization's view sent to a place of their own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.collection import Collection
from models.moments import moment_at
from models.organization import Organization
from models.push import Push, PushReceipt, PushRefusal
from models.vocabulary import Label
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.exchange.peers import find_collection
from sharing.exchange.remote import NewServer, faults_of, values_of
from sharing.exchange.sending import HIGHEST, collection_of, load_push, push_reader, question_of, subjects_of
from sharing.permissions import Permission
from sharing.readers import current_position
from sharing.reading.ahead import ahead
from sharing.rules.tokens import machine_roles, tokens_of_roles

RECEIPTS_SHOWN: Final = 20
REFUSALS_SHOWN: Final = 100
"""What a page shows."""


@dataclass(frozen=True, kw_only=True)
class NewPush(NewServer):
    """What an administrator says of a server to send to."""

    collection: str = "inbox"
    """The collection here whose objects are sent, by id or alias; `inbox` is all that the organization may see."""
    highest: Label = HIGHEST
    every_minutes: int = 1
    from_now: bool = False
    """Leave out what was there before."""


class PushStanding(Struct, frozen=True):
    """A push with what its page says of it."""

    push: Push
    organization: Organization
    collection: Collection
    sent: int
    refused: int
    pending: int
    waiting_since: datetime | None
    """Since when the oldest object waits that was not sent yet."""


def add_push(
    session: Session, actor: Actor, new: NewPush, *, ident: UUID, key_sealed: bytes | None, context: Context
) -> Push:
    """Add a server to send to; nothing is sent before its organization agrees.

    Raises:
        NotPermitted: only an administrator adds one.
        Invalid: something of it cannot be.
    """
    actor.must(Permission.HUB_ADMINISTER)
    collection = find_collection(session, new.collection)
    faults = _faults(session, new, collection)
    if faults or collection is None:
        raise Invalid(*faults)
    push = Push(
        **values_of(new, ident=ident, feed=collection.feed, key_sealed=key_sealed, now=context.now),
        highest=new.highest,
        position=current_position(session) if new.from_now else 0,
        sending_until=0,
    )
    session.add(push)
    session.flush()
    told = {
        "name": push.name,
        "url": push.url,
        "collection": str(collection.id),
        "highest": push.highest.value,
        "types": push.types,
    }
    record(session, Event(Tag.PUSH_ADD, actor, subjects_of(push), decision=told), context)
    return push


def agree_push(session: Session, actor: Actor, name: str, *, context: Context) -> Push:
    """Agree that what the own organization may read is sent to that address.

    Raises:
        NotVisible: there is no such push for this organization.
        NotPermitted: the actor makes no keys, or may not itself read all that would be sent.
        Conflict: it was agreed to before.
    """
    push = load_push(session, name)
    if push.organization_id != actor.organization.id:
        raise NotVisible("no such push")
    actor.must(Permission.KEYS_OWN)
    if not _reads_all(actor):
        raise NotPermitted("whoever agrees must be able to read all that would be sent")
    if push.agreed_at is not None:
        raise Conflict("this was agreed to before")
    push.agreed_at, push.agreed_by, push.due_at = context.now, actor.account_id, context.now
    told = {"name": push.name, "url": push.url, "proxy": push.proxy, "ca_file": push.ca_file, "pin": push.pin}
    record(session, Event(Tag.PUSH_AGREE, actor, subjects_of(push), decision=told), context)
    return push


def end_push(session: Session, actor: Actor, name: str, *, context: Context) -> Push:
    """Send no more; an administrator ends any, whoever could agree to one ends their organization's.

    Raises:
        NotVisible: there is no such push for this actor, or it has ended.
        NotPermitted: the actor is of that organization, but makes no keys.
    """
    push = load_push(session, name)
    if not actor.may(Permission.HUB_ADMINISTER):
        if push.organization_id != actor.organization.id:
            raise NotVisible("no such push")
        actor.must(Permission.KEYS_OWN)
    push.ended_at, push.key_sealed = context.now, None
    record(session, Event(Tag.PUSH_END, actor, subjects_of(push), decision={"name": push.name}), context)
    return push


def may_see_pushes(actor: Actor) -> bool:
    """Whether some push may concern this actor: an administrator, or who keeps keys for an organization."""
    return actor.may(Permission.HUB_ADMINISTER) or actor.may(Permission.KEYS_OWN)


def list_pushes(session: Session, actor: Actor, sealer: CursorSealer) -> list[PushStanding]:
    """The pushes that an actor may know of: all for an administrator, else those of the own organization."""
    query = select(Push).order_by(Push.name)
    if not actor.may(Permission.HUB_ADMINISTER):
        if not actor.may(Permission.KEYS_OWN):
            return []
        query = query.where(Push.organization_id == actor.organization.id)
    return [_standing(session, each, sealer) for each in session.execute(query).scalars()]


def load_push_standing(session: Session, actor: Actor, name: str, sealer: CursorSealer) -> PushStanding:
    """One push with how it stands.

    Raises:
        NotVisible: there is none, or this actor may not know of it.
    """
    found = next((each for each in list_pushes(session, actor, sealer) if each.push.name == name), None)
    if found is None:
        raise NotVisible("no such push")
    return found


def is_own(actor: Actor, push: Push) -> bool:
    """Whether a push sends to the actor's own organization, so that its people may see which objects were refused."""
    return actor.organization.id == push.organization_id and actor.may(Permission.KEYS_OWN) and _reads_all(actor)


def list_receipts(session: Session, push: Push) -> list[PushReceipt]:
    """The last answers, newest first; numbers only."""
    query = select(PushReceipt).where(PushReceipt.push_id == push.id)
    return list(session.execute(query.order_by(PushReceipt.id.desc()).limit(RECEIPTS_SHOWN)).scalars())


def list_refusals(session: Session, push: Push) -> list[PushRefusal]:
    """What was not taken and why, newest first; whoever calls has asked `is_own`."""
    query = (
        select(PushRefusal)
        .join(PushReceipt, PushReceipt.id == PushRefusal.receipt_id)
        .where(PushReceipt.push_id == push.id)
    )
    return list(session.execute(query.order_by(PushRefusal.id.desc()).limit(REFUSALS_SHOWN)).scalars())


def list_due_pushes(session: Session, now: datetime) -> list[str]:
    """The names of the pushes that are due, the longest waiting first."""
    query = select(Push.name).where(Push.ended_at.is_(None), Push.agreed_at.is_not(None), Push.due_at <= now)
    return list(session.execute(query.order_by(Push.due_at, Push.name)).scalars())


def _reads_all(actor: Actor) -> bool:
    sent = tokens_of_roles(actor.organization, machine_roles(actor.organization.tier))
    return sent <= tokens_of_roles(actor.organization, actor.roles)


def _standing(session: Session, push: Push, sealer: CursorSealer) -> PushStanding:
    organization = session.get(Organization, push.organization_id)
    if organization is None:
        raise NotVisible("no such push")
    sums = session.execute(
        select(
            func.coalesce(func.sum(PushReceipt.accepted), 0),
            func.coalesce(func.sum(PushReceipt.refused), 0),
            func.coalesce(func.sum(PushReceipt.pending), 0),
        ).where(PushReceipt.push_id == push.id)
    ).one()
    waiting = None
    if push.ended_at is None:
        question = replace(question_of(push), until=0)
        found = ahead(session, push_reader(session, push), push.feed, question, limit=1, sealer=sealer)
        waiting = moment_at(found.rows[0].position) if found.rows else None
    return PushStanding(
        push, organization, collection_of(session, push), int(sums[0]), int(sums[1]), int(sums[2]), waiting
    )


def _faults(session: Session, new: NewPush, collection: Collection | None) -> list[Fault]:
    faults = faults_of(session, new, Push)
    if collection is None:
        faults.append(Fault("collection", "unknown", "the id or alias of a collection", new.collection))
    if new.highest.rank > HIGHEST.rank:
        faults.append(Fault("highest", "too-high", f"at most {HIGHEST}", new.highest.value))
    organization = session.get(Organization, new.organization_id)
    if organization is None or organization.left_at is not None or not machine_roles(facts_of(organization).tier):
        found = str(new.organization_id)
        faults.append(Fault("organization", "unknown", "an organization that takes part and reads", found))
    return faults
