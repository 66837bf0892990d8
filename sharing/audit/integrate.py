"""Operation: give recorded entries their place in the log, and published objects their positions.

One short critical section, one order. Positions only rise: each is the clock in microseconds, or the last plus one.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.entry import build_leaf
from crypto.merkle import Frontier, leaf_hash
from crypto.tree_head import Checkpoint
from models.collection import INBOX_FEED
from models.session import Statement
from models.vocabulary import EntryKind
from sharing.actor import Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import ClockLeap
from sharing.reading.driver import fetch, fetch_all, is_sqlite, run_many

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
    waiting, state, database_us = found
    if not waiting:
        return Integrated(0, state.shard, state.size, state.last_position)
    now_us = database_us if clock is None else clock(session)
    check_clock(now_us, max(state.last_position, state.clock_seen))
    year = shard_of(max(now_us, state.last_ts_ms * 1000))
    if year != year_of(state.shard):
        context = Context(datetime.fromtimestamp(now_us / 1_000_000, UTC), random_bytes)
        state = _open_shard(session, state, year, _year_event(state), now_us=now_us, context=context)
        waiting = [_Waiting(*row) for row in fetch(session, _WAITING, {})]
    placed, new_state = _place(waiting, state, now_us)
    _write_places(session, placed, new_state)
    _grant(session, placed)
    return Integrated(len(placed), state.shard, new_state["new_size"], new_state["new_position"])


class _Found(NamedTuple):
    """What stands in the critical section, and PostgreSQL's clock; SQLite has none of its own."""

    waiting: "list[_Waiting]"
    state: "_State"
    database_us: int


def _look(session: Session, *, wait: bool) -> _Found | None:
    """Enter the critical section, and what stands there; None where it is taken and nobody wants to wait."""
    questions = [Statement(_WAITING, {}, kept=True), Statement(_STATE, {}, kept=True)]
    if is_sqlite(session):
        waiting, state = fetch_all(session, questions)
        return _Found([_Waiting(*row) for row in waiting], _State(*state[0]), 0)
    # In one journey, and yet each sees what was committed when it runs: the lock was had before.
    questions.insert(0, Statement(_LOCK if wait else _TRY_LOCK, {"key": LOG_LOCK}, kept=True))
    questions.append(Statement(DATABASE_CLOCK, {}, kept=True))
    locked, waiting, state, told = fetch_all(session, questions)
    if not locked[0][0]:
        return None
    return _Found([_Waiting(*row) for row in waiting], _State(*state[0]), told[0][0])


def check_clock(now_us: int, seen_us: int) -> None:
    """Refuse a clock that leapt ahead."""
    if now_us > seen_us + LEAP_US:
        ahead = (now_us - seen_us) // 60_000_000
        raise ClockLeap(f"the clock is {ahead} minutes past the last time seen, expected at most 60: check the clock")


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
    _open_shard(session, _State(*fetch(session, _STATE, {})[0]), shard, event, now_us=now_us, context=context)


def shard_of(now_us: int) -> str:
    """The shard that a time belongs to: its UTC year."""
    return str(datetime.fromtimestamp(now_us / 1_000_000, UTC).year)


DATABASE_CLOCK: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
"""PostgreSQL's clock in microseconds."""

_LOCK: Final = "SELECT true FROM pg_advisory_xact_lock(:key)"
_TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock(:key)"
_COLUMNS: Final = "id, kind, parts_root, objects_root, object_count, regrants, bridge"
_WAITING: Final = f"SELECT {_COLUMNS} FROM audit_entries WHERE log_index IS NULL ORDER BY id LIMIT {BATCH}"
_ONE: Final = f"SELECT {_COLUMNS} FROM audit_entries WHERE id = :id"
_STATE: Final = (
    "SELECT origin, shard, size, frontier, last_position, last_ts_ms, clock_seen FROM log_state WHERE id = 1"
)
_PLACE: Final = """
    UPDATE audit_entries SET shard = :new_shard, log_index = :new_index, ts_ms = :new_ts, leaf = :new_leaf,
        leaf_hash = :new_hash, first_position = :new_first
    WHERE id = :entry
"""
_KEEP_STATE: Final = """
    UPDATE log_state SET shard = :new_shard, size = :new_size, frontier = :new_frontier,
        last_position = :new_position, last_ts_ms = :new_ts, clock_seen = :new_seen
    WHERE id = 1
"""


class _Waiting(NamedTuple):
    """A recorded entry that waits for its place."""

    id: int
    kind: str
    parts_root: bytes
    objects_root: bytes | None
    object_count: int
    regrants: int
    bridge: str | None


def _write_places(session: Session, placed: Sequence[dict[str, Any]], new_state: dict[str, Any]) -> None:
    run_many(session, _PLACE, placed, kept=True)
    run_many(session, _KEEP_STATE, [new_state], kept=True)


@dataclass(frozen=True)
class _State:
    """The end of the log, as the critical section found it."""

    origin: str
    shard: str
    size: int
    frontier: bytes
    last_position: int
    last_ts_ms: int
    clock_seen: int


def _year_event(state: _State) -> Event:
    """The first entry of a year carries the last checkpoint of the shard before."""
    last = Checkpoint(f"{state.origin}/{state.shard}", state.size, Frontier.from_bytes(state.frontier).root)
    return Event(Tag.SHARD_OPEN, None, kind=EntryKind.SHARD, bridge=last.text.decode())


