"""Measure intake of STIX on envelopes of objects: split, facts, judgement; microseconds of CPU per object.

    python -m tests.bench.stix_intake ../shared/bench/gen_stix.py

The first argument is a generator with `generate(count, seed)`; without it, editions of our own are measured.
"""

import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import orjson

from feeds.stix.facts import facts_of
from feeds.stix.parse import Limits, split_envelope
from feeds.stix.schema import compile_all, validate

OBJECTS = 1_000
ROUNDS = 40
TARGET = 8.0
"""Microseconds per object for split, facts and judgement together, on compact JSON."""

STYLES: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "spaced": {"ensure_ascii": False},
    "escaped": {},
}


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """Give the best and the median cost of one object."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append((time.process_time() - start) / OBJECTS * 1e6)
    return min(taken), statistics.median(taken)


def sample(path: str | None) -> list[dict[str, Any]]:
    """Make the objects to measure with."""
    if path is None:
        from tests.feeds.editions.sources import FULL, build_edition

        made = build_edition(FULL)
        return [made[number % len(made)] for number in range(OBJECTS)]
    spec = importlib.util.spec_from_file_location("generator", path)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    return list(generator.generate(OBJECTS, seed=7))


def main() -> None:
    """Measure and print."""
    objects = sample(sys.argv[1] if len(sys.argv) > 1 else None)
    compile_all()
    limits = Limits()
    for style, options in STYLES.items():
        body = json.dumps({"objects": objects}, **options).encode()

        def intake(body: bytes = body) -> None:
            for each in split_envelope(body, limits):
                facts_of(each.value)
                validate(each.value)

        found = split_envelope(body, limits)
        parts = {
            "(orjson.loads alone": lambda body=body: orjson.loads(body),
            "split": lambda body=body: split_envelope(body, limits),
            "facts": lambda found=found: [facts_of(each.value) for each in found],
            "judge": lambda found=found: [validate(each.value) for each in found],
            "all": intake,
        }
        costs = {name: cost(work) for name, work in parts.items()}
        line = "  ".join(f"{name} {best:5.2f}, median {median:5.2f};" for name, (best, median) in costs.items())
        line = line.replace(";", ")", 1)
        missed = "" if style != "compact" or costs["all"][0] <= TARGET else f"  MISSES {TARGET} us"
        print(f"{style:8} {len(body) / OBJECTS:6.0f} B/object  us/object: {line}{missed}")


if __name__ == "__main__":
    main()
