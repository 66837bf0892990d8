"""A large log is checked by several processes; they come to what one comes to."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from sharing.audit.check import database
from sharing.audit.check.database import Checked, check_database
from tests.sharing.reports.conftest import Scene
from tests.sharing.whole import Recorded, indicator, post, sign


def test_several_processes_find_what_one_finds(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an honest log, and after a change; in the same order."""
    monkeypatch.setattr(database, "ALONE", 0)
    monkeypatch.setattr(database, "STRETCH", 16)
    world = Recorded(database_url, tmp_path)
    scene = Scene(world)
    for _ in range(3):
        post(world, scene.office, indicator(), indicator())
    sign(world)
    keys = list(world.hub.secrets.log_verifying_keys("hub.test/log/2026"))

    def check(processes: int) -> Checked:
        with world.reading() as session:
            return check_database(session, keys, url=database_url, processes=processes)

    assert check(1) == check(2)
    assert check(2).ok
    with world.hub.units.database.writing() as session:
        session.execute(text("UPDATE objects SET label = 0"))
        session.execute(text("DELETE FROM audit_subjects WHERE kind = 'organization'"))
    assert check(1) == check(2)
    assert not check(2).ok
    world.close()
