"""What the tests cost: processor seconds by file, told at the end of a run.

Seconds of a processor and not of the clock: what else the machine does meanwhile does not count, and a test that only
waits shows as what it is. A test's child processes count with it once they have ended; the database server is told
apart.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field

import psutil
import pytest

from tests.harness import postgres, processes

PROPERTY = "processor"
"""What a report calls the processor seconds of its phase."""
SHOWN = 15
"""Files that are named; the rest are one line."""


def seconds_so_far() -> float:
    """What this process and its children have used up to now."""
    mine = os.times()
    return (
        mine.user + mine.system + mine.children_user + mine.children_system + _seconds_of(processes.forking_process())
    )


class Clock:
    """Writes on the report of each phase (setup, call, teardown) what it has cost, in the process that ran it."""

    def __init__(self) -> None:
        """Begin now."""
        self._seen = seconds_so_far()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Everything since the report before belongs to this one."""
        report = yield
        now = seconds_so_far()
        report.user_properties.append((PROPERTY, now - self._seen))
        self._seen = now
        return report


@dataclass
class Cost:
    """What the tests of one file have cost."""

    tests: int = 0
    processor: float = 0.0
    clock: float = 0.0


@dataclass(eq=False)
class Spent:
    """Adds up what is reported, in the process that hears of all tests."""

    files: defaultdict[str, Cost] = field(default_factory=lambda: defaultdict(Cost))
    server: float = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a phase of a test to its file."""
        cost = self.files[report.location[0]]
        cost.tests += report.when == "call"
        cost.processor += sum(float(spent) for name, spent in report.user_properties if name == PROPERTY)
        cost.clock += report.duration

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self) -> None:
        """Ask the database server for its share before it is stopped."""
        self.server = _seconds_of(postgres.process_of_shared_server())

    def table(self) -> str:
        """The costliest files, the rest, the database server, and all together."""
        ordered = sorted(self.files.items(), key=lambda each: -each[1].processor)
        lines = [("processor", "clock", "tests", "")]
        lines += [_line(cost, name) for name, cost in ordered[:SHOWN]]
        rest = [cost for _, cost in ordered[SHOWN:]]
        if rest:
            lines.append(_line(_sum(rest), f"{len(rest)} more files"))
        if self.server:
            lines.append((f"{self.server:.0f} s", "", "", "PostgreSQL"))
        whole = _sum(list(self.files.values()))
        lines.append(_line(Cost(whole.tests, whole.processor + self.server, whole.clock), "all together"))
        return "\n".join(f"{a:>10} {b:>10} {c:>7}  {name}" for a, b, c, name in lines)


def _line(cost: Cost, name: str) -> tuple[str, str, str, str]:
    return f"{cost.processor:.0f} s", f"{cost.clock:.0f} s", str(cost.tests), name


def _sum(costs: list[Cost]) -> Cost:
    return Cost(sum(c.tests for c in costs), sum(c.processor for c in costs), sum(c.clock for c in costs))


def _seconds_of(pid: int | None) -> float:
    """What a process and those of its children that ended have used."""
    try:
        times = psutil.Process(pid).cpu_times() if pid is not None else None
    except psutil.NoSuchProcess:
        times = None
    return float(times.user + times.system + times.children_user + times.children_system) if times else 0.0
