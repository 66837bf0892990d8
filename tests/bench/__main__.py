"""`make bench`: what the hub does beside the measuring stick, and where the budgets are missed.

make bench                                          a few minutes
make bench ARGS="--rounds 3 --levels 10000,100000"  an hour, steadier
make bench ARGS="--only pages --objects 1000000"    only the pages among a million
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.bench import beside, desk, loader, million, paper, ranges, remains, searching, trail
from tests.bench.budgets import (
    BASIC,
    BUDGETS,
    DEMO_SECONDS,
    LAST_TENTH,
    MEMORY_GROWTH_MB,
    PAGE_RATIO,
    PSS_MB,
    SEARCH_MS,
    START_SECONDS,
    Budget,
)
from tests.bench.serve_for_bench import served, workplace
from tests.harness.processes import start_demo

KINDS = ("sqlite", "postgres")
PARTS = "start,demo,basic,doors,remains,pages,ranges,search,desk,pdf"
CASES = "race,ingest,incremental,fill,sweep,manifest,lookup"
SMALL = 10_000


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=PARTS, help=f"of {PARTS}")
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--levels", default=str(SMALL), help="stored sizes at which reads are measured")
    parser.add_argument("--cases", default=CASES, help="cases of the shared harness")
    parser.add_argument("--objects", type=int, default=1_000_000, help="how many the pages are measured among")
    parser.add_argument("--reports", type=int, default=100_000, help="how many are searched")
    parser.add_argument("--entries", type=int, default=1_000_000, help="how long a log is checked")
    given = parser.parse_args()
    kinds, missed, started = given.databases.split(","), [], time.monotonic()
    if "start" in given.only:
        missed += [line for kind in kinds for line in start(kind)]
    if "demo" in given.only:
        missed += demo()
    if "basic" in given.only:
        missed += [line for kind in kinds for line in basic(kind)]
    if "doors" in given.only:
        missed += list(doors(kinds, given))
    if "remains" in given.only:
        for kind in kinds:
            where_time_goes(kind)
    if "pages" in given.only:
        missed += [line for kind in kinds for line in pages(kind, given.objects)]
    if "ranges" in given.only:
        missed += [line for kind in kinds for line in wide_ranges(kind)]
    if "search" in given.only:
        missed += [line for kind in kinds for line in searches(kind, given.reports)]
    if "desk" in given.only:
        missed += [line for kind in kinds for line in the_desk(kind, given.reports)]
    if "pdf" in given.only:
        missed += list(papers())
    if "trail" in given.only:
        missed += list(the_trail(given.entries))
    print(f"\n{time.monotonic() - started:.0f} s")
    print("\n".join(["", "MISSED:", *missed]) if missed else "every floor is held")


def _say(*cells: object) -> None:
    widths = (28, 10, 14, 14, 9, 9, 20, 14)
    print("  ".join(f"{cell!s:<{width}}" for cell, width in zip(cells, widths, strict=False)), flush=True)


def where_time_goes(kind: str) -> None:
    """What remains between the hub and the stick, by what it is for; no budget says how it is to be spent."""
    print()
    _say("one process, itself", "database", "ms", "shares of it")
    for found in remains.measure(kind):
        shares = ", ".join(f"{part} {share:.0%}" for part, share in found.shares.items() if share >= 0.01)
        _say(found.case, kind, f"{found.milliseconds:.2f}", shares)


def searches(kind: str, size: int) -> Iterator[str]:
    """The first page of a search among so many reports."""
    found, p95 = searching.measure(kind, size)
    print()
    _say("search", kind, "median ms", "p95 ms", "reader")
    for (name, share), (median, slow) in found.items():
        _say(name, "", f"{median:.1f}", f"{slow:.1f}", share)
    yield from _hold("p95 over all, ms", kind, (p95, SEARCH_MS), p95, (SEARCH_MS / 2, SEARCH_MS), most=True)


def the_desk(kind: str, reports: int) -> Iterator[str]:
    """The pages of operators and secretariats among so many reports."""
    print()
    _say(f"among {reports:,} reports", "database", "p95", "", "", "at most")
    for name, value, most in desk.measure(kind, reports):
        _say(name, kind, f"{value:.1f} ms", "", "", f"{most:g} ms", "MISSED" if value > most else "")
        if value > most:
            yield f"{kind}: {name} {value:.1f} ms, at most {most:g} ms"


def papers() -> Iterator[str]:
    """From the request to the PDF."""
    print()
    _say("PDF", "", "p95", "", "", "at most")
    for name, value, most in paper.measure():
        _say(name, "", f"{value:.0f} ms", "", "", f"{most:g} ms" if most else "")
        if most and value > most:
            yield f"PDF of a {name} {value:.0f} ms, at most {most:g} ms"


def start(kind: str) -> Iterator[str]:
    """From the command to the first answer, and the memory of two workers then."""
    with served(kind, 2) as told:
        processes = [psutil.Process(pid) for pid in told["pids"]]
        processes += [child for each in processes for child in each.children(recursive=True)]
        memory = sum(each.memory_full_info().pss for each in processes) / 2**20
        spent = sum(sum(each.cpu_times()[:2]) for each in processes)
    answered = f"first answer after {told['startup_s']} s ({spent:.2f} s of them at work)"
    print(f"\n{kind}: {answered}, {memory:.0f} MB (PSS) with two workers")
    if told["startup_s"] > START_SECONDS[1]:
        yield f"{kind}: first answer {told['startup_s']} s, at most {START_SECONDS[1]} s"
    if memory > PSS_MB[1]:
        yield f"{kind}: memory at the start {memory:.0f} MB, at most {PSS_MB[1]} MB"


def demo() -> Iterator[str]:
    """From the command to a demo that is ready, in a new folder on the disk."""
    with workplace() as folder:
        started = time.perf_counter()
        running = start_demo(folder / "demo", folder)
        seconds = time.perf_counter() - started
        running.stop()
    print(f"\ndemo: ready after {seconds:.1f} s, at most {DEMO_SECONDS} s")
    if seconds > DEMO_SECONDS:
        yield f"demo: ready after {seconds:.1f} s, at most {DEMO_SECONDS} s"


def basic(kind: str) -> Iterator[str]:
    """HTTP Basic with an API key costs hardly more than Bearer with it."""
    with served(kind, 2) as told:
        bearer, shown = loader.measure_basic(told)
    print()
    _say(f"{loader.POLLERS} pollers", kind, "with Basic", "with Bearer", "ratio", "floor", "target")
    yield from _hold("polls a second", kind, (shown, bearer), shown / bearer, BASIC)


def _hold(
    name: str,
    kind: str,
    values: tuple[object, object],
    ratio: float,
    budget: tuple[float, float],
    *,
    most: bool = False,
) -> Iterator[str]:
    """Print one line of the table, and say where it misses: `budget` is the target and what must not be passed."""
    sign = -1 if most else 1
    missed, below = sign * ratio < sign * budget[1], sign * ratio < sign * budget[0]
    mark = "MISSED" if missed else "below target" if below else ""
    first, second = (f"{value:,.2f}" if isinstance(value, float) else value for value in values)
    _say(name, kind, first, second, f"{ratio:.2f}", f"{budget[1]:.2f}", f"{budget[0]:.2f} {mark}")
    if missed:
        yield f"{kind}: {name} {ratio:.2f}, at {'most' if most else 'least'} {budget[1]:.2f}"


def doors(kinds: list[str], given: argparse.Namespace) -> Iterator[str]:
    """The cases of the shared harness beside the stick; without it, a few of our own."""
    harness = beside.find_harness()
    with tempfile.TemporaryDirectory(prefix="ceptoar-beside-") as work:
        Path(work).chmod(0o711)
        if harness is None:
            print("\nno shared harness beside this checkout: our own loader, no stick to compare with")
            results = {f"ours-{kind}": [_alone(kind) for _ in range(given.rounds)] for kind in kinds}
        else:
            words = ["--levels", given.levels, "--cases", given.cases, "--no-fidelity"]
            results = beside.run(harness, Path(work), kinds, given.rounds, words)
    print()
    _say("case", "database", "ours", "stick", "ratio", "floor", "target", "ratio of CPU")
    for kind in kinds:
        for budget in BUDGETS:
            yield from _compare(budget, kind, results)
        if harness is not None:
            yield from _whole(kind, results, given.cases.split(","))


def _whole(kind: str, results: beside.Results, cases: list[str]) -> Iterator[str]:
    """What a run as a whole shows: nothing lost, as quick at the end as at the beginning, and no bigger for it."""
    ours, stick = results.get(f"ours-{kind}", []), results.get(f"stick-{kind}", [])
    if not ours:
        yield f"{kind}: our server was not measured: it did not start, or the harness gave up"
        return
    if "race" in cases:
        lost = beside.lost(ours)
        _say("race objects lost", kind, lost, beside.lost(stick), "", "0", "0")
        if lost != 0:
            yield f"{kind}: {lost} objects were acknowledged in a race and never reached the poller"
    tenth, grown = beside.last_to_first(ours), beside.growth(ours)
    if tenth is not None:
        yield from _hold(
            "fill last / first tenth", kind, (tenth, beside.last_to_first(stick) or "-"), tenth, LAST_TENTH
        )
    if grown is not None:
        values = (grown, beside.growth(stick) or "-")
        yield from _hold("memory growth MB", kind, values, grown, MEMORY_GROWTH_MB, most=True)


def _alone(kind: str) -> dict[str, Any]:
    with served(kind, 2) as told:
        return loader.measure(told, SMALL)


def _compare(budget: Budget, kind: str, results: beside.Results) -> Iterator[str]:
    ours = beside.median(results.get(f"ours-{kind}", []), budget.case, budget.measure, budget.stored)
    stick = beside.median(results.get(f"stick-{kind}", []), budget.case, budget.measure, budget.stored)
    if ours is None:
        return
    name = f"{budget.case} {budget.measure}"
    if not stick:
        _say(name, kind, f"{ours:,.2f}", "-", "-", f"{_plain(budget):,.2f}")
        return
    ratio = stick / ours if budget.lower_is_better else ours / stick
    floor, target = budget.at_least(kind, budget.floor), budget.at_least(kind, budget.target)
    mark = "MISSED" if ratio < floor else "" if ratio >= target else "below target"
    values = (f"{ours:,.2f}", f"{stick:,.2f}", f"{ratio:.2f}", f"{floor:.2f}", f"{target:.2f} {mark}")
    _say(name, kind, *values, _cpu_ratio(budget, kind, results))
    if ratio < floor:
        yield f"{kind}: {name} {ours:,.2f}, {ratio:.2f} of the stick, at least {floor:.2f}"


def _cpu_ratio(budget: Budget, kind: str, results: beside.Results) -> str:
    """What the stick spent in parts of what we spent on the same; on a shared machine the steadier number."""
    ours = beside.cpu(results.get(f"ours-{kind}", []), budget.case, budget.stored)
    stick = beside.cpu(results.get(f"stick-{kind}", []), budget.case, budget.stored)
    return f"{stick / ours:.2f}" if ours and stick else "-"


def _plain(budget: Budget) -> float:
    """The floor as a number, on a machine like the one on which the peers were measured."""
    return budget.peer / budget.floor if budget.lower_is_better else budget.peer * budget.floor


def pages(kind: str, objects: int) -> Iterator[str]:
    """A page of 100, and an empty poll, for readers of all, of one in a hundred and of one in ten thousand."""
    times = million.measure(kind, (SMALL, objects))
    page, empty = times[SMALL, "100 %"]
    print(f"\n{kind}: pages of {million.PAGE} among {objects:,}; among {SMALL:,} {page:.2f} ms, empty {empty:.2f} ms")
    for share in million.SHARES:
        for what, milliseconds, before in zip(("page", "empty"), times[objects, share], (page, empty), strict=True):
            ratio = milliseconds / before
            mark = "MISSED" if ratio > PAGE_RATIO[1] else "below target" if ratio > PAGE_RATIO[0] else ""
            _say(f"{what}, reader of {share}", kind, f"{milliseconds:.2f} ms", "", f"{ratio:.2f}", PAGE_RATIO[1], mark)
            if what == "page" and million.is_full(SMALL, share):
                print(f"  {milliseconds / times[SMALL, share][0]:.2f} of that reader's own page among {SMALL:,}")
            if ratio > PAGE_RATIO[1]:
                yield f"{kind}: {what} for a reader of {share} {ratio:.2f} times, at most {PAGE_RATIO[1]}"


def wide_ranges(kind: str) -> Iterator[str]:
    """Who may read what, at the size of a country."""
    print()
    _say("ranges", "database", "ours", "", "", "at most")
    for name, value, unit, most in ranges.measure(kind):
        _say(name, kind, f"{value:,.1f} {unit}", "", "", f"{most:,g} {unit}", "MISSED" if value > most else "")
        if value > most:
            yield f"{kind}: {name} {value:,.1f} {unit}, at most {most:,g} {unit}"


def the_trail(entries: int) -> Iterator[str]:
    """What the trail costs, and how quickly others check it."""
    print(f"\nthe trail, with {entries:,} entries")
    _say("the trail", "", "measured", "", "", "limit", "target")
    for name, value, target, limit, most in trail.measure(entries):
        sign = -1 if most else 1
        missed, below = sign * value < sign * limit, sign * value < sign * target
        _say(
            name,
            "",
            f"{value:,.1f}",
            "",
            "",
            f"{limit:,}",
            f"{target:,} {'MISSED' if missed else 'below target' if below else ''}",
        )
        if missed:
            yield f"{name} {value:,.1f}, at {'most' if most else 'least'} {limit:,}"


if __name__ == "__main__":
    main()
