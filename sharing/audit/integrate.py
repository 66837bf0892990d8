"""Operation: give recorded entries their place in the log, and published objects their positions.

One short critical section, one order. Positions only rise: each is the clock in microseconds, or the last plus one.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.merkle import Frontier
from crypto.tree_head import Checkpoint
from models.moments import moment_at
from models.vocabulary import EntryKind
from models.ways import Statement
from sharing.actor import Context
from sharing.audit.placing import (
    ASK_LOG_END,
    WAITING_COLUMNS,
    LogEnd,
    Waiting,
    place,
    write_end,
    write_places,
)
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import ClockLeap
from sharing.reading.driver import fetch, fetch_all, is_sqlite

Clock = Callable[[Session], int]
"""Gives the time in microseconds; of the database where several machines share one."""

BATCH: Final = 500
"""Entries that one critical section takes; more wait for the next."""

LEAP_US: Final = 3_600_000_000
"""A clock that ran further ahead than this since it was last seen stops integration: positions never go back."""

LOG_LOCK: Final = 0x6365_7074
"""The advisory lock of PostgreSQL under which integration runs."""


class Integrated(Struct, frozen=True):
    """What one critical section did."""

    entries: int
    shard: str
    size: int
    last_position: int


def integrate(
    session: Session, clock: Clock | None, random_bytes: Callable[[int], bytes], *, wait: bool = True
) -> Integrated | None:
    """Integrate what waits, in the order it was recorded; the caller commits. Without a clock PostgreSQL's own counts.

    None where another integrates at this moment and the caller does not want to `wait` for its turn.

    Raises:
        ClockLeap: the clock is more than an hour past what was last seen; nothing was integrated.
    """
    session.flush()  # what follows speaks to the driver
    found = _look(session, wait=wait)
    if found is None:
        return None
    waiting, end, database_us = found
    if not waiting:
        return Integrated(0, end.shard, end.size, end.last_position)
    now_us = database_us if clock is None else clock(session)
    check_clock(now_us, end.time_seen)
    if begins_a_year(end, now_us):
        context = Context(moment_at(now_us), random_bytes)
        year = shard_of(max(now_us, end.last_ts_ms * 1000))
        end = _open_shard(session, end, year, _year_event(end), now_us=now_us, context=context)
        waiting = [Waiting(*row) for row in fetch(session, ASK_WAITING, {})]
    places = place(waiting, end, now_us)
    write_places(session, places)
    write_end(session, places)
    return Integrated(len(places.rows), end.shard, places.end["new_size"], places.end["new_position"])


class _Found(NamedTuple):
    """What stands in the critical section, and PostgreSQL's clock; SQLite has none of its own."""

    waiting: list[Waiting]
    end: LogEnd
    database_us: int


def _look(session: Session, *, wait: bool) -> _Found | None:
    """Enter the critical section, and what stands there; None where it is taken and nobody wants to wait."""
    questions = [Statement(ASK_WAITING, {}, kept=True), Statement(ASK_LOG_END, {}, kept=True)]
    if is_sqlite(session):
        waiting, end = fetch_all(session, questions)
        return _Found([Waiting(*row) for row in waiting], LogEnd(*end[0]), 0)
    # In one journey, and yet each sees what was committed when it runs: the lock was had before.
    questions.insert(0, Statement(_LOCK if wait else _TRY_LOCK, {"key": LOG_LOCK}, kept=True))
    questions.append(Statement(DATABASE_CLOCK, {}, kept=True))
    locked, waiting, end, told = fetch_all(session, questions)
    if not locked[0][0]:
        return None
    return _Found([Waiting(*row) for row in waiting], LogEnd(*end[0]), told[0][0])


def check_clock(now_us: int, seen_us: int) -> None:
    """Refuse a clock that leapt ahead."""
    if now_us > seen_us + LEAP_US:
        ahead = (now_us - seen_us) // 60_000_000
        raise ClockLeap(f"the clock is {ahead} minutes past the last time seen, expected at most 60: check the clock")


def begins_a_year(end: LogEnd, now_us: int) -> bool:
    """Whether an entry that gets its place now belongs to another year than the shard that is open."""
    return shard_of(max(now_us, end.last_ts_ms * 1000)) != year_of(end.shard)


def year_of(shard: str) -> str:
    """The year of a shard; after a declared loss a year has more than one."""
    return shard.partition("-")[0]


def next_shard(shard: str) -> str:
    """The shard of the same year that follows a declared loss: 2026, 2026-2, 2026-3."""
    year, _, number = shard.partition("-")
    return f"{year}-{int(number or 1) + 1}"


def open_next_shard(session: Session, shard: str, event: Event, *, now_us: int, context: Context) -> None:
    """Begin a shard out of turn, with this event as its first entry; the caller commits."""
    if not is_sqlite(session):
        fetch(session, _LOCK, {"key": LOG_LOCK})
    session.flush()
    _open_shard(session, LogEnd(*fetch(session, ASK_LOG_END, {})[0]), shard, event, now_us=now_us, context=context)


def shard_of(now_us: int) -> str:
    """The shard that a time belongs to: its UTC year."""
    return str(moment_at(now_us).year)


DATABASE_CLOCK: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
"""PostgreSQL's clock in microseconds."""

ASK_WAITING: Final = f"SELECT {WAITING_COLUMNS} FROM audit_entries WHERE log_index IS NULL ORDER BY id LIMIT {BATCH}"
_ONE: Final = f"SELECT {WAITING_COLUMNS} FROM audit_entries WHERE id = :id"
_LOCK: Final = "SELECT true FROM pg_advisory_xact_lock(:key)"
_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(:key)"


def _year_event(end: LogEnd) -> Event:
    """The first entry of a year carries the last checkpoint of the shard before."""
    last = Checkpoint(f"{end.origin}/{end.shard}", end.size, Frontier.from_bytes(end.frontier).root)
    return Event(Tag.SHARD_OPEN, None, kind=EntryKind.SHARD, bridge=last.text.decode())


def _open_shard(session: Session, end: LogEnd, shard: str, event: Event, *, now_us: int, context: Context) -> LogEnd:
    """Begin a shard with its first entry."""
    opening = record(session, event, context)
    opened = replace(end, shard=shard, size=0, frontier=Frontier().to_bytes())
    places = place([Waiting(*fetch(session, _ONE, {"id": opening})[0])], opened, now_us)
    write_places(session, places)
    write_end(session, places)
    now = places.end
    return replace(opened, size=now["new_size"], frontier=now["new_frontier"], last_ts_ms=now["new_ts"])
