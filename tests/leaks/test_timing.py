"""Absent and hidden take the same time: paired requests, and a statistic that a difference of a few percent would move.

Each pair asks for an id that nobody has and for one that is hidden from the reader, in an order that a coin decides, so
that whatever slows the machine slows both alike. The sign test over the pairs needs no model of how times are spread.
"""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Callable
from random import Random
from statistics import median
from time import perf_counter_ns, sleep
from unittest.mock import patch

import pytest

import hub.beat
from crypto.tokens import new_reference
from tests.factory import START
from tests.leaks.asking import Ask, send
from tests.leaks.conftest import Ground
from tests.leaks.hidden import THINGS
from tests.leaks.pairs import Stage
from tests.leaks.still import set_time, standing_still

pytestmark = pytest.mark.leaks

PAIRS = int(os.environ.get("PAIRS", "300"))
"""Paired requests for each route; `make leaks PAIRS=10000` measures as finely as the promise says."""
SUSPECT = 5.0
"""Standard deviations of the sign test: chance alone reaches it once in two million runs."""
TOLERATED = 0.02
"""A difference of the medians below two percent of a request is told by nobody over a network."""

ABSENT_REPORT = "00000000-0000-4000-8000-00000000dead"
ABSENT_OBJECT = f"incident--{ABSENT_REPORT}"
_INBOX = "/taxii2/hub/collections/inbox"
ROUTES: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("GET /reports/<uuid:report_id>/", "/reports/{}/".format, "report"),
    ("GET /api/v1/reports/<reference>", "/api/v1/reports/{}".format, "reference"),
    ("GET /api/v1/objects/<stix_id>", "/api/v1/objects/{}".format, "object"),
    ("GET /reports/<uuid:report_id>/recall", "/reports/{}/recall".format, "report"),
    ("GET /taxii2/<root>/collections/<ident>/objects/<stix_id>/", f"{_INBOX}/objects/{{}}/".format, "object"),
    ("GET /taxii2/<root>/collections/<ident>/objects/", f"{_INBOX}/objects/?match[id]={{}}".format, "object"),
    ("GET /taxii2/<root>/collections/<ident>/manifest/", f"{_INBOX}/manifest/?match[id]={{}}".format, "object"),
    ("GET /api/v1/feeds/<feed>/objects", "/api/v1/feeds/inbox/objects?id={}".format, "object"),
)


@pytest.mark.parametrize(("route", "path", "kind"), ROUTES, ids=[each[0] for each in ROUTES])
def test_absent_and_hidden_take_the_same_time(
    sqlite_ground: Ground,
    route: str,
    path: Callable[[str], str],
    kind: str,
    record_property: Callable[[str, object], None],
) -> None:
    """For a rival, who may not know of the report."""
    hidden = next(each for each in THINGS if each.name == "amber")
    stage = Stage(sqlite_ground.base, sqlite_ground.folder, None, [hidden])
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        sleep(seconds)

    still = standing_still(START, on_beat=True)
    with still, patch.object(hub.beat, "sleep", wait), stage.world(hidden) as (copy, ids):
        there = {"report": ids.reports, "reference": ids.references, "object": ids.objects}[kind][0]
        absent = {"report": ABSENT_REPORT, "reference": _absent_reference(there), "object": ABSENT_OBJECT}[kind]
        reader = stage.readers["water reporter"]
        set_time(copy.now)

        def seconds(ident: str) -> int:
            waited.clear()
            begin = perf_counter_ns()
            answer = send(copy.app, reader, Ask(route, path(ident)))
            spent = perf_counter_ns() - begin
            assert len(waited) == 1, f"expected an answer on the beat, found {len(waited)} waits"
            is_list = "id" in path(ident).partition("?")[2]
            expected = 200 if is_list else 404
            assert answer.status_code == expected, f"expected {expected} for {ident}, found {answer.status_code}"
            assert not is_list or ident not in answer.text, f"expected nothing of {ident}, found it"
            return spent

        found = compare(lambda: seconds(absent), lambda: seconds(there))
    record_property("said", f"timing, {route}: {found}")
    assert not found.tells, f"absent and hidden can be told apart at {route}: {found}"


class Compared:
    """What the pairs say."""

    def __init__(self, absent: list[int], hidden: list[int]) -> None:
        self.pairs = len(absent)
        slower = sum(b > a for a, b in zip(absent, hidden, strict=True))
        ties = sum(b == a for a, b in zip(absent, hidden, strict=True))
        counted = max(self.pairs - ties, 1)
        self.sigma = (2 * slower - counted) / math.sqrt(counted)
        self.absent, self.hidden = median(absent), median(hidden)
        self.share = median(b - a for a, b in zip(absent, hidden, strict=True)) / self.absent

    @property
    def tells(self) -> bool:
        """Whether the difference is both no chance and large enough to matter."""
        return abs(self.sigma) > SUSPECT and abs(self.share) > TOLERATED

    def __str__(self) -> str:
        return (
            f"{self.pairs} pairs, medians {self.absent / 1e6:.3f} and {self.hidden / 1e6:.3f} ms, "
            f"median difference {self.share:+.2%}, sign test {self.sigma:+.1f} σ"
        )


def compare(absent: Callable[[], int], hidden: Callable[[], int], pairs: int = PAIRS) -> Compared:
    """Ask both, in an order that a coin decides."""
    coin = Random(1)
    times: tuple[list[int], list[int]] = ([], [])
    for _warm in range(10):
        absent()
        hidden()
    gc.disable()
    try:
        for _pair in range(pairs):
            for place in (0, 1) if coin.random() < 0.5 else (1, 0):
                times[place].append((absent, hidden)[place]())
    finally:
        gc.enable()
    return Compared(*times)


def test_the_statistic_finds_a_difference() -> None:
    """Ten percent more work for what is hidden is found."""

    def work(rounds: int) -> int:
        begin = perf_counter_ns()
        sum(range(rounds))
        return perf_counter_ns() - begin

    assert compare(lambda: work(20_000), lambda: work(23_000), 300).tells
    assert not compare(lambda: work(20_000), lambda: work(20_000), 300).tells


def _absent_reference(there: str) -> str:
    """A reference number with a good check digit that nobody has."""
    made = new_reference(Random(7).randbytes)
    return made if made != there else new_reference(Random(8).randbytes)
