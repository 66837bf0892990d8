"""Operation: a person lets on what a peer sent and that waits, or sets it aside."""

from collections.abc import Sequence
from contextlib import nullcontext

from sqlalchemy.orm import Session

from feeds.intake.judging import Judge
from feeds.intake.posts import Answer
from feeds.intake.taking import take_in
from feeds.peers.sorting import envelope_of
from feeds.reasons.codes import Code
from feeds.reasons.reason import because, told
from feeds.signatures.by_hub import HubSigner
from models.peer import Peer, PeerObject
from models.vocabulary import PeerState
from sharing.actor import Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_feed
from sharing.errors import NotPermitted
from sharing.exchange import peers
from sharing.exchange.told import Told
from sharing.readers import Reader
from sharing.rules.policy import Policy


def let_on(
    session: Session,
    reader: Reader,
    name: str,
    idents: Sequence[int],
    *,
    policy: Policy,
    context: Context,
    edition_key: bytes,
    signer: HubSigner | None = None,
) -> list[Answer]:
    """Publish what waits, as the peer's own, no wider than it came and no wider than the peer's floor.

    Raises:
        NotVisible: there is no such peer for this reader.
        NotPermitted: only who may publish in the collection decides.
    """
    peer, rows = _waiting(session, reader, name, idents)
    if not rows:
        return []
    collection = load_feed(session, peer.feed)
    judge = Judge(edition_key, lambda: nullcontext(session), signer)
    body = envelope_of([row.body or b"" for row in rows])
    post = judge.judge(body, collection, lambda _: reader, floor=peer.floor, forgiving=True)
    taken = take_in(
        session,
        reader.actor,
        post,
        policy=policy,
        context=context,
        subjects=peers.subjects_of(peer),
        publisher_id=peer.organization_id,
    )
    for row, answer in zip(rows, taken.answers, strict=True):
        state = PeerState.LET_ON if answer.accepted else PeerState.REFUSED
        why = told(answer.reasons or (because(Code.LET_ON),))
        peers.settle_waiting([row], state, reader.actor, [why], now=context.now)
    if taken.entry_id is None:
        _record(session, reader, peer, {"refused": len(rows)}, context)
    return list(taken.answers)


def set_aside(session: Session, reader: Reader, name: str, idents: Sequence[int], *, context: Context) -> int:
    """Drop what waits; its bytes go, the fact stays. Answers how many.

    Raises:
        NotVisible: there is no such peer for this reader.
        NotPermitted: only who may publish in the collection decides.
    """
    peer, rows = _waiting(session, reader, name, idents)
    if rows:
        why = [Told(row.reason, row.reason_codes) for row in rows]
        peers.settle_waiting(rows, PeerState.SET_ASIDE, reader.actor, why, now=context.now)
        _record(session, reader, peer, {"set_aside": len(rows)}, context)
    return len(rows)


def _waiting(session: Session, reader: Reader, name: str, idents: Sequence[int]) -> tuple[Peer, list[PeerObject]]:
    peer = peers.load_standing(session, reader, name).peer
    if not peers.may_decide(session, reader, peer):
        raise NotPermitted("only who may publish in this collection decides what enters it")
    return peer, peers.load_waiting(session, peer, idents)


def _record(session: Session, reader: Reader, peer: Peer, told: dict[str, int], context: Context) -> None:
    record(session, Event(Tag.PEER_DECIDE, reader.actor, peers.subjects_of(peer), decision=told), context)
