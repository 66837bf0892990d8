"""Operation: units of work. Reading writes nothing; writing commits once and is integrated before it is answered."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from sqlite3 import OperationalError as SqliteError
from typing import Final

from msgspec import Struct
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.bilingual import Both
from models.moments import microseconds_of
from models.session import Database
from sharing.actor import Context
from sharing.audit.ahead import Heard, integrate_ahead, note_crowd
from sharing.audit.integrate import BATCH, DATABASE_CLOCK, Clock, integrate
from sharing.audit.record import seal_the_rest
from sharing.errors import Busy, ClockLeap
from sharing.reading.driver import fetch

_INTEGRATED = "integrated"
_DISK_FULL: Final = "53100"
"""PostgreSQL's state for it."""
_LOCK_HELD: Final = "55P03"
"""Its state for a lock that was waited for too long."""


def _trouble(error: Exception) -> str | None:
    """What keeps the database from writing now, in words for who asked; None where it is something else."""
    cause = getattr(error, "orig", None) or error
    said = str(cause)
    if "disk is full" in said or getattr(cause, "sqlstate", None) == _DISK_FULL:
        return Both(
            "the disk of the hub is full; nothing was written, its operator must make room",
            "ハブのディスクがいっぱいで、何も書き込まれていません。運用者が空きを作る必要があります。",
        )
    if "locked" in said or "busy" in said or getattr(cause, "sqlstate", None) == _LOCK_HELD:
        return Both(
            "the database is busy; nothing was written, try again",
            "データベースが使用中で、何も書き込まれていません。もう一度実行してください。",
        )
    return None


def is_integrated(session: Session) -> bool:
    """Whether what a unit of work recorded has its place in the log; else it waits for the next who integrates."""
    return bool(session.info[_INTEGRATED])  # of what was placed ahead, it holds a row if that counted


class Units(Struct, frozen=True):
    """The database with the clock and randomness that operations are given."""

    database: Database
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    random_bytes: Callable[[int], bytes] = os.urandom
    position_clock: Clock | None = None
    """The clock of positions; by default the database's where several machines share one, else `now`."""

    def context(self) -> Context:
        """The time and randomness for one operation."""
        return Context(self.now(), self.random_bytes)

    def now_us(self, session: Session) -> int:
        """The clock that positions come from, in microseconds."""
        return (self.position_clock or self._clock)(session)

    def reading(self, *, snapshot: bool = True) -> AbstractContextManager[Session]:
        """A unit of work that writes nothing."""
        return self.database.reading(snapshot=snapshot)

    @contextmanager
    def writing(self, *, by_keys: bool = False) -> Iterator[Session]:
        """A unit of work that commits once, and is integrated before it is answered; `is_integrated` tells.

        On SQLite, and on PostgreSQL where nobody else is at it, integration shares the transaction: one journey to the
        disk. In a crowd recording commits first, then one integration takes everything that waits, whoever recorded
        it; if that fails the entry waits for the next, acknowledged as pending.

        Raises:
            Busy: another writer held the database too long; nothing was written.
        """
        with self.recording(at_once=True, by_keys=by_keys) as session:
            yield session
        if not is_integrated(session):
            note_crowd(session)
            session.info[_INTEGRATED] = self.integrate_waiting()

    @contextmanager
    def recording(self, *, at_once: bool = False, by_keys: bool = False) -> Iterator[Session]:
        """As `writing`, for callers who leave integration to the next who does it.

        Raises:
            Busy: another writer held the database too long, or the disk is full; nothing was written.
        """
        try:
            with self.database.writing(by_keys=by_keys) as session:
                yield session
                session.flush()
                seal_the_rest(session, self.random_bytes)
                session.info[_INTEGRATED] = self._integrate_here(session, at_once=at_once)
        except (OperationalError, SqliteError) as error:
            trouble = _trouble(error)
            if trouble is not None:
                raise Busy(trouble) from error
            raise

    def _integrate_here(self, session: Session, *, at_once: bool) -> bool | Heard:
        """Integrate within the transaction that recorded, where that is the way; whether nothing waits any more."""
        if not at_once:
            return False
        if self.database.is_sqlite:
            while self._integrate(session) == BATCH:
                pass
            return True
        try:
            heard = integrate_ahead(session, self._integration_clock)
            if heard is not None:
                return heard
            done = integrate(session, self._integration_clock, self.random_bytes, wait=False)
        except ClockLeap:
            return False  # found before anything was written: what was recorded stays, and waits
        return done is not None and done.entries < BATCH

    def integrate_waiting(self) -> bool:
        """Integrate what waits; False where the clock or the database forbids it now, and then it goes on waiting.

        What waits is committed already, so a failure here must never look like a failure of whoever recorded it.
        """
        entries = BATCH
        while entries == BATCH:  # a transaction a batch keeps the critical section short
            try:
                with self.database.writing(by_keys=True) as session:
                    entries = self._integrate(session)
            except (ClockLeap, OperationalError, SqliteError):
                return False
        return True

    def _integrate(self, session: Session) -> int:
        done = integrate(session, self._integration_clock, self.random_bytes)
        return done.entries if done is not None else 0

    @property
    def _integration_clock(self) -> Clock | None:
        """PostgreSQL tells its time with what integration looks at anyway."""
        return self.position_clock or (self._clock if self.database.is_sqlite else None)

    def _clock(self, session: Session) -> int:
        if self.database.is_sqlite:
            return microseconds_of(self.now())
        return int(fetch(session, DATABASE_CLOCK, {}, kept=True)[0][0])
