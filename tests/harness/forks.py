"""A process that has read the program once and forks for each command: a process of its own without a start of its own.

Half of what a command costs is reading the program. Tests that run hundreds of them ask `Forks`; what a command does,
prints and returns is the same, in a process that ends with it. Whoever tests the start itself uses `processes.run`
with `fresh=True`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock


class Forks:
    """The forking process, started when the first command is run."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder in which all commands run."""
        self._folder = folder
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self, words: Sequence[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; one at a time."""
        with self._lock, TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            asked = {"words": list(words), "env": dict(env), "out": str(out), "err": str(err)}
            code = self._ask(json.dumps(asked))
            return subprocess.CompletedProcess(list(words), code, out.read_text(), err.read_text())

    @property
    def pid(self) -> int | None:
        """The forking process; None before the first command."""
        return self._process.pid if self._process is not None else None

    def _ask(self, line: str) -> int:
        if self._process is None or self._process.poll() is not None:  # ended by whoever cleared up too broadly
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise AssertionError(f"expected an exit code, found the end ({self._process.wait()})")
        return int(said)


def _serve_forks() -> None:
    """Read the program, then fork for each line."""
    from hub.cli import COMMANDS

    for module, _ in COMMANDS.values():
        import_module(module)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _be_the_command(asked["words"], asked["env"], asked["out"], asked["err"])
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be_the_command(words: list[str], env: dict[str, str], out: str, err: str) -> None:
    from hub.cli import main

    code = 1
    try:
        os.environ.clear()
        os.environ.update(env)
        for path, number in ((os.devnull, 0), (out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT, 0o600), number)
        sys.argv = ["ceptoar-hub", *words]
        code = main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve_forks()
