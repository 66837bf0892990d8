"""Times of answers as a client has them, in pairs, and a statistic that says whether they tell two things apart.

Each pair asks both, in an order that a coin decides, so that whatever slows the machine slows both alike. The sign test
over the pairs needs no model of how times are spread, and a difference has no size below which it would not count.
"""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter_ns
from typing import Any, NamedTuple
from unittest.mock import patch

import hub.security.beat
from crypto.tokens import new_reference
from hub.security.beat import wait_until
from tests.factory import START
from tests.leaks.asking import Ask, Ids, written
from tests.leaks.cast import Reader
from tests.leaks.copies import Copy
from tests.leaks.hidden import THINGS
from tests.leaks.still import set_time, standing_still
from tests.leaks.worlds import Ground

PAIRS = int(os.environ.get("PAIRS", "300"))
"""Paired requests for each route; `make leaks PAIRS=10000` measures as finely as the promise says."""
SUSPECT = 4.5
"""Standard deviations of the sign test: chance alone reaches it once in eight thousand runs of all routes."""

ABSENT_REPORT = "5fd1c0aa-3b7e-4c19-9d46-8e02b7f3a61c"
"""As like as can be to one that somebody has: zeros alone could take another time to read."""
ABSENT_OBJECT = f"incident--{ABSENT_REPORT}"


class Route(NamedTuple):
    """A route that is asked for one thing by its name."""

    rule: str
    path: Callable[[str], str]
    kind: str
    """By what it is asked: a report's id, its reference number, or an object's id."""

    @property
    def lists(self) -> bool:
        """Whether it answers a list, which then is empty; others answer that there is no such thing."""
        return "?" in self.path("")


@dataclass(frozen=True)
class Asking:
    """Asks the application of one world as one reader, and takes the time."""

    copy: Copy
    reader: Reader
    route: Route
    absent: str
    hidden: str
    waited: list[float]

    def seconds_of(self, ident: str) -> int:
        """Nanoseconds from the request that stands ready to the last of its answer: no work of a client is in them."""
        environ = written(self.copy.app, self.reader, Ask(self.route.rule, self.route.path(ident))).get_environ()
        statuses: list[str] = []
        self.waited.clear()
        begin = perf_counter_ns()
        answer: Any = self.copy.app(environ, lambda status, *_: statuses.append(status))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        spent = perf_counter_ns() - begin
        assert len(self.waited) == 1, f"expected an answer on the beat, found {len(self.waited)} waits"
        expected = "200" if self.route.lists else "404"
        assert statuses[0].startswith(expected), f"expected {expected} for {ident}, found {statuses[0]}"
        assert not self.route.lists or ident.encode() not in body, f"expected nothing of {ident}, found it"
        return spent

    def compare(self, pairs: int = PAIRS) -> Compared:
        """Ask for what is absent and for what is hidden."""
        return compare(lambda: self.seconds_of(self.absent), lambda: self.seconds_of(self.hidden), pairs)


@dataclass(frozen=True)
class Told:
    """A world with a report that a rival may not know of, and what that is called."""

    copy: Copy
    ids: Ids
    readers: Mapping[str, Reader]

    @contextmanager
    def asking(self, route: Route) -> Iterator[Asking]:
        """As the rival. Asking changes nothing in this world: all routes that are timed only read."""
        waited: list[float] = []

        def noted(due: float) -> None:
            waited.append(due)
            wait_until(due)

        ids = self.ids
        there = {"report": ids.reports, "reference": ids.references, "object": ids.objects}[route.kind][0]
        absent = {"report": ABSENT_REPORT, "reference": absent_reference(there), "object": ABSENT_OBJECT}[route.kind]
        with standing_still(START, on_beat=True), patch.object(hub.security.beat, "wait_until", noted):
            set_time(self.copy.now)
            yield Asking(self.copy, self.readers["water reporter"], route, absent, there, waited)


@contextmanager
def told(ground: Ground) -> Iterator[Told]:
    """The hidden report is filed, in a world of its own."""
    hidden = next(each for each in THINGS if each.name == "amber")
    with ExitStack() as stack:
        with standing_still(START):
            copy, ids = stack.enter_context(ground.world(hidden))
        yield Told(copy, ids, ground.base.readers)


class Compared:
    """What the pairs say."""

    def __init__(self, absent: list[int], hidden: list[int]) -> None:
        self.pairs = len(absent)
        slower = sum(b > a for a, b in zip(absent, hidden, strict=True))
        ties = sum(b == a for a, b in zip(absent, hidden, strict=True))
        counted = max(self.pairs - ties, 1)
        self.sigma = (2 * slower - counted) / math.sqrt(counted)
        self.absent, self.hidden = median(absent), median(hidden)
        self.difference = median(b - a for a, b in zip(absent, hidden, strict=True))
        self.spread = median(abs(b - a) for a, b in zip(absent, hidden, strict=True))

    @property
    def tells(self) -> bool:
        """Whether the difference is no chance, however small it is."""
        return abs(self.sigma) > SUSPECT

    def __str__(self) -> str:
        return (
            f"{self.pairs} pairs, medians {self.absent / 1e6:.3f} and {self.hidden / 1e6:.3f} ms, "
            f"median difference {self.difference / 1e3:+.2f} µs, sign test {self.sigma:+.1f} σ"
        )


def compare(absent: Callable[[], int], hidden: Callable[[], int], pairs: int) -> Compared:
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


def absent_reference(there: str) -> str:
    """A reference number with a good check digit that nobody has."""
    made = new_reference(Random(7).randbytes)
    return made if made != there else new_reference(Random(8).randbytes)
