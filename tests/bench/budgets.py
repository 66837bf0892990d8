"""Holds what is measured, what the peers and the measuring stick did when the budgets were set, and the budgets.

A shared machine is quick one day and slow the next, so a budget is held against the measuring stick of the same run:
the floor is "so many times the best peer", told in parts of what the stick did beside that peer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """One case. Times are better when low, rates when high."""

    case: str
    """How the harness's case begins."""
    measure: str
    peer: float
    """The best peer, as printed when the budgets were set."""
    floor: float
    """How many times better than that peer we must be at least."""
    target: float
    stick_sqlite: float
    stick_postgres: float
    """What the measuring stick did beside that peer (with granian where that matters)."""
    lower_is_better: bool = False
    stored: int | None = None

    def at_least(self, kind: str, wanted: float) -> float:
        """The ratio to the stick (above 1: better than it) that `wanted` times the peer means."""
        stick = self.stick_postgres if kind == "postgres" else self.stick_sqlite
        return stick / (self.peer / wanted) if self.lower_is_better else self.peer * wanted / stick


BUDGETS = (
    Budget("ingest c1 b1000", "obj_per_s", 1_052, 10, 20, 32_452, 30_133),
    Budget("ingest c1 b100", "obj_per_s", 986, 6, 12, 27_638, 20_393),
    Budget("ingest c1 b1", "obj_per_s", 198, 2.5, 4, 1_640, 1_000),
    Budget("ingest c8 b1000", "obj_per_s", 1_209, 8, 15, 35_000, 35_000),
    Budget("poll finds 0 new", "p50_ms", 2.8, 3, 5, 0.20, 0.35, lower_is_better=True),
    Budget("poll finds 10 new", "p50_ms", 3.6, 3, 5, 0.37, 0.53, lower_is_better=True),
    Budget("8 pollers", "req_per_s", 702, 3, 10, 12_200, 6_700),
    Budget("sweep objects", "obj_per_s", 24_400, 6, 12, 471_311, 187_360, stored=10_000),
    Budget("sweep objects", "obj_per_s", 18_600, 8, 15, 442_395, 217_939, stored=100_000),
    Budget("manifest first page", "p50_ms", 20, 4, 6, 2.1, 2.1, lower_is_better=True),
    Budget("GET object by id", "p50_ms", 2.6, 2.5, 4, 0.3, 0.38, lower_is_better=True),
)

PSS_MB = (130, 160)
"""Memory of two workers at the start: target and ceiling."""
SEARCH_MS = 200
"""The 95th percentile of the first page of a search among 100,000 reports."""
DEMO_SECONDS = 20
"""From the command to a demo that is ready, with its whole year."""
START_SECONDS = (0.4, 0.8)
"""From the command to the first answer: target and ceiling."""
PAGE_RATIO = (1.25, 1.5)
"""Time of a page at a million stored objects against the same at ten thousand: target and ceiling."""
MEMORY_GROWTH_MB = (60, 100)
"""What two workers may grow by until 100,000 objects are stored: target and ceiling."""
LAST_TENTH = (0.7, 0.5)
"""Rate of taking in at the end of a fill against its beginning: target and floor."""
BASIC = (0.95, 0.8)
"""Polls with HTTP Basic and an API key against the same with Bearer: target and floor."""
