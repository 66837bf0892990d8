"""Tests plain statements to PostgreSQL: their values, their order among SQLAlchemy's, and what a failure leaves."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.session import Database
from models.ways import WIRE, Statement
from models.wire import _ALONG_INDEXES, REPLANNED, Wire

VALUES: list[tuple[str, Any]] = [
    ("int8", -(2**63)),
    ("int4", 7),
    ("bool", True),
    ("text", "漢字 ' \" \\ {a,b} \n :name $1 %s"),
    ("text", ""),
    ("bytea", b"\x00\xff\\x"),
    ("bytea", b""),
    ("uuid", UUID(int=5)),
    ("timestamptz", datetime(2026, 11, 20, 3, 0, 0, 1, tzinfo=UTC)),
    ("date", date(2026, 11, 20)),
    ("int8[]", [1, -2]),
    ("int8[]", []),
    ("text[]", ['a"b', "c\\d", "", "{e,f}", "NULL", "漢"]),
    ("bytea[]", [b"", b"\x00\\", b"{,}"]),
    ("text", None),
]


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """A database with a table to write into."""
    opened = Database(postgres_url)
    with opened.writing() as session:
        session.execute(text("CREATE TABLE notes (id int PRIMARY KEY, said text)"))
    yield opened
    opened.close()


def notes(database: Database) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        return wire_of(session).ask("SELECT id, said FROM notes ORDER BY id", {})


def wire_of(session: Session) -> Wire:
    wire: Wire = session.info[WIRE]
    return wire


WRITE = "INSERT INTO notes (id, said) VALUES (:id, :said)"


@pytest.mark.parametrize(("kind", "value"), VALUES)
@pytest.mark.parametrize("kept", [False, True])
def test_values_come_back_as_they_went(database: Database, kind: str, value: Any, kept: bool) -> None:
    """Whatever is in them; a name that stands twice is one value."""
    with database.reading(snapshot=False) as session:
        for _ in range(2):
            rows = wire_of(session).ask(f"SELECT (:v)::{kind}, (:v)::{kind}", {"v": value}, kept=kept)
            assert rows == [(value, value)]


@pytest.mark.parametrize("value", ["a\x00b", ["a\x00b"], object(), 1.5])
def test_what_cannot_be_written_fails_before_anything_is_sent(database: Database, value: Any) -> None:
    """The connection is as good as before."""
    with database.writing() as session:
        wire = wire_of(session)
        wire.ask(WRITE, {"id": 1, "said": "stays"})
        with pytest.raises((psycopg.DataError, TypeError)):
            wire.ask("SELECT :v", {"v": value})
    assert notes(database) == [(1, "stays")]


def test_several_questions_are_answered_in_their_order(database: Database) -> None:
    """Also where the same one is new twice in one journey, and beside others that are new."""
    with database.reading() as session:
        asked = [Statement(f"SELECT (:n)::int + {number % 3}", {"n": number}, kept=True) for number in range(9)]
        answers = wire_of(session).ask_all(asked)
        assert answers == [[(number + number % 3,)] for number in range(9)]
        assert wire_of(session).ask_all(asked) == answers


def test_what_was_told_is_written_before_what_follows_is_said(database: Database) -> None:
    """SQLAlchemy's statements, later questions and the commit all find it there."""
    with database.writing() as session:
        wire = wire_of(session)
        wire.tell(WRITE, {"id": 1, "said": "one"}, kept=True)
        assert session.execute(text("SELECT count(*) FROM notes")).scalar_one() == 1
        wire.tell(WRITE, {"id": 2, "said": "two"})
        assert wire.ask("SELECT count(*) FROM notes", {}) == [(2,)]
        wire.tell(WRITE, {"id": 3, "said": "three"})
    assert notes(database) == [(1, "one"), (2, "two"), (3, "three")]


def test_what_is_told_to_be_heard_answers_once_it_has_travelled(database: Database) -> None:
    """Each list gets its own rows, also when they travel with the commit; of what was taken back nothing is heard."""
    with database.writing() as session:
        wire = session.info[WIRE]
        first = wire.tell_and_hear(Statement("SELECT 1", {}))
        wire.tell("SELECT 2", {})
        second = wire.tell_and_hear(Statement("SELECT generate_series(3, 4)", {}, kept=True))
        assert (first, second) == ([], [])
    assert (first, second) == ([(1,)], [(3,), (4,)])
    with pytest.raises(RuntimeError), database.writing() as session:
        third = session.info[WIRE].tell_and_hear(Statement("SELECT 5", {}))
        raise RuntimeError
    with database.writing() as session:
        session.info[WIRE].ask("SELECT 6", {})
    assert third == []


