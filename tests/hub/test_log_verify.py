"""`log verify` on logs as files: offline, from any static host, with a memory, against a policy of witnesses."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub.cli import main
from hub.log.client import BUNDLES_AT_ONCE, FolderLog, Reading
from tests.factory import World
from tests.hub.file_log import FileLog
from tests.hub.witness.watching import closing_nothing, grow

Verify = Callable[..., dict[str, Any]]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Run the command, and what it told; the exit code agrees with that."""

    def run(where: object, *words: object) -> dict[str, Any]:
        code = main(["log", "verify", str(where), *map(str, words), "--json"])
        output = capsys.readouterr()
        if code == 2:
            return {"refused": output.err}
        told: dict[str, Any] = json.loads(output.out.splitlines()[-1])
        assert code == (0 if told["ok"] else 1)
        return told

    return run


@pytest.fixture
def static_host(tmp_path: Path) -> Iterator[str]:
    """A web server that knows nothing but files, on `tmp_path`."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def keep_keys(log: FileLog, file: Path, *shards: str) -> Path:
    """The file of keys that an auditor keeps."""
    file.write_text("".join(f"{key.vkey}\n" for key in log.keys(*shards)))
    return file


def test_an_exported_log_is_checked_offline_and_by_any_static_host(
    sqlite_hub_url: str, tmp_path: Path, static_host: str, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`log export` writes files; verify reads them from the disk or from a plain web server; more is added later."""
    world = World(sqlite_hub_url, tmp_path)
    monkeypatch.setattr("hub.cli.log_export.opened", lambda _data: closing_nothing(world.hub))
    grow(world, 600)
    folder = tmp_path / "log"
    export = ["log", "export", str(folder), "--data", str(tmp_path), "--json"]
    assert main(export) == 0
    keys = (folder / "vkeys").read_bytes()
    (tmp_path / "kept").write_bytes(keys)
    told = verify(folder, "--vkeys", tmp_path / "kept")
    assert told["ok"], told
    assert told["keys_given"]
    size = told["entries"]
    assert size > 600
    assert verify(static_host, "--vkeys", tmp_path / "kept") == verify(tmp_path, "--vkeys", tmp_path / "kept") == told
    assert not verify(folder)["keys_given"]
    full = folder / "2026/tile/0/000"
    written = full.stat().st_mtime_ns
    grow(world, 300)
    assert main(export) == 0
    assert full.stat().st_mtime_ns == written
    assert verify(folder)["entries"] == size + 300
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("not a log")
    assert main(["log", "export", str(tmp_path / "other"), "--data", str(tmp_path)]) == 2
    world.close()


