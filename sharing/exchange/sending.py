"""Operation: sending to a push: the next batch, what was answered, and the place behind it, each written together.

What is sent goes through the same grants and the same log of disclosures as what is asked for. Before a batch leaves it
is noted how far it reaches, so that after a crash exactly that batch is sent again, and the other server can know it.
Nothing in this module speaks to a network; `feeds.peers` does, between two units of work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.collection import Collection
from models.push import Push, PushReceipt, PushRefusal
from models.vocabulary import SIGNATURE_TYPE, Door, Label
from sharing.actor import Actor, Context
from sharing.audiences import load_organization_facts
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_collection
from sharing.disclosures import Shown, shown_of
from sharing.errors import Conflict, NotVisible
from sharing.exchange.peers import FAILURE_LIMIT, LONGEST_PAUSE
from sharing.exchange.told import Told
from sharing.readers import Reader, load_machine_reader
from sharing.reading.ahead import ahead
from sharing.reading.driver import as_uuid
from sharing.reading.grants import Row
from sharing.reading.question import ALL, Question
from sharing.rules.tokens import machine_roles

HIGHEST: Final = Label.AMBER_STRICT
"""RED is for the persons who were named; no machine is sent it."""

BATCH: Final = 500
"""Objects that are sent at once."""

BATCH_BYTES: Final = 4 * 1024 * 1024
"""Bytes that are sent at once; an object that is larger goes alone."""

LONGEST_PENDING: Final = timedelta(hours=24)
"""So long a server must keep a status; what is undecided then stays so, and the next batch goes."""


class Batch(Struct, frozen=True):
    """What is sent at once, in order of position, and how far the place moves when it is answered."""

    rows: tuple[Row, ...]
    reached: int
    more: bool
    shown: tuple[Shown, ...] = ()
    """What must be logged before it leaves; nothing where that was done before a crash."""


class Refused(Struct, frozen=True):
    """One object that the other server did not take."""

    stix_id: str
    version: str
    reason: Told


@dataclass(frozen=True)
class Answered:
    """What the other server said of a batch."""

    first: int
    last: int
    digest: bytes
    count: int
    accepted: int
    refused: int
    pending: int = 0
    status_id: str = ""
    refusals: tuple[Refused, ...] = ()


def load_push(session: Session, name: str) -> Push:
    """A push that has not ended, by its name, for commands and jobs.

    Raises:
        NotVisible: there is none.
    """
    found = session.execute(select(Push).where(Push.name == name, Push.ended_at.is_(None))).scalar_one_or_none()
    if found is None:
        raise NotVisible("no such push")
    return found


def next_batch(session: Session, push: Push, *, limit: int, sealer: CursorSealer, now: datetime) -> Batch:
    """What is to be sent next; what was on its way when a process ended comes again as it was.

    Raises:
        NotVisible: the organization may not read that collection any more.
    """
    reader = push_reader(session, push)
    if not load_collection(session, reader, str(collection_of(session, push).id)).can_read:
        raise NotVisible("no such collection")
    again = push.sending_until > 0
    question = question_of(push)
    found = ahead(session, reader, push.feed, question, limit=BATCH if again else limit, sealer=sealer)
    rows, reached = _within_bytes(found.rows, found.reached)
    more = found.more or reached < found.reached
    # What the organization itself published it has.
    going = tuple(row for row in rows if as_uuid(row.publisher_id) != push.organization_id and _is_wanted(push, row))
    shown = () if again else tuple(shown_of(reader.actor, push.feed, going, question, what="push", at=now))
    return Batch(going, push.sending_until if again and not more else reached, more or again, shown)


def mark_sending(session: Session, push: Push, until: int) -> None:
    """Note how far the batch reaches that leaves now; in the same unit of work as its disclosure.

    Raises:
        Conflict: another process sends meanwhile; nothing of this may leave.
    """
    _move(session, push, {"sending_until": until})


def pass_by(session: Session, push: Push, reached: int) -> None:
    """Move on over what is not for that server.

    Raises:
        Conflict: another process sends meanwhile.
    """
    _move(session, push, {"position": reached, "sending_until": 0})


def finish_sending(session: Session, push: Push, reached: int, answered: Answered, *, context: Context) -> None:
    """Write the answer down and move the place behind the batch, together.

    Raises:
        Conflict: another process has written it down.
    """
    _move(session, push, {"position": reached, "sending_until": 0})
    receipt = PushReceipt(
        push_id=push.id,
        first_position=answered.first,
        last_position=answered.last,
        digest=answered.digest,
        count=answered.count,
        accepted=answered.accepted,
        refused=answered.refused,
        pending=answered.pending,
        status_id=answered.status_id,
        answered_at=context.now,
    )
    session.add(receipt)
    session.flush()
    _keep_refusals(session, receipt, answered.refusals)
    _record_answer(session, push, receipt, context)


def find_pending(session: Session, push: Push) -> PushReceipt | None:
    """The batch that the other server has not decided yet."""
    query = select(PushReceipt).where(PushReceipt.push_id == push.id, PushReceipt.pending > 0)
    return session.execute(query.order_by(PushReceipt.id.desc()).limit(1)).scalar_one_or_none()


def settle_pending(session: Session, push: Push, receipt_id: int, answered: Answered, *, context: Context) -> None:
    """Write down what the other server decided on a batch later.

    Raises:
        Conflict: another process has written it down.
    """
    receipt = session.get(PushReceipt, receipt_id, with_for_update=True)
    if receipt is None or not receipt.pending:
        raise Conflict("another process has written this down")
    receipt.accepted, receipt.refused, receipt.pending = answered.accepted, answered.refused, 0
    _keep_refusals(session, receipt, answered.refusals)
    _record_answer(session, push, receipt, context)


def note_sent(session: Session, name: str, *, now: datetime, again: bool) -> None:
    """A round ended well; `again` where it stopped in the middle and goes on soon."""
    push = load_push(session, name)
    push.attempts, push.failure, push.failure_codes = 0, "", None
    push.due_at = now if again else now + timedelta(minutes=push.every_minutes)
    if not again:
        push.sent_at = now


def note_push_failure(
    session: Session, name: str, failure: Told, *, now: datetime, pause: timedelta | None = None
) -> None:
    """A round failed: the next comes later, each time twice as late, or when the other server said."""
    push = load_push(session, name)
    push.attempts += 1
    push.failure, push.failure_codes = failure.text[:FAILURE_LIMIT], failure.codes
    usual = timedelta(minutes=push.every_minutes) * 2 ** min(push.attempts - 1, 12)
    push.due_at = now + min(pause or usual, LONGEST_PAUSE)


def subjects_of(push: Push) -> list[tuple[str, str]]:
    """What an entry about a push is about."""
    return [("push", str(push.id)), ("organization", str(push.organization_id))]


def push_reader(session: Session, push: Push) -> Reader:
    """The machine of the organization that is sent to."""
    facts = load_organization_facts(session, push.organization_id)
    return load_machine_reader(session, Actor(None, None, facts, machine_roles(facts.tier), Door.PUSH))


def question_of(push: Push) -> Question:
    """What is asked of the feed for a push: every version, within its bounds, from its place on."""
    return Question(
        after=push.position,
        versions=(ALL,),
        types=(*types_of(push), SIGNATURE_TYPE) if types_of(push) else (),
        highest=min(push.highest.rank, HIGHEST.rank),
        until=push.sending_until + 1 if push.sending_until else 0,
    )


def types_of(push: Push) -> tuple[str, ...]:
    """The types of objects that a push sends; empty sends all."""
    return tuple(each for each in push.types.split(",") if each)


def _is_wanted(push: Push, row: Row) -> bool:
    """A signature goes where its object goes: what is sent of some types only is sent with its signatures."""
    types = types_of(push)
    if not types or row.type != SIGNATURE_TYPE or SIGNATURE_TYPE in types:
        return True
    related = orjson.loads(row.body).get("related_to")
    return isinstance(related, str) and related.partition("--")[0] in types


def _within_bytes(rows: Sequence[Row], reached: int) -> tuple[tuple[Row, ...], int]:
    """As many rows as fit, at least one, and how far they reach."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.body)
        if size > BATCH_BYTES and number:
            return tuple(rows[:number]), rows[number - 1].position
    return tuple(rows), reached


