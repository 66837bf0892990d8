"""The log's keys change without a break: nobody who knows only the old or only the new ones is left behind."""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.canonical import canonical_json
from crypto.checkpoint import verify_checkpoint
from crypto.encoding import decode_base64
from crypto.errors import BadSignature
from crypto.keys import VerifyingKey
from hub.app import create_app
from hub.cli import main
from hub.cli.log_keys import STATEMENT
from hub.log import log_keys_of
from hub.secrets import load_secrets
from hub.wiring import Hub
from models.audit import AuditEntry, AuditPart
from sharing.audit.checking import check_database
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.cosignatures import load_newest_note
from sharing.audit.record import Event, record
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag
from tests.factory import World


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(sqlite_url, tmp_path)
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
    app: Flask = create_app(world.hub, page_groups=(), machine_doors=("hub.log",))
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
