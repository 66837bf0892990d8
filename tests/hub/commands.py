"""Commands as real processes, on a hub of a test's own, with what they answer or refuse."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.harness.processes import copy_new_hub, on_database, run

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A fresh hub on SQLite."""
    return copy_new_hub(tmp_path / "data")


@pytest.fixture
def command(tmp_path: Path, database_url: str) -> Command:
    """A fresh hub on one of the databases; `command("org", "list")` runs a command on it and gives its JSON."""
    folder = tmp_path / "data"
    env = on_database(database_url)
    run("init", "--data", str(folder), env=env)

    def call(
        *words: str, check: bool = True, more: dict[str, str] | None = None, json_output: bool = True
    ) -> CompletedProcess[str]:
        asked = [*words, "--data", str(folder), *(["--json"] if json_output else [])]
        return run(*asked, env={**env, **(more or {})}, check=check)

    return call


def answer(done: CompletedProcess[str]) -> Any:
    """What a command printed for programs."""
    return json.loads(done.stdout)


def refused(done: CompletedProcess[str]) -> str:
    """Check that a command refused in words, and return them."""
    assert done.returncode == 2, f"expected exit code 2, found {done.returncode}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    assert "Traceback" not in done.stdout
    lines = done.stderr.strip().splitlines()
    assert lines
    assert all(line.startswith("ceptoar-hub: ") for line in lines), done.stderr
    return done.stderr
