"""The ground that all tests stand on: databases of both sizes, the hub as a process, and loud skips."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness import machine, postgres, processes, shared, spent, sqlite, statements, templates

SKIPPABLE = {"postgres": ("PostgreSQL", machine.find_postgres), "browser": ("Chromium", machine.find_chromium)}
"""Marker → what it needs, and how to find that."""

MARKED_BY_FIXTURE = {
    "postgres_server": "postgres",
    "postgres_url": "postgres",
    "postgres_hub_url": "postgres",
    "postgres_peopled_url": "postgres",
    "empty_postgres_url": "postgres",
    "serve_many": "postgres",
}
"""A test that asks for one of these need not say the marker itself."""

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all processes of this run share, in the first of them."""
    templates.keep_bytecode()
    statements.keep_statements()
    config.pluginmanager.register(spent.Clock())
    if not hasattr(config, "workerinput"):
        shared.open_folder()


OBJECTS_BETWEEN_LOOKS = 10_000
"""How many more objects there are before Python looks for circles of them that nobody holds; of itself, after 700.

A test makes an application and throws it away: looking so often took a twentieth of all their time."""


def pytest_collection_finish() -> None:
    """What was read to get here stays to the end: nothing of it need be looked at again for what can be thrown away."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, *gc.get_threshold()[1:])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database server, remove the folder."""
    postgres.leave_servers()
    if not hasattr(config, "workerinput") and shared.FOLDER in os.environ:
        postgres.stop_shared_server()
        shared.close_folder()


LONGEST = ("leaks", "slow")
"""Marks of tests that take a minute each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what a fixture gives away; skip what this machine cannot run, saying what would enable it."""
    items[:] = _longest_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    absent = {marker: what for marker, (what, find) in SKIPPABLE.items() if find() is None}
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            if name in MARKED_BY_FIXTURE:
                item.add_marker(MARKED_BY_FIXTURE[name])
        for marker, what in absent.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{what} is not here: {machine.ENABLE}"))


def _longest_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Begin each process with its share of the longest: given out last they would keep one busy after the others end.

    Each is given an equal part of the longest and of all, in one piece: what the tests of a file share (a demo, a
    world) is mostly made once. Who is done takes from the end of what another still has (`--dist worksteal`).
    """
    long = [item for item in items if any(item.get_closest_marker(name) for name in LONGEST)]
    short = [item for item in items if item not in set(long)]
    ordered = list[pytest.Item]()
    for worker in range(workers):
        mine = long[len(long) * worker // workers : len(long) * (worker + 1) // workers]
        part = (len(items) - len(ordered)) // (workers - worker)
        fill = max(part - len(mine), 0)
        ordered += mine + short[:fill]
        del short[:fill]
    return ordered + short


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests want to have said, passed or not: `record_property("said", …)`."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "said":
                    terminalreporter.write_line(str(value))


def _upgrade(url: str) -> None:
    from models.session import upgrade

    upgrade(url)


def _begin(url: str) -> None:
    from tests.factory import begin

    _upgrade(url)
    begin(url)


def _populate(url: str) -> None:
    from tests.people import populate

    _begin(url)
    populate(url)


@pytest.fixture(scope="session")
def postgres_server() -> postgres.Server:
    """The PostgreSQL server of this run."""
    return postgres.shared_server()


@pytest.fixture
def empty_postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The address of a PostgreSQL database without any table, for tests of the migrations."""
    with postgres.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The address of a migrated PostgreSQL database of this test's own."""
    template = postgres.migrated_template(postgres_server, _upgrade)
    with postgres.fresh_database(postgres_server, template) as url:
        yield url


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return sqlite.url_of(tmp_path / "empty.sqlite3")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a migrated SQLite file of this test's own."""
    return sqlite.copy(sqlite.migrated_template(_upgrade), tmp_path / "hub.sqlite3")


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database of this test's own; the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def sqlite_hub_url(tmp_path: Path) -> str:
    """The address of a SQLite file of this test's own that is a hub already, for a `World`."""
    return sqlite.copy(sqlite.template("begun", _begin), tmp_path / "hub.sqlite3")


@pytest.fixture
def postgres_hub_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The address of a PostgreSQL database of this test's own that is a hub already, for a `World`."""
    template = postgres.template(postgres_server, "begun", _begin)
    with postgres.fresh_database(postgres_server, template) as url:
        yield url


@pytest.fixture(params=BOTH)
def hub_url(request: pytest.FixtureRequest) -> str:
    """The address of a database of this test's own that is a hub already; the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_hub_url"))


@pytest.fixture
def sqlite_peopled_url(tmp_path: Path) -> str:
    """The address of a SQLite file of this test's own that holds `tests.people` already, for a `World`."""
    return sqlite.copy(sqlite.template("peopled", _populate), tmp_path / "hub.sqlite3")


@pytest.fixture
def postgres_peopled_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The address of a PostgreSQL database of this test's own that holds `tests.people` already, for a `World`."""
    template = postgres.template(postgres_server, "peopled", _populate)
    with postgres.fresh_database(postgres_server, template) as url:
        yield url


@pytest.fixture(params=BOTH)
def peopled_url(request: pytest.FixtureRequest) -> str:
    """The address of a database that holds `tests.people` already; the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_peopled_url"))


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without any table; the test runs once on each kind."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., processes.HubProcess]]:
    """Start `ceptoar-hub serve` on a data folder: `serve(data)`. All are stopped when the test ends."""
    started: list[processes.HubProcess] = []

    def start(data: Path, *words: str, env: dict[str, str] | None = None) -> processes.HubProcess:
        started.append(processes.start_serve(data, tmp_path, *words, env=env))
        return started[-1]

    yield start
    _end(started)


@pytest.fixture
def serve_demo(tmp_path: Path) -> Iterator[Callable[..., processes.HubProcess]]:
    """Start `ceptoar-hub demo --json`: `serve_demo("--empty").announced["url"]`. All are stopped when the test ends."""
    started: list[processes.HubProcess] = []

    def start(*words: str, env: dict[str, str] | None = None) -> processes.HubProcess:
        started.append(processes.start_demo(tmp_path / f"demo-{len(started)}", tmp_path, *words, env=env))
        return started[-1]

    yield start
    _end(started)


@pytest.fixture
def serve_many(
    serve: Callable[..., processes.HubProcess], postgres_url: str
) -> Callable[..., list[processes.HubProcess]]:
    """Start several hubs on one data folder and the PostgreSQL of `postgres_url`: `serve_many(data, 3)`."""

    def start(data: Path, count: int, *words: str, env: dict[str, str] | None = None) -> list[processes.HubProcess]:
        both = {**processes.on_database(postgres_url), **(env or {})}
        return [serve(data, *words, env=both) for _ in range(count)]

    return start


def _end(started: list[processes.HubProcess]) -> None:
    """A test may have killed some; the rest stop as in real life, and none is left behind even if one stops badly."""
    try:
        for hub in started:
            if hub.process.poll() is None:
                hub.stop()
    finally:
        for hub in started:
            hub.kill()
