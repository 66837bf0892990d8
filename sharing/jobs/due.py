"""Operation: what is due is a row with a unique key: late ticks catch up, double ticks do nothing, a crash resumes.

A handler does its work in the unit of work that marks the row as done: both are committed, or neither. What cannot be
taken back (a mail, say) needs a row of its own that says it was done.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.inserts import insert_into
from models.job import Due
from models.vocabulary import DueState
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Busy, SharingError
from sharing.permissions import Permission
from sharing.reading.driver import moment_parameter, run_many
from sharing.units import Units

Handler = Callable[[Session, Mapping[str, Any], Context], None]
"""Does one kind of work: session, the row's payload, time and randomness. The caller commits."""

MAX_ATTEMPTS: Final = 8
"""After so many failures a row is set aside as failed, for a person to look at."""

FIRST_DELAY: Final = timedelta(seconds=30)
LONGEST_DELAY: Final = timedelta(hours=1)
"""Each failure doubles the wait: 30 s, 1 min, 2 min, … at most an hour."""

ROWS_A_RUN: Final = 500
"""Rows that one run takes; the next tick takes more."""


class Ran(Struct, frozen=True):
    """What one run did."""

    done: int
    failed: int


def put_due(session: Session, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any] | None = None) -> bool:
    """Ask for something to be done at a time, once; False where this key was asked for before, done or not."""
    row = {"kind": kind, "key": key, "due_at": due_at, "payload": dict(payload or {}), "state": DueState.WAITING}
    made = session.execute(
        insert_into(session, Due).values(**row, attempts=0, failure="").on_conflict_do_nothing().returning(Due.id)
    )
    return made.scalar_one_or_none() is not None


def put_due_unseen(session: Session, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any]) -> None:
    """As `put_due`, for whoever does not look whether it was asked for before: PostgreSQL is not waited for."""
    row = {"kind": kind, "key": key, "due_at": moment_parameter(session, due_at), "payload": json.dumps(payload)}
    run_many(session, _PUT, [row], kept=True)


_PUT: Final = f"""
    INSERT INTO due (kind, key, due_at, payload, state, attempts, failure)
    VALUES (:kind, :key, :due_at, :payload, '{DueState.WAITING}', 0, '') ON CONFLICT DO NOTHING
"""


def run_due(units: Units, handlers: Mapping[str, Handler], now: datetime, *, limit: int = ROWS_A_RUN) -> Ran:
    """Do what is due, one row a unit of work, the longest waiting first. Kinds without a handler wait.

    Raises:
        Busy: the database is held by another writer; what was done so far is done.
    """
    done = failed = 0
    while done + failed < limit:
        found: list[int] = []
        try:
            with units.writing() as session:
                row = _take(session, handlers, now)
                if row is None:
                    break
                found.append(row.id)
                handlers[row.kind](session, dict(row.payload), Context(now, units.random_bytes))
                row.state, row.done_at, row.failure = DueState.DONE, now, ""
                row.attempts += 1
            done += 1
        except Busy:
            raise
        except Exception as error:
            if not found:
                raise
            _note_failure(units, found[0], describe(error), Context(now, units.random_bytes))
            failed += 1
    return Ran(done, failed)


def has_due(session: Session, handlers: Mapping[str, Handler], now: datetime) -> bool:
    """Whether anything is due that somebody here can do."""
    return session.execute(_due(handlers, now).with_only_columns(Due.id)).first() is not None


def describe(error: Exception) -> str:
    """A failure in words that hold no values: they may be content or secrets."""
    if isinstance(error, SharingError):
        return f"{type(error).__name__}: {error}"[:500]
    frames = extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def _due(handlers: Mapping[str, Handler], now: datetime) -> Any:
    return (
        select(Due)
        .where(Due.state == DueState.WAITING, Due.due_at <= now, Due.kind.in_(list(handlers)))
        .order_by(Due.due_at, Due.id)
        .limit(1)
    )


def _take(session: Session, handlers: Mapping[str, Handler], now: datetime) -> Due | None:
    """The next row; on PostgreSQL one that nobody else works on, on SQLite nobody else can be writing."""
    row: Due | None = session.execute(_due(handlers, now).with_for_update(skip_locked=True)).scalar_one_or_none()
    return row


def _note_failure(units: Units, row_id: int, failure: str, context: Context) -> None:
    """Each failure stands in the row; the last one, after which nobody tries again, in the trail as well."""
    now = context.now
    with units.writing() as session:
        row = session.get(Due, row_id, with_for_update=True)
        if row is None or row.state is not DueState.WAITING:
            return
        row.attempts += 1
        row.failure = failure
        row.due_at = now + min(FIRST_DELAY * 2 ** (row.attempts - 1), LONGEST_DELAY)
        if row.attempts >= MAX_ATTEMPTS:
            row.state = DueState.FAILED
            told = {"kind": row.kind, "attempts": row.attempts}
            record(session, Event(Tag.JOB_FAILED, None, [("job", str(row.id))], decision=told), context)


def list_open(session: Session) -> list[Due]:
    """What waits or was set aside, the next first; for whoever looks after the hub."""
    query = select(Due).where(Due.state != DueState.DONE).order_by(Due.due_at, Due.id)
    return list(session.execute(query).scalars())


def retry_failed(session: Session, actor: Actor, *, context: Context) -> int:
    """Give the rows that were set aside another try; how many.

    Raises:
        NotPermitted: only an administrator does.
    """
    actor.must(Permission.HUB_ADMINISTER)
    changed: Any = session.execute(
        update(Due).where(Due.state == DueState.FAILED).values(state=DueState.WAITING, attempts=0, due_at=context.now)
    )
    if changed.rowcount:
        record(session, Event(Tag.JOB_RETRY, actor, decision={"jobs": changed.rowcount}), context)
    return int(changed.rowcount)
