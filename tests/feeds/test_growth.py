"""What others send is remembered only where it is short: long texts stayed in a worker for good."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest

from feeds.errors import TimestampError
from feeds.stix.markings import label_of
from feeds.stix.timestamps import parse_timestamp
from feeds.taxii.media import accepts_taxii, is_posted_type

LONG = 50_000
TIMES = 100
MARKINGS = [f"marking-definition--00000000-0000-4000-8000-{number:09}" for number in range(LONG // 50)]


def ask_timestamp(number: int) -> None:
    with suppress(TimestampError):
        parse_timestamp(f"2026-04-01T09:30:00.{number:0{LONG}}Z")


ASKED: dict[str, Callable[[int], object]] = {
    "a time with many digits": ask_timestamp,
    "many markings": lambda number: label_of((*(f"{each}{number:03}" for each in MARKINGS),)),
    "a long marking": lambda number: label_of((f"{number:0{LONG}}",)),
    "a long Accept": lambda number: accepts_taxii(f"text/{number:0{LONG}}"),
    "a long Content-Type": lambda number: is_posted_type(f"text/{number:0{LONG}}"),
}


@pytest.mark.parametrize("what", ASKED)
def test_long_texts_are_not_kept(what: str):
    """A post of times with eight million digits each kept all of them, in each worker."""
    ask = ASKED[what]
    ask(0)
    tracemalloc.start()
    try:
        for number in range(1, TIMES):
            ask(number)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 5 * LONG
