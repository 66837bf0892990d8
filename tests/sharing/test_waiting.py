"""What waits for somebody at home: what is urgent and what only looks so, and where more waits than was counted."""

from __future__ import annotations

import pytest

from models.deadlines import shipped_rules
from sharing.actor import Actor
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.waiting import Matter, WaitingItem, waiting_for
from tests.sharing.reports.conftest import Scene, scene

__all__ = ["scene"]


def waits(scene: Scene, actor: Actor) -> dict[Matter, WaitingItem]:
    with scene.world.reading() as session:
        found = waiting_for(session, actor, scene.world.now, shipped_rules())
    return {item.matter: item for item in found}


def test_an_entry_on_its_way_into_the_log_is_nothing_to_do(scene: Scene) -> None:
    """Readings below AMBER wait for a second by design; each of them was shown to administrators as a thing to do."""
    world = scene.world
    administrator = world.administrator("管理者")
    with world.hub.units.recording() as session:
        about = [("organization", str(administrator.organization.id))]
        record(session, Event(Tag.EXPORT, administrator, about, decision={"what": "trail"}), world.context())
    fresh = waits(scene, administrator)[Matter.NOT_INTEGRATED]
    assert (fresh.count, fresh.urgent) == (1, False)
    world.advance(minutes=2)
    assert waits(scene, administrator)[Matter.NOT_INTEGRATED].urgent


def test_where_not_every_open_report_is_looked_at_the_number_says_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadlines of the newest were counted as if they were all."""
    for _ in range(2):
        scene.files(scene.hanako)
    assert not waits(scene, scene.hanako)[Matter.DEADLINES].at_least
    for module in ("sharing.reports.authorities", "sharing.waiting"):
        monkeypatch.setattr(f"{module}.MOST_LOOKED_AT", 1)
    assert waits(scene, scene.hanako)[Matter.DEADLINES].at_least
