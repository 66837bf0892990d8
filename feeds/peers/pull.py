"""Operation: read a peer's collection: page by page, each page and the place after it written together.

A page is fetched while nothing is locked; then one unit of work writes what it held and moves the cursor, or neither.
So a crash, a second process or a cut connection loses nothing and doubles nothing. Our clock plays no part: the place
is the peer's own date (`X-TAXII-Date-Added-Last`) or the `next` it gave.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct
from sqlalchemy.orm import Session
from taxii2client.v21 import Collection as RemoteCollection

from feeds.errors import EnvelopeError, TimestampError
from feeds.files.bundles import FileError
from feeds.intake.judging import Judge
from feeds.intake.posts import Post
from feeds.intake.taking import take_in
from feeds.peers.connection import Access, Envelope, PeerConnection, PeerError
from feeds.peers.rounds import Outcome
from feeds.peers.sorting import sort_out, without_spoilt
from feeds.reasons.codes import Code
from feeds.reasons.reason import because, told
from feeds.stix.timestamps import parse_timestamp
from models.collection import Collection
from models.peer import Peer
from models.vocabulary import Door
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_feed
from sharing.errors import Busy, Conflict
from sharing.exchange import peers
from sharing.exchange.peers import Cursor, Sent
from sharing.exchange.told import Told
from sharing.readers import Reader
from sharing.rules.policy import Policy
from sharing.units import Units

PAGE: Final = 1_000
"""Objects asked for at once; a server gives what it likes."""

PAGES_A_ROUND: Final = 200
"""After so many pages a round pauses, so that other peers have their turn; it goes on where it stopped."""

LONGEST_NEXT: Final = 8_192
"""Characters of a `next` that is kept; longer ones would not fit into an address."""


@dataclass
class Pulled(Outcome):
    """What one round brought."""

    pages: int = 0
    objects: int = 0
    published: int = 0
    waiting: int = 0
    refused: int = 0


class Doors(Struct, frozen=True):
    """What a round needs of the hub."""

    units: Units
    reading: Callable[[], AbstractContextManager[Session]]
    policy: Callable[[Session], Policy]
    access: Callable[[Peer], Access]
    door: Door
    judge: Judge


class _Round(Struct, frozen=True):
    """A peer as one page needs it, outside of any session."""

    peer: Peer
    collection: Collection
    access: Access
    cursor: Cursor
    is_full: bool


class _Judged(Struct, frozen=True):
    """What a page held, as posts, and what of it nobody can read for sure."""

    posts: tuple[Post, ...] = ()
    spoilt: tuple[Sent, ...] = ()


def pull(doors: Doors, name: str) -> Pulled:
    """Read a peer to its end, or as far as one round goes; success and failure stand in its row.

    Raises:
        NotVisible: there is no such peer.
    """
    pulled = Pulled()
    pause: timedelta | None = None
    try:
        while pulled.pages < PAGES_A_ROUND and _one_page(doors, name, pulled):
            pass
        pulled.done = pulled.pages < PAGES_A_ROUND
    except PeerError as error:
        pulled.done, pulled.why, pause = False, told((error.reason,)), error.pause
    except EnvelopeError as error:
        pulled.done, pulled.why = False, Told(str(error), told((error.reason,)).codes)
    except (Busy, Conflict) as error:
        pulled.why = Told(str(error))
        return pulled  # whoever is in the way notes how it went
    with doors.units.recording() as session:
        now = doors.units.now()
        if pulled.failure:
            peers.note_failure(session, name, pulled.why, now=now, pause=pause)
        else:
            peers.note_success(session, name, now=now, again=not pulled.done)
    return pulled


def _one_page(doors: Doors, name: str, pulled: Pulled) -> bool:
    """Read one page; True where another follows."""
    with doors.reading() as session:
        found = _load(doors, session, name)
    if found.is_full:
        raise PeerError(because(Code.WAITING_FULL, count=peers.MOST_WAITING))
    page = _fetch(found)
    count = _count(page)
    if page.is_ahead:
        page.last, pulled.why = "", told((because(Code.DATE_AHEAD),))
    following, more = follow(found.cursor, page)
    if page.get("more") is True and not more:
        pulled.why = told((because(Code.NO_WAY_ON),))
    judged = _judged(doors, found, page.raw) if count else _Judged()
    _write(doors, found, judged, following, pulled)
    pulled.pages += 1
    pulled.objects += count
    return more


def _load(doors: Doors, session: Session, name: str) -> _Round:
    peer = peers.load_peer(session, name)
    collection = load_feed(session, peer.feed)
    is_full = peers.count_waiting(session, peer) >= peers.MOST_WAITING
    found = _Round(peer, collection, doors.access(peer), peers.cursor_of(peer), is_full)
    session.expunge_all()
    return found


def _judged(doors: Doors, found: _Round, body: bytes) -> _Judged:
    """A page as posts, mostly one; an object that spoils the JSON of all is refused, and holds up nothing beside it.

    Raises:
        EnvelopeError: nothing of the page can be read.
    """
    try:
        return _Judged((_judge(doors, found, body),))
    except EnvelopeError as error:
        try:
            rest = without_spoilt(body)
        except FileError:
            raise error from None
        if not rest.envelopes:
            raise
        return _Judged(tuple(_judge(doors, found, each) for each in rest.envelopes), rest.spoilt)


def _judge(doors: Doors, found: _Round, body: bytes) -> Post:
    """As a post of the peer's organization, which sees what a machine of it would; faults of form are noted only."""

    def reader(session: Session) -> Reader:
        return peers.peer_reader(session, found.peer, doors.door)

    return doors.judge.judge(body, found.collection, reader, floor=found.peer.floor, forgiving=True)