def _move(session: Session, push: Push, values: dict[str, int]) -> None:
    """Move on from where the process has seen the push; nobody else may have moved it."""
    moved: Any = session.execute(
        update(Push)
        .where(
            Push.id == push.id,
            Push.ended_at.is_(None),
            Push.position == push.position,
            Push.sending_until == push.sending_until,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not moved.rowcount:
        raise Conflict("another process is sending to this server")


def _keep_refusals(session: Session, receipt: PushReceipt, refusals: Sequence[Refused]) -> None:
    session.add_all(
        PushRefusal(
            receipt_id=receipt.id,
            stix_id=each.stix_id[:150],
            version=each.version[:40],
            reason=each.reason.text[:FAILURE_LIMIT],
            reason_codes=each.reason.codes,
        )
        for each in refusals
    )


def _record_answer(session: Session, push: Push, receipt: PushReceipt, context: Context) -> None:
    told = {
        "first": receipt.first_position,
        "last": receipt.last_position,
        "body": receipt.digest.hex(),
        "count": receipt.count,
        "accepted": receipt.accepted,
        "refused": receipt.refused,
        "pending": receipt.pending,
    }
    actor = Actor(None, None, load_organization_facts(session, push.organization_id), frozenset(), Door.PUSH)
    record(session, Event(Tag.PUSH_SEND, actor, subjects_of(push), decision=told), context)


def collection_of(session: Session, push: Push) -> Collection:
    """The collection whose objects are sent.

    Raises:
        NotVisible: there is none.
    """
    found = session.get(Collection, push.feed)
    if found is None:
        raise NotVisible("no such collection")
    return found
