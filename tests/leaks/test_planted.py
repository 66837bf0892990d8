"""The check can fail: each planted leak is found, on the route and for the hidden thing that it tells of."""

from __future__ import annotations

import pytest

from tests.factory import START
from tests.leaks.conftest import Ground
from tests.leaks.hidden import THINGS
from tests.leaks.pairs import Covered, Stage
from tests.leaks.planted import PLANTS, Plant
from tests.leaks.still import standing_still

pytestmark = pytest.mark.leaks


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_planted_leak_is_found(sqlite_ground: Ground, plant: Plant) -> None:
    """With the leak, the two worlds differ for an innocent reader; without it, the same requests do not."""
    thing = next(each for each in THINGS if each.name == plant.thing)
    found = []
    for planted in (False, True):
        stage = Stage(sqlite_ground.base, sqlite_ground.folder, None, [thing], routes=plant.routes)
        with standing_still(START):
            if planted:
                with plant.plant():
                    stage.prepare()
                    found.append(stage.compare(thing, Covered()))
            else:
                stage.prepare()
                found.append(stage.compare(thing, Covered()))
    honest, leaking = found
    assert not honest, f"expected no difference without the leak, found {honest[0]}"
    assert leaking, f"expected the planted leak ({plant.name}) to be found at {plant.routes}, found nothing"
    assert all(each.ask.route in plant.routes for each in leaking)
