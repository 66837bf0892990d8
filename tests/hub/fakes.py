"""A wiring that holds only what the pages' frame needs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from hub.app import create_app
from hub.process.traffic import Traffic
from hub.settings import Settings
from hub.settings_reading import load_settings
from tests.hub import pattern_pages


@dataclass
class FrameHub:
    """Settings, a clock, a key and the answer of /readyz."""

    settings: Settings
    session_key: bytes = b"k" * 32
    traffic: Traffic = field(default_factory=Traffic)
    problems: list[str] = field(default_factory=list)

    def clock(self) -> datetime:
        """A fixed moment."""
        return datetime(2026, 11, 20, 5, 5, tzinfo=UTC)

    def ready(self) -> list[str]:
        """What the test says."""
        return self.problems


def frame_app(folder: Path, **settings: object) -> Flask:
    """The application with the pattern pages and no others."""
    hub = FrameHub(load_settings(folder, environ={}, **settings))
    return create_app(hub, page_groups=[pattern_pages], machine_doors=["hub.web.health"])
