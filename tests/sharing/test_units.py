"""Units of work: what is integrated where, and that a lost turn loses nothing."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.vocabulary import Door
from sharing.audit.integrate import integrate
from sharing.audit.record import Event, record
from sharing.audit.state import count_waiting, load_log_head
from sharing.audit.tags import Tag
from sharing.setup import hub_actor
from sharing.units import is_integrated
from tests.factory import World


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(hub_url, tmp_path)
    yield made
    made.close()


def note(world: World, session: Session) -> None:
    """Something that leaves an entry."""
    record(session, Event(Tag.HUB_START, hub_actor(Door.COMMAND)), world.context())


def test_who_is_alone_integrates_in_its_own_transaction(world: World) -> None:
    """One journey to the disk: before the commit nobody else could have done it."""
    with world.hub.reading() as session:
        before = load_log_head(session).size
    with world.hub.units.recording(at_once=True) as session:
        note(world, session)
    assert is_integrated(session)
    with world.hub.reading() as session:
        assert load_log_head(session).size == before + 1


def test_who_leaves_it_to_the_next_waits_for_nobody(world: World) -> None:
    """What it recorded stands; the next who integrates gives it its place, before its own."""
    with world.hub.reading() as session:
        before = load_log_head(session).size
    with world.hub.units.recording() as session:
        note(world, session)
    assert not is_integrated(session)
    with world.hub.reading() as session:
        assert (count_waiting(session), load_log_head(session).size) == (1, before)
    with world.hub.writing() as session:
        note(world, session)
    assert is_integrated(session)
    with world.hub.reading() as session:
        assert (count_waiting(session), load_log_head(session).size) == (0, before + 2)


def test_who_finds_another_at_it_commits_first(postgres_hub_url: str, tmp_path: Path) -> None:
    """What it recorded stands, and waits for the next who integrates: here for itself."""
    world = World(postgres_hub_url, tmp_path)
    database = world.hub.units.database
    with database.writing() as other:
        assert integrate(other, world.hub.units.now_us, world.hub.units.random_bytes) is not None
        with world.hub.units.recording(at_once=True) as session:
            note(world, session)
        assert not is_integrated(session)
        with world.hub.reading() as reading:
            assert count_waiting(reading) == 1
    assert world.hub.units.integrate_waiting()
    with world.hub.reading() as reading:
        assert count_waiting(reading) == 0
    world.close()


def test_concurrent_publishers_share_one_integration(
    postgres_hub_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one integrates, eight record and wait; the first of them whose turn it is integrates all eight."""
    world = World(postgres_hub_url, tmp_path)
    taken: list[int] = []

    def counting(*given: Any, **named: Any) -> Any:
        done = integrate(*given, **named)
        taken.append(done.entries if done is not None else 0)
        return done

    def record_one() -> bool:
        with world.hub.writing() as session:
            note(world, session)
        return is_integrated(session)

    with ThreadPoolExecutor(8) as threads:
        with world.hub.units.database.writing() as other:
            assert integrate(other, world.hub.units.now_us, world.hub.units.random_bytes) is not None
            monkeypatch.setattr("sharing.units.integrate", counting)
            recorded = [threads.submit(record_one) for _ in range(8)]
            end = time.monotonic() + 20
            while time.monotonic() < end:
                with world.hub.reading() as session:
                    if count_waiting(session) == 8:
                        break
                time.sleep(0.02)
            assert not any(each.done() for each in recorded), "nobody is answered before its entry has a place"
        assert all(each.result(20) for each in recorded)
    assert [entries for entries in taken if entries] == [8]
    with world.hub.reading() as session:
        assert count_waiting(session) == 0
    world.close()


def test_a_leap_of_the_clock_keeps_what_was_recorded(postgres_hub_url: str, tmp_path: Path) -> None:
    """It is committed without a place, in the same transaction that found the clock wrong."""
    world = World(postgres_hub_url, tmp_path)
    world.now += timedelta(hours=3)
    with world.hub.writing() as session:
        note(world, session)
    assert not is_integrated(session)
    with world.hub.reading() as reading:
        assert count_waiting(reading) == 1
    world.now -= timedelta(hours=3)
    with world.hub.writing() as session:
        note(world, session)
    assert is_integrated(session)
    with world.hub.reading() as reading:
        assert count_waiting(reading) == 0
    world.close()


def test_a_busy_database_leaves_what_waits_where_it_is(
    sqlite_hub_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever recorded it was answered long ago: nobody fails for it, and the next who integrates takes it."""
    world = World(sqlite_hub_url, tmp_path)
    monkeypatch.setattr("models.session.BUSY_SECONDS", 0.05)
    with world.hub.units.recording() as session:
        note(world, session)
    with ThreadPoolExecutor(1) as other, world.hub.units.database.writing():
        assert not other.submit(world.hub.units.integrate_waiting).result(10)
    assert world.hub.units.integrate_waiting()
    with world.hub.reading() as reading:
        assert count_waiting(reading) == 0
    world.close()


def test_a_unit_that_fails_leaves_nothing(world: World) -> None:
    """Whether SQLAlchemy spoke in it or only the driver."""
    with world.hub.reading() as session:
        before = load_log_head(session).size
    for through_both in (False, True):
        with pytest.raises(RuntimeError), world.hub.writing() as session:
            note(world, session)
            if through_both:
                count_waiting(session)
            raise RuntimeError
    with world.hub.reading() as session:
        assert (load_log_head(session).size, count_waiting(session)) == (before, 0)
