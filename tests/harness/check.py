"""Runs every check even when one fails, and closes with `N passed, N failed`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.harness import pins

PACKAGES = ("crypto", "models", "sharing", "feeds", "hub")
BIN = Path(sys.executable).parent

CHECKS = (
    ("format", [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."], "ruff format ."),
    ("lint", [sys.executable, "-m", "ruff", "check", "--quiet", "."], "ruff check --fix ."),
    ("types", [sys.executable, "-m", "mypy", *PACKAGES], "mypy names the lines"),
    ("contracts", [str(BIN / "lint-imports"), "--no-cache"], "setup.cfg, [importlinter:...] says what may import what"),
    ("pins", [sys.executable, "-m", pins.__name__], "make lock"),
)
"""Name, command, and what helps when it fails."""


def main() -> int:
    """Run them all; return non-zero when one failed."""
    failed = 0
    for name, command, remedy in CHECKS:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        good = done.returncode == 0
        print(f"check {name}: {'ok' if good else 'FAILED'}", flush=True)
        if not good:
            failed += 1
            print(done.stdout + done.stderr)
            print(f"  what helps: {remedy}", flush=True)
    print(f"\n{len(CHECKS) - failed} passed, {failed} failed", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
