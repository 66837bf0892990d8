"""Measures a page among a million stored objects against the same page among ten thousand, on both databases."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from models.session import upgrade
from models.vocabulary import Role, Tier
from sharing.actor import Actor
from sharing.audiences import intern_tokens
from sharing.collections.access import load_collection
from sharing.reading.grants import Given
from sharing.reading.page import page_for_machines
from sharing.reading.question import Question
from tests.bench.serve_for_bench import database, workplace
from tests.factory import World

BODY_BYTES = 1_000
PAGE = 100
PLACES = 12
REPEATS = 6
FIRST = 1_790_000_000_000_000
"""The position of the first object loaded: long before the hub's own."""

SHARES = {"100 %": 1, "1 %": 100, "0.01 %": 10_000}
"""Reader → one object in so many is granted to it."""

_SERIES = {
    "sqlite": (
        "(WITH RECURSIVE s(n) AS (SELECT :low UNION ALL SELECT n + 1 FROM s WHERE n + 1 < :high) SELECT n FROM s) s"
    ),
    "postgres": "generate_series(:low, :high - 1) AS s(n)",
}
_OBJECTS = """
    INSERT INTO objects (id, stix_id, publisher_id, version_us, version, type, spec_version, label, exercise,
        superseded, feed, audience_id, entry_id, place, salt, sha256, fullness, body)
    SELECT s.n + 1000000, 'indicator--' || ((s.n * 2654435761) % 4294967296) || '-' || s.n, :publisher, 1, '1',
        'indicator', '2.1', 1, :no, :no, :feed, 1, 1, 0, :salt, :salt, 0, :body
    FROM {series}
"""
_GRANTS = """
    INSERT INTO grants (feed, token_id, position, object_id, probe, type)
    SELECT :feed, :token, :first + s.n, s.n + 1000000, 0, 'indicator' FROM {series} WHERE s.n % :every = 0
"""


Times = dict[tuple[int, str], tuple[float, float]]
"""(stored, share) → milliseconds of a page of 100 and of an empty poll."""


def is_full(size: int, share: str) -> bool:
    """Whether a reader of this share finds a full page among so many."""
    return size // SHARES[share] >= PAGE


class Loaded:
    """A hub with so many objects, and its readers by the share that they may see."""

    def __init__(self, kind: str, url: str, folder: Path, size: int) -> None:
        upgrade(url)
        self.size = size
        self.world = World(url, folder, start=datetime.now(UTC))
        self.readers = {
            "100 %": self.world.person(self.world.operator("Everything"), Role.READER),
            "1 %": self.world.person(self.world.organization(Tier.COUNCIL, "Council"), Role.COUNCIL),
            "0.01 %": self.world.person(self.world.organization(Tier.FOREIGN, "Partner"), Role.READER),
        }
        with self.world.writing() as session:
            session.execute(text("UPDATE token_windows SET opened = 0"))
            reader = self.world.reader(session, self.readers["100 %"])
            self.feed = load_collection(session, reader, "electricity").feed
        _load(kind, self.world, self.feed, size)

    def time_page(self, actor: Actor, after: int, rows: int) -> float:
        """Seconds of one page as a door reads it."""
        started = time.perf_counter()
        with self.world.hub.reading(snapshot=False) as session:
            reader = self.world.reader(session, actor)
            asked = Question(after=after)
            sealer = self.world.hub.secrets.cursor
            page = page_for_machines(session, reader, self.feed, asked, Given, limit=PAGE, sealer=sealer)
        seconds = time.perf_counter() - started
        assert len(page.rows) == rows, f"expected {rows} rows, found {len(page.rows)}"
        return seconds

    def turn(self, share: str, place: int) -> tuple[float, float]:
        """A full page (or all there is) from one of several places, and an empty poll."""
        every, actor = SHARES[share], self.readers[share]
        rows = min(PAGE, self.size // every)
        after = FIRST - 1 + (self.size - rows * every) * place // PLACES // every * every
        return self.time_page(actor, after, rows), self.time_page(actor, FIRST + self.size, 0)


def measure(kind: str, sizes: tuple[int, int]) -> Times:
    """Load hubs of these sizes and time pages of each in turn, so that a slow moment of the machine hits all alike."""
    with workplace() as folder, ExitStack() as stack:
        hubs = []
        for size in sizes:
            place = folder / str(size)
            place.mkdir(mode=0o711)
            url, _ = stack.enter_context(database(kind, place))
            hubs.append(Loaded(kind, url, place, size))
            stack.callback(hubs[-1].world.close)
        seconds: dict[tuple[int, str], list[tuple[float, float]]] = {}
        for repeat in range(REPEATS + 1):
            for share in SHARES:
                for place_number in range(PLACES):
                    for hub in hubs:
                        took = hub.turn(share, place_number)
                        if repeat:  # the first round warms up
                            seconds.setdefault((hub.size, share), []).append(took)
    return {
        key: (statistics.median(page for page, _ in took) * 1e3, statistics.median(empty for _, empty in took) * 1e3)
        for key, took in seconds.items()
    }


def _load(kind: str, world: World, feed: int, size: int) -> None:
    """Straight into the tables, by SQL: the way through intake is measured elsewhere."""
    series = _SERIES[kind]
    grants = {"members": 1, "secretariat:water": 1, "sector:water": 2, "council": 100, "foreign": 10_000}
    with world.writing() as session:
        numbers = intern_tokens(session, grants)
        publisher = world.command().organization.id
        more = {"low": 0, "high": size, "feed": feed}
        values: dict[str, Any] = {
            **more,
            "publisher": publisher.hex if kind == "sqlite" else publisher,
            "no": False,
            "salt": bytes(32),
            "body": b'{"x":"' + b"a" * (BODY_BYTES - 8) + b'"}',
        }
        session.execute(text(_OBJECTS.format(series=series)), values)
        for token, every in grants.items():
            parameters = {**more, "token": numbers[token], "every": every, "first": FIRST}
            session.execute(text(_GRANTS.format(series=series)), parameters)
    with world.writing() as session:
        session.execute(text("ANALYZE"))
