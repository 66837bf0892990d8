"""Who reads is told by name where the name is known, else by group: one rule, and every page uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.vocabulary import Tier
from sharing.rules.knowing import group_of, knows
from sharing.shown_readers import show_readers
from tests.factory import World


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> World:
    return World(hub_url, tmp_path)


def test_a_rival_is_told_as_a_group_and_a_secretariat_by_name(world: World) -> None:
    """That an operator takes part is not public, even to a sender whose edition it has read."""
    aoba, rival, water = world.operator("Aoba"), world.operator("Midori"), world.operator("Seiryu", "water")
    office, pipes = world.secretariat("Power office"), world.secretariat("Water office", "water")
    abroad = world.organization(Tier.FOREIGN, "Partner abroad")
    everybody = [each.id for each in (aoba, rival, water, office, pipes, abroad)]
    with world.reading() as session:
        to_aoba = show_readers(session, aoba, everybody)
        to_office = show_readers(session, office, everybody)
    assert {each.token for each in to_aoba.values() if not each.is_named} == {
        "ceptoar:electricity",
        "ceptoar:water",
        "foreign",
    }
    assert to_aoba[aoba.id].name("ja") == "Aoba"
    assert to_aoba[pipes.id].name("en") == "Water office"
    assert "Midori" not in str(to_aoba)
    assert "Seiryu" not in str(to_aoba)
    assert to_office[rival.id].is_named
    assert not to_office[water.id].is_named


def test_unknown_means_closed(world: World) -> None:
    """An organization of no group that people may know is one of the members, and no more."""
    body = world.organization(Tier.AUDITOR, "Auditor")
    aoba = world.operator("Aoba")
    assert not knows(aoba, body)
    assert group_of(body) == "members"
    with world.reading() as session:
        assert show_readers(session, aoba, []) == {}
