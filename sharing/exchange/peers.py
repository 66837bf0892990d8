"""Operation: peers: adding and ending one, which is due, how far it was read, and what of it waits for a person.

A peer is an organization here: what comes from it is published as that organization's, never wider than it came.
Nothing in this module speaks to a network; `feeds.peers` does, between two units of work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.collection import Collection
from models.inserts import insert_into
from models.organization import Organization
from models.peer import Peer, PeerObject
from models.vocabulary import Door, Label, PeerState, Role
from sharing.actor import Actor, Context
from sharing.audiences import load_organization_facts
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import may_write
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.exchange.remote import NewServer, faults_of, values_of
from sharing.exchange.told import Told
from sharing.permissions import Permission
from sharing.readers import Reader, load_machine_reader
from sharing.rules.tokens import machine_roles

LONGEST_PAUSE: Final = timedelta(hours=6)
"""A peer that fails is asked less and less often, but never less often than this."""

MOST_WAITING: Final = 100_000
"""Objects of one peer that may wait for a person; then it is not asked any more until somebody has decided."""

SHOWN: Final = 100
"""Objects that a page shows at once."""

FAILURE_LIMIT: Final = 500
"""Characters of a failure that are kept."""


@dataclass(frozen=True, kw_only=True)
class NewPeer(NewServer):
    """What an administrator says of a peer."""

    collection: str
    """The collection here that its objects enter, by id or alias."""
    floor: Label
    let_on: Label | None = None
    every_minutes: int = 15


@dataclass(frozen=True)
class Sent:
    """One object that a peer sent and that does not go on by itself."""

    digest: bytes
    stix_id: str
    version: str
    type: str
    label: Label | None
    reason: Told
    body: bytes | None
    """Its bytes where it waits; None where it was refused."""


@dataclass(frozen=True)
class Cursor:
    """How far a peer was read, in the peer's own words."""

    added_after: str
    next_page: str
    reached: str


class Standing(Struct, frozen=True):
    """A peer with what its page says of it."""

    peer: Peer
    organization: Organization
    collection: Collection
    counts: dict[PeerState, int]


def add_peer(
    session: Session, actor: Actor, new: NewPeer, *, ident: UUID, key_sealed: bytes | None, context: Context
) -> Peer:
    """Add a peer; its first round is due at once.

    Raises:
        NotPermitted: only an administrator adds peers.
        Invalid: something of it cannot be.
    """
    actor.must(Permission.HUB_ADMINISTER)
    collection = find_collection(session, new.collection)
    faults = _faults(session, new, collection)
    if faults or collection is None:
        raise Invalid(*faults)
    peer = Peer(
        **values_of(new, ident=ident, feed=collection.feed, key_sealed=key_sealed, now=context.now) | _fresh(),
        floor=new.floor,
        let_on=new.let_on,
    )
    session.add(peer)
    session.flush()
    told = {
        "name": peer.name,
        "url": peer.url,
        "collection": str(collection.id),
        "floor": peer.floor.value,
        "let_on": peer.let_on.value if peer.let_on else None,
        "types": peer.types,
    }
    record(session, Event(Tag.PEER_ADD, actor, subjects_of(peer), decision=told), context)
    return peer


def end_peer(session: Session, actor: Actor, name: str, *, context: Context) -> Peer:
    """Ask a peer no more; what came stays, and what waits may still be decided.

    Raises:
        NotPermitted: only an administrator ends peers.
        NotVisible: there is no such peer, or it has ended.
    """
    actor.must(Permission.HUB_ADMINISTER)
    peer = load_peer(session, name)
    peer.ended_at = context.now
    peer.key_sealed = None
    record(session, Event(Tag.PEER_END, actor, subjects_of(peer), decision={"name": peer.name}), context)
    return peer


def load_peer(session: Session, name: str) -> Peer:
    """A peer that is asked, by its name, for commands and jobs.

    Raises:
        NotVisible: there is none.
    """
    found = session.execute(select(Peer).where(Peer.name == name, Peer.ended_at.is_(None))).scalar_one_or_none()
    if found is None:
        raise NotVisible("no such peer")
    return found


