"""A door: serves the hub with granian: one program is loaded, then divided into workers that share its memory."""

import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from hub.app import create_app
from hub.logs import configure_logs, get_logger
from hub.process.heaps import share_heap
from hub.process.loading import uncollected
from hub.settings import Settings
from hub.settings_reading import settings_with
from hub.wiring import Hub
from models.bilingual import Both

if TYPE_CHECKING:
    from hub.process.granian_server import HubServer

BLOCKING_THREADS: Final = 16
"""Requests that one worker works on at a time; as many as its pool has connections to the database."""

TURN_SECONDS: Final = 0.0005
"""How long a request waits at most, each time it needs the interpreter, for another that the same worker judges.

Python's own five milliseconds add up: a poll beside large posts needs the interpreter several times.
"""

LISTEN_LOOK_SECONDS: Final = 0.002
"""How often the start looks whether a worker listens; it lasts some hundredths of a second."""

STOP_SECONDS: Final = 12
"""How long a worker may finish its requests after SIGTERM before it is ended."""

PARENT_LOOK_SECONDS: Final = 0.5
"""How often a worker looks whether the process that started it still lives."""

ORPHAN_SECONDS: Final = 1.5
"""How long a worker whose parent is gone may take to finish."""


class PortTaken(Exception):
    """Another program listens there; the message says what to do."""


@dataclass
class Place:
    """An address and port of our own; held from before the workers start until the end."""

    host: str
    port: int
    held: socket.socket = field(repr=False)
    scheme: str = "http"

    @property
    def url(self) -> str:
        """The address as a browser writes it."""
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def take_place(host: str, port: int, scheme: str = "http") -> Place:
    """Find out that the port is free, and hold it. Port 0 takes any free one.

    Workers share the port (SO_REUSEPORT), so the system would let two hubs listen on one port and mix their requests.

    Raises:
        PortTaken: another program listens there, or the address is not this machine's.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
            found = probe.getsockname()[1]
        held = socket.socket(family, socket.SOCK_STREAM)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((address[0], found, *address[2:]))
    except OSError as error:
        raise PortTaken(
            Both(
                f"expected {host}:{port} to be free, found: {error.strerror}. "
                "Stop the other program, or choose another port: --port 9000, with make PORT=9000",
                f"{host}:{port}を使えません（{error.strerror}）。使っているプログラムを止めるか、"
                "別のポートを選んでください：--port 9000、makeならPORT=9000",
            )
        ) from error
    return Place(str(address[0]), found, held, scheme)


def placed(settings: Settings, place: Place, *, fixed_url: bool) -> Settings:
    """The settings with the port that was found; `fixed_url` says that the address was set on purpose."""
    changes: dict[str, Any] = {"port": place.port}
    if not fixed_url:
        changes["base_url"] = place.url
    return settings_with(settings, **changes)


def announce(place: Place, line: str) -> None:
    """Print a line once the first worker answers; the workers start meanwhile.

    Written without a buffer: this thread must hold no lock when the process divides.
    """

    def wait() -> None:
        while True:
            try:
                with socket.create_connection((place.host, place.port), timeout=1):
                    break
            except OSError:
                time.sleep(LISTEN_LOOK_SECONDS)
        os.write(1, f"{line}\n".encode())

    threading.Thread(target=wait, daemon=True).start()


def run_server(
    hub: Hub,
    place: Place,
    *,
    before: Callable[[], None],
    after: Callable[[], None],
    start_jobs: Callable[[Hub], Callable[[], None]] | None,
    log_level: int = logging.INFO,
) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code.

    The application is built here, once, before the workers divide from this process: they share its memory.
    `before` runs when the port is listened on, `after` when all workers have ended.
    """
    share_heap()
    configure_logs(level=log_level)
    with uncollected():
        server = _make_server(hub.settings, place)
        loader = _Loader(hub, create_app(hub), os.getpid(), start_jobs)
    hub.close()  # connections must not be shared between processes: each worker opens its own
    server.on_startup(before)
    server.on_shutdown(after)
    gc.freeze()  # nothing is collected before: a start leaves a hundred objects of garbage and would pay for a search
    try:
        server.serve(target_loader=loader, wrap_loader=False)
    except SystemExit as end:
        return int(end.code or 0) if isinstance(end.code, int | None) else 1
    return 0


def _make_server(settings: Settings, place: Place) -> "HubServer":
    from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols  # noqa: PLC0415 - other servers do not need it

    from hub.process.granian_server import HubServer  # noqa: PLC0415

    multiprocessing.set_start_method("fork", force=True)
    return HubServer(
        "hub.wsgi:app",
        address=place.host,
        port=place.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # one request at a time on a connection, so that a silent sender's can be cut
        loop=Loops.asyncio,
        workers=settings.workers,
        blocking_threads=BLOCKING_THREADS,
        log_enabled=False,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=STOP_SECONDS,
        websockets=False,
        ssl_cert=Path(settings.tls_cert) if settings.tls_cert else None,
        ssl_key=Path(settings.tls_key) if settings.tls_key else None,
        ssl_protocol_min=SSLProtocols.tls12,
    )


@dataclass
class _Loader:
    """Gives a worker, after it divided, the application that was built before."""

    hub: Hub
    app: Flask
    parent: int
    start_jobs: Callable[[Hub], Callable[[], None]] | None

    def __call__(self) -> Flask:
        """In the worker: look after the parent, start the jobs, hand over the application."""
        sys.setswitchinterval(TURN_SECONDS)
        threading.Thread(target=self._watch_parent, name="watch-parent", daemon=True).start()
        if self.start_jobs is not None:
            stop = self.start_jobs(self.hub)
            multiprocessing.util.Finalize(None, stop, exitpriority=10)
        return self.app

    def _watch_parent(self) -> None:
        """End when the parent is gone, whatever ended it: nobody else would stop this worker."""
        while os.getppid() == self.parent:
            time.sleep(PARENT_LOOK_SECONDS)
        get_logger().warning("parent_gone", worker=os.getpid())
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_SECONDS)
        os._exit(1)
