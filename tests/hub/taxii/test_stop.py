"""When the hub is stopped, what it had given away a moment before is in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from models.vocabulary import Label
from tests.factory import World
from tests.harness import processes
from tests.hub.taxii.conftest import Door, indicator


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
