"""Commands as an administrator types them: real processes, both databases, exit codes and words."""

import json
import sqlite3
import stat
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from hub.cli.common import complain, show
from models.account import Account, Membership
from models.session import Database
from models.vocabulary import AccountState, Role
from sharing.setup import HUB_ID
from tests.harness.processes import HubProcess, on_database, run
from tests.hub.commands import Command, answer, command, data, refused

__all__ = ["command", "data"]


STEERING = "a\x1b[31m[/b]\x00\n\u202e[red]z"
"""As a client may write an address: signs of terminals, of markup, of another line, of another direction."""


@pytest.mark.parametrize("terminal", ["1", ""])
def test_what_others_wrote_steers_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: str
):
    """A key's holder could write on the administrator's terminal, or end the command that shows its requests."""
    monkeypatch.setenv("FORCE_COLOR", terminal)
    show([{"path": STEERING, "names": [STEERING]}], ("path", "names"), as_json=False, title="Requests")
    complain(f"{STEERING}: expected something")
    said = capsys.readouterr()
    assert "a[31m[/b] [red]z" in said.out
    assert "a[31m[/b] [red]z: expected" in said.err.replace("\n", " ").replace("  ", " ")
    assert not set("\x00\u202e") & set(said.out + said.err) and "\x1b[31m[" not in said.out + said.err


def test_init_makes_a_hub_that_others_cannot_read(tmp_path: Path) -> None:
    """Folder 0700, every file 0600, and the settings explain themselves."""
    data = tmp_path / "data"
    run("init", "--data", str(data))
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {path.name for path in (data / "secrets").iterdir()} == {
        "apikey.key",
        "attachment.key",
        "cursor.key",
        "edition.key",
        "editions-ed25519.pem",
        "log-ed25519.pem",
        "log-mldsa44.pem",
        "promise-ed25519.pem",
        "seal.key",
        "session.key",
    }
    assert "base_url" in (data / "hub.toml").read_text()


def test_init_never_touches_a_hub(data: Path) -> None:
    """A second init changes nothing, not even a byte."""
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    words = refused(run("init", "--data", str(data), check=False))
    assert "found one already" in words
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file() and path in before} == before


def test_init_refuses_a_folder_of_others(tmp_path: Path) -> None:
    """A mistyped folder does not fill with keys."""
    (tmp_path / "letters.txt").write_text("dear all")
    assert "expected an empty or new folder" in refused(run("init", "--data", str(tmp_path), check=False))
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_init_completes_one_that_was_interrupted(data: Path) -> None:
    """Keys that are there stay; a database without a hub gets one."""
    kept = (data / "secrets" / "seal.key").read_bytes()
    for name in ("hub.sqlite3", "hub.sqlite3-wal", "hub.sqlite3-shm"):
        (data / name).unlink(missing_ok=True)
    run("init", "--data", str(data))
    assert (data / "secrets" / "seal.key").read_bytes() == kept
    assert answer(run("doctor", "--data", str(data), "--json"))["ok"]


def test_an_administrator_sets_up_a_hub(command: Command) -> None:
    """Organizations, first managers, collections, lists: each in the trail, which then verifies."""
    operator = answer(
        command(
            "org", "add", "--tier", "operator", "--name-ja", "甲電力", "--name-en", "Kou", "--ceptoar", "electricity"
        )
    )
    assert operator["sector"] == "electricity"
    assert {each["name_ja"] for each in answer(command("org", "list"))} >= {"甲電力"}
    invited = answer(command("account", "invite-first-manager", "甲電力", "--name", "山田 太郎"))
    assert len(invited["code"].replace("-", "")) == 20
    ident = "5b0f3c1e-9c1d-4f57-8a6e-0e6f0a1b2c3d"
    audience = f"organization:{operator['id']}"
    words = ("--id", ident, "--title", "Bench", "--read", "members", "--write", audience, "--write", "members")
    added = answer(command("collection", "add", *words))
    assert (added["id"], added["read"], added["write"]) == (ident, ["members"], [audience, "members"])
    assert ident in {each["id"] for each in answer(command("collection", "list"))}
    root = answer(command("apiroot", "add", "bench", "--title", "Bench root", "--collection", ident))
    words = ("--max-content-length", "50000", "--description", "For measuring")
    changed = answer(command("apiroot", "change", "bench", *words))
    assert changed == {**root, "max_content_length": 50_000, "description": "For measuring"}
    assert answer(command("apiroot", "list")) == [changed]
    assert not answer(command("collection", "change", ident, "--outside-hub"))["in_hub"]
    assert "another API root" in refused(command("apiroot", "end", "bench", check=False))
    assert answer(command("collection", "change", ident, "--in-hub"))["in_hub"]
    assert answer(command("apiroot", "end", "bench")) == {"name": "bench"}
    assert answer(command("account", "list")) == []
    assert answer(command("key", "list")) == []
    assert answer(command("digest", "run")) == {"done": 0, "failed": 0}
    assert answer(command("policy", "work")) == {"done": 0, "failed": 0}
    assert answer(command("policy", "past")) == []
    assert answer(command("org", "dismiss", "甲電力"))["id"] == operator["id"]
    assert "甲電力" not in {each["name_ja"] for each in answer(command("org", "list"))}
    verified = answer(command("log", "verify"))
    assert verified["ok"]
    assert verified["shards"][0]["signed_size"] == verified["entries"]
    assert answer(command("doctor"))["ok"]


