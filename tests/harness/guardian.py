"""Waits until the test run that started it is gone, then stops the run's database server and removes its folder.

A run that ends well does both itself, and this finds nothing left to do. Standard library only, to stay small.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

LOOK_SECONDS = 1.0


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _stop_server(data: Path) -> None:
    """SIGQUIT is PostgreSQL's immediate shutdown. The first line of postmaster.pid is the server's process id."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    server = int(lock.read_text().split()[0])
    if _alive(server):
        os.kill(server, signal.SIGQUIT)
        time.sleep(LOOK_SECONDS)


def main(owner: int, folder: Path, data: Path) -> None:
    """Watch the owner; clear up after it."""
    while _alive(owner) and folder.exists():
        time.sleep(LOOK_SECONDS)
    if folder.exists():
        _stop_server(data)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
