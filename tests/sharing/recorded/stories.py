"""Holds the stories in which each writing operation is done once, and how one is added."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from tests.sharing.reports.conftest import Scene

Act = Callable[[Session], Any]
Story = Callable[[Scene], Act]

STORIES: dict[str, Story] = {}
"""Operation → what makes everything ready for it, and then does it once in a unit of work."""


def story(operation: Callable[..., Any]) -> Callable[[Story], Story]:
    """Add the story of one operation."""

    def add(told: Story) -> Story:
        STORIES[f"{operation.__module__}.{operation.__name__}"] = told
        return told

    return add


def after(scene: Scene, operation: Callable[..., Any]) -> Any:
    """What an operation gives, done by its own story."""
    act = STORIES[f"{operation.__module__}.{operation.__name__}"](scene)
    with scene.world.writing() as session:
        return act(session)