def test_an_administrator_gives_no_role_that_reads(command: Command) -> None:
    """A second first manager is refused, and so is the manager of an organization that has one."""
    command("org", "add", "--tier", "operator", "--name-ja", "乙", "--name-en", "Otsu", "--ceptoar", "water")
    command("account", "invite-first-manager", "乙", "--name", "A")
    refused(command("account", "invite-first-manager", "乙", "--name", "B", check=False))
    usage = run("account", "invite-first-manager", "--help").stdout
    assert "--role" not in usage


@pytest.mark.parametrize(
    ("name", "found"), [("甲" * 300, "300 characters"), ("甲\x1b[31m", "cannot be printed"), ("", "''")]
)
def test_a_name_that_is_refused_is_told_as_it_was_found(command: Command, name: str, found: str) -> None:
    """Three hundred signs were said to be none: expected at most 200, found nothing."""
    words = ("org", "add", "--tier", "foreign", "--name-en", "Tei", "--name-ja", name)
    assert found in refused(command(*words, check=False))


def add_person(database_url: str, username: str, role: Role = Role.ADMINISTRATOR, organization: UUID = HUB_ID) -> None:
    """A person with one hat, by default who administers, as the pages would have left it."""
    with closing(Database(database_url)) as database, Session(database.engine) as session:
        now = datetime.now(UTC)
        account = Account(
            id=uuid4(), username=username, display_name=username, state=AccountState.ACTIVE, created_at=now
        )
        session.add(account)
        session.flush()
        session.add(
            Membership(
                id=uuid4(), account_id=account.id, organization_id=organization, roles=[role.value], began_at=now
            )
        )
        session.commit()


def test_two_administrators_stand_under_a_first_manager(command: Command, database_url: str) -> None:
    """Once two persons administer, the command asks for both; who wrote the letter does not confirm it."""
    for name in ("one", "two"):
        add_person(database_url, name)
    command("org", "add", "--tier", "foreign", "--name-ja", "丁", "--name-en", "Tei")
    words = ("account", "invite-first-manager", "丁", "--name", "A")
    assert "--by" in refused(command(*words, check=False))
    invited = answer(command(*words, "--by", "one"))
    assert invited["waits_for_second"] and invited["code"]
    (waiting,) = answer(command("account", "letters"))
    assert (waiting["id"], waiting["organization"]) == (invited["id"], "丁") and "code" not in waiting
    refused(command("account", "confirm-letter", invited["id"], "--by", "one", check=False))
    assert answer(command("account", "confirm-letter", invited["id"], "--by", "two")) == {"id": invited["id"]}
    assert answer(command("account", "letters")) == []
    assert answer(command("account", "drop-letter", invited["id"])) == {"id": invited["id"]}
    again = command(*words, "--by", "two", json_output=False).stdout
    assert "confirm-letter" in again and "a second administrator confirms it" in again


def test_two_administrators_let_a_manager_in_again(command: Command, database_url: str) -> None:
    """Nobody else stands over who manages a ministry's section alone; one asks, the other grants, and has the code."""
    for name in ("one", "two"):
        add_person(database_url, name)
    made = answer(command("org", "add", "--tier", "foreign", "--name-ja", "丁", "--name-en", "Tei"))
    add_person(database_url, "tei", Role.MANAGER, UUID(made["id"]))
    ask = ("account", "ask-reset", "tei", "--lost", "second-factor", "--why", "A lost telephone; called back.")
    words = refused(command("account", "ask-reset", "nobody", *ask[3:], "--by", "one", check=False))
    assert "nobody of this name" in words
    asked = answer(command(*ask, "--by", "one"))["id"]
    for who, may in (("one", False), ("two", True)):
        (row,) = answer(command("account", "resets", "--by", who))
        assert row == {
            "id": asked, "name": "tei", "lost": "second-factor", "why": ask[-1], "by": "one", "yours": may
        }  # fmt: skip
    refused(command("account", "grant-reset", asked, "--by", "one", check=False))
    granted = answer(command("account", "grant-reset", asked, "--by", "two"))
    assert granted["code"] and granted["address"].endswith("/reset")
    assert answer(command("account", "resets", "--by", "two")) == []
    refused(command("account", "grant-reset", asked, "--by", "two", check=False))
    again = answer(command(*ask, "--by", "two"))["id"]
    assert answer(command("account", "refuse-reset", again, "--by", "one")) == {"id": again}


