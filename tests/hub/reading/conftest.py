"""A scene of people with an application in front of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from sharing.actor import Actor
from tests.factory import World
from tests.hub.reading.tools import Reading, application
from tests.sharing.reports.conftest import Scene


@pytest.fixture
def scene(sqlite_peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A fresh hub with everybody in it."""
    world = World(sqlite_peopled_url, tmp_path)
    yield Scene(world)
    world.close()


@pytest.fixture
def app(scene: Scene) -> Flask:
    """The application."""
    return application(scene.world)


@pytest.fixture
def reading(app: Flask, scene: Scene) -> Callable[..., Reading]:
    """Put somebody in front of a browser: `reading(scene.nco, "en")`."""

    def sit(actor: Actor, language: str = "ja") -> Reading:
        return Reading(app, scene.world, actor, language)

    return sit
