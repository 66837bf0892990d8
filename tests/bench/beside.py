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


def median(results: list[dict[str, Any]], case: str, measure: str, stored: int | None) -> float | None:
    """The median of a measure over the rounds; of several levels the one asked for."""
    values = [
        each[measure]
        for result in results
        for each in result["cases"]
        if each["case"].startswith(case)
        and each.get(measure) is not None
        and (case != "ingest c1 b1" or each["case"] == case or each["case"].startswith(case + " "))
        and (stored is None or 0.5 < each["stored"] / stored < 2)
    ]
    return statistics.median(values) if values else None
