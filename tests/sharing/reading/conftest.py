"""A town on each of the two databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sharing.reading.town import Town


@pytest.fixture
def town(hub_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town of this test's own."""
    made = Town(hub_url, tmp_path)
    yield made
    made.close()