def list_peers(session: Session, reader: Reader) -> list[Standing]:
    """The peers that a reader may know of: all for an administrator, else those whose objects enter where it writes."""
    administers = reader.actor.may(Permission.HUB_ADMINISTER)
    peers = list(session.execute(select(Peer).order_by(Peer.name)).scalars())
    return [_standing(session, each) for each in peers if administers or may_decide(session, reader, each)]


def load_standing(session: Session, reader: Reader, name: str) -> Standing:
    """One peer with its counts.

    Raises:
        NotVisible: there is none, or this reader may not know of it.
    """
    found = next((each for each in list_peers(session, reader) if each.peer.name == name), None)
    if found is None:
        raise NotVisible("no such peer")
    return found


def may_decide(session: Session, reader: Reader, peer: Peer) -> bool:
    """Whether a reader may see what waits, and let it on: who may publish in that collection."""
    return may_write(session, reader, peer.feed)


def list_sent(session: Session, peer: Peer, state: PeerState) -> list[PeerObject]:
    """The newest of what of a peer is in one state, the newest first; whoever calls has asked `may_decide`."""
    query = select(PeerObject).where(PeerObject.peer_id == peer.id, PeerObject.state == state)
    return list(session.execute(query.order_by(PeerObject.id.desc()).limit(SHOWN)).scalars())