def test_much_can_be_told_at_once(database: Database) -> None:
    """More than the sockets between the two hold: neither side may wait for the other for ever."""
    with database.writing() as session:
        for number in range(4_000):
            wire_of(session).tell(WRITE, {"id": number, "said": "long " * 200}, kept=True)
    assert len(notes(database)) == 4_000


def test_a_failure_among_several_takes_all_of_them_back(database: Database) -> None:
    """And the connection serves the next as if nothing had been."""
    with pytest.raises(psycopg.errors.UniqueViolation), database.writing() as session:
        wire = wire_of(session)
        wire.tell(WRITE, {"id": 1, "said": "one"}, kept=True)
        wire.tell(WRITE, {"id": 1, "said": "again"}, kept=True)
        wire.tell(WRITE, {"id": 2, "said": "two"}, kept=True)
    assert notes(database) == []
    with database.writing() as session:
        wire_of(session).ask(WRITE, {"id": 2, "said": "two"}, kept=True)
    assert notes(database) == [(2, "two")]


def test_a_block_that_fails_sends_nothing_of_what_it_told(database: Database) -> None:
    """What waits for the next question must not travel with another's."""
    with pytest.raises(RuntimeError), database.writing() as session:
        wire_of(session).tell(WRITE, {"id": 1, "said": "one"})
        raise RuntimeError
    with database.writing() as session:
        wire_of(session).tell(WRITE, {"id": 2, "said": "two"})
    assert notes(database) == [(2, "two")]


def test_a_failed_transaction_does_not_end_as_a_success(database: Database) -> None:
    """PostgreSQL answers its COMMIT with ROLLBACK and calls that done."""
    with pytest.raises(OperationalError), database.writing() as session:
        wire_of(session).ask(WRITE, {"id": 1, "said": "one"})
        with pytest.raises(psycopg.errors.UndefinedTable):
            wire_of(session).ask("SELECT 1 FROM nothing", {})
    assert notes(database) == []


def test_a_snapshot_sees_one_state_throughout(database: Database) -> None:
    """Also where only plain questions are asked."""
    with database.reading() as session:
        assert wire_of(session).ask("SELECT count(*) FROM notes", {}) == [(0,)]
        with database.writing() as other:
            wire_of(other).tell(WRITE, {"id": 1, "said": "meanwhile"})
        assert wire_of(session).ask("SELECT count(*) FROM notes", {}) == [(0,)]
    assert notes(database) == [(1, "meanwhile")]


def test_who_waits_for_the_database_lets_other_threads_run(database: Database) -> None:
    """The lock that it waits for may be held by one of them."""
    lock = "SELECT 1 FROM pg_advisory_xact_lock(:key)"
    done = threading.Event()

    def wait() -> None:
        with database.writing() as session:
            wire_of(session).ask_all([Statement(lock, {"key": 5}), Statement("SELECT 1", {})])
        done.set()

    with database.writing() as session:
        wire_of(session).ask(lock, {"key": 5})
        thread = threading.Thread(target=wait)
        thread.start()
        assert not done.wait(0.2)
    assert done.wait(10)
    thread.join()


def test_a_server_that_is_gone_is_told_as_sqlalchemy_tells_it(database: Database) -> None:
    """Doors answer 503 then; the pool throws the connection away, and the next works."""
    with pytest.raises(OperationalError), database.writing() as session:
        (own,) = wire_of(session).ask("SELECT pg_backend_pid()", {})[0]
        with database.writing() as other:
            wire_of(other).ask("SELECT pg_terminate_backend(:pid)", {"pid": own})
        for _ in range(3):
            wire_of(session).ask("SELECT 1", {}, kept=True)
    assert notes(database) == []


def test_what_sqlalchemy_says_first_begins_as_the_unit_of_work_does(database: Database) -> None:
    """A snapshot is one also where psycopg speaks before anybody else."""
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM notes")).scalar_one() == 0
        with database.writing() as other:
            other.execute(text("INSERT INTO notes VALUES (1, 'meanwhile')"))
        assert wire_of(session).ask("SELECT count(*) FROM notes", {}) == [(0,)]
        assert session.execute(text("SELECT count(*) FROM notes")).scalar_one() == 0
    assert notes(database) == [(1, "meanwhile")]


def test_plans_are_not_compiled_and_the_address_may_say_more(postgres_url: str) -> None:
    """Compiling a plan takes a fifth of a second, and lagging statistics make PostgreSQL do it for small questions."""
    with Database(postgres_url).reading() as session:
        assert session.execute(text("SHOW jit")).scalar_one() == "off"
    with Database(f"{postgres_url}?options=-c%20work_mem%3D5MB%20-c%20jit%3Don").reading() as session:
        assert session.execute(text("SHOW work_mem")).scalar_one() == "5MB"
        assert session.execute(text("SHOW jit")).scalar_one() == "on"


