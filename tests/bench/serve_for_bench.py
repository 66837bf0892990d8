"""Serves a fresh hub for a benchmark: prints one JSON line that says where it is, then serves until SIGTERM.

python -m tests.bench.serve_for_bench [--database sqlite|postgres] [--workers 2]
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from models.session import upgrade
from models.vocabulary import CollectionKind, Label, Role
from sharing.collections.adding import NewCollection, add_collection
from tests.bench.loader import USERNAME
from tests.factory import World
from tests.harness import postgres, processes, shared, sqlite

PUBLISHER = "electricity"
"""Whose secretariat posts and reads; its CEPTOAR has members, so that audiences have the usual number of tokens."""


def make_world(url: str, folder: Path) -> tuple[World, dict[str, Any]]:
    """A hub with a writing secretariat, and what a client needs to speak to it."""
    upgrade(url)
    world = World(url, folder, start=datetime.now(UTC))
    secretariat = world.secretariat("Secretariat", PUBLISHER)
    world.operator("Operator", PUBLISHER)
    poster = world.person(secretariat, Role.COORDINATOR, username=USERNAME)
    ident = uuid4()
    with world.writing() as session:
        add_collection(
            session,
            world.command(),
            NewCollection(
                ident=ident,
                title="Bench",
                title_ja="計測",
                kind=CollectionKind.ADDED,
                writers=(f"secretariat:{PUBLISHER}",),
                default_label=Label.GREEN,
            ),
            context=world.context(),
        )
    return world, {"api_root": "/taxii2/hub/", "collection": str(ident), "auth": f"bearer:{world.key(poster)}"}


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for one measurement, with what the harness of the tests needs."""
    with tempfile.TemporaryDirectory(prefix="ceptoar-bench-") as name:
        Path(name).chmod(0o711)
        shared.open_folder()
        try:
            yield Path(name)
        finally:
            shared.close_folder()


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[str, list[int]]]:
    """An address of a database, durable as in production, and the process ids of its server."""
    if kind == "sqlite":
        yield sqlite.url_of(folder / "hub.sqlite3"), []
        return
    server = postgres.start(folder / "postgres", durable=True)
    try:
        pid = int(Path(server.data, "postmaster.pid").read_text().split()[0])
        yield server.create_database("bench"), [pid]
    finally:
        postgres.stop(server)


@contextmanager
def served(kind: str, workers: int) -> Iterator[dict[str, Any]]:
    """A hub that serves; gives what the benchmark's client needs."""
    with ExitStack() as stack:
        folder = stack.enter_context(workplace())
        url, database_pids = stack.enter_context(database(kind, folder))
        world, told = make_world(url, folder)
        world.close()
        data = folder / "hub-data"
        words = ["serve", "--data", str(data), "--port", "0", "--workers", str(workers), "--json"]
        started = time.perf_counter()
        process = subprocess.Popen(
            [*processes.command(), *words],
            env=processes.environment(processes.on_database(url)),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        stack.callback(_stop, process)
        assert process.stdout is not None
        announced = json.loads(process.stdout.readline())
        while not processes.is_ready(announced["url"]):
            time.sleep(0.005)
        seconds = round(time.perf_counter() - started, 3)
        yield {"base": announced["url"], **told, "pids": [process.pid], "db_pids": database_pids, "startup_s": seconds}


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with served(given.database, given.workers) as told:
        print(json.dumps(told), flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
