"""Runs pytest and closes with one honest line, `N passed, N failed, N skipped`; before it, what was skipped and why.

Above that stands what the tests cost (`tests.harness.spent`).
"""

from __future__ import annotations

import os
import sys
from collections import Counter

import pytest

from tests.harness import bytecode, machine, memory
from tests.harness.spent import Spent


class Tally:
    """Counts each test once, in the process that hears of all of them."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self.outcomes: dict[str, str] = {}
        self.reasons: Counter[str] = Counter()
        self.broken: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a phase (setup, call, teardown) of a test."""
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped and self.outcomes.get(report.nodeid) != "failed":
            self.outcomes[report.nodeid] = "skipped"
            self.reasons[_reason(report)] += 1
        elif report.when == "call":
            self.outcomes.setdefault(report.nodeid, "passed")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read as tests is a failure; xdist tells of it once per worker."""
        if report.failed:
            self.broken.add(report.nodeid)
        elif report.skipped:
            self.outcomes[report.nodeid] = "skipped"
            self.reasons[_reason(report)] += 1

    def count(self, outcome: str) -> int:
        """Return how many tests ended so."""
        return sum(1 for found in self.outcomes.values() if found == outcome)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(getattr(report, "wasxfail", "") or report.longrepr)


def _say_skipped(tally: Tally) -> None:
    print("\n" + "!" * 78)
    print(f"! {tally.count('skipped')} tests were SKIPPED, so this run does not speak for them:")
    for reason, count in tally.reasons.most_common():
        print(f"!   {count} x {reason}")
    if any(machine.ENABLE in reason for reason in tally.reasons):
        print(f"! Run `{machine.ENABLE}` (as root or with sudo), then `make test`, to enable them.")
    print("!" * 78)


def main(words: list[str]) -> int:
    """Run pytest with these words; return non-zero when anything failed or nothing ran."""
    tally, spent = Tally(), Spent()
    code = int(pytest.main(words, plugins=[tally, spent]))
    failed = tally.count("failed") + len(tally.broken)
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} and failed == 0:
        print(f"\nexpected pytest to end well, found exit code {code} without a failed test", file=sys.stderr)
        failed = 1
    if not tally.outcomes and failed == 0:
        print("\nexpected at least one test, found none: nothing was shown", file=sys.stderr)
        failed = 1
    if spent.files:
        print(f"\n{spent.table()}")
    skipped = tally.count("skipped")
    if skipped:
        _say_skipped(tally)
    sys.stderr.flush()
    print(
        f"\n{tally.count('passed')} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True
    )
    return int(failed > 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    bytecode.keep()
    memory.write_there()
    sys.exit(main(sys.argv[1:]))
