"""A hub with witnesses: fresh, in one file that can be copied, and who watches it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factory import World
from tests.hub.witness.watching import Watchers


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub, on each of the databases."""
    made = World(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def little(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub in one file, which can be copied and put back."""
    made = World(sqlite_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def watchers(tmp_path: Path) -> Iterator[Watchers]:
    """Nobody yet."""
    made = Watchers(tmp_path)
    yield made
    made.close()
