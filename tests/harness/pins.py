"""Checks that every wanted requirement is pinned, to a version that is wanted, with hashes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).parents[2] / "requirements"
SETS = ("build", "runtime", "test", "others")


def wanted(text: str) -> list[Requirement]:
    """Return what a .in file asks for."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def pinned(text: str) -> dict[str, str]:
    """Return name → version of a .txt file, for each entry that has a hash."""
    entries = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)[^\n]*\\\n\s+--hash=", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in entries}


def faults(wanted_text: str, pinned_text: str) -> list[str]:
    """Return one sentence for each requirement whose pin is absent or not what is wanted."""
    pins = pinned(pinned_text)
    found = []
    for need in wanted(wanted_text):
        version = pins.get(canonicalize_name(need.name))
        if version is None:
            found.append(f"expected a hashed pin of {need.name}, found none")
        elif version not in need.specifier:
            found.append(f"expected {need}, found {version}")
    return found


def main() -> int:
    """Check all sets; return non-zero when one is not up to date."""
    all_faults = [
        f"requirements/{name}.txt: {fault}"
        for name in SETS
        for fault in faults((FOLDER / f"{name}.in").read_text(), (FOLDER / f"{name}.txt").read_text())
    ]
    for fault in all_faults:
        print(fault, file=sys.stderr)
    return int(bool(all_faults))


if __name__ == "__main__":
    sys.exit(main())
