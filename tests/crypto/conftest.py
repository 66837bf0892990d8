"""Holds what the tests of proofs share: the public vectors, our own known answers, and repeatable randomness."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]


def counting_random(seed: bytes = b"") -> Callable[[int], bytes]:
    """Bytes that look random and are the same in every run."""
    drawn = 0

    def random_bytes(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(seed + drawn.to_bytes(4, "big")).digest(count)

    return random_bytes


@pytest.fixture
def random_bytes() -> Callable[[int], bytes]:
    return counting_random()


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Public vectors by file name."""
    return lambda name: json.loads((TESTS / "vectors" / name).read_text("utf-8"))


@pytest.fixture(scope="session")
def known() -> Any:
    """Our own known answers, which other implementations use too."""
    return json.loads((TESTS.parent / "docs" / "vectors" / "entries.json").read_text("utf-8"))
