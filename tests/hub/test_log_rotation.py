"""The log's keys change without a break: nobody who knows only the old or only the new ones is left behind."""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.canonical import canonical_json
from crypto.checkpoint import verify_checkpoint
from crypto.encoding import decode_base64, encode_base64
from crypto.entry import build_leaf, commit_part, parse_leaf, parts_root
from crypto.errors import BadSignature
from crypto.keys import VerifyingKey
from crypto.memory import parse_memory
from crypto.rotation import STATEMENT, Rotation, parse_rotations, rotation_message
from hub.app import create_app
from hub.cli import main
from hub.keys.logkeys import LogKeyPair, load_log_keys, make_log_keys
from hub.keys.secrets import load_secrets
from hub.log.door import log_keys_of
from hub.wiring import Hub
from models.audit import AuditEntry, AuditPart
from sharing.audit.check.database import check_database
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.cosignatures import load_newest_note
from sharing.audit.record import Event, record
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag
from tests.factory import World
from tests.hub.witness.watching import closing_nothing


@pytest.fixture
def world(sqlite_hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(sqlite_hub_url, tmp_path)
    yield made
    made.close()


def restart(world: World) -> None:
    """The keys are read at a start."""
    world.hub = Hub(world.hub.settings, load_secrets(world.hub.settings.secrets), world.hub.units)


def sign(world: World) -> bytes:
    """One more entry under a checkpoint."""
    with world.writing() as session:
        record(session, Event(Tag.HUB_START, world.command()), world.context())
    world.advance(seconds=5)
    with world.hub.units.database.writing() as session:
        publish_checkpoint(session, world.hub.secrets.log_signers, world.now, at_once=True)
    with world.reading() as session:
        return load_newest_note(session, "2026").note


def shown(world: World) -> list[VerifyingKey]:
    """What anybody reads at /log/vkeys of the log itself."""
    app: Flask = create_app(world.hub, page_groups=(), machine_doors=("hub.log.door",))
    keys = [VerifyingKey.parse(line) for line in app.test_client().get("/log/vkeys").text.split()]
    return [key for key in keys if key.name.endswith("/2026")]


def test_the_keys_change_without_a_break(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Old, both, new: at each step the checkpoint holds for whoever knows the keys of then, and the log stays whole."""

    @contextmanager
    def administering(_data: Path) -> Iterator[tuple[Hub, Session]]:
        with world.hub.writing() as session:
            yield world.hub, session

    monkeypatch.setattr("hub.cli.log_keys.administering", administering)
    origin = "hub.test/log/2026"
    old = shown(world)
    assert len(old) == 2
    sign(world)
    assert main(["log", "keys", "finish", "--data", str(tmp_path)]) == 2
    assert main(["log", "keys", "rotate", "--data", str(tmp_path)]) == 0
    assert verify_checkpoint(sign(world), old).origin == origin  # a process that was not restarted yet
    restart(world)
    assert main(["log", "keys", "rotate", "--data", str(tmp_path)]) == 2
    new = list(world.hub.secrets.log_verifying_keys(origin))[:2]
    during = sign(world)
    for known in (old, new, shown(world)):
        assert verify_checkpoint(during, known).origin == origin
    assert len(shown(world)) == 4
    assert main(["log", "keys", "finish", "--data", str(tmp_path)]) == 0
    restart(world)
    after = sign(world)
    assert verify_checkpoint(after, new).origin == origin
    assert verify_checkpoint(after, shown(world)).origin == origin
    with pytest.raises(BadSignature):
        verify_checkpoint(after, old)
    assert len(shown(world)) == 4  # checkpoints of then need the keys of then
    with world.reading() as session:
        assert check_database(session, log_keys_of(world.hub)).ok
    files = [path for path in world.hub.settings.secrets.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert not (world.hub.settings.secrets / "old").exists()


def test_the_change_is_an_entry_signed_by_old_and_new(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All four signatures hold over the statement that names all four keys."""

    @contextmanager
    def administering(_data: Path) -> Iterator[tuple[Hub, Session]]:
        with world.hub.writing() as session:
            yield world.hub, session

    monkeypatch.setattr("hub.cli.log_keys.administering", administering)
    assert main(["log", "keys", "rotate", "--data", str(tmp_path)]) == 0
    restart(world)
    with world.reading() as session:
        query = (
            select(AuditPart.body, AuditEntry.kind)
            .join(AuditEntry, AuditEntry.id == AuditPart.entry_id)
            .where(AuditEntry.tag == Tag.LOG_KEYS_ROTATE.value, AuditPart.name == "decision")
        )
        body, kind = session.execute(query).one()
        assert load_log_head(session).origin == "hub.test/log"
    told = json.loads(body)
    assert kind.value == "key"
    signatures = [decode_base64(each) for each in told.pop("signatures")]
    message = STATEMENT + canonical_json(told)
    new, former = world.hub.secrets.log_keys.pairs
    for pair, (ed25519, mldsa44) in ((former, signatures[:2]), (new, signatures[2:])):
        pair.ed25519.public_key().verify(ed25519, message)
        pair.mldsa44.public_key().verify(mldsa44, message)


@pytest.fixture
def changed(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LogKeyPair:
    """A log whose keys changed while an auditor who knew the old ones looked away; as files in `tmp_path / log`."""

    @contextmanager
    def administering(_data: Path) -> Iterator[tuple[Hub, Session]]:
        with world.hub.writing() as session:
            yield world.hub, session

    monkeypatch.setattr("hub.cli.log_keys.administering", administering)
    monkeypatch.setattr("hub.cli.log_export.opened", lambda _data: closing_nothing(world.hub))
    sign(world)
    export = ["log", "export", str(tmp_path / "log"), "--data", str(tmp_path)]
    assert main(export) == 0
    (tmp_path / "old").write_bytes((tmp_path / "log" / "vkeys").read_bytes())
    state = ["--state", str(tmp_path / "state")]
    assert main(["log", "verify", str(tmp_path / "log"), "--vkeys", str(tmp_path / "old"), *state]) == 0
    former = world.hub.secrets.log_keys.pairs[0]
    for command in ("rotate", "finish"):
        assert main(["log", "keys", command, "--data", str(tmp_path)]) == 0
        restart(world)
        sign(world)
    assert main(export) == 0
    return former


def verify(tmp_path: Path, where: object, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What an auditor is told who gives nothing but the memory."""
    capsys.readouterr()
    code = main(["log", "verify", str(where), "--state", str(tmp_path / "state"), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert code == (0 if told["ok"] else 1)
    return told


def test_a_memory_learns_the_new_keys_from_the_log(
    world: World, changed: LogKeyPair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The entry that both generations signed leads to the new keys: from files, from a database, for ever after."""
    before = parse_memory((tmp_path / "state").read_bytes())
    database = world.hub.units.database.url.removeprefix("sqlite:///")
    for where in (tmp_path / "log", database):
        told = verify(tmp_path, where, capsys)
        assert told["ok"], told
        assert told["keys_given"]
    after = parse_memory((tmp_path / "state").read_bytes())
    new = set(world.hub.secrets.log_verifying_keys("hub.test/log/2026"))
    assert new <= set(after.keys)
    assert not new & set(before.keys)
    (tmp_path / "log" / "rotations").unlink()
    assert verify(tmp_path, tmp_path / "log", capsys)["ok"]


@pytest.mark.parametrize("forgery", ["Ed25519 alone", "not in the log", "another log's keys"])
def test_a_change_of_keys_that_the_log_does_not_hold_teaches_nothing(
    changed: LogKeyPair, tmp_path: Path, capsys: pytest.CaptureFixture[str], forgery: str
) -> None:
    """Who took the Ed25519 key, or even both, changes nobody's keys behind the log's back."""
    origin, listed = "hub.test/log/2026", tmp_path / "log" / "rotations"
    (real,) = parse_rotations(listed.read_bytes())
    (tmp_path / "thief").mkdir(mode=0o700)
    make_log_keys(tmp_path / "thief", None)
    thief = load_log_keys(tmp_path / "thief", None).pairs[0]
    old = thief if forgery == "another log's keys" else changed
    statement = {
        "origin": origin,
        "old": [each.vkey for each in old.signers(origin)],
        "new": [each.vkey for each in thief.signers(origin)],
    }
    message = rotation_message(statement)
    signers = [old.ed25519, (thief if forgery == "Ed25519 alone" else old).mldsa44, thief.ed25519, thief.mldsa44]
    signed = {**statement, "signatures": [encode_base64(each.sign(message)) for each in signers]}
    decision, salt = canonical_json(signed), bytes(32)
    others = (bytes(32), bytes(32), bytes(32))
    root = parts_root([*others, commit_part("decision", salt, decision)])
    leaf = build_leaf(parse_leaf(real.leaf).ts_ms, "key", root, None)
    forged = Rotation("2026", real.index, leaf, salt, decision, others)
    listed.write_bytes(forged.to_line() + real.to_line())
    told = verify(tmp_path, tmp_path / "log", capsys)
    if forgery == "not in the log":
        assert told["first_bad"]["index"] == real.index
        assert "not what stands in the log" in told["first_bad"]["what"]
    else:
        assert told["ok"], told
    kept = {key.public for key in parse_memory((tmp_path / "state").read_bytes()).keys}
    assert not kept & {each.verifying_key.public for each in thief.signers(origin)}
