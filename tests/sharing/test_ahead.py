"""Places by the log's end as it was read on the way: they count where nobody moved it; else nothing is lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.audit import AuditEntry, LogState
from models.vocabulary import Door
from sharing.audit.ahead import CROWD, ask_log_end, keep_log_end
from sharing.audit.check.database import check_database
from sharing.audit.integrate import integrate
from sharing.audit.record import Event, record
from sharing.audit.state import NOTE_EVERY_US, count_waiting, load_log_head, note_clock
from sharing.audit.tags import Tag
from sharing.reading.driver import fetch_all, run_many
from sharing.setup import hub_actor
from sharing.units import is_integrated
from tests.factory import World
from tests.sharing.whole import sign


@pytest.fixture
def world(postgres_hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(postgres_hub_url, tmp_path)
    yield made
    made.close()


@contextmanager
def reading_ahead(world: World) -> Iterator[Session]:
    """A unit of work that has read the log's end, as publications do; it is left alone with its integration."""
    with world.hub.units.recording(at_once=True, by_keys=True) as session:
        questions = ask_log_end(session)
        assert questions
        keep_log_end(session, fetch_all(session, questions))
        yield session


def note(world: World, session: Session) -> int:
    """Something that leaves an entry."""
    return record(session, Event(Tag.HUB_START, hub_actor(Door.COMMAND)), world.context())


def size(world: World) -> int:
    """How many entries have their place."""
    with world.hub.reading() as session:
        return load_log_head(session).size


def waiting(world: World) -> int:
    """How many do not."""
    with world.hub.reading() as session:
        return count_waiting(session)


def order(world: World) -> list[int]:
    """The entries as they stand in the log."""
    with world.hub.reading() as session:
        query = select(AuditEntry.id).where(AuditEntry.log_index.is_not(None)).order_by(AuditEntry.log_index)
        return list(session.scalars(query))


def must_be_whole(world: World) -> None:
    """Every leaf is made of what is stored, and the log ends where it says."""
    sign(world)
    with world.hub.reading() as session:
        log = load_log_head(session).checkpoint.origin
        checked = check_database(session, list(world.hub.secrets.log_verifying_keys(log)))
    assert checked.ok, checked.findings


def test_who_is_alone_has_its_place_with_the_commit(world: World) -> None:
    """Several entries of one unit of work as well, in their order."""
    before = size(world)
    with reading_ahead(world) as session:
        first, second = note(world, session), note(world, session)
    assert is_integrated(session)
    assert (size(world), waiting(world)) == (before + 2, 0)
    assert order(world)[-2:] == [first, second]
    must_be_whole(world)


def test_what_waited_is_taken_along_and_comes_first(world: World) -> None:
    """The order in which things were recorded stays."""
    with world.hub.units.recording() as earlier:
        before = note(world, earlier)
    with reading_ahead(world) as session:
        own = note(world, session)
    assert is_integrated(session)
    assert waiting(world) == 0
    assert order(world)[-2:] == [before, own]
    must_be_whole(world)


def test_what_one_unit_of_work_records_before_and_after_has_one_place_each(world: World) -> None:
    """A sheet of reports publishes many times in one: entries of before waited in what it read, and got two places."""
    before = size(world)
    with world.hub.units.recording(at_once=True, by_keys=True) as session:
        note(world, session)
        keep_log_end(session, fetch_all(session, ask_log_end(session)))
        note(world, session)
    assert is_integrated(session)
    assert (size(world), waiting(world)) == (before + 2, 0)
    with world.hub.reading() as session:
        query = select(AuditEntry.log_index).order_by(AuditEntry.log_index)
        assert list(session.execute(query).scalars()) == list(range(before + 2))


def test_the_end_is_read_once_in_a_unit_of_work(world: World) -> None:
    """A sheet of reports publishes a hundred times: what it recorded itself it need not read again."""
    with reading_ahead(world) as session:
        note(world, session)
        assert ask_log_end(session) == []
        note(world, session)
    assert is_integrated(session)
    must_be_whole(world)


def test_what_was_recorded_meanwhile_waits_for_the_next(world: World) -> None:
    """It was not there when the log's end was read."""
    with reading_ahead(world) as session:
        with world.hub.units.recording() as other:
            note(world, other)
        note(world, session)
    assert is_integrated(session)
    assert waiting(world) == 1
    assert world.hub.units.integrate_waiting()