def test_a_kept_plan_is_made_anew_after_some_hundred_uses(database: Database) -> None:
    """A plan that was made while a table was small must not stay for as long as a connection does."""
    kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%' || :word || '%'"
    made = "SELECT prepare_time::text FROM pg_prepared_statements WHERE statement LIKE '%anew' || '%'"
    with database.reading() as session:
        wire: Wire = session.info[WIRE]
        question = "SELECT CAST(:number AS int) AS anew"
        times = set()
        for number in range(REPLANNED * 2 + 10):
            rows = wire.ask(question, {"number": number}, kept=True) if number % 3 else None
            if rows is None:
                first, second = wire.ask_all([Statement(question, {"number": number}, kept=True)] * 2)
                assert first == second
                rows = first
            assert rows == [(number,)]
            times.add(wire.ask(made, {})[0][0])
        assert wire.ask(kept, {"word": "AS anew"}) == [(1,)], "the old one is let go"
        assert len(times) >= 3


def plans(wire: Wire) -> list[tuple[Any, ...]]:
    """How often the kept insert was run by the plan that is kept, and how often it was planned for its values."""
    sql = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO notes%'"
    return wire.ask(sql, {})


@pytest.mark.parametrize(("by_keys", "planned"), [(True, 0), (False, 3)])
def test_who_goes_by_keys_has_what_is_kept_planned_once(database: Database, by_keys: bool, planned: int) -> None:
    """From the first time on; whoever comes next on the same connection has its values looked at again."""
    with database.writing(by_keys=by_keys) as session:
        for number in range(3):
            wire_of(session).ask(WRITE, {"id": number, "said": "."}, kept=True)
        assert plans(wire_of(session)) == [(3 - planned, planned)]
    with database.writing() as session:
        assert wire_of(session).ask("SELECT current_setting('plan_cache_mode')", {}) == [("auto",)]


def test_who_goes_by_keys_keeps_no_plan_for_a_small_table(database: Database) -> None:
    """It is made while the table is empty, where PostgreSQL would look through all of it, and serves a large one."""
    with database.writing(by_keys=True) as session:
        wire = wire_of(session)
        wire.ask("SELECT said FROM notes WHERE id = ANY((:ids)::int[])", {"ids": [1, 2]}, kept=True)
        ((name,),) = wire.ask(
            "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%ANY%notes%'"
            " OR statement LIKE '%notes%ANY%'",
            {},
        )
        plan = "\n".join(row[0] for row in wire.ask(f"EXPLAIN EXECUTE {name}('{{1,2}}')", {}))
    assert "Index Scan using notes_pkey" in plan, plan


def test_a_reading_without_a_snapshot_goes_by_keys_where_it_asks_what_is_kept(database: Database) -> None:
    """A question that is not kept stands alone, and is planned for its values."""
    mode = Statement("SELECT current_setting('plan_cache_mode')", {})
    with database.reading(snapshot=False) as session:
        wire = wire_of(session)
        assert wire.ask_all([mode]) == [[("auto",)]]
        assert wire.ask_all([mode._replace(kept=True)]) == [[("force_generic_plan",)]]


BY_ID = "SELECT n.said FROM unnest((:ids)::int[]) AS i(id) JOIN notes n ON n.id = i.id"


def test_a_walk_goes_along_the_index_though_it_was_planned_while_the_table_was_empty(database: Database):
    """The plan that is kept is not one for a small table; and what forbids others holds for this question alone."""
    with database.reading(snapshot=False) as session:
        wire = wire_of(session)
        assert wire.walk(BY_ID, {"ids": [1, 2]}) == []
        journeys = wire.journeys
        assert wire.walk(BY_ID, {"ids": [1, 2]}) == []
        assert wire.journeys == journeys + 1
        (name,) = (row[0] for row in kept(wire))
        explain = Statement(f"EXPLAIN EXECUTE {name}('{{1,2}}')", {})
        plan = "\n".join(row[0] for row in wire.ask_all([_ALONG_INDEXES, explain])[1])
        assert "Index Scan using notes_pkey" in plan, plan
        assert "Seq Scan" not in plan, plan
        assert wire.ask("SELECT current_setting('enable_seqscan'), current_setting('plan_cache_mode')", {}) == [
            ("on", "auto")
        ]


def test_a_walk_inside_a_transaction_leaves_its_plans_alone(database: Database):
    """There the choice would hold for whatever is asked next."""
    with database.reading() as session:
        wire = wire_of(session)
        assert wire.walk(BY_ID, {"ids": [1]}) == []
        assert wire.ask("SELECT current_setting('enable_seqscan')", {}) == [("on",)]
        assert kept(wire) == []


def kept(wire: Wire) -> list[tuple[Any, ...]]:
    """The walks whose plans a connection keeps."""
    return wire.ask("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%unnest%'", {})
