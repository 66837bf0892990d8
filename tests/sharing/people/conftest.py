"""One world a test, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factory import World


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(hub_url, tmp_path)
    yield made
    made.close()