def test_a_wrong_audience_is_refused(command: Command) -> None:
    """A typing mistake in an audience does not make a collection that nobody reads."""
    words = refused(command("collection", "add", "--title", "X", "--read", "member", check=False))
    assert "expected a token such as members" in words


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            "UPDATE audit_entries SET leaf = CAST(replace(leaf, ':1}', ':2}') AS BLOB) WHERE log_index = 7",
            7,
        ),
        ("UPDATE audit_entries SET leaf_hash = zeroblob(32) WHERE log_index = 2", 2),
        ("UPDATE audit_entries SET parts_root = zeroblob(32) WHERE log_index = 5", 5),
        ("UPDATE audit_parts SET body = CAST('{\"a\":1}' AS BLOB) WHERE entry_id = 8 AND name = 'decision'", 7),
        ("UPDATE audit_parts SET body = 'no JSON' WHERE entry_id = 8 AND name = 'decision'", 7),
        ("UPDATE audit_parts SET salt = zeroblob(32) WHERE entry_id = 4 AND name = 'actor'", 3),
        ("DELETE FROM audit_entries WHERE log_index = 5", 5),
        ("DELETE FROM audit_entries WHERE log_index = (SELECT max(log_index) FROM audit_entries)", 24),
        ("UPDATE checkpoints SET note = CAST(replace(CAST(note AS TEXT), '/log/', '/lag/') AS BLOB)", None),
        ("DELETE FROM checkpoints", None),
        ("UPDATE log_state SET size = size - 1", 25),
    ],
)
def test_a_changed_log_is_found_and_named(data: Path, change: str, found: int | None) -> None:
    """Whoever changes a row is found, with the first bad entry."""
    before = json.loads(run("log", "verify", "--data", str(data), "--json").stdout)
    assert (before["ok"], before["entries"]) == (True, 25)
    with closing(sqlite3.connect(data / "hub.sqlite3")) as database, database:
        assert database.execute(change).rowcount >= 1
    done = run("log", "verify", "--data", str(data), "--json", check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert not document["ok"]
    assert document["first_bad"]["index"] == found
    assert run("log", "verify", "--data", str(data), check=False).stdout.count("WRONG") >= 1


def test_a_database_alone_needs_a_key_to_believe(data: Path) -> None:
    """Without its data folder nobody knows whose signatures count; with the key it verifies."""
    database = str(data / "hub.sqlite3")
    assert "--vkey" in refused(run("log", "verify", database, check=False))
    refused(run("log", "verify", database, "--vkey", "nonsense", check=False))
    refused(run("log", "verify", str(data / "nothing"), check=False))


def test_a_log_is_verified_from_outside(data: Path, serve: Callable[..., HubProcess], tmp_path: Path) -> None:
    """Over HTTP alone: checkpoints, keys and entry bundles; a wrong key is not believed."""
    hub = serve(data)
    document = json.loads(run("log", "verify", hub.url, "--json").stdout)
    assert document["ok"]
    assert document["entries"] > 20
    assert document["keys_given"] is False
    run("init", "--data", str(tmp_path / "other"))
    other = serve(tmp_path / "other")
    with urllib.request.urlopen(f"{other.url}/log/vkeys") as keys:
        wrong = keys.read().decode().split()[0]
    done = run("log", "verify", hub.url, "--vkey", wrong, "--json", check=False)
    assert done.returncode == 1
    assert any("a checkpoint does not hold" in each["what"] for each in json.loads(done.stdout)["findings"])


def test_reports_are_filed_by_command(command: Command, tmp_path: Path) -> None:
    """Without a good key nothing is told; the key never stands among the words."""
    assert "CEPTOAR_HUB_KEY" in refused(command("report", "list", check=False))
    refused(command("report", "list", check=False, more={"CEPTOAR_HUB_KEY": "chk_" + "a" * 52}))
    broken = tmp_path / "report.json"
    broken.write_text('{"a": 1, "a": 2}')
    words = refused(command("report", "file", str(broken), check=False, more={"CEPTOAR_HUB_KEY": "chk_x"}))
    assert "expected JSON" in words
    words = refused(command("report", "import", str(broken), check=False, more={"CEPTOAR_HUB_KEY": "chk_x"}))
    assert "an XLSX workbook" in words


def test_a_schema_is_upgraded_by_command(tmp_path: Path, empty_database_url: str) -> None:
    """`init` makes the tables where there are none, on both databases."""
    folder = tmp_path / "data"
    env = on_database(empty_database_url)
    run("init", "--data", str(folder), env=env)
    assert answer(run("db", "check", "--data", str(folder), "--json", env=env))["ok"]
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM log_state")).scalar_one() == 1
    engine.dispose()


def test_help_speaks_the_terminals_language() -> None:
    """Japanese where LANG asks for it, English elsewhere."""
    assert "証跡" in run("--help", env={"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, fresh=True).stdout
    assert "Verify the trail" in run("--help", env={"LANG": "C.UTF-8", "LC_ALL": ""}, fresh=True).stdout
    assert run("--version", fresh=True).stdout.startswith("ceptoar-hub ")


def test_a_code_list_is_shown_edited_and_loaded(command: Command, tmp_path: Path) -> None:
    """The sixteenth sector gets its name; a file with a fault changes nothing and says where the fault is."""
    document = answer(command("codelist", "show", "sectors", json_output=False))
    document["items"][-1] |= {"ja": "宇宙", "en": "Space", "confirmed": True}
    file = tmp_path / "sectors.json"
    file.write_text(json.dumps(document))
    assert answer(command("codelist", "load", str(file)))["changed"] == ["sixteenth"]
    lines = {(line["list"], line["version"]): line for line in answer(command("codelist", "list"))}
    assert lines["sectors", "2026"]["in_force"]
    document["items"][-1]["en"] = ""
    file.write_text(json.dumps(document))
    assert "items[15].en: expected a name" in refused(command("codelist", "load", str(file), check=False))
    assert "no such list" in refused(command("codelist", "show", "colours", json_output=False, check=False))


def test_a_publisher_signs_without_the_hub(command: Command, tmp_path: Path) -> None:
    """Key, statements and signed posts are made without a data folder; only registering and revoking need the hub."""
    operator = answer(
        command("org", "add", "--tier", "operator", "--name-ja", "甲電力", "--name-en", "K", "--ceptoar", "electricity")
    )
    phrase = tmp_path / "phrase"
    phrase.write_text("correct horse\n")
    old, new, other = tmp_path / "old.pem", tmp_path / "new.pem", tmp_path / "statement.json"
    opened = ("--passphrase-file", str(phrase))
    made = json.loads(run("key", "make", "--key", str(old), *opened, "--json").stdout)
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in old.read_bytes()
    assert "found one" in refused(run("key", "make", "--key", str(old), *opened, check=False))
    run("key", "make", "--key", str(new))
    owner = ("--organization", operator["id"])
    run("key", "register", "--key", str(old), *opened, *owner, "--out", str(other))
    registered = answer(command("key", "register", "--statement", str(other)))
    assert registered["thumbprint"] == made["thumbprint"]
    words = ("--key", str(new), "--old", str(old), "--old-passphrase-file", str(phrase), *owner)
    assert answer(command("key", "rotate", *words))["thumbprint"] != made["thumbprint"]
    listed = {each["thumbprint"]: each for each in answer(command("key", "list", "--signing"))}
    assert listed[made["thumbprint"]]["ends_at"] is not None
    posted = tmp_path / "post.json"
    posted.write_text('{"objects":[{"type":"indicator","id":"indicator--1","modified":"2026-11-01T00:00:00.000Z"}]}')
    sign = ("key", "sign", str(posted), "--key", str(new), "--audience", "hub.test/collections/1")
    kinds = [each["type"] for each in json.loads(run(*sign).stdout)["objects"]]
    assert kinds == ["indicator", "ceptoar-signature", "ceptoar-manifest"]
    posted.write_text('{"objects":[{"type":"indicator","confidence":1,"confidence":2}]}')
    assert "expected" in refused(run(*sign, check=False))
    new.chmod(0o644)
    assert "chmod 600" in refused(run(*sign, check=False))
    assert answer(command("key", "revoke", registered["id"]))["id"] == registered["id"]
    assert answer(command("log", "verify"))["ok"]
