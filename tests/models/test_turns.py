"""Tests that the threads of a process write to SQLite in turn, and that nobody waits for ever."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.pool import QueuePool

from models import session as opening
from models.session import Database
from tests.harness import sqlite


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with a table to write into."""
    opened = Database(sqlite.url_of(tmp_path / "hub.sqlite3"))
    with opened.writing() as session:
        session.execute(text("CREATE TABLE notes (number int PRIMARY KEY)"))
    yield opened
    opened.close()


def write(database: Database, number: int) -> None:
    with database.writing() as session:
        session.execute(text("INSERT INTO notes VALUES (:number)"), {"number": number})


def test_who_waits_to_write_holds_no_connection(database: Database) -> None:
    """So few connections do all the work, and those are warm; each begins when the one before has ended."""
    pool = database.engines[-1].pool
    assert isinstance(pool, QueuePool)
    with ThreadPoolExecutor(8) as threads:
        with database.writing():
            sent = [threads.submit(write, database, number) for number in range(8)]
            time.sleep(0.1)
            assert pool.checkedout() == 1
        for each in sent:
            each.result(10)
    assert pool.checkedin() == 1
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM notes")).scalar_one() == 8


def test_one_connection_does_all_the_writing(database: Database) -> None:
    """It keeps less of the file than those that read, which it makes begin anew."""
    reading, writing = database.engines

    def kept(engine: Engine) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text("PRAGMA cache_size")).scalar_one())

    assert kept(reading) < kept(writing) < 0  # in KiB, told as negative numbers
    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(write, database, number) for number in range(20)]:
            each.result(10)
    assert isinstance(writing.pool, QueuePool)
    assert writing.pool.checkedin() == 1
    assert isinstance(reading.pool, QueuePool)
    assert reading.pool.checkedin() == 1  # what looked at its pages above


def test_who_waits_too_long_is_told_as_sqlite_tells_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doors know what to say then; the turn is free afterwards."""
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.05)
    failed: list[BaseException] = []

    def try_to_write() -> None:
        try:
            write(database, 1)
        except sqlite3.OperationalError as error:
            failed.append(error)

    with database.writing():
        other = threading.Thread(target=try_to_write)
        other.start()
        other.join(10)
    assert [str(error) for error in failed] == ["database is locked"]
    write(database, 2)


def test_a_unit_that_fails_gives_its_turn_back(database: Database) -> None:
    """However it ends."""
    for _ in range(2):
        with pytest.raises(LookupError), database.writing():
            raise LookupError
    write(database, 3)
