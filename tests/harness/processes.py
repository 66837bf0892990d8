"""The hub as a real process behind a real socket: start it, wait until it is ready, stop it, or kill it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.harness import shared
from tests.harness.forks import Forks
from tests.harness.ports import LOOPBACK, free_port

REPOSITORY = Path(__file__).parents[2]
READY_SECONDS = 240.0
"""How long a process may take until it is ready, on a machine that is busy with other tests."""

STOP_SECONDS = 20.0
"""How long a process may take to finish what it has begun after SIGTERM."""

WORKERS_SECONDS = 3.0
"""How long workers may outlive the process that started them, once it has ended."""

LOOK_SECONDS = 0.05
SAID_AT_MOST = 4000
"""How much of a failed process's output a message shows."""


class NotReady(Exception):
    """The process ended, or did not become ready in time."""


def command() -> list[str]:
    """Return the words that start the installed command, or the same program from the tree."""
    installed = Path(sys.executable).parent / "ceptoar-hub"
    if installed.exists():
        return [str(installed)]
    return [sys.executable, "-c", "import sys; from hub.cli import main; sys.exit(main())"]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what would point a hub at somebody's real data."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CEPTOAR_HUB")}
    return {**kept, "PYTHONUNBUFFERED": "1", **(extra or {})}


def on_database(url: str) -> dict[str, str]:
    """Return the variable that points a hub at a database, for `run` and `start_serve`."""
    return {"CEPTOAR_HUB_DATABASE_URL": url}


_FORKS = Forks(REPOSITORY)


def run(
    *words: str, env: Mapping[str, str] | None = None, check: bool = True, fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command of the hub to its end, such as `init --data DIR`; `fresh` also reads the program anew for it."""
    done = _run_fresh(words, env) if fresh else _FORKS.run(words, environment(env))
    if check and done.returncode != 0:
        raise AssertionError(f"expected `ceptoar-hub {words[0]}` to succeed, found {done.returncode}:\n{done.stderr}")
    return done


def forking_process() -> int | None:
    """The process whose children run this process's commands; None before the first."""
    return _FORKS.pid


def _run_fresh(words: Sequence[str], env: Mapping[str, str] | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command(), *words],
        cwd=REPOSITORY,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def copy_new_hub(folder: Path) -> Path:
    """Put a hub on SQLite, as `init` makes it, into a folder: made once a run, copied afterwards."""
    made = shared.folder() / "new-hub"
    with shared.lock("new-hub"):
        if not made.exists():
            run("init", "--data", str(made))
    shutil.copytree(made, folder)
    return folder


@dataclass
class HubProcess:
    """One running hub. All its worker processes are one process group, so that a kill takes them all."""

    process: subprocess.Popen[bytes]
    port: int
    said: Path
    announced: dict[str, Any] = field(default_factory=dict)
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return str(self.announced.get("url", f"{self.scheme}://{LOOPBACK}:{self.port}")).rstrip("/")

    def output(self) -> str:
        """Return all that it has printed."""
        return self.said.read_text(errors="replace")

    def stop(self) -> int:
        """Ask it to end (SIGTERM), wait, and return its exit code."""
        workers = self._workers()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as late:
            self.kill()
            raise AssertionError(f"expected an end within {STOP_SECONDS} s of SIGTERM, found none") from late
        _, alive = psutil.wait_procs(workers, timeout=WORKERS_SECONDS)
        left = [worker for worker in alive if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]
        self._kill_group()
        if left:
            raise AssertionError(f"expected all workers to end with their parent, found {len(left)} alive")
        return code

    def _workers(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """End it and its workers at once (SIGKILL), as a power cut would."""
        self._kill_group()
        self.process.wait(STOP_SECONDS)

    def _kill_group(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _launch(words: list[str], folder: Path, port: int, env: Mapping[str, str] | None) -> HubProcess:
    said = folder / f"hub-{port}-{time.monotonic_ns()}.log"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [*command(), *words],
            cwd=REPOSITORY,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return HubProcess(process, port, said)


def start_serve(data: Path, folder: Path, *words: str, env: Mapping[str, str] | None = None) -> HubProcess:
    """Start `ceptoar-hub serve` on a data folder and wait until it is ready."""
    port = free_port()
    hub = _launch(["serve", "--data", str(data), "--port", str(port), *words], folder, port, env)
    hub.scheme = "https" if "--tls-cert" in words else "http"
    _wait(hub, lambda: is_ready(hub.url))
    return hub


def start_demo(data: Path, folder: Path, *words: str, env: Mapping[str, str] | None = None) -> HubProcess:
    """Start `ceptoar-hub demo --json` on a free port; `announced` holds the line that it prints when it is ready."""
    hub = _launch(["demo", "--json", "--port", "0", "--data", str(data), *words], folder, 0, env)
    _wait(hub, lambda: bool(_read_announcement(hub)))
    return hub


def is_ready(url: str) -> bool:
    """Ask /readyz once."""
    try:
        context = ssl._create_unverified_context()  # whether it answers; tests of TLS look at its certificate
        with urllib.request.urlopen(f"{url}/readyz", timeout=5, context=context) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _read_announcement(hub: HubProcess) -> dict[str, Any]:
    for line in hub.output().splitlines():
        if line.startswith('{"url"'):
            hub.announced = json.loads(line)
    return hub.announced


def _wait(hub: HubProcess, ready: Any) -> None:
    end = time.monotonic() + READY_SECONDS
    while not ready():
        code = hub.process.poll()
        if code is not None or time.monotonic() > end:
            hub.kill()
            found = f"exit code {code}" if code is not None else f"nothing after {READY_SECONDS} s"
            raise NotReady(f"expected a ready hub, found {found}:\n{hub.output()[-SAID_AT_MOST:]}")
        time.sleep(LOOK_SECONDS)
