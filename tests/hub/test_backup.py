"""Backups: taken while the hub runs, restored elsewhere, proven; what was erased since goes again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub import backup
from tests.harness import postgres
from tests.harness.processes import copy_new_hub, on_database, run
from tests.hub.commands import answer, refused


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A fresh hub on SQLite."""
    folder = copy_new_hub(tmp_path / "data")
    run("org", "add", "--data", str(folder), "--tier", "council", "--name-ja", "甲", "--name-en", "A")
    return folder


def backed_up(data: Path, tmp_path: Path, **more: Any) -> tuple[Path, dict[str, Any]]:
    out = tmp_path / "backup"
    return out, answer(run("backup", str(out), "--data", str(data), "--json", **more))


def test_a_backup_of_a_running_hub_proves_itself(data: Path, tmp_path: Path, serve: Any):
    """Taken beside a serving process, with keys and settings; the restored hub goes on from there."""
    hub = serve(data)
    out, made = backed_up(data, tmp_path)
    hub.stop()
    assert (out / "hub.sqlite3").stat().st_mode & 0o077 == 0
    restored = tmp_path / "restored"
    told = answer(run("restore", str(out), "--data", str(restored), "--verify", "--json"))
    assert (told["verified"], told["wrong"], told["root"]) == (True, [], made["root"])
    names = {each["name_ja"] for each in answer(run("org", "list", "--data", str(restored), "--json"))}
    assert "甲" in names
    assert answer(run("log", "verify", "--data", str(restored), "--json"))["ok"]
    assert "found files" in refused(run("restore", str(out), "--data", str(restored), check=False))
    assert "found one" in refused(run("backup", str(out), "--data", str(data), check=False))


def test_a_changed_backup_is_found(data: Path, tmp_path: Path):
    """An entry's part changed in the copy, or entries cut off: exit code 1, and which entry it is."""
    out, _made = backed_up(data, tmp_path)
    with closing(sqlite3.connect(out / "hub.sqlite3")) as there, there:
        there.execute("UPDATE audit_parts SET body = '{}' WHERE name = 'decision' AND entry_id = 3")
    done = run("restore", str(out), "--data", str(tmp_path / "one"), "--verify", "--json", check=False)
    assert done.returncode == 1
    assert any("entry 2" in each for each in json.loads(done.stdout)["wrong"])
    with closing(sqlite3.connect(out / "hub.sqlite3")) as there, there:
        there.execute("DELETE FROM audit_entries WHERE id = (SELECT max(id) FROM audit_entries)")
    done = run("restore", str(out), "--data", str(tmp_path / "two"), "--verify", "--json", check=False)
    assert any("as the backup says" in each for each in json.loads(done.stdout)["wrong"])


def test_what_was_erased_since_goes_again(data: Path, tmp_path: Path):
    """The list comes from a file kept apart, or from the hub as it is; without either the command says so."""
    out, _made = backed_up(data, tmp_path)
    listed = tmp_path / "erasures.json"
    listed.write_text(json.dumps([{"shard": "2026", "index": 3, "approved_at": "2026-11-25T00:00:00+00:00"}]))
    one = tmp_path / "one"
    words = ("restore", str(out), "--data", str(one), "--verify", "--erasures", str(listed), "--json")
    told = answer(run(*words))
    assert (told["erased_again"], told["wrong"]) == (1, [])
    with closing(sqlite3.connect(one / "hub.sqlite3")) as there:
        assert there.execute("SELECT count(*) FROM audit_parts WHERE entry_id = 4").fetchone() == (0,)
    assert answer(run("log", "verify", "--data", str(one), "--json"))["ok"]
    said = run("restore", str(out), "--data", str(tmp_path / "two")).stdout
    assert "--erasures" in said
    listed.write_text("[1]")
    assert "erase list" in refused(run("restore", str(out), "--data", str(tmp_path / "x"), *words[5:7], check=False))


def test_no_backup_is_no_backup(data: Path, tmp_path: Path):
    """A folder without its manifest is refused: the copy may have been interrupted."""
    out, _made = backed_up(data, tmp_path)
    (out / "backup.json").unlink()
    assert "backup.json" in refused(run("restore", str(out), "--data", str(tmp_path / "one"), check=False))


@pytest.mark.parametrize("url", ["postgresql://hub:geheim@db/hub", "postgresql://hub@db/hub?password=geheim&a=1"])
def test_no_password_stands_among_the_words_of_a_command(monkeypatch: pytest.MonkeyPatch, url: str):
    """Whoever is on the machine reads them; written behind the question mark it was passed on."""
    given: list[Any] = []
    done = subprocess.CompletedProcess([], 0, "", "")
    monkeypatch.setattr("hub.backup.subprocess.run", lambda *words, **more: given.append((words, more)) or done)
    backup._run(["pg_dump"], url)
    ((words, more),) = given
    assert "geheim" not in str(words) and more["env"]["PGPASSWORD"] == "geheim"


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not on the PATH")
def test_a_backup_on_postgres(postgres_url: str, postgres_server: Any, tmp_path: Path):
    """One exported snapshot for the dump and the root that the manifest names; restored into an empty database."""
    folder, env = tmp_path / "data", on_database(postgres_url)
    run("init", "--data", str(folder), env=env)
    out, made = backed_up(folder, tmp_path, env=env)
    with postgres.fresh_database(postgres_server) as empty:
        named = tmp_path / "database-url"
        named.touch(mode=0o600)
        named.write_text(f"{empty}\n")
        place = ("--database-url-file", str(named))
        words = ("restore", str(out), "--data", str(tmp_path / "one"), "--verify", "--json", *place)
        told = answer(run(*words))
        assert (told["verified"], told["root"]) == (True, made["root"])
        again = (*words[:3], str(tmp_path / "two"), *words[4:])
        assert "found tables" in refused(run(*again, check=False))
