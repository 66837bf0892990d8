"""A hub that nobody asks for hours keeps its clock, as does one without its database; a wrong clock still stops it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from hub import wsgi
from hub.process.clock_leaps import Steady
from hub.scheduler.ticks import Ticks
from sharing.audit.record import Event, record
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag
from sharing.errors import ClockLeap
from tests.factory import World


class Running:
    """A clock that only runs on, as the machine's own does."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def running() -> Running:
    return Running()


def _writes(world: World) -> None:
    with world.writing() as session:
        record(session, Event(Tag.HUB_START, None), world.context())
    if not world.hub.units.integrate_waiting():
        raise ClockLeap("what was recorded waits")


def _seen(world: World) -> int:
    with world.reading() as session:
        return load_log_head(session).clock_seen


def test_hours_without_a_request_are_no_leap(hub_url: str, tmp_path: Path, running: Running, monkeypatch):
    """Another server starts our jobs with its first request, which may come on Monday morning."""
    world = World(hub_url, tmp_path)
    monkeypatch.setattr(wsgi, "jobs", lambda _hub: None)
    application = wsgi.Application(world.hub, Flask(__name__), Steady(world.hub, running))
    world.now += timedelta(hours=60)
    running.seconds += 60 * 3600
    run_wsgi_app(application, create_environ())
    _writes(world)
    world.close()


@pytest.mark.parametrize("true_hours", [3, 0])
def test_hours_without_a_database_are_no_leap(hub_url: str, tmp_path: Path, running: Running, true_hours: int):
    """The machine's own running clock tells an outage from a wrong time."""
    world = World(hub_url, tmp_path)
    ticks = Ticks(world.hub, "one", Steady(world.hub, running))
    ticks.lease()
    ticks.second()
    before = _seen(world)
    world.now += timedelta(hours=3)
    running.seconds += true_hours * 3600
    ticks.lease()
    ticks.second()
    assert (_seen(world) > before) is bool(true_hours)
    if true_hours:
        _writes(world)
    else:
        with pytest.raises(ClockLeap):
            _writes(world)
    world.close()
