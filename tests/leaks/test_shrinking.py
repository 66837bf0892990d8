"""A failing random world is told as short as it gets: only the deeds and organizations that the failure needs."""

from __future__ import annotations

from contextlib import closing

import pytest

from models.vocabulary import Label
from tests.factory import START
from tests.leaks.pairs import Covered, Stage
from tests.leaks.planted import PLANTS
from tests.leaks.still import standing_still
from tests.leaks.wild import Wild, WildPost, WildReport
from tests.leaks.worlds import Ground

pytestmark = pytest.mark.leaks


def test_a_failing_random_world_is_told_as_short_as_it_gets(sqlite_ground: Ground) -> None:
    """Three deeds, one of which a planted total tells; the story keeps that one, plain, and who is needed for it."""
    plant = next(each for each in PLANTS if each.name == "a total over all reports")
    wild = Wild(
        "told short",
        (
            WildPost("first", "water secretariat", "water", Label.RED, 1_500, 1),
            WildReport("second", "rival", Label.AMBER, frozenset({"consent_foreign", "name_to_sector"}), "E10", "C201"),
            WildPost("third", "grid secretariat", "electricity", Label.AMBER_STRICT, 1_501, 2),
        ),
        last=True,
    )
    stage = Stage(sqlite_ground, [wild.hidden()], routes=plant.routes)
    with standing_still(START), plant.plant(), closing(stage):
        stage.prepare()
        first = stage.compare(wild.hidden(), Covered())[0]
    lines = str(first).partition("The same as short as it gets:\n")[2].splitlines()
    deeds = [line.strip() for line in lines if line.strip().startswith("In one")]
    assert deeds == ["In one of them only, rival filed a TLP:AMBER report."]
    assert not any(line.strip().startswith("In both worlds") for line in lines), "nothing else needs to happen"
    assert "みどり電力株式会社" in lines[0]
    assert len(lines[0].split("、")) <= 2, "the sender, and the reader where it is of another organization"
    (asks,) = [line for line in lines if line.startswith("  Then the ")]
    assert first.reader in asks
    assert "asks GET /api/v1/trends" in asks