def _open_shard(session: Session, state: _State, shard: str, event: Event, *, now_us: int, context: Context) -> _State:
    """Begin a shard with its first entry."""
    opening = record(session, event, context)
    opened = replace(state, shard=shard, size=0, frontier=Frontier().to_bytes())
    row = _Waiting(*fetch(session, _ONE, {"id": opening})[0])
    placed, new_state = _place([row], opened, now_us)
    _write_places(session, placed, new_state)
    return replace(
        opened, size=new_state["new_size"], frontier=new_state["new_frontier"], last_ts_ms=new_state["new_ts"]
    )


def _place(waiting: Sequence[_Waiting], state: _State, now_us: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Leaf bytes, index and first position for each waiting entry, and the state after them."""
    ts_ms = max(now_us // 1000, state.last_ts_ms)
    position = state.last_position
    placed: list[dict[str, Any]] = []
    for offset, entry in enumerate(waiting):
        leaf = build_leaf(ts_ms, entry.kind, entry.parts_root, entry.objects_root, entry.bridge)
        count = entry.object_count + entry.regrants
        first = max(now_us, position + 1) if count else None
        if first is not None:
            position = first + count - 1
        placed.append(
            {
                "entry": entry.id,
                "new_shard": state.shard,
                "new_index": state.size + offset,
                "new_ts": ts_ms,
                "new_leaf": leaf,
                "new_hash": leaf_hash(leaf),
                "new_first": first,
                "objects": entry.object_count,
                "regrants": entry.regrants,
            }
        )
    frontier = Frontier.from_bytes(state.frontier).extend([row["new_hash"] for row in placed])
    return placed, {
        "new_shard": state.shard,
        "new_size": frontier.size,
        "new_frontier": frontier.to_bytes(),
        "new_position": position,
        "new_ts": ts_ms,
        "new_seen": max(now_us, state.clock_seen),
    }


def _grant(session: Session, placed: Sequence[dict[str, Any]]) -> None:
    with_objects = {row["entry"]: row["new_first"] for row in placed if row["objects"]}
    with_regrants = {row["entry"]: row["new_first"] + row["objects"] for row in placed if row["regrants"]}
    on_sqlite = is_sqlite(session)
    for firsts, statement in ((with_objects, _GRANT_NEW), (with_regrants, _GRANT_AGAIN)):
        if not firsts:
            continue
        if len(firsts) == 1:
            entries = _ENTRY_ALONE
            ((ident, first),) = firsts.items()
            numbers: dict[str, Any] = {"entry": ident, "start": first}
        elif on_sqlite:
            entries, numbers = _ENTRIES_SQLITE, {"entries": json.dumps(list(firsts.items()))}
        else:
            entries, numbers = _ENTRIES_POSTGRES, {"entries": list(firsts), "starts": list(firsts.values())}
        # Planning it takes thrice as long as the grants of one object.
        run_many(session, statement.format(entries=entries), [{**numbers, "inbox": INBOX_FEED}], kept=True)


# Each entry with the first of its positions, which is known here: the planner has a table less to think about.
_ENTRY_ALONE: Final = "(SELECT CAST(:entry AS BIGINT) AS id, CAST(:start AS BIGINT) AS starts) e"
_ENTRIES_SQLITE: Final = (
    "(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS starts FROM json_each(:entries)) e"
)
_ENTRIES_POSTGRES: Final = "unnest((:entries)::bigint[], (:starts)::bigint[]) AS e(id, starts)"

# A row per token, for the object's feed and for the inbox (k = 1); what is exercise never enters the inbox.
# `probe` marks objects of which another publisher's copy exists: readers who see both get the first.
_GRANT_NEW: Final = """
    INSERT INTO grants (feed, token_id, position, object_id, probe, type)
    SELECT CASE k.inbox WHEN 1 THEN CAST(:inbox AS INTEGER) ELSE p.feed END,
           a.token_id, p.position, p.object_id, p.probe, p.type
    FROM (
        SELECT o.id AS object_id, o.type, o.feed, o.exercise, o.audience_id,
               e.starts + row_number() OVER (PARTITION BY o.entry_id ORDER BY o.id) - 1 AS position,
               CASE WHEN EXISTS (
                   SELECT 1 FROM objects c WHERE c.stix_id = o.stix_id AND c.version_us = o.version_us AND c.id <> o.id
               ) THEN 1 ELSE 0 END AS probe
        FROM {entries} CROSS JOIN objects o
        WHERE o.entry_id = e.id
    ) p
    JOIN audience_tokens a ON a.audience_id = p.audience_id
    CROSS JOIN (SELECT 0 AS inbox UNION ALL SELECT 1) k
    WHERE k.inbox = 0 OR NOT (p.exercise OR p.feed = :inbox)
    ORDER BY 1, 2, 3
    """

_GRANT_AGAIN: Final = """
    INSERT INTO grants (feed, token_id, position, object_id, probe, type)
    SELECT DISTINCT q.feed, q.token_id, q.position, q.object_id, 1, q.type
    FROM (
        SELECT CASE k.inbox WHEN 1 THEN CAST(:inbox AS INTEGER) ELSE r.feed END AS feed, a.token_id,
               r.object_id, o.type,
               e.starts + dense_rank() OVER (PARTITION BY r.entry_id ORDER BY r.object_id) - 1 AS position
        FROM {entries} CROSS JOIN regrants r
        JOIN objects o ON o.id = r.object_id
        JOIN audience_tokens a ON a.audience_id = r.audience_id
        CROSS JOIN (SELECT 0 AS inbox UNION ALL SELECT 1) k
        WHERE r.entry_id = e.id AND (k.inbox = 0 OR NOT (o.exercise OR r.feed = :inbox))
    ) q
    WHERE NOT EXISTS (
        SELECT 1 FROM grants g WHERE g.object_id = q.object_id AND g.feed = q.feed AND g.token_id = q.token_id
    )
    """
