"""A hub as a process of its own whose clock a test moves: the seconds in the file that JUMP names are added to it."""

import os
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from hub.cli import main
from hub.settings import Settings
from hub.wiring import Hub, open_hub


def now() -> datetime:
    """The machine's clock as the test has moved it."""
    return datetime.now(UTC) + timedelta(seconds=float(Path(os.environ["JUMP"]).read_text()))


def open_jumping(settings: Settings, **more: Any) -> Hub:
    """The same hub, told the time by us."""
    return open_hub(settings, now=now, **more)


if __name__ == "__main__":
    for name in ("hub.cli.serve", "hub.cli.demo"):
        import_module(name).open_hub = open_jumping  # type: ignore[attr-defined]
    sys.exit(main(sys.argv[1:]))
