"""Operation: the gap check: whether everything that a peer lists up to the place that was read has arrived here.

What it lists is its manifest, record by record. Where it counts them (`x_tally`, our extension), its count and hash are
held against that manifest, so that a page which was lost on the way shows too. Nothing is written.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy.orm import Session

from feeds.errors import TimestampError
from feeds.peers.connection import TAXII, Access, PeerConnection, PeerError
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.stix.facts import OBSERVABLE_TYPES
from feeds.stix.timestamps import parse_timestamp
from feeds.taxii.gap import Tally
from models.peer import Peer
from sharing.exchange import peers
from sharing.reading.own import list_own_versions

PAGE: Final = 1_000
MOST_PAGES: Final = 10_000
"""Pages of a manifest that are followed: ten million records."""


class Record(NamedTuple):
    """One line of a manifest."""

    date_added: str
    stix_id: str
    version: str


@dataclass
class Checked:
    """What was found."""

    records: int = 0
    missing: int = 0
    first_missing: str = ""
    """When the first of them was added there; which object it is, an administrator is not told."""
    counted: bool | None = None
    """Whether the peer's own count and hash are those of its manifest; nothing where it does not count."""


class Doors(Struct, frozen=True):
    """What a check needs of the hub."""

    reading: Callable[[], AbstractContextManager[Session]]
    access: Callable[[Peer], Access]


def check(doors: Doors, name: str) -> Checked:
    """Hold a peer's manifest against what is here.

    Raises:
        NotVisible: there is no such peer.
        PeerError: it cannot be asked, or was never read with a date that a check could end at.
    """
    with doors.reading() as session:
        peer = peers.load_peer(session, name)
        session.expunge_all()
    if not peer.added_after:
        raise PeerError(because(Code.NO_PLACE))
    connection = PeerConnection(doors.access(peer))
    try:
        theirs = _tallies(connection, peer)
        checked, mine = Checked(), _Mine([each.until for each in theirs or ()])
        for page in _pages(connection, peer):
            checked.records += len(page)
            _look_for(doors, peer, page, checked)
            mine.add(page)
    finally:
        connection.close()
    if theirs is not None:
        checked.counted = [each.said for each in theirs] == mine.told()
    return checked


class _Mine:
    """Count and hash of what a manifest tells, in the stretches in which the peer counts it."""

    def __init__(self, ends: Sequence[str]) -> None:
        self._ends = ends
        self._tallies = [Tally() for _ in ends]
        self._place = 0

    def add(self, page: Sequence[Record]) -> None:
        """Take in records in their order."""
        for each in page:
            while self._place < len(self._ends) and _is_beyond(each.date_added, self._ends[self._place]):
                self._place += 1
            if self._place < len(self._ends):
                self._tallies[self._place].add([each])

    def told(self) -> list[tuple[object, object]]:
        """Count and hash of each stretch."""
        return [(each.count, each.sha256) for each in self._tallies]


class _Theirs(NamedTuple):
    """Count and hash of one stretch, as the peer tells them."""

    until: str
    said: tuple[object, object]


def _tallies(connection: PeerConnection, peer: Peer) -> list[_Theirs] | None:
    """The peer's own count, stretch by stretch; nothing where it knows no such thing."""
    found: list[_Theirs] = []
    asked = {"match[version]": "last", "x_until": peer.added_after}
    while len(found) < MOST_PAGES:
        try:
            said = connection.get(f"{peer.url}x_tally/", {"Accept": TAXII}, asked)
        except PeerError as error:
            if error.status in {400, 404, 405} and not found:
                return None
            raise
        until = said.get("x_until") if said.get("x_more") is True else None
        found.append(_Theirs(str(until or peer.added_after), (said.get("x_count"), said.get("x_sha256"))))
        if until is None:
            return found
        if not _is_beyond(str(until), asked.get("added_after", _BEGINNING)):
            raise PeerError(because(Code.NO_WAY_ON))
        asked = {**asked, "added_after": str(until)}
    return found


_BEGINNING: Final = "0001-01-01T00:00:00Z"


def _pages(connection: PeerConnection, peer: Peer) -> Iterator[Sequence[Record]]:
    """The manifest up to the place that was read, page by page; as in reading, a `next` that stands still ends it."""
    asked: dict[str, Any] = {"limit": PAGE}
    for _ in range(MOST_PAGES):
        answer = connection.get(f"{peer.url}manifest/", {"Accept": TAXII}, asked)
        listed = answer.get("objects")
        records = [_record(each) for each in listed] if isinstance(listed, list) else []
        within = [each for each in records if not _is_beyond(each.date_added, peer.added_after)]
        yield within
        following = answer.get("next")
        if len(within) < len(records) or answer.get("more") is not True or following in {None, "", asked.get("next")}:
            return
        asked = {"limit": PAGE, "next": str(following)}


def _record(value: Any) -> Record:
    known = value if isinstance(value, dict) else {}
    texts = [known.get(name) for name in ("date_added", "id", "version")]
    if not all(isinstance(each, str) for each in texts):
        raise PeerError(because(Code.ANSWER_ENVELOPE))
    return Record(*map(str, texts))


def _is_beyond(date: str, until: str) -> bool:
    try:
        return parse_timestamp(date) > parse_timestamp(until)
    except TimestampError:
        raise PeerError(because(Code.ANSWER_ENVELOPE)) from None


def _look_for(doors: Doors, peer: Peer, page: Sequence[Record], checked: Checked) -> None:
    """Count what of a page was neither published here as the peer's, nor waits, nor was refused or set aside."""
    ids = [each.stix_id for each in page]
    with doors.reading() as session:
        own = list_own_versions(session, peer.organization_id, ids)
        written = {(each.stix_id, each.version) for each in own} | peers.list_kept(session, peer, ids)
    known = {(stix_id, _moment(version)) for stix_id, version in written}
    # What has no version of its own got one at each hub, when it came there; and a fault may lie in the version.
    loose = {stix_id for stix_id, version in known if not version or stix_id.partition("--")[0] in OBSERVABLE_TYPES}
    for each in page:
        if each.stix_id not in loose and (each.stix_id, _moment(each.version)) not in known:
            checked.missing += 1
            checked.first_missing = checked.first_missing or each.date_added


def _moment(version: str) -> int | str:
    """A version as its time: some servers write it with other zeros than the object does (OpenTAXII)."""
    try:
        return parse_timestamp(version)
    except TimestampError:
        return version
