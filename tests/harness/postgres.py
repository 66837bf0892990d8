"""A real PostgreSQL for the tests: one throw-away server per run, one fresh database per test.

The server belongs to no one else: own folder, own socket, a free port of the loopback address, a password made up
for the run. Each test gets a copy of a template database that was migrated once.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.harness import machine, shared
from tests.harness.ports import LOOPBACK, free_port

USER = "hub"
MAX_CONNECTIONS = 300
"""A few test processes, each with several hub processes and their pools."""

START_SECONDS = 60
"""How long a server may take to answer on a machine that is busy with other things."""

STRATEGIES_SINCE = 15_00_00
"""The first version of PostgreSQL that can be told how to copy a database."""

SPEED_OVER_SAFETY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For plain tests: the server is thrown away, so it need not survive the machine."""


@dataclass(frozen=True)
class Server:
    """A running server: where it is, and how to enter."""

    data: str
    port: int
    password: str
    programs: str

    def url(self, database: str) -> str:
        """Return the address of a database as SQLAlchemy reads it."""
        return f"postgresql+psycopg://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """Open a connection that commits each statement by itself."""
        return psycopg.connect(
            host=LOOPBACK, port=self.port, user=USER, password=self.password, dbname=database, autocommit=True
        )

    def create_database(self, name: str, template: str = "template0") -> str:
        """Create a database as a copy of another and return its address."""
        connection = _entered(self)
        # By files, a third of the time where nothing waits for the disk; older servers know no other way.
        how = " STRATEGY FILE_COPY" if connection.info.server_version >= STRATEGIES_SINCE else ""
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}" + how)
        connection.execute(query.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        _entered(self).execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


_ENTERED: dict[Server, psycopg.Connection[tuple[object, ...]]] = {}
"""Server → the connection on which this process makes and drops databases: to enter anew for each took as long as to
copy one."""


def _entered(server: Server) -> psycopg.Connection[tuple[object, ...]]:
    """The kept connection, or another where the server was started again meanwhile."""
    try:
        _ENTERED[server].execute("SELECT 1")
    except (KeyError, psycopg.OperationalError):
        _ENTERED[server] = server.connect()
    return _ENTERED[server]


def leave_servers() -> None:
    """Close what was kept open."""
    while _ENTERED:
        _ENTERED.popitem()[1].close()


def start(folder: Path, *, durable: bool = False) -> Server:
    """Start a server in a folder; `durable` keeps its promises to the disk, for tests that kill the server itself."""
    programs = machine.find_postgres()
    if programs is None:
        raise FileNotFoundError(f"expected initdb and pg_ctl on PATH, found none: {machine.ENABLE}")
    folder.mkdir(mode=0o700, parents=True)
    data, password_file = folder / "data", folder / "password"
    server = Server(str(data), free_port(), secrets.token_urlsafe(18), str(programs))
    password_file.write_text(server.password)
    for path in (folder, password_file):
        _hand_over(path)
    entry = ("--username", USER, "--pwfile", password_file, "--auth-local=peer", "--auth-host=scram-sha-256")
    _run(programs / "initdb", "--pgdata", data, *entry, "--encoding=UTF8", "--locale=C", "--no-sync")
    (data / "postgresql.auto.conf").write_text(_settings(server, folder, durable=durable))
    start_again(server)
    return server


def start_again(server: Server) -> None:
    """Start a server that was stopped, with the data that it had."""
    log = Path(server.data).parent / "server.log"
    wait = ("--wait", "--timeout", str(START_SECONDS))
    _run(Path(server.programs) / "pg_ctl", "start", "--pgdata", server.data, "--log", log, *wait)


def stop(server: Server, how: str = "immediate") -> None:
    """Stop a server: `fast` as an operator would, `immediate` as a power cut would."""
    _run(Path(server.programs) / "pg_ctl", "stop", "--pgdata", server.data, "--mode", how, "--wait")


def shared_server() -> Server:
    """Return this run's server; whoever asks first starts it."""
    state = shared.folder() / "postgres.json"
    with shared.lock("postgres"):
        if not state.exists():
            server = start(shared.folder() / "postgres")
            _watch(server)
            state.write_text(json.dumps(asdict(server)))
        return Server(**json.loads(state.read_text()))


def stop_shared_server() -> None:
    """Stop this run's server if one was started."""
    state = shared.folder() / "postgres.json"
    if state.exists():
        stop(Server(**json.loads(state.read_text())))


def process_of_shared_server() -> int | None:
    """The id of the process above all others of this run's server; None where none was started."""
    state = Path(os.environ.get(shared.FOLDER, "")) / "postgres.json"
    if not state.is_file():
        return None
    data = Path(json.loads(state.read_text())["data"])
    return int((data / "postmaster.pid").read_text().splitlines()[0])


def migrated_template(server: Server, upgrade: Callable[[str], None]) -> str:
    """Return the name of the migrated database; whoever asks first makes it."""
    return template(server, "migrated", upgrade)


def template(server: Server, name: str, make: Callable[[str], None]) -> str:
    """Return the name of a database to be copied; whoever asks first makes it."""
    made = f"template_{name}"
    done = shared.folder() / f"postgres.{name}"
    with shared.lock(f"postgres-{name}"):
        if not done.exists():
            server.drop_database(made)
            make(server.create_database(made))
            _disconnect_all(server, made)
            done.touch()
    return made


@contextlib.contextmanager
def fresh_database(server: Server, template: str = "template0") -> Iterator[str]:
    """Give the address of a new database and drop it afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    yield server.create_database(name, template)
    server.drop_database(name)


def _settings(server: Server, folder: Path, *, durable: bool) -> str:
    settings = {
        "listen_addresses": LOOPBACK,
        "port": str(server.port),
        "unix_socket_directories": str(folder),
        "max_connections": str(MAX_CONNECTIONS),
        "shared_buffers": "128MB",
        **({} if durable else SPEED_OVER_SAFETY),
    }
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())


def _disconnect_all(server: Server, database: str) -> None:
    """A template that anyone is connected to cannot be copied."""
    with server.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,))


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; then it runs as the user that its package made, or as nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError("expected a user postgres or nobody to run PostgreSQL as, found neither")


def _hand_over(path: Path) -> None:
    user = _unprivileged()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def _run(program: Path, *words: str | Path) -> None:
    """Run a program of PostgreSQL, as its user; show what it said when it fails."""
    user = _unprivileged()
    who: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
    # Output goes to a file and not to a pipe: the server that pg_ctl leaves running would keep a pipe open for ever.
    with (shared.folder() / f"postgres-{secrets.token_hex(4)}.out").open("w+b") as said:
        done = subprocess.run(
            [str(program), *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            check=False,
            **who,
        )
        said.seek(0)
        if done.returncode != 0:
            name = program.name
            raise RuntimeError(f"expected {name} to succeed, found exit code {done.returncode}: {said.read().decode()}")
    Path(said.name).unlink()


def _watch(server: Server) -> None:
    """Leave a guardian that stops the server if this run is killed before it can."""
    subprocess.Popen(
        [sys.executable, "-m", "tests.harness.guardian", str(shared.owner()), str(shared.folder()), server.data],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
