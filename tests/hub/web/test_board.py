"""The page on which a secretariat says how a service stands: what is wrong stands at its field, what is typed stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.web.desk import board
from tests.factory import World
from tests.hub.web.report_tools import application
from tests.hub.web.test_reports import Stage


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    world = World(sqlite_hub_url, tmp_path)
    yield Stage(world, application(world, board))
    world.close()


def test_a_word_on_the_board(stage: Stage):
    """A control tells a screen reader its hint and its error; the right word is read by another sector."""
    office = stage.browser("office", "en")
    office.get("/board/say")
    said = {"service": "x" * 400, "state": "", "forecast": "By 14:00", "source": "Members", "label": "TLP:GREEN"}
    wrong = office.send("/board/say", said)
    assert wrong.status_code == 422
    service = re.search(r'<input[^>]* id="service"[^>]*>', wrong.text)
    assert service is not None
    assert 'aria-invalid="true"' in service[0] and 'aria-describedby="service-hint service-error"' in service[0]
    state = re.search(r'<select[^>]* id="state"[^>]*>', wrong.text)
    assert state is not None and 'aria-describedby="state-error"' in state[0]
    forecast = re.search(r'<input[^>]* id="forecast"[^>]*>', wrong.text)
    assert forecast is not None and 'aria-describedby="forecast-hint"' in forecast[0] and "By 14:00" in forecast[0]
    right = office.send("/board/say", {**said, "service": "Billing", "state": "degraded"})
    assert right.status_code == 200 and "Billing" in right.text
    assert "Billing" in stage.browser("water", "en").get("/board/").text