def list_kept(session: Session, peer: Peer, stix_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Id and version of what of a peer did not go on by itself, whatever became of it."""
    query = select(PeerObject.stix_id, PeerObject.version).where(
        PeerObject.peer_id == peer.id, PeerObject.stix_id.in_(list(stix_ids))
    )
    return {(row[0], row[1]) for row in session.execute(query)}


def load_waiting(session: Session, peer: Peer, idents: Sequence[int]) -> list[PeerObject]:
    """What waits, of these numbers, in the order in which it came."""
    query = select(PeerObject).where(
        PeerObject.peer_id == peer.id, PeerObject.state == PeerState.WAITING, PeerObject.id.in_(list(idents))
    )
    return list(session.execute(query.order_by(PeerObject.id).with_for_update()).scalars())


def settle_waiting(
    rows: Sequence[PeerObject], state: PeerState, actor: Actor, reasons: Sequence[Told], *, now: datetime
) -> None:
    """Write down what a person decided; the bytes stay only in the feed."""
    for row, reason in zip(rows, reasons, strict=True):
        row.state, row.body = state, None
        row.reason, row.reason_codes = reason.text[:FAILURE_LIMIT], reason.codes
        row.decided_at, row.decided_by = now, actor.account_id


def count_waiting(session: Session, peer: Peer) -> int:
    """How many objects of a peer wait for a person."""
    query = select(func.count()).where(PeerObject.peer_id == peer.id, PeerObject.state == PeerState.WAITING)
    return session.execute(query).scalar_one()


def list_due_peers(session: Session, now: datetime) -> list[str]:
    """The names of the peers that are due, the longest waiting first."""
    query = select(Peer.name).where(Peer.ended_at.is_(None), Peer.due_at <= now).order_by(Peer.due_at, Peer.name)
    return list(session.execute(query).scalars())


def peer_actor(session: Session, peer: Peer, door: Door) -> Actor:
    """The organization behind a peer, as whoever publishes what came from it; it reads nothing."""
    facts = load_organization_facts(session, peer.organization_id)
    return Actor(None, None, facts, frozenset({Role.ANALYST}), door)


def peer_reader(session: Session, peer: Peer, door: Door) -> Reader:
    """The machine of the organization behind a peer as a reader, for judging what its objects name."""
    facts = load_organization_facts(session, peer.organization_id)
    return load_machine_reader(session, Actor(None, None, facts, machine_roles(facts.tier), door))


def cursor_of(peer: Peer) -> Cursor:
    """How far a peer was read."""
    return Cursor(peer.added_after, peer.next_page, peer.reached)


def advance(session: Session, peer: Peer, seen: Cursor, following: Cursor) -> None:
    """Move on from where a page was asked for; in the same unit of work as what the page held.

    Raises:
        Conflict: another process has read on meanwhile; nothing of this page may be written.
    """
    moved: Any = session.execute(
        update(Peer)
        .where(
            Peer.id == peer.id,
            Peer.ended_at.is_(None),
            Peer.added_after == seen.added_after,
            Peer.next_page == seen.next_page,
            Peer.reached == seen.reached,
        )
        .values(**vars(following))
    )
    if not moved.rowcount:
        raise Conflict("another process is reading this peer")


def keep_sent(session: Session, peer: Peer, sent: Sequence[Sent], *, now: datetime) -> int:
    """Keep what does not go on by itself, each once however often it comes; how many were new."""
    count = 0
    for each in sent:
        state = PeerState.REFUSED if each.body is None else PeerState.WAITING
        values = {**vars(each), "peer_id": peer.id, "state": state}
        values |= {"reason": each.reason.text[:FAILURE_LIMIT], "reason_codes": each.reason.codes}
        made = (
            insert_into(session, PeerObject)
            .values(**values, received_at=now)
            .on_conflict_do_nothing()
            .returning(PeerObject.id)
        )
        count += session.execute(made).scalar_one_or_none() is not None
    return count


def note_success(session: Session, name: str, *, now: datetime, again: bool) -> None:
    """A round ended well; `again` where it stopped in the middle and goes on soon."""
    peer = load_peer(session, name)
    peer.attempts, peer.failure, peer.failure_codes = 0, "", None
    peer.due_at = now if again else now + timedelta(minutes=peer.every_minutes)
    if not again:
        peer.pulled_at = now


def note_failure(session: Session, name: str, failure: Told, *, now: datetime, pause: timedelta | None = None) -> None:
    """A round failed: the next comes later, each time twice as late, or when the peer itself said."""
    peer = load_peer(session, name)
    peer.attempts += 1
    peer.failure, peer.failure_codes = failure.text[:FAILURE_LIMIT], failure.codes
    usual = timedelta(minutes=peer.every_minutes) * 2 ** min(peer.attempts - 1, 12)
    peer.due_at = now + min(pause or usual, LONGEST_PAUSE)


def subjects_of(peer: Peer) -> list[tuple[str, str]]:
    """What an entry about a peer is about."""
    return [("peer", str(peer.id)), ("organization", str(peer.organization_id))]


def _standing(session: Session, peer: Peer) -> Standing:
    organization, collection = session.get(Organization, peer.organization_id), session.get(Collection, peer.feed)
    if organization is None or collection is None:
        raise NotVisible("no such peer")
    rows = session.execute(
        select(PeerObject.state, func.count()).where(PeerObject.peer_id == peer.id).group_by(PeerObject.state)
    )
    return Standing(peer, organization, collection, {row[0]: row[1] for row in rows})


def _fresh() -> dict[str, Any]:
    return {"attempts": 0, "failure": "", "added_after": "", "next_page": "", "reached": ""}


def find_collection(session: Session, ident: str) -> Collection | None:
    """A collection by id or alias, for an administrator."""
    try:
        which = Collection.id == UUID(ident)
    except ValueError:
        which = Collection.alias == ident
    return session.execute(select(Collection).where(which)).scalar_one_or_none()


def _faults(session: Session, new: NewPeer, collection: Collection | None) -> list[Fault]:
    faults = faults_of(session, new, Peer)
    if collection is None:
        faults.append(Fault("collection", "unknown", "the id or alias of a collection", new.collection))
    elif new.floor.rank > collection.highest_label.rank:
        highest = f"at most {collection.highest_label}, the highest of the collection"
        faults.append(Fault("floor", "too-high", highest, new.floor.value))
    organization = session.get(Organization, new.organization_id)
    if organization is None or organization.left_at is not None:
        faults.append(Fault("organization", "unknown", "an organization that takes part", str(new.organization_id)))
    return faults
