"""The check can fail: each planted leak is found, on the route and for the hidden thing that it tells of."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from tests.factory import START
from tests.leaks.hidden import THINGS
from tests.leaks.pairs import Covered, Stage
from tests.leaks.planted import PLANTS, Plant
from tests.leaks.still import standing_still
from tests.leaks.worlds import Ground

pytestmark = pytest.mark.leaks


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_leak_is_found(sqlite_ground: Ground, plant: Plant) -> None:
    """With the leak, the two worlds differ for an innocent reader; `test_leaks` shows that without it they do not."""
    thing = replace(next(each for each in THINGS if each.name == plant.thing), last=True)
    stage = Stage(sqlite_ground, [thing], routes=plant.routes)
    with standing_still(START), plant.plant(), closing(stage):
        stage.prepare()
        found = stage.compare(thing, Covered())
    assert all(answer.status < 500 for answer in stage.without.values()), "the planted change itself does not work"
    assert found, f"expected the planted leak ({plant.name}) to be found at {plant.routes}, found nothing"
