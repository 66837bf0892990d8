"""When `ceptoar-hub serve` starts and when it refuses to, and in which words."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.harness.processes import HubProcess, on_database, run
from tests.hub.commands import data, refused

__all__ = ["data"]


# Wrong starts


def test_serve_refuses_a_folder_without_a_hub(tmp_path: Path) -> None:
    """No folder, an empty one, and none named."""
    assert "ceptoar-hub init" in refused(run("serve", "--data", str(tmp_path / "none"), check=False))
    (tmp_path / "empty").mkdir()
    assert "found an empty folder" in refused(run("serve", "--data", str(tmp_path / "empty"), check=False))
    assert run("serve", check=False).returncode == 2


def test_serve_refuses_keys_that_are_missing_or_exposed(data: Path) -> None:
    """A hub does not make a new key behind one's back, nor use one that others may have read."""
    key = data / "secrets" / "cursor.key"
    key.chmod(0o644)
    words = refused(run("serve", "--data", str(data), "--port", "0", check=False))
    assert "0644" in words
    assert "chmod 600" in words
    key.unlink()
    assert "cannot read the key file cursor.key" in refused(
        run("serve", "--data", str(data), "--port", "0", check=False)
    )


def test_serve_refuses_a_database_of_another_age(data: Path) -> None:
    """Newer: upgrade the program. Without our tables: init. `db check` says the same with exit code 1."""
    with closing(sqlite3.connect(data / "hub.sqlite3")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    assert "newer program" in refused(run("serve", "--data", str(data), "--port", "0", check=False))
    assert "newer program" in refused(run("db", "upgrade", "--data", str(data), check=False))
    assert run("db", "check", "--data", str(data), check=False).returncode == 1
    assert run("doctor", "--data", str(data), check=False).returncode == 1
    with closing(sqlite3.connect(data / "hub.sqlite3")) as database, database:
        database.execute("DELETE FROM alembic_version")
    assert "is empty" in refused(run("serve", "--data", str(data), "--port", "0", check=False))


def test_serve_refuses_a_damaged_database(data: Path) -> None:
    """A file that is no database is not overwritten."""
    (data / "hub.sqlite3").write_bytes(b"not a database" * 100)
    for name in ("hub.sqlite3-wal", "hub.sqlite3-shm"):
        (data / name).unlink(missing_ok=True)
    refused(run("serve", "--data", str(data), "--port", "0", check=False))
    assert (data / "hub.sqlite3").read_bytes().startswith(b"not a database")


def test_serve_refuses_a_wrong_setting(data: Path) -> None:
    """Unknown and impossible settings are named."""
    settings = data / "hub.toml"
    settings.write_text(settings.read_text() + "\ncolour = 'red'\n")
    assert "colour" in refused(run("serve", "--data", str(data), check=False))
    refused(run("serve", "--data", str(data), env={"CEPTOAR_HUB_WORKERS": "many"}, check=False))


def test_serve_refuses_a_taken_port(data: Path, tmp_path: Path, serve: Callable[..., HubProcess]) -> None:
    """Two hubs never share a port, although the system would let them."""
    hub = serve(data)
    run("init", "--data", str(tmp_path / "other"))
    words = refused(run("serve", "--data", str(tmp_path / "other"), "--port", str(hub.port), check=False))
    assert "choose another port: --port 9000, with make PORT=9000" in words


def test_an_unreachable_database_is_told_in_words(data: Path) -> None:
    """The URL's password is not printed."""
    url = "postgresql://hub:very-secret@127.0.0.1:1/hub"
    words = refused(run("serve", "--data", str(data), "--port", "0", env=on_database(url), check=False))
    assert "very-secret" not in words


@pytest.mark.slow
def test_a_locked_database_is_told_in_words(data: Path) -> None:
    """Another program holds the database: the command waits ten seconds and says so, in the caller's language."""
    with closing(sqlite3.connect(data / "hub.sqlite3", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        words = refused(run("serve", "--data", str(data), "--port", "0", check=False))
        japanese = refused(run("serve", "--data", str(data), "--port", "0", env=JAPANESE, check=False))
    assert "busy" in words or "locked" in words
    assert "データベースが使用中" in japanese or "別のプログラムが使っていて" in japanese


JAPANESE = {"LC_ALL": "ja_JP.UTF-8"}


def test_who_speaks_japanese_is_refused_in_japanese(data: Path, tmp_path: Path) -> None:
    """What was found, what was expected, and what to do."""

    def said(*, env: dict[str, str] | None = None, folder: Path = data) -> str:
        words = ("serve", "--data", str(folder), "--port", "0")
        return refused(run(*words, env={**JAPANESE, **(env or {})}, check=False))

    assert "データフォルダーがありません" in said(folder=tmp_path / "none")
    assert "1から64までの数が必要ですが、0になっています" in said(env={"CEPTOAR_HUB_WORKERS": "0"})
    assert "整数が必要ですが、'many'になっています" in said(env={"CEPTOAR_HUB_WORKERS": "many"})
    unreached = said(env=on_database("postgresql://hub:very-secret@127.0.0.1:1/hub"))
    assert "データベースが応答しません" in unreached and "very-secret" not in unreached
    with closing(sqlite3.connect(data / "hub.sqlite3")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    assert "より新しいプログラム" in said()
    key = data / "secrets" / "cursor.key"
    key.chmod(0o644)
    assert "権限は0644ですが、0600のはずです" in said()
    key.unlink()
    assert "鍵ファイルcursor.keyを読めません" in said()
    settings = data / "hub.toml"
    settings.write_text(settings.read_text() + "\ncolour = 'red'\n")
    assert "知らない設定があります：colour" in said()


def test_doctor_speaks_to_people_in_their_language_and_to_programs_in_english(data: Path) -> None:
    """Programs compare what it says."""
    (data / "secrets" / "cursor.key").chmod(0o644)
    japanese = run("doctor", "--data", str(data), env=JAPANESE, check=False).stdout
    assert "要修正  鍵: あるべき状態ではありません\n      -> 鍵ファイルcursor.keyの権限は0644" in japanese
    programs = [
        run("doctor", "--data", str(data), "--json", env=env, check=False).stdout for env in (JAPANESE, {"LC_ALL": "C"})
    ]
    found = [[(each["name"], each["todo"]) for each in json.loads(said)["checks"]] for said in programs]
    assert found[0] == found[1]
    assert all(each.isascii() for row in found[0] for each in row)


def test_a_clock_far_ahead_is_refused_until_somebody_says_so(data: Path, serve: Callable[..., HubProcess]) -> None:
    """Positions never go back: a hub that last saw 2020 does not start by itself."""
    with closing(sqlite3.connect(data / "hub.sqlite3")) as database, database:
        database.execute("UPDATE log_state SET clock_seen = 1577836800000000, last_position = 0")
    words = refused(run("serve", "--data", str(data), "--port", "0", check=False))
    assert "--accept-clock" in words
    hub = serve(data, "--accept-clock")
    assert hub.stop() == 0
    assert serve(data).stop() == 0


def test_a_hub_that_was_stopped_for_a_day_starts(data: Path, serve: Callable[..., HubProcess]) -> None:
    """An hour's leap stops a running hub, not one that starts."""
    with closing(sqlite3.connect(data / "hub.sqlite3")) as database, database:
        database.execute("UPDATE log_state SET clock_seen = clock_seen - 86400000000")
    assert serve(data).stop() == 0
    assert json.loads(run("log", "verify", "--data", str(data), "--json").stdout)["ok"]
