"""When the hub is stopped: what it had given away a moment before is in the log, and what it was asked is answered."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from models.vocabulary import Label
from tests.factory import World
from tests.harness import processes
from tests.hub.taxii.conftest import Door, envelope, indicator


def test_disclosures_below_amber_survive_a_stop(database_url: str, tmp_path: Path):
    """Each worker writes what waits before it ends."""
    world = World(database_url, tmp_path, start=datetime.now(UTC))
    hub = processes.start_serve(
        tmp_path / "hub-data", tmp_path, "--workers", "2", env=processes.on_database(database_url)
    )
    try:
        door = Door(world, hub)
        door.poster.add(door.open, indicator(Label.GREEN))
        given = 0
        for _ in range(12):
            given += len(door.client(door.coordinator).get(f"collections/{door.open}/objects/").json()["objects"])
    finally:
        hub.stop()
    with world.reading() as session:
        logged = session.execute(text("SELECT coalesce(sum(count), 0) FROM disclosures")).scalar_one()
    world.close()
    assert logged == given == 12


def test_what_runs_is_answered_when_the_hub_is_asked_to_end(database_url: str, tmp_path: Path):
    """A post that waits for the database at SIGTERM is taken whole and acknowledged; the hub ends with 0."""
    world = World(database_url, tmp_path, start=datetime.now(UTC))
    hub = processes.start_serve(tmp_path / "hub-data", tmp_path, env=processes.on_database(database_url))
    try:
        door = Door(world, hub)
        objects = [indicator() for _ in range(100)]
        with ThreadPoolExecutor(2) as threads:
            with world.hub.units.database.writing() as other:
                if database_url.startswith("postgresql"):
                    other.execute(text("LOCK TABLE audit_entries IN EXCLUSIVE MODE"))
                posted = threads.submit(door.poster.post, door.open, envelope(*objects))
                time.sleep(0.5)
                stopped = threads.submit(hub.stop)
                time.sleep(0.5)
                assert not posted.done() and not stopped.done(), "the post runs, and the hub waits for it"
            answer = posted.result(30)
            code = stopped.result(30)
    finally:
        hub.stop()
    assert (code, answer.status_code) == (0, 202)
    assert answer.json()["success_count"] == len(objects)
    with world.reading() as session:
        held = session.execute(text("SELECT count(*) FROM objects WHERE type = 'indicator'")).scalar_one()
    world.close()
    assert held == len(objects)