def _fetch(found: _Round) -> Envelope:
    """Ask for one page. A `next` that the server does not know any more is dropped: its stretch is read again."""
    connection = PeerConnection(found.access)
    try:
        # What the library would ask first is known: it refuses aliases and odd titles for nothing.
        known = {"id": found.peer.url.rstrip("/").rpartition("/")[2], "title": "-", "can_read": True, "can_write": True}
        remote = RemoteCollection(found.peer.url, conn=connection, collection_info=known)
        asked: dict[str, Any] = {"limit": PAGE}
        if found.cursor.added_after:
            asked["added_after"] = found.cursor.added_after
        if not found.cursor.next_page:
            return _page(remote.get_objects(**asked))
        try:
            return _page(remote.get_objects(**asked, next=found.cursor.next_page))
        except PeerError as error:
            if error.status not in {400, 404, 500}:
                raise
            return _page(remote.get_objects(**asked))
    finally:
        connection.close()


def _count(page: Envelope) -> int:
    """How many objects came.

    Raises:
        PeerError: what should be a list of them is something else; to go on after it could skip some.
    """
    listed = page.get("objects", [])
    if not isinstance(listed, list):
        raise PeerError(because(Code.ANSWER_ENVELOPE))
    return len(listed)


def _page(answer: Any) -> Envelope:
    if not isinstance(answer, Envelope):
        raise PeerError(because(Code.ANSWER_ENVELOPE))
    return answer


def follow(cursor: Cursor, page: Envelope) -> tuple[Cursor, bool]:
    """Where to go on after a page, and whether something is known to follow.

    A server may say `more` and give no `next` (the specification forgets to demand it), give the same `next` for ever,
    or leave out the dates. Whatever it does, the place moves on or the round ends.
    """
    reached = _later(cursor.reached or cursor.added_after, page.last)
    given = page.get("next")
    following = given if isinstance(given, str) and given.isprintable() else ""  # others cannot be kept
    more = page.get("more") is True
    if more and following not in {"", cursor.next_page}:
        if len(following) > LONGEST_NEXT:
            raise PeerError(because(Code.ANSWER_NEXT, most=LONGEST_NEXT))
        return Cursor(cursor.added_after, following, reached), True
    ended = Cursor(reached, "", "")
    return ended, more and ended.added_after != cursor.added_after


def _later(before: str, after: str) -> str:
    """The later of two dates; what is no date is not kept."""
    try:
        moment = parse_timestamp(after)
    except TimestampError:
        return before
    if len(after) > 40:
        return before
    return after if not before or moment > parse_timestamp(before) else before


def _write(doors: Doors, found: _Round, judged: _Judged, following: Cursor, pulled: Pulled) -> None:
    """Write what a page held and the place after it, together."""
    context = doors.units.context()
    with doors.units.writing() as session:
        peer = peers.load_peer(session, found.peer.name)
        peers.advance(session, peer, found.cursor, following)
        if not judged.posts:
            return
        sent, goes_on = list(judged.spoilt), False
        for post in judged.posts:
            sorted_out = sort_out(post, let_on=peer.let_on, types=_types(peer))
            taken = take_in(
                session,
                peers.peer_actor(session, peer, doors.door),
                sorted_out.post,
                policy=doors.policy(session),
                context=context,
                subjects=peers.subjects_of(peer),
                publisher_id=peer.organization_id,
            )
            pulled.published += sum(each.accepted for each in taken.answers)
            pulled.refused += sum(not each.accepted for each in taken.answers)
            sent += sorted_out.sent
            goes_on = goes_on or bool(sorted_out.post.candidates)
        kept = peers.keep_sent(session, peer, sent, now=context.now)
        waiting = sum(each.body is not None for each in sent)
        pulled.waiting += waiting
        pulled.refused += len(sent) - waiting
        if kept and not goes_on:
            told = {"waiting": waiting, "refused": len(sent) - waiting}
            actor = peers.peer_actor(session, peer, doors.door)
            record(session, Event(Tag.PEER_RECEIVE, actor, peers.subjects_of(peer), decision=told), context)


def _types(peer: Peer) -> frozenset[str]:
    return frozenset(each for each in peer.types.split(",") if each)
