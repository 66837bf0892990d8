"""Events that hit several sectors: each secretariat links its own, and sees of the rest what it may see anyway."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from models.vocabulary import Label, Role
from sharing.actor import Actor
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.inbox.common_events import CommonEventPage, close_event, link_report, list_events, load_event, open_event
from sharing.readers import load_reader
from tests.sharing.reports.conftest import Scene


def does(scene: Scene, operation: Any, actor: Actor, *arguments: Any, **more: Any) -> Any:
    with scene.world.writing() as session:
        return operation(session, actor, *arguments, **more, context=scene.world.context())


def looks(scene: Scene, actor: Actor, event: UUID) -> CommonEventPage:
    with scene.world.reading() as session:
        return load_event(session, load_reader(session, actor), event)


def test_a_wave_on_two_sectors(scene: Scene):
    """Electricity links an AMBER and a GREEN report, water its own: each sees its own, and of the other the edition."""
    ebb = scene.world.person(scene.water, Role.REPORTER)
    hidden, shared = scene.files(scene.hanako), scene.files(scene.rival_reader, label="TLP:GREEN")
    scene.proposes(scene.office, shared, Label.GREEN)
    water = scene.files(ebb)
    event = does(scene, open_event, scene.office, "同時多発のDDoS攻撃", "国外からの大量アクセス。")
    for actor, filed in ((scene.office, hidden), (scene.office, shared), (scene.water_office, water)):
        assert does(scene, link_report, actor, event, filed.reference)
    electric, other = looks(scene, scene.office, event), looks(scene, scene.water_office, event)
    assert {line.reference for line in electric.own} == {hidden.reference, shared.reference}
    assert electric.editions == ()
    assert [line.reference for line in other.own] == [water.reference]
    assert [(row.fullness, row.label) for row in other.editions] == [(1, Label.GREEN.rank)]
    assert "みどり電力".encode() not in bytes(other.editions[0].body)
    assert not does(scene, link_report, scene.office, event, hidden.reference)
    assert looks(scene, scene.water_office, event) == other


def test_who_may_do_what(scene: Scene):
    """Operators and government have no such page; only one's own reports are linked, real ones to real ones."""
    filed, drill = scene.files(scene.hanako), scene.files(scene.hanako, exercise=True)
    event = does(scene, open_event, scene.office, "広域の停電", "")
    for stranger in (scene.hanako, scene.nco, scene.council):
        with pytest.raises(NotPermitted):
            looks(scene, stranger, event)
    with pytest.raises(NotVisible):
        does(scene, link_report, scene.water_office, event, filed.reference)
    with pytest.raises(Invalid):
        does(scene, link_report, scene.office, event, drill.reference)
    with pytest.raises(Invalid):
        does(scene, open_event, scene.office, " ", "")
    with pytest.raises(NotPermitted):
        does(scene, close_event, scene.water_office, event)
    does(scene, close_event, scene.office, event)
    with pytest.raises(Conflict):
        does(scene, link_report, scene.office, event, filed.reference)
    with scene.world.reading() as session:
        assert [(each.title, each.is_own) for each in list_events(session, scene.water_office)] == [
            ("広域の停電", False)
        ]
