"""What machines post is found once nobody is in the way, and in time where somebody always is. On both databases."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from feeds.intake.border import read_post
from feeds.intake.taking import take_in
from hub.process.traffic import Traffic
from hub.scheduler.indexing import LATEST_SECONDS, QUIET_SECONDS, REST, Indexing
from hub.scheduler.ticks import Ticks
from models.vocabulary import Door, Label, Role
from sharing.actor import Actor
from sharing.collections.access import load_sector_collection
from sharing.reading import search_index
from sharing.reading.search_index import behind_since, count_documents
from tests.factory import World
from tests.hub.taxii.conftest import envelope, indicator


class Clock:
    """A running clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        """What it shows."""
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """The clock by which the hub sees how long nobody came."""
    return Clock()


@pytest.fixture
def world(hub_url: str, tmp_path: Path, clock: Clock) -> Iterator[World]:
    """A hub that sees by this clock how long nobody came."""
    made = World(hub_url, tmp_path)
    made.hub.__dict__["traffic"] = Traffic(clock)
    yield made
    made.close()


@pytest.fixture
def poster(world: World) -> Actor:
    """A machine that posts."""
    return replace(world.person(world.secretariat("Secretariat"), Role.COORDINATOR), door=Door.TAXII)


def post(world: World, poster: Actor, count: int = 1) -> None:
    """Objects as a machine posts them: they are not indexed with their recording."""
    with world.writing() as session:
        collection = load_sector_collection(session, "electricity")
        read = read_post(envelope(*(indicator(Label.GREEN) for _ in range(count))), collection)
        take_in(session, poster, read, policy=world.hub.policy(session), context=world.context())


def found(world: World) -> int:
    """How many objects the search knows."""
    with world.reading() as session:
        return count_documents(session)


def bell(world: World) -> Ticks:
    """The jobs of the process that holds the lease."""
    ticks = Ticks(world.hub, "one")
    ticks.lease()
    return ticks


def test_what_is_posted_is_found_when_nobody_is_in_the_way(world: World, poster: Actor, clock: Clock) -> None:
    """Somebody came a moment ago: not now. Nobody did: at once, all of it, without a rest between the parts."""
    ticks = bell(world)
    post(world, poster, 3)
    world.hub.traffic.note()
    ticks.index()
    assert found(world) == 0
    clock.seconds += QUIET_SECONDS
    ticks.index()
    assert found(world) == 3


def test_where_somebody_always_comes_it_is_found_in_time(
    world: World, poster: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for long is indexed all the same, in parts, with a rest after each."""
    monkeypatch.setattr(search_index, "BYTES_AT_ONCE", 1)  # an entry is a part
    rests: list[float] = []
    indexing = Indexing(world.hub, rests.append)
    for _ in range(3):
        post(world, poster)
    world.advance(seconds=LATEST_SECONDS + 1)
    post(world, poster)
    world.hub.traffic.note()
    indexing.run(lambda: True)
    assert found(world) == 3  # what was posted just now still waits
    assert len(rests) == 3 and min(rests) > 0
    assert REST > 0


def test_a_request_between_two_parts_goes_first(
    world: World, poster: Actor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part looks again; the next bell goes on where this one stopped."""
    monkeypatch.setattr(search_index, "BYTES_AT_ONCE", 1)  # an entry is a part
    for _ in range(3):
        post(world, poster)
    clock.seconds += QUIET_SECONDS
    parts = iter([True, True])

    def is_wanted() -> bool:
        if next(parts, None) is None:
            world.hub.traffic.note()
        return True

    indexing = Indexing(world.hub, lambda _: pytest.fail("rested although nobody was there"))
    indexing.run(is_wanted)
    assert found(world) == 2
    clock.seconds += QUIET_SECONDS
    indexing.run(lambda: True)
    assert found(world) == 3


def test_workers_share_what_they_know_of_each_other(clock: Clock) -> None:
    """A request to one worker holds back the jobs of another, which divided from the same process."""
    traffic = Traffic(clock)
    assert traffic.quiet_seconds == clock.seconds
    child = os.fork()
    if child == 0:
        traffic.note()
        os._exit(0)
    os.waitpid(child, 0)
    assert traffic.quiet_seconds == 0
    clock.seconds += 2
    assert traffic.quiet_seconds == 2
    clock.seconds -= 10
    assert traffic.quiet_seconds == 0


def test_to_look_for_what_is_missing_reads_no_entry_that_is_known(world: World, poster: Actor) -> None:
    """Every two seconds, however long the log: along an index, on both databases."""
    post(world, poster)
    with world.reading() as session:
        assert behind_since(session) is not None
        sqlite = world.hub.units.database.is_sqlite
        if not sqlite:
            for other in ("seqscan", "bitmapscan"):  # which are quicker while the log is as short as here
                session.execute(text(f"SET LOCAL enable_{other} = off"))
        for sql in (search_index._NEXT, search_index._BEHIND):
            asked = text(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{sql}")
            plan = " ".join(str(row) for row in session.execute(asked, {"position": 1, "most": 9}))
            assert "ix_audit_entries_first" in plan
            assert "Sort" not in plan and "TEMP B-TREE" not in plan
