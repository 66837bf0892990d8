"""One order: positions rise whatever the clock does, entries get their place once, and a year's turn opens a shard."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from crypto.entry import parse_leaf
from crypto.merkle import Frontier, leaf_hash, root
from crypto.tree_head import parse_checkpoint_text
from models.audit import AuditEntry, LogState
from models.grant import Grant
from models.vocabulary import Label, Role
from sharing.actor import Actor
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_collection
from sharing.errors import Busy, ClockLeap
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication, Published, Result
from sharing.readers import load_reader
from tests.factory import World


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(hub_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def coordinator(world: World) -> Actor:
    """Whoever publishes for the electricity CEPTOAR."""
    return world.person(world.secretariat("Electricity secretariat"), Role.COORDINATOR)


def indicator(number: int, *, version: int = 1, label: Label = Label.GREEN, said: str = "") -> NewObject:
    """A small object; the heart does not look inside."""
    stix_id = f"indicator--{number:08d}-0000-4000-8000-000000000000"
    raw = b'{"id":"%s","n":%d,"t":"%s"}' % (stix_id.encode(), version, said.encode())
    return NewObject(stix_id, "indicator", "2.1", version, str(version), None, label, raw)


def post(world: World, actor: Actor, *objects: NewObject, collection: str = "electricity") -> Published:
    """Publish as a door would."""
    with world.writing() as session:
        opened = load_collection(session, load_reader(session, actor), collection)
        publication = Publication(opened.collection, objects)
        policy = world.hub.policy(session)
        return publish(session, actor, publication, policy=policy, context=world.context())


def positions(world: World) -> list[int]:
    """Every position given, in order of giving."""
    with world.reading() as session:
        return sorted(set(session.execute(select(Grant.position)).scalars()))


def entries(world: World) -> list[Any]:
    """Every entry in the order of the log."""
    with world.reading() as session:
        return list(session.execute(select(AuditEntry).order_by(AuditEntry.shard, AuditEntry.log_index)).scalars())


def state(world: World) -> LogState:
    """The end of the log."""
    with world.reading() as session:
        return session.execute(select(LogState)).scalar_one()


def test_positions_rise_while_the_clock_stands_still_or_goes_back(world: World, coordinator: Actor) -> None:
    """Each position is the clock, or one more than the last."""
    post(world, coordinator, *(indicator(n) for n in range(5)))
    first = positions(world)
    assert first == list(range(first[0], first[0] + 5))
    world.now -= timedelta(hours=2)
    post(world, coordinator, indicator(6))
    assert positions(world) == [*first, first[-1] + 1]


def test_time_stamps_of_leaves_never_fall(world: World, coordinator: Actor) -> None:
    """The wall clock may; the log does not."""
    post(world, coordinator, indicator(1))
    world.now -= timedelta(days=1)
    post(world, coordinator, indicator(2))
    times = [parse_leaf(entry.leaf).ts_ms for entry in entries(world)]
    assert times == sorted(times)


def test_a_leap_of_the_clock_stops_integration(world: World, coordinator: Actor) -> None:
    """Positions never go back, so a clock hours ahead is not believed; nothing is half-written."""
    post(world, coordinator, indicator(1))
    before = state(world)
    world.now += timedelta(hours=3)
    if world.hub.units.database.is_sqlite:
        with pytest.raises(ClockLeap):
            post(world, coordinator, indicator(2))
    else:
        post(world, coordinator, indicator(2))
    after = state(world)
    assert (after.size, after.last_position) == (before.size, before.last_position)
    world.now -= timedelta(hours=3)
    assert world.hub.units.integrate_waiting()
    post(world, coordinator, indicator(3))
    assert state(world).last_position > before.last_position


def test_a_full_disk_loses_nothing_and_keeps_the_order(sqlite_hub_url: str, tmp_path: Path) -> None:
    """The disk is full in the middle of a unit of work: it fails whole; when there is room again, the order goes on."""
    world = World(sqlite_hub_url, tmp_path)
    post(world, world.person(world.secretariat("Secretariat"), Role.COORDINATOR), indicator(1))
    before = world.tags()
    with pytest.raises(Busy, match="the disk of the hub is full; nothing was written"), world.writing() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
        for _ in range(200):
            record(session, Event(Tag.HUB_START, world.command()), world.context())
    assert world.tags() == before
    with world.writing() as session:
        session.execute(text("PRAGMA max_page_count = 1000000"))
        record(session, Event(Tag.HUB_START, world.command()), world.context())
    with world.reading() as session:
        rows = session.execute(select(AuditEntry.log_index).order_by(AuditEntry.id)).scalars().all()
    assert rows == list(range(len(before) + 1))
    world.close()


def test_one_post_is_one_entry_whose_tree_covers_its_objects(world: World, coordinator: Actor) -> None:
    """A thousand objects, one leaf; padded to a power of two."""
    size = state(world).size
    published = post(world, coordinator, *(indicator(n) for n in range(5)))
    assert state(world).size == size + 1
    entry = next(each for each in entries(world) if each.id == published.entry_id)
    assert (entry.object_count, entry.tree_size) == (5, 8)
    assert parse_leaf(entry.leaf).objects_root == entry.objects_root


def test_the_log_is_the_tree_over_its_leaves(world: World, coordinator: Actor) -> None:
    """Indexes are contiguous, and the kept frontier has the root of all leaves."""
    for number in range(4):
        post(world, coordinator, indicator(number))
    found = entries(world)
    assert [entry.log_index for entry in found] == list(range(len(found)))
    assert [leaf_hash(entry.leaf) for entry in found] == [entry.leaf_hash for entry in found]
    assert Frontier.from_bytes(state(world).frontier).root == root([entry.leaf_hash for entry in found])


def test_the_turn_of_the_year_opens_a_shard_that_names_the_last_checkpoint(world: World, coordinator: Actor) -> None:
    """The last checkpoint of a shard is leaf 0 of the next."""
    post(world, coordinator, indicator(1))
    old = state(world)
    new_year = datetime(2027, 1, 1, 0, 0, 1, tzinfo=world.now.tzinfo)
    world.advance(seconds=(new_year - world.now).total_seconds())
    post(world, coordinator, indicator(2))
    new = state(world)
    assert (old.shard, new.shard, new.size) == ("2026", "2027", 2)
    opening = parse_leaf(entries(world)[-2].leaf)
    assert opening.kind == "shard"
    assert opening.bridge is not None
    bridge = parse_checkpoint_text(opening.bridge.encode())
    assert (bridge.origin, bridge.size) == ("hub.test/log/2026", old.size)
    assert bridge.root == Frontier.from_bytes(old.frontier).root


def test_the_same_post_again_changes_nothing(world: World, coordinator: Actor) -> None:
    """A retry after a lost answer gives the same end; other blanks are the same object."""
    first = post(world, coordinator, indicator(1))
    again = post(world, coordinator, indicator(1))
    spaced = indicator(1)
    loose = NewObject(spaced.stix_id, "indicator", "2.1", 1, "1", None, Label.GREEN, spaced.raw.replace(b",", b" ,\n "))
    third = post(world, coordinator, loose)
    assert [each.result for each in (*first.outcomes, *again.outcomes, *third.outcomes)] == [
        Result.CREATED,
        Result.DUPLICATE,
        Result.DUPLICATE,
    ]
    assert len(positions(world)) == 1


def test_the_same_version_with_other_content_is_refused(world: World, coordinator: Actor) -> None:
    """What was published under a version stays what it was."""
    post(world, coordinator, indicator(1))
    refused = post(world, coordinator, indicator(1, said="changed"))
    assert [(each.result, each.code) for each in refused.outcomes] == [(Result.REFUSED, "other-content")]


def test_another_publisher_is_never_told_of_mine(world: World, coordinator: Actor) -> None:
    """The id of an address can be computed; an answer must not tell who reported it."""
    post(world, coordinator, indicator(1, label=Label.RED))
    other = world.person(world.secretariat("Water secretariat", "water"), Role.COORDINATOR)
    posted = post(world, other, indicator(1, label=Label.RED, said="mine"), collection="water")
    assert [each.result for each in posted.outcomes] == [Result.CREATED]


def test_a_definition_is_granted_once_to_whoever_needs_it(world: World, coordinator: Actor) -> None:
    """Later posts that name it use up no position when every reader has it already; a wider one grants it further."""
    definition = NewObject(
        "marking-definition--00000000-0000-4000-8000-000000000001",
        "marking-definition",
        "2.1",
        1,
        "1",
        None,
        Label.AMBER_STRICT,
        b'{"definition":1}',
    )

    def naming(number: int, label: Label) -> NewObject:
        return replace(indicator(number, label=label), definition_refs=(definition.stix_id,))

    post(world, coordinator, definition, naming(1, Label.AMBER))
    assert len(positions(world)) == 2
    post(world, coordinator, naming(2, Label.AMBER))
    assert len(positions(world)) == 3
    post(world, coordinator, naming(3, Label.GREEN))
    assert len(positions(world)) == 5
    post(world, coordinator, naming(4, Label.GREEN))
    assert len(positions(world)) == 6
