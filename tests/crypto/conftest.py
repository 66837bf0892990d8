"""Holds what the tests of proofs share: the public vectors and our own known answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

TESTS = Path(__file__).parents[1]

# A busy machine is no fault of the code: examples have no time limit of their own.
settings.register_profile("proofs", deadline=None)
settings.load_profile("proofs")


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Public vectors by file name."""
    return lambda name: json.loads((TESTS / "vectors" / name).read_text("utf-8"))


@pytest.fixture(scope="session")
def known() -> Any:
    """Our own known answers, which other implementations use too."""
    return json.loads((TESTS.parent / "docs" / "vectors" / "entries.json").read_text("utf-8"))
