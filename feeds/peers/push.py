"""Operation: send a push what lies before it: batch by batch, in order, each answered before the next leaves.

Before a batch leaves, how far it reaches and its disclosure are written; after its answer, the receipt and the new
place, together. Whatever ends in between, exactly the same batch goes again under the same `Idempotency-Key`, and what
the other server has already is to it a repetition: nothing is lost, nothing doubled. No lock is held while it travels.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from feeds.errors import clip
from feeds.peers.connection import TAXII, Access, PeerConnection, PeerError, Posted
from feeds.peers.rounds import Outcome
from feeds.reasons.codes import Code
from feeds.reasons.reason import because, plain, read, told, write
from feeds.taxii.resources import REASONS
from models.push import Push
from sharing.disclosures import write_disclosures
from sharing.errors import Busy, Conflict, NotVisible
from sharing.exchange import sending
from sharing.exchange.sending import BATCH, Answered, Batch, Refused
from sharing.exchange.told import Told
from sharing.reading.grants import Row
from sharing.units import Units

BATCHES_A_ROUND: Final = 100
"""After so many batches a round pauses, so that other servers have their turn; it goes on where it stopped."""

MOST_IN_A_ROW: Final = 20
"""Single objects refused one after the other with the whole post: then it is the server that is wrong, and waits."""

_STATUS_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_TAKEN: Final = frozenset({200, 201, 202})


@dataclass
class Pushed(Outcome):
    """What one round sent."""

    batches: int = 0
    sent: int = 0
    accepted: int = 0
    refused: int = 0
    pending: int = 0


class Doors(Struct, frozen=True):
    """What a round needs of the hub."""

    units: Units
    reading: Callable[[], AbstractContextManager[Session]]
    access: Callable[[Push], Access]
    sealer: CursorSealer


@dataclass
class _Round:
    """One round on its way: how much is sent at once, and how it goes."""

    doors: Doors
    name: str
    size: int = BATCH
    refused_in_a_row: int = 0
    pushed: Pushed = field(default_factory=Pushed)


def push(doors: Doors, name: str) -> Pushed:
    """Send one push all that lies before it, or as far as one round goes; success and failure stand in its row.

    Raises:
        NotVisible: there is no such push.
    """
    with doors.reading() as session:
        sending.load_push(session, name)
    round_ = _Round(doors, name)
    pushed = round_.pushed
    pause: timedelta | None = None
    try:
        while pushed.batches < BATCHES_A_ROUND and _one_batch(round_):
            pass
        pushed.done = pushed.batches < BATCHES_A_ROUND
    except PeerError as error:
        pushed.why, pause = told((error.reason,)), error.pause
    except NotVisible:
        pushed.why = told((because(Code.MAY_NOT_READ),))
    except (Busy, Conflict) as error:
        pushed.why = Told(str(error))
        return pushed  # whoever is in the way notes how it went
    with doors.units.recording() as session:
        now = doors.units.now()
        if pushed.failure:
            pushed.done = False
            sending.note_push_failure(session, name, pushed.why, now=now, pause=pause)
        else:
            sending.note_sent(session, name, now=now, again=not pushed.done)
    return pushed


def _one_batch(round_: _Round) -> bool:
    """Send one batch; True where another follows."""
    doors = round_.doors
    with doors.reading() as session:
        found = sending.load_push(session, round_.name)
        if found.agreed_at is None:
            raise PeerError(because(Code.NOT_AGREED))
        pending = sending.find_pending(session, found)
        now = doors.units.now()
        batch = sending.next_batch(session, found, limit=round_.size, sealer=doors.sealer, now=now)
        session.expunge_all()
    access = doors.access(found)
    if pending is not None and not _settled(round_, found, access, pending):
        return False
    if not batch.rows:
        if batch.reached > found.position or found.sending_until:
            with doors.units.recording() as session:
                sending.pass_by(session, found, batch.reached)
        return batch.more
    found = _mark(doors, found, batch.reached, batch)
    body = b'{"objects":[' + b",".join(row.body for row in batch.rows) + b"]}"
    posted = _post(found, access, body)
    if posted.status not in _TAKEN and "failures" not in posted.value:
        if len(batch.rows) > 1:
            return _shorten(round_, found, batch)
        answered = _none_taken(batch.rows, body, posted)
        round_.refused_in_a_row += 1
    else:
        answered = read_status(batch.rows, body, posted.value)
        round_.refused_in_a_row = 0
        round_.size = min(BATCH, round_.size * 2)
    with doors.units.writing() as session:
        sending.finish_sending(session, found, batch.reached, answered, context=doors.units.context())
    _count(round_.pushed, answered, len(batch.rows))
    if round_.refused_in_a_row >= MOST_IN_A_ROW:
        raise PeerError(because(Code.REFUSED_IN_A_ROW, count=MOST_IN_A_ROW, status=posted.status))
    return batch.more or answered.pending > 0


def _mark(doors: Doors, found: Push, until: int, batch: Batch) -> Push:
    """Note how far the batch reaches, and what it discloses, before the first byte leaves."""
    if found.sending_until == until and not batch.shown:
        return found
    with doors.units.recording() as session:
        sending.mark_sending(session, found, until)
        write_disclosures(session, batch.shown, doors.units)
    return _at(found, until)


def _at(found: Push, until: int) -> Push:
    """The push as it stands in the database now; this copy is in no session."""
    found.sending_until = until
    return found


def _shorten(round_: _Round, found: Push, batch: Batch) -> bool:
    """The server refuses the post as a whole: send half as much, until it is clear which object it does not take."""
    round_.size = max(1, len(batch.rows) // 2)
    until = batch.rows[round_.size - 1].position
    with round_.doors.units.recording() as session:
        sending.mark_sending(session, found, until)
    return True


def _post(found: Push, access: Access, body: bytes) -> Posted:
    key = sha256(b"\0".join((found.id.bytes, str(found.position).encode(), body))).hexdigest()
    connection = PeerConnection(access)
    try:
        return connection.post(f"{found.url}objects/", headers={"Idempotency-Key": key}, data=body)
    finally:
        connection.close()


def _none_taken(rows: Sequence[Row], body: bytes, posted: Posted) -> Answered:
    said = posted.value.get("description") or posted.value.get("title")
    words = because(Code.THEIR_STATUS, status=posted.status)
    if isinstance(said, str):
        words = because(Code.THEIR_WORDS, status=posted.status, said=clip(plain(said)))
    theirs = read([{"code": posted.value.get("error_code"), "given": posted.value.get("details", {})}])
    reason = Told(str(words), write(theirs or (words,)))
    refusals = tuple(Refused(row.stix_id, row.version, reason) for row in rows)
    return replace(_nothing(rows, body), refused=len(rows), refusals=refusals)


def _nothing(rows: Sequence[Row], body: bytes) -> Answered:
    return Answered(rows[0].position, rows[-1].position, sha256(body).digest(), len(rows), 0, 0)


def read_status(rows: Sequence[Row], body: bytes, status: dict[str, Any]) -> Answered:
    """What a status resource says of a batch; a server that says nothing has taken it."""
    sent = {row.stix_id for row in rows}
    refusals = tuple(each for each in _refusals(status) if each.stix_id in sent)
    refused = min(len(rows), max(len(refusals), _number(status, "failure_count")))
    ident = status.get("id")
    pending = min(_number(status, "pending_count"), len(rows) - refused) if status.get("status") == "pending" else 0
    if not (isinstance(ident, str) and _STATUS_ID.fullmatch(ident)):
        ident, pending = "", 0  # there is no place to ask
    accepted = len(rows) - refused - pending
    told = _nothing(rows, body)
    return replace(told, accepted=accepted, refused=refused, pending=pending, status_id=ident, refusals=refusals)


def _refusals(status: dict[str, Any]) -> list[Refused]:
    listed = status.get("failures")
    found = []
    for each in listed[:BATCH] if isinstance(listed, list) else ():
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            why = read(each.get(REASONS))
            said = clip(_text(each, "message"))
            reason = Told(said, write(why)) if said else told((because(Code.NO_WORDS),))
            found.append(Refused(each["id"], _text(each, "version"), reason))
    return found


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return plain(found) if isinstance(found, str) else ""


def _number(value: dict[str, Any], name: str) -> int:
    found = value.get(name)
    return found if isinstance(found, int) and 0 <= found < 2**31 else 0


def _settled(round_: _Round, found: Push, access: Access, pending: Any) -> bool:
    """Ask what became of a batch that was undecided; False where it still is, and then nothing overtakes it."""
    doors = round_.doors
    root = found.url.rstrip("/").rpartition("/collections/")[0]
    connection = PeerConnection(access)
    try:
        status: dict[str, Any] = dict(connection.get(f"{root}/status/{pending.status_id}/", {"Accept": TAXII}))
    except PeerError as error:
        if error.status != 404:
            raise
        status = {}  # forgotten there: what it held stays undecided
    finally:
        connection.close()
    is_old = doors.units.now() - pending.answered_at > sending.LONGEST_PENDING
    if status.get("status") == "pending" and not is_old:
        return False
    refusals = tuple(_refusals(status))
    refused = min(pending.count, max(len(refusals), _number(status, "failure_count")))
    answered = Answered(
        first=pending.first_position,
        last=pending.last_position,
        digest=pending.digest,
        count=pending.count,
        accepted=min(pending.count - refused, _number(status, "success_count") or pending.accepted),
        refused=refused,
        refusals=refusals,
    )
    with doors.units.writing() as session:
        sending.settle_pending(session, found, pending.id, answered, context=doors.units.context())
    round_.pushed.accepted += answered.accepted - pending.accepted
    round_.pushed.refused += answered.refused - pending.refused
    return True


def _count(pushed: Pushed, answered: Answered, sent: int) -> None:
    pushed.batches += 1
    pushed.sent += sent
    pushed.accepted += answered.accepted
    pushed.refused += answered.refused
    pushed.pending += answered.pending
