"""Runs our server and the measuring stick of the shared harness in one interleaved run."""

from __future__ import annotations

import json
import shlex
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

HARNESS = Path("..") / "shared" / "bench"
SCHEMAS = Path("..") / "shared" / "stix-schemas" / "schemas"
REPOSITORY = Path(__file__).parents[2]

LEAST_CPU_SECONDS = 0.05
"""The system counts in hundredths of a second; less than five of them say nothing."""

Results = dict[str, list[dict[str, Any]]]
"""Server (such as `ours-sqlite`) → the results of its rounds."""


def find_harness() -> Path | None:
    """The shared harness, where it lies beside the checkout."""
    found = (REPOSITORY / HARNESS).resolve()
    return found if (found / "peers.py").exists() else None


def run(harness: Path, work: Path, kinds: list[str], rounds: int, words: list[str]) -> Results:
    """Measure each kind of database, ours and the stick in turn."""
    _prepare(work)
    peers = ",".join(f"roofline-{'pg' if kind == 'postgres' else kind}" for kind in kinds)
    serve = [sys.executable, "-m", "tests.bench.serve_for_bench", "--database"]
    command = [sys.executable, str(harness / "peers.py"), "run", "--work", str(work), "--rounds", str(rounds)]
    command += ["--peers", peers, "--roof-server", "granian", "--out", str(work / "results")]
    for kind in kinds:
        command += ["--target-cmd", f"ours-{kind}={shlex.join([*serve, kind])}"]
    subprocess.run([*command, "--", *words], cwd=REPOSITORY, check=True)
    found: Results = {}
    for path in sorted((work / "results").glob("*.json")):
        result = json.loads(path.read_text())
        name = "stick-" + path.stem.removeprefix("roofline-") if path.stem.startswith("roofline-") else path.stem
        found.setdefault(name.rpartition("-")[0].replace("stick-pg", "stick-postgres"), []).append(result)
    return found


def _prepare(work: Path) -> None:
    """The harness looks for environments of its own; ours holds all that the stick needs."""
    (work / "venv-bench").symlink_to(sys.prefix)
    schemas = (REPOSITORY / SCHEMAS).resolve()
    if schemas.exists():
        place = work / "venv-validator" / "lib" / "python3" / "site-packages" / "stix2validator" / "schemas-2.1"
        place.mkdir(parents=True)
        (place / "schemas").symlink_to(schemas)


def cases_of(results: list[dict[str, Any]], case: str, stored: int | None = None) -> list[dict[str, Any]]:
    """The cases of that name, whatever stands behind it in brackets, of all rounds; of several levels the one asked."""
    return [
        each
        for result in results
        for each in result["cases"]
        if (each["case"] == case or each["case"].startswith(f"{case} "))
        and "(late)" not in each["case"]
        and (stored is None or 0.5 < each["stored"] / stored < 2)
    ]


def median(results: list[dict[str, Any]], case: str, measure: str, stored: int | None) -> float | None:
    """The median of a measure over the rounds."""
    values = [each[measure] for each in cases_of(results, case, stored) if each.get(measure) is not None]
    return statistics.median(values) if values else None


def cpu(results: list[dict[str, Any]], case: str, stored: int | None) -> float | None:
    """Microseconds of server and database for each object or request, the median of the rounds.

    On a shared machine steadier than time; where a case took less than a few ticks of the clock, None.
    """
    values = []
    for each in cases_of(results, case, stored):
        spent = each.get("cpu_s", 0) + each.get("db_cpu_s", 0)
        count = each.get("objects") or each.get("requests")
        if spent >= LEAST_CPU_SECONDS and count:
            values.append(spent / count * 1e6)
    return statistics.median(values) if values else None


def lost(results: list[dict[str, Any]]) -> int | None:
    """Objects that were acknowledged and never reached the poller of a race, in all rounds; None where none was run."""
    raced = [each for each in cases_of(results, "race") if each.get("lost") is not None]
    return sum(each["lost"] for each in raced) if raced else None


def growth(results: list[dict[str, Any]]) -> float | None:
    """By how many megabytes (PSS) a server grew from its first case to the end of the last fill; the worst round."""
    grown = []
    for result in results:
        fills = [each["pss_mb"] for each in cases_of([result], "fill") if each.get("pss_mb") is not None]
        first = next((each["pss_mb"] for each in result["cases"] if each.get("pss_mb") is not None), None)
        if fills and first is not None:
            grown.append(fills[-1] - first)
    return max(grown, default=None)


def last_to_first(results: list[dict[str, Any]]) -> float | None:
    """The rate of the last tenth of a fill in parts of the rate of the first: the median of the rounds."""
    ratios = []
    for result in results:
        slices = [part for each in cases_of([result], "fill") for part in each.get("slices") or ()]
        if len(slices) > 1 and slices[0][2]:
            ratios.append(slices[-1][2] / slices[0][2])
    return statistics.median(ratios) if ratios else None
