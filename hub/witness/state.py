"""Holds what a witness remembers, in one SQLite file: the last checkpoint of each log, and whom it refused and why.

The state must never be restored from a copy: a witness that forgets is a witness that can be lied to.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from crypto.merkle import EMPTY_ROOT

KEPT_REFUSALS: Final = 200
"""The last refusals; forks are kept whatever their number."""

WAIT_SECONDS: Final = 5.0
"""How long one request waits for another that writes."""

_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS logs (
        origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL, seconds INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS refusals (
        id INTEGER PRIMARY KEY, at INTEGER NOT NULL, origin TEXT NOT NULL, status INTEGER NOT NULL,
        reason TEXT NOT NULL, fork INTEGER NOT NULL, note BLOB NOT NULL
    );
"""


class Remembered(Struct, frozen=True):
    """The last checkpoint of a log that was cosigned; size 0 where there was none."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    note: bytes = b""
    seconds: int = 0


class Refusal(Struct, frozen=True):
    """A checkpoint that was not cosigned, and why."""

    at: int
    origin: str
    status: int
    reason: str
    fork: bool
    note: bytes


class State:
    """The file. Each unit of work has a connection of its own, so that requests may race and processes may die."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with self._connected() as connection:
            connection.executescript(_TABLES)

    @contextmanager
    def deciding(self) -> Iterator["Decision"]:
        """Compare and remember as one step: nobody else writes in between, and what was remembered is on the disk."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Decision(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def find(self, origin: str) -> Remembered | None:
        """The last checkpoint of a log."""
        with self._connected() as connection:
            return _find(connection, origin)

    def list_logs(self) -> list[tuple[str, Remembered]]:
        """Every log that was ever cosigned."""
        with self._connected() as connection:
            rows = connection.execute("SELECT origin, size, root, note, seconds FROM logs ORDER BY origin").fetchall()
        return [(row[0], Remembered(*row[1:])) for row in rows]

    def list_refusals(self) -> list[Refusal]:
        """The last refusals and all forks, the newest first."""
        sql = "SELECT at, origin, status, reason, fork, note FROM refusals ORDER BY id DESC"
        with self._connected() as connection:
            rows = connection.execute(sql).fetchall()
        return [Refusal(row[0], row[1], row[2], row[3], bool(row[4]), row[5]) for row in rows]

    def note_refusal(self, origin: str, status: int, reason: str, note: bytes, *, fork: bool) -> None:
        """Remember what the witness refused, with its signed note, as evidence."""
        with self._connected() as connection:
            connection.execute(
                "INSERT INTO refusals (at, origin, status, reason, fork, note) VALUES (?, ?, ?, ?, ?, ?)",
                (int(time.time()), origin, status, reason, int(fork), note),
            )
            connection.execute(
                "DELETE FROM refusals WHERE fork = 0 AND id <= (SELECT max(id) FROM refusals) - ?", (KEPT_REFUSALS,)
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            yield connection
        finally:
            connection.close()


class Decision(Struct, frozen=True):
    """One step of comparing and remembering."""

    connection: sqlite3.Connection

    def load(self, origin: str) -> Remembered:
        """What was last cosigned."""
        return _find(self.connection, origin) or Remembered()

    def remember(self, origin: str, cosigned: Remembered) -> None:
        """From now on this is the last checkpoint."""
        self.connection.execute(
            "INSERT INTO logs (origin, size, root, note, seconds) VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) "
            "DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note, "
            "seconds = excluded.seconds",
            (origin, cosigned.size, cosigned.root, cosigned.note, cosigned.seconds),
        )


def _find(connection: sqlite3.Connection, origin: str) -> Remembered | None:
    row = connection.execute("SELECT size, root, note, seconds FROM logs WHERE origin = ?", (origin,)).fetchone()
    return None if row is None else Remembered(*row)
