"""The situation board: the last word on each service, for whom the label reaches."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.vocabulary import Role, ServiceState, Tier
from sharing.actor import Actor
from sharing.board.statements import Said, StatementView, list_statements, say_state
from sharing.errors import Invalid, NotPermitted
from sharing.readers import load_reader
from tests.sharing.reports.conftest import Scene


def says(scene: Scene, actor: Actor, state: str, service: str = "", label: str = "TLP:GREEN") -> None:
    said = Said(service, state, "14時頃復旧の見込み", "会員からの連絡", None, label)
    with scene.world.writing() as session:
        say_state(session, actor, said, context=scene.world.context(), policy=scene.policy)


def board(scene: Scene, actor: Actor) -> list[StatementView]:
    with scene.world.reading() as session:
        return list_statements(session, load_reader(session, actor), scene.world.now)


def test_the_last_word_stands_for_whom_the_label_reaches(scene: Scene):
    """GREEN reaches the CEPTOARs, the Council and government, not a foreign partner; CLEAR reaches that one too."""
    foreign = scene.world.person(scene.world.organization(Tier.FOREIGN, "Partner"), Role.READER)
    says(scene, scene.office, "stopped")
    says(scene, scene.office, "degraded", "送配電")
    scene.world.advance(minutes=10)
    says(scene, scene.office, "degraded")
    says(scene, scene.water_office, "normal", label="TLP:CLEAR")
    for reader in (scene.hanako, scene.rival_reader, scene.water_reader, scene.council, scene.nco, scene.section):
        stand = {(each.ceptoar, each.service): each.state for each in board(scene, reader)}
        assert stand == {
            ("electricity", ""): ServiceState.DEGRADED,
            ("electricity", "送配電"): ServiceState.DEGRADED,
            ("water", ""): ServiceState.NORMAL,
        }
    assert [each.ceptoar for each in board(scene, foreign)] == ["water"]
    with pytest.raises(NotPermitted):
        board(scene, scene.auditor)


def test_a_narrower_word_does_not_take_the_place_of_an_open_one(scene: Scene):
    """Who is not told of the new word still has the old one, with its time."""
    foreign = scene.world.person(scene.world.organization(Tier.FOREIGN, "Partner"), Role.READER)
    says(scene, scene.office, "normal", label="TLP:CLEAR")
    scene.world.advance(minutes=10)
    says(scene, scene.office, "stopped")
    assert [each.state for each in board(scene, foreign)] == [ServiceState.NORMAL]
    assert [each.state for each in board(scene, scene.council)] == [ServiceState.STOPPED]
    scene.world.advance(days=31)
    assert board(scene, scene.council) == []


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (Said("", "broken", "", "", None, "TLP:GREEN"), {"state"}),
        (Said("", "normal", "", "", None, "TLP:AMBER"), {"label"}),
        (Said("x" * 121, "normal", "y" * 301, "", None, "TLP:GREEN"), {"service", "forecast"}),
    ],
    ids=["state", "label", "length"],
)
def test_what_cannot_be_said(scene: Scene, said: Said, wrong: set[str]):
    """An unknown state, a label for fewer, a text that no board holds; and nobody but a secretariat says anything."""
    with pytest.raises(Invalid) as raised, scene.world.writing() as session:
        say_state(session, scene.office, said, context=scene.world.context(), policy=scene.policy)
    assert {each.field for each in raised.value.faults} == wrong
    late = Said("", "normal", "", "", scene.world.now + timedelta(hours=1), "TLP:GREEN")
    with pytest.raises(Invalid), scene.world.writing() as session:
        say_state(session, scene.office, late, context=scene.world.context(), policy=scene.policy)
    with pytest.raises(NotPermitted):
        says(scene, scene.hanako, "normal")
