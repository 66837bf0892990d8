"""Operation: the state of the log: how long it is, what waits, and which time it has seen."""

from msgspec import Struct
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crypto.merkle import Frontier
from crypto.tree_head import Checkpoint
from models.audit import AuditEntry, LogState
from sharing.audit.integrate import LEAP_US
from sharing.errors import ClockLeap

DAY_US = 86_400_000_000

IMPLAUSIBLE_US = 400 * DAY_US
"""A hub that was stopped for longer than this is started by somebody who says that the clock is right."""

NOTE_EVERY_US = 60_000_000
"""The time seen is written once a minute: an hour's leap is found as well, and the row is not written every second."""


class LogHead(Struct, frozen=True):
    """The end of the log."""

    origin: str
    shard: str
    size: int
    root: bytes
    last_position: int
    clock_seen: int

    @property
    def checkpoint(self) -> Checkpoint:
        """What a signature is put under."""
        return Checkpoint(f"{self.origin}/{self.shard}", self.size, self.root)


def load_log_head(session: Session) -> LogHead:
    """The end of the log as it is now."""
    state = session.execute(
        select(
            LogState.origin,
            LogState.shard,
            LogState.size,
            LogState.frontier,
            LogState.last_position,
            LogState.clock_seen,
        ).where(LogState.id == 1)
    ).one()
    root = Frontier.from_bytes(state.frontier).root
    return LogHead(state.origin, state.shard, state.size, root, state.last_position, state.clock_seen)


def count_stored(session: Session, shard: str) -> int:
    """How many entries of a shard there are."""
    query = select(func.max(AuditEntry.log_index)).where(AuditEntry.shard == shard)
    last = session.execute(query).scalar_one()
    return 0 if last is None else int(last) + 1


def count_waiting(session: Session) -> int:
    """How many recorded entries have no place in the log yet."""
    return session.execute(select(func.count()).where(AuditEntry.log_index.is_(None))).scalar_one()


def note_clock(session: Session, now_us: int) -> bool:
    """Note that the hub has seen this time; a clock that runs behind changes nothing. Whether anything was written.

    Raises:
        ClockLeap: it is more than an hour past what was last seen, while the hub was watching.
    """
    seen = _seen(session)
    if now_us > seen + LEAP_US:
        raise ClockLeap(
            f"the clock is {(now_us - seen) // 60_000_000} minutes past the last time seen, expected at most 60: "
            "nothing is published until it is right; a restart accepts it"
        )
    if now_us < seen + NOTE_EVERY_US:
        return False
    _advance(session, now_us)
    return True


def accept_clock(session: Session, now_us: int, *, whatever: bool = False) -> bool:
    """Believe the clock of a hub that starts: it may have been stopped for long. Whether anything was written.

    Raises:
        ClockLeap: it is more than 400 days past the last time seen, and nobody said that this is right.
    """
    seen = _seen(session)
    if now_us <= seen:
        return False
    if now_us > seen + IMPLAUSIBLE_US and not whatever:
        raise ClockLeap(
            f"the clock is {(now_us - seen) // DAY_US} days past the last time seen, expected at most 400: "
            "positions never go back, so a wrong clock would spoil them for ever. Correct the clock, "
            "or start once with --accept-clock"
        )
    _advance(session, now_us)
    return True


def _seen(session: Session) -> int:
    seen, position = session.execute(select(LogState.clock_seen, LogState.last_position).where(LogState.id == 1)).one()
    return max(seen, position)


def _advance(session: Session, now_us: int) -> None:
    session.execute(update(LogState).where(LogState.id == 1, LogState.clock_seen < now_us).values(clock_seen=now_us))