def test_who_was_overtaken_is_committed_and_waits(world: World) -> None:
    """Nothing of its places counts; the next who integrates gives it one."""
    with reading_ahead(world) as session:
        with world.hub.writing() as other:
            note(world, other)
        own = note(world, session)
    assert not is_integrated(session)
    assert waiting(world) == 1
    assert world.hub.units.integrate_waiting()
    assert order(world)[-1] == own
    must_be_whole(world)


def test_who_finds_another_at_it_is_committed_and_waits(world: World) -> None:
    """The other's places stand; whoever comes second does not wait for them."""
    with world.hub.units.database.writing() as other:
        with reading_ahead(world) as session:
            theirs = note(world, other)
            assert integrate(other, world.hub.units.now_us, world.hub.units.random_bytes) is not None
            own = note(world, session)
        assert not is_integrated(session)
    assert waiting(world) == 1
    assert world.hub.units.integrate_waiting()
    assert order(world)[-2:] == [theirs, own]
    must_be_whole(world)


def test_an_entry_that_was_taken_back_gets_no_place(world: World) -> None:
    """Its number was drawn and its hash is known here, but nothing stands there."""
    before = size(world)
    with reading_ahead(world) as session:
        own = note(world, session)
        for table, key in (("audit_parts", "entry_id"), ("audit_subjects", "entry_id"), ("audit_entries", "id")):
            run_many(session, f"DELETE FROM {table} WHERE {key} = :id", [{"id": own}])
    assert not is_integrated(session)
    assert (size(world), waiting(world)) == (before, 0)
    must_be_whole(world)


def test_an_entry_that_reads_otherwise_gets_no_place_ahead(world: World) -> None:
    """The leaf is made of what is stored, or not at all."""
    with reading_ahead(world) as session:
        own = note(world, session)
        run_many(session, "UPDATE audit_entries SET parts_root = sha256('') WHERE id = :id", [{"id": own}])
    assert not is_integrated(session)
    assert waiting(world) == 1


def test_a_leap_of_the_clock_places_nothing(world: World) -> None:
    """What was recorded is committed, and waits until the clock is right."""
    world.now += timedelta(hours=3)
    with reading_ahead(world) as session:
        note(world, session)
    assert not is_integrated(session)
    assert waiting(world) == 1
    world.now -= timedelta(hours=3)
    with reading_ahead(world) as session:
        note(world, session)
    assert is_integrated(session)
    assert waiting(world) == 0


def test_a_time_seen_meanwhile_stays_seen(world: World) -> None:
    """Whoever watches the clock writes it to the same row."""
    with reading_ahead(world) as session:
        with world.hub.units.database.writing() as other:
            seen = load_log_head(other).clock_seen + NOTE_EVERY_US
            assert note_clock(other, seen)
        note(world, session)
    assert is_integrated(session)
    with world.hub.reading() as reading:
        assert load_log_head(reading).clock_seen == seen


def test_the_first_of_a_year_opens_its_shard_the_long_way(world: World) -> None:
    """A shard begins with an entry of its own."""
    with world.hub.units.database.writing() as session:
        session.execute(update(AuditEntry).values(shard="2001"))
        session.execute(update(LogState).values(shard="2001"))
    with reading_ahead(world) as session:
        note(world, session)
    assert is_integrated(session)
    with world.hub.reading() as reading:
        assert load_log_head(reading).shard == str(world.now.year)
        assert load_log_head(reading).size >= 2


def test_in_a_crowd_nobody_reads_ahead_for_a_while(world: World) -> None:
    """To be placed in vain costs a journey; who sat out for long enough tries again."""
    with world.hub.units.database.writing() as other:
        assert integrate(other, world.hub.units.now_us, world.hub.units.random_bytes) is not None
        with reading_ahead(world) as session:
            note(world, session)
        assert not is_integrated(session)
        pool = ThreadPoolExecutor(1)
        writing = pool.submit(_write_one, world)  # it is committed, and then waits for its turn
        while waiting(world) < 2:
            assert not writing.done(), "it had its place although another was at it"
            time.sleep(0.01)
    writing.result(10)
    pool.shutdown()
    for _ in range(CROWD):
        with world.hub.writing() as session:
            assert ask_log_end(session) == []
    with world.hub.writing() as session:
        assert len(ask_log_end(session)) == 3
    assert waiting(world) == 0


def _write_one(world: World) -> None:
    with world.hub.writing() as session:
        note(world, session)
