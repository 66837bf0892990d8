"""Operation: what a place in the log means: an entry's leaf and index, its first position, grants for its objects.

Whoever calls holds the critical section (`integrate`), or has each word count only if nobody else was there (`ahead`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from crypto.entry import build_leaf
from crypto.merkle import Frontier, leaf_hash
from models.collection import INBOX_FEED
from sharing.reading.driver import is_sqlite, run_many


class Waiting(NamedTuple):
    """A recorded entry that waits for its place."""

    id: int
    kind: str
    parts_root: bytes
    objects_root: bytes | None
    object_count: int
    regrants: int
    bridge: str | None


WAITING_COLUMNS: Final = ", ".join(Waiting._fields)


@dataclass(frozen=True)
class LogEnd:
    """The end of the log, as it was read."""

    origin: str
    shard: str
    size: int
    frontier: bytes
    last_position: int
    last_ts_ms: int
    clock_seen: int

    @property
    def time_seen(self) -> int:
        """The latest time, in microseconds, that the log knows of."""
        return max(self.last_position, self.clock_seen)


ASK_LOG_END: Final = (
    "SELECT origin, shard, size, frontier, last_position, last_ts_ms, clock_seen FROM log_state WHERE id = 1"
)


class Places(NamedTuple):
    """What is to be written: a row for each entry, and the end of the log after them."""

    rows: Sequence[Mapping[str, Any]]
    end: Mapping[str, Any]


def place(waiting: Sequence[Waiting], end: LogEnd, now_us: int) -> Places:
    """Leaf bytes, index and first position for each waiting entry, and the end of the log after them."""
    ts_ms = max(now_us // 1000, end.last_ts_ms)
    position = end.last_position
    rows: list[dict[str, Any]] = []
    for offset, entry in enumerate(waiting):
        leaf = build_leaf(ts_ms, entry.kind, entry.parts_root, entry.objects_root, entry.bridge)
        count = entry.object_count + entry.regrants
        first = max(now_us, position + 1) if count else None
        if first is not None:
            position = first + count - 1
        rows.append(
            {
                "entry": entry.id,
                "new_shard": end.shard,
                "new_index": end.size + offset,
                "new_ts": ts_ms,
                "new_leaf": leaf,
                "new_hash": leaf_hash(leaf),
                "new_first": first,
                "objects": entry.object_count,
                "regrants": entry.regrants,
            }
        )
    frontier = Frontier.from_bytes(end.frontier).extend([row["new_hash"] for row in rows])
    return Places(
        rows,
        {
            "new_shard": end.shard,
            "new_size": frontier.size,
            "new_frontier": frontier.to_bytes(),
            "new_position": position,
            "new_ts": ts_ms,
            "new_seen": max(now_us, end.clock_seen),
        },
    )


def write_places(session: Session, places: Places, only_if: str = "") -> None:
    """Write the places, and the grants of objects that have positions now.

    `only_if` is a condition of SQL, over what stands in `places.end`, without which none of it counts.
    """
    condition = f" AND {only_if}" if only_if else ""
    rows = [{**places.end, **row} for row in places.rows] if only_if else places.rows
    run_many(session, _PLACE + condition, rows, kept=True)
    with_objects = {row["entry"]: row["new_first"] for row in places.rows if row["objects"]}
    with_regrants = {row["entry"]: row["new_first"] + row["objects"] for row in places.rows if row["regrants"]}
    where = f"WHERE {only_if}" if only_if else ""
    for firsts, statement in ((with_objects, _GRANT_NEW), (with_regrants, _GRANT_AGAIN)):
        if firsts:
            entries, numbers = _entries(session, firsts)
            sql = statement.format(entries=entries.format(where=where))
            # Planning it takes thrice as long as the grants of one object.
            run_many(session, sql, [{**places.end, **numbers, "inbox": INBOX_FEED}], kept=True)


def write_end(session: Session, places: Places) -> None:
    """Let the log end behind these places."""
    run_many(session, _KEEP_END, [places.end], kept=True)


def _entries(session: Session, firsts: Mapping[int, int]) -> tuple[str, dict[str, Any]]:
    """The entries with their first positions as a table of SQL, and its values."""
    if len(firsts) == 1:
        ((ident, first),) = firsts.items()
        return _ENTRY_ALONE, {"entry": ident, "start": first}
    if is_sqlite(session):
        return _ENTRIES_SQLITE, {"entries": json.dumps(list(firsts.items()))}
    return _ENTRIES_POSTGRES, {"entries": list(firsts), "starts": list(firsts.values())}


_PLACE: Final = """
    UPDATE audit_entries SET shard = :new_shard, log_index = :new_index, ts_ms = :new_ts, leaf = :new_leaf,
        leaf_hash = :new_hash, first_position = :new_first
    WHERE id = :entry
"""
_KEEP_END: Final = """
    UPDATE log_state SET shard = :new_shard, size = :new_size, frontier = :new_frontier,
        last_position = :new_position, last_ts_ms = :new_ts, clock_seen = :new_seen
    WHERE id = 1
"""

# Each entry with the first of its positions, which is known here: the planner has a table less to think about.
_ENTRY_ALONE: Final = "(SELECT CAST(:entry AS BIGINT) AS id, CAST(:start AS BIGINT) AS starts {where}) e"
_ENTRIES_SQLITE: Final = (
    "(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS starts"
    " FROM json_each(:entries) {where}) e"
)
_ENTRIES_POSTGRES: Final = (
    "(SELECT id, starts FROM unnest((:entries)::bigint[], (:starts)::bigint[]) AS each(id, starts) {where}) e"
)

# A row per token, for the object's feed and for the inbox (k = 1); what is exercise never enters the inbox.
# `probe` marks objects of which another publisher's copy exists: readers who see both get the first. Publishers before
# and after are two ranges of the index; asked for all at once, each of ten thousand versions of an object is held
# against all the others.
_GRANT_NEW: Final = """
    INSERT INTO grants (feed, token_id, position, object_id, probe, type)
    SELECT CASE k.inbox WHEN 1 THEN CAST(:inbox AS INTEGER) ELSE p.feed END,
           a.token_id, p.position, p.object_id, p.probe, p.type
    FROM (
        SELECT o.id AS object_id, o.type, o.feed, o.exercise, o.audience_id,
               e.starts + row_number() OVER (PARTITION BY o.entry_id ORDER BY o.id) - 1 AS position,
               CASE WHEN EXISTS (
                   SELECT 1 FROM objects c
                   WHERE c.stix_id = o.stix_id AND c.publisher_id < o.publisher_id AND c.version_us = o.version_us
               ) OR EXISTS (
                   SELECT 1 FROM objects c
                   WHERE c.stix_id = o.stix_id AND c.publisher_id > o.publisher_id AND c.version_us = o.version_us
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