def test_a_full_disk_leaves_the_export_of_yesterday(
    sqlite_hub_url: str, tmp_path: Path, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up in the middle of a tile: clear words, no half file, and what was there still verifies."""
    world = World(sqlite_hub_url, tmp_path)
    monkeypatch.setattr("hub.cli.log_export.opened", lambda _data: closing_nothing(world.hub))
    folder = tmp_path / "log"
    export = ["log", "export", str(folder), "--data", str(tmp_path)]
    grow(world, 300)
    assert main(export) == 0
    before = verify(folder)["entries"]
    grow(world, 300)
    whole, left = Path.write_bytes, [2]

    def fills(file: Path, content: bytes) -> int:
        left[0] -= 1
        if left[0] < 0:
            whole(file, content[: len(content) // 2])
            raise OSError(28, "No space left on device", str(file))
        return whole(file, content)

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", fills)
        assert main(export) == 2
    assert not list(folder.rglob("*.new"))
    assert verify(folder)["entries"] == before
    assert main(export) == 0
    assert verify(folder)["entries"] == before + 300
    world.close()


def bent(folder: Path, log: FileLog, what: str) -> None:
    """One attack on the files of a log."""
    tiles, changed = folder / "2026/tile", log.copy()
    leaves = changed.shards["2026"]
    match what:
        case "changed":
            leaves[300] = leaves[300].replace(b'"ts":', b'"ts":1', 1)
        case "inserted":
            leaves.insert(300, leaves[299])
        case "deleted":
            del leaves[300]
        case "reordered":
            leaves[300], leaves[301] = leaves[301], leaves[300]
    if what in {"changed", "inserted", "deleted", "reordered"}:
        changed.shards["2026"] = leaves[:600] if len(leaves) >= 600 else [*leaves, leaves[-1]]
        changed.write(folder.with_name("changed"))
        (folder.with_name("changed") / "2026/tile/entries/001").replace(tiles / "entries/001")
    match what:
        case "tile":
            raw = bytearray((tiles / "0/001").read_bytes())
            raw[44 * 32] ^= 1
            (tiles / "0/001").write_bytes(raw)
        case "upper tile":
            raw = bytearray((tiles / "1/000.p/2").read_bytes())
            raw[33] ^= 1
            (tiles / "1/000.p/2").write_bytes(raw)
        case "withheld":
            (tiles / "entries/001").unlink()
        case "cut":
            (tiles / "entries/001").write_bytes((tiles / "entries/001").read_bytes()[:-5])
        case "too long":
            (tiles / "0/001").write_bytes(bytes(8193))
        case "tail cut":
            log.copy().write(folder)
            (tiles / "entries/002.p/88").unlink()


@pytest.mark.parametrize(
    ("what", "index", "words"),
    [
        ("changed", 300, "does not have the hash"),
        ("inserted", 300, "does not have the hash"),
        ("deleted", 300, "does not have the hash"),
        ("reordered", 300, "does not have the hash"),
        ("tile", 300, "does not have the hash"),
        ("upper tile", 256, "does not hold the roots of the tiles below it"),
        ("withheld", 256, "expected a file, found none"),
        ("cut", 256, "expected 256 whole entries"),
        ("too long", 256, "expected 256 hashes"),
        ("tail cut", 512, "expected a file, found none"),
    ],
)
def test_whatever_is_bent_in_the_files_is_named(
    what: str, index: int, words: str, tmp_path: Path, verify: Verify
) -> None:
    """The first bad index, and what is wrong with it."""
    log = FileLog()
    log.grow(600)
    folder = log.write(tmp_path / "log")
    assert verify(folder)["ok"]
    bent(folder, log, what)
    told = verify(folder, "--vkeys", keep_keys(log, tmp_path / "kept"))
    assert told["first_bad"]["index"] == index
    assert any(words in each["what"] for each in told["findings"] if each["index"] == index)


def test_the_verifier_remembers_what_it_was_shown(tmp_path: Path, verify: Verify) -> None:
    """A rollback and a fork are named by the memory, and the notes of a fork stay in it: they prove it to anybody."""
    log, state = FileLog(), tmp_path / "seen"
    log.grow(300)
    early = log.copy()
    assert verify(log.write(tmp_path / "a"), "--state", state)["ok"]
    log.grow(300)
    assert verify(log.write(tmp_path / "b"), "--state", state)["ok"]
    assert len(json.loads(state.read_text())["checkpoints"]) == 1
    assert verify(tmp_path / "b", "--state", state)["keys_given"]
    told = verify(early.write(tmp_path / "c"), "--state", state)
    assert told["first_bad"]["index"] == 300
    assert "the log was rolled back" in told["first_bad"]["what"]
    early.grow(400, "another entry")
    told = verify(early.write(tmp_path / "d"), "--state", state)
    assert told["first_bad"]["index"] == 300
    assert "two histories (a fork)" in told["first_bad"]["what"]
    early.shards["2026"] = early.shards["2026"][:600]
    told = verify(early.write(tmp_path / "e"), "--state", state)
    assert any("a split view" in each["what"] for each in told["findings"])
    assert len(json.loads(state.read_text())["checkpoints"]) > 2
    assert verify(log.write(tmp_path / "f"), "--state", state)["findings"] != []
    gone = log.copy()
    gone.shards = {"2027": log.shards["2026"][:5]}
    told = verify(gone.write(tmp_path / "g"), "--state", state)
    assert any("none is stored: it was shown before" in each["what"] for each in told["findings"])
    state.write_text('{"v":2}')
    assert "Keep it as it is" in verify(tmp_path / "b", "--state", state)["refused"]
    assert state.read_text() == '{"v":2}'


def test_a_foreign_log_is_not_believed(tmp_path: Path, verify: Verify) -> None:
    """Another log under the same name, whose keys are its own: whoever kept the right keys is not fooled."""
    log, other = FileLog(), FileLog()
    log.grow(20)
    other.grow(20)
    kept = keep_keys(log, tmp_path / "kept")
    told = verify(other.write(tmp_path / "log"), "--vkeys", kept)
    assert "expected 1 known signature(s)" in told["findings"][-1]["what"]
    assert verify(log.write(tmp_path / "log"), "--vkeys", kept)["ok"]
    other.shards = {"2027": other.shards["2026"]}
    assert "compare the keys" in verify(other.write(tmp_path / "log"), "--vkeys", kept)["refused"]


def test_the_next_year_is_checked_with_the_keys_of_this_one(tmp_path: Path, verify: Verify) -> None:
    """Each year has names of its own for the same keys: who kept last year's keys sees this year's entries too."""
    log = FileLog()
    log.grow(30)
    kept = keep_keys(log, tmp_path / "kept")
    log.open("2027", log.head())
    log.grow(20, shard="2027")
    told = verify(log.write(tmp_path / "log"), "--vkeys", kept)
    assert told["ok"]
    assert [each["signed_size"] for each in told["shards"]] == [30, 21]
    log.open("2027", log.head(size=29))
    assert verify(log.write(tmp_path / "log"), "--vkeys", kept)["first_bad"]["shard"] == "2027"


POLICY = """
# Two of the three sectors, and the government.
log {log0}
log {log1}
witness power {w0} https://power.example/witness
witness water {w1}
witness gas {w2}
witness government {w3}
group sectors 2 power water gas
group everybody all sectors government
quorum everybody
"""


def test_a_policy_says_whose_cosignatures_are_enough(tmp_path: Path, verify: Verify) -> None:
    """k of n in groups; who is missing is named; without the quorum the entries are still checked."""
    log = FileLog(witnesses=[f"w{number}.example" for number in range(4)])
    log.grow(20)
    names = {f"w{number}": each.verifying_key.vkey for number, each in enumerate(log.witnesses)}
    names |= {f"log{number}": key.vkey for number, key in enumerate(log.keys())}
    policy, checkpoint = tmp_path / "policy", log.write(tmp_path / "log") / "2026/checkpoint"
    policy.write_text(POLICY.format(**names))
    told = verify(tmp_path / "log", "--policy", policy)
    assert (told["ok"], told["cosigned"]) == (True, {"2026": "cosigned by power, water, gas, government"})
    log.witnesses = [log.witnesses[0], log.witnesses[2], log.witnesses[3]]
    checkpoint.write_bytes(log.note())
    assert verify(tmp_path / "log", "--policy", policy)["ok"]
    checkpoint.write_bytes(log.note(cosigned=2))
    told = verify(tmp_path / "log", "--policy", policy)
    (finding,) = told["findings"]
    assert "cosigned by power, gas, not by water, government" in finding["what"]
    assert told["entries"] == 20
    lines = policy.read_text().splitlines()
    policy.write_text("\n".join([*lines, "quorum sectors"]))
    assert "expected one quorum" in verify(tmp_path / "log", "--policy", policy)["refused"]


def test_a_declared_loss_is_told_and_is_no_fault(tmp_path: Path, verify: Verify) -> None:
    """After `log recover` the shard that goes on names what is lost; who saw more than that is told of a rollback."""
    log, state = FileLog(), tmp_path / "seen"
    log.grow(300)
    lost = log.copy()
    lost.grow(50, "lost entry")
    assert verify(lost.write(tmp_path / "a"), "--state", state)["ok"]
    log.open("2026-2", lost.head())
    log.grow(10, shard="2026-2")
    told = verify(log.write(tmp_path / "b"), "--state", state)
    assert (told["ok"], told["lost"]) == (True, [{"shard": "2026", "from": 300, "before": 350, "opened": "2026-2"}])
    assert main(["log", "verify", str(tmp_path / "b")]) == 0
    assert verify(tmp_path / "b", "--state", state)["ok"]
    lost.grow(10, "lost entry")
    assert verify(lost.write(tmp_path / "a"), "--state", tmp_path / "more")["ok"]
    told = verify(tmp_path / "b", "--state", tmp_path / "more")
    assert "the log was rolled back" in told["first_bad"]["what"]
    another = log.copy()
    del another.shards["2026-2"]
    another.grow(50, "never seen")
    assert verify(another.write(tmp_path / "a"), "--state", tmp_path / "third")["ok"]
    told = verify(tmp_path / "b", "--state", tmp_path / "third")
    assert "names another tree of 350 entries" in told["first_bad"]["what"]


def test_a_log_is_read_as_it_is_checked(tmp_path: Path) -> None:
    """Never as a whole: when the first entries are checked, the others were not even fetched."""
    log = FileLog()
    log.grow(9_000)
    fetched: list[str] = []

    class Watched(FolderLog):
        def fetch(self, path: str) -> bytes:
            fetched.append(path)
            return super().fetch(path)

    source = Watched(log.write(tmp_path / "log"))
    runs = Reading(source, {"hub.example/log/2026": 9_000}).runs()
    assert next(runs).count == 256
    assert len(fetched) == 2 * BUNDLES_AT_ONCE
    assert sum(run.count for run in runs) == 9_000 - 256
