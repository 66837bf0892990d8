"""Operation: give entries their place by the log's end as it was read on the way, if nobody else has moved it since.

On PostgreSQL a publication asks for much before it writes; where the log ends is asked along, and then the places
travel with the commit: a journey less, and a shorter critical section. All of it counts only if the log still ends
there and nobody else is at it. If not, what was recorded is committed without a place, as it is in any crowd, and
`integrate` gives it one.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from models.ways import REMEMBERED, Statement
from sharing.audit.integrate import ASK_WAITING, BATCH, DATABASE_CLOCK, LOG_LOCK, begins_a_year, check_clock
from sharing.audit.placing import ASK_LOG_END, LogEnd, Places, Waiting, place, write_places
from sharing.audit.seals import list_recorded
from sharing.reading.driver import is_sqlite, run_and_hear

CROWD: Final = 16
"""So many units of work of this process read the log's end no sooner than they must, after it had moved once."""

_READ: Final = "log_end_read"
"""Where a session's `info` holds what was read on the way."""

_ASKED: Final = "log_end_asked"
"""Where it holds whether to read it: decided once a unit of work."""

_SITTING_OUT: Final = "log_crowded"
"""Where this process remembers how many units of work are still to go the long way."""

Heard = Sequence[tuple[Any, ...]]
"""Holds a row once the commit is done, and the places counted."""


class _Read(NamedTuple):
    """What was read on the way."""

    waiting: list[Waiting]
    end: LogEnd
    database_us: int


def ask_log_end(session: Session) -> list[Statement]:
    """The questions for the log's end, to be asked together with others; none where it is known or would be in vain."""
    if is_sqlite(session) or _READ in session.info:
        return []
    if _ASKED not in session.info:
        session.info[_ASKED] = not _sits_out(session.info[REMEMBERED])
    return list(_LOG_END) if session.info[_ASKED] else []


_LOG_END: Final = tuple(Statement(sql, {}, kept=True) for sql in (ASK_WAITING, ASK_LOG_END, DATABASE_CLOCK))


def _sits_out(remembered: dict[str, Any]) -> bool:
    left: int = remembered.get(_SITTING_OUT, 0)
    if left:
        remembered[_SITTING_OUT] = left - 1
    return bool(left)


def keep_log_end(session: Session, answers: Sequence[Sequence[tuple[Any, ...]]]) -> None:
    """Let this unit of work be given its places by these answers."""
    if answers:
        waiting, end, clock = answers
        session.info[_READ] = _Read([Waiting(*row) for row in waiting], LogEnd(*end[0]), clock[0][0])


def integrate_ahead(session: Session, clock: Callable[[Session], int] | None) -> Heard | None:
    """Have what waits and what was recorded here get its place with the commit; None where that is not to be had.

    Raises:
        ClockLeap: the clock is more than an hour past what was last seen; nothing is placed.
    """
    read: _Read | None = session.info.pop(_READ, None)
    own = list_recorded(session)
    if read is None or not own:
        return None
    # What this unit of work had recorded before it read waited there too: a second place would leave the first empty.
    mine = {each.id for each in own}
    waiting = [*(each for each in read.waiting if each.id not in mine), *own]
    now_us = read.database_us if clock is None else clock(session)
    check_clock(now_us, read.end.time_seen)
    if len(waiting) >= BATCH or begins_a_year(read.end, now_us):
        return None
    places = place(waiting, read.end, now_us)
    heard = _take_end(session, read.end, waiting, places)
    write_places(session, places, only_if=_OURS)
    return heard


def note_crowd(session: Session) -> None:
    """The log's end had moved: that happens again soon."""
    session.info[REMEMBERED][_SITTING_OUT] = CROWD


def _take_end(session: Session, read: LogEnd, waiting: Sequence[Waiting], places: Places) -> Heard:
    found = {
        "lock": LOG_LOCK,
        "shard": read.shard,
        "frontier": read.frontier,
        "position": read.last_position,
        "ids": [each.id for each in waiting],
        "roots": [each.parts_root for each in waiting],
        "count": len(waiting),
    }
    return run_and_hear(session, Statement(_TAKE_END, {**places.end, **found}, kept=True))


# The frontier holds the hash of an entry's salted parts, so no two ends of the log are alike: it stands for all else.
# Entries are looked at once more: what is placed must be what is stored.
_TAKE_END: Final = """
    UPDATE log_state SET size = :new_size, frontier = :new_frontier, last_position = :new_position,
        last_ts_ms = :new_ts, clock_seen = greatest(clock_seen, :new_seen)
    WHERE id = 1 AND shard = :shard AND frontier = :frontier AND last_position = :position
        AND pg_try_advisory_xact_lock(:lock)
        AND :count = (
            SELECT count(DISTINCT e.id) FROM unnest((:ids)::bigint[], (:roots)::bytea[]) AS each(id, root)
            JOIN audit_entries e ON e.id = each.id AND e.parts_root = each.root AND e.log_index IS NULL
        )
    RETURNING true
"""

_OURS: Final = "EXISTS (SELECT 1 FROM log_state WHERE id = 1 AND frontier = :new_frontier)"
"""The log ends with what is placed here: nobody else could have written that."""
