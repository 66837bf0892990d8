"""Stories of erasure: by two persons, for good; what remains proves as before and cannot be guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from crypto.entry import commit_part
from models.audit import AuditEntry, AuditPart
from models.vocabulary import EntryKind, Label
from sharing.actor import Actor
from sharing.audit.check.database import check_database
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.reports.reading import load_report
from sharing.trail.erasure import approve_erasure, erase_again, list_erasures, request_erasure
from tests.factory import World
from tests.sharing.reports.conftest import Scene

NAME = "山田太郎"


@pytest.fixture
def scene(peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A fresh hub with everybody in it."""
    world = World(peopled_url, tmp_path)
    yield Scene(world)
    world.close()


def entry_of(world: World, tag: str) -> AuditEntry:
    with world.reading() as session:
        return session.execute(select(AuditEntry).where(AuditEntry.tag == tag)).scalars().all()[-1]


def erases(world: World, entry: AuditEntry, first: Actor, second: Actor) -> None:
    with world.writing() as session:
        assert entry.shard is not None and entry.log_index is not None
        ident = request_erasure(
            session, first, entry.shard, entry.log_index, "request of the person", context=world.context()
        ).id
    with world.writing() as session:
        approve_erasure(session, second, ident, context=world.context())


def findings(world: World) -> list[str]:
    with world.reading() as session:
        found = [each.what for each in check_database(session, []).findings]
    # Scenes write people and organizations straight into their tables; of those the trail knows nothing.
    return [what for what in found if "signed" not in what and "without an entry" not in what]


def everything(world: World) -> str:
    """All that the database holds, as one text."""
    found: list[str] = []
    with world.reading() as session:
        for table in ("objects", "audit_parts", "report_versions", "proposal_objects", "edition_facts"):
            for row in session.execute(text(f"SELECT * FROM {table}")):
                found += [bytes(it).decode("utf-8", "replace") if isinstance(it, bytes) else _said(it) for it in row]
    return "\n".join(found)


def _said(value: Any) -> str:
    """SQLite gives a document as its text, in which letters may be escaped."""
    given = str(value)
    try:
        return json.dumps(json.loads(given), ensure_ascii=False)
    except ValueError:
        return given


def test_attack_17_what_was_erased_cannot_be_guessed_and_all_proofs_stay(scene: Scene):
    """The name of a person in a report: gone everywhere, and its commitment fits no guess without the salt."""
    world = scene.world
    report = scene.files(scene.hanako, summary=f"{NAME}の端末が感染した。", label=Label.AMBER.value)
    later = scene.files(scene.hanako)
    entry = entry_of(world, "report:version:file")
    with world.reading() as session:
        entries = (
            session.execute(select(AuditEntry).where(AuditEntry.shard == entry.shard).order_by(AuditEntry.log_index))
            .scalars()
            .all()
        )
        entry = next(each for each in entries if each.tag == "report:version:file")
        kept = session.execute(
            select(AuditPart.body).where(AuditPart.entry_id == entry.id, AuditPart.name == "objects")
        ).scalar_one()
    leaves = [bytes(each.leaf_hash) for each in entries]
    assert NAME in everything(world)
    erases(world, entry, world.administrator(), world.administrator())
    assert NAME not in everything(world)
    with world.reading() as session:
        after = session.get_one(AuditEntry, entry.id)
        assert bytes(after.leaf) == bytes(entry.leaf)
        now = (
            session.execute(select(AuditEntry).where(AuditEntry.shard == entry.shard).order_by(AuditEntry.log_index))
            .scalars()
            .all()
        )
        assert [bytes(each.leaf_hash) for each in now][: len(leaves)] == leaves
        assert session.execute(select(AuditPart).where(AuditPart.entry_id == entry.id)).first() is None
        # The dictionary: even the exact content, without its 32 random bytes, commits to something else.
        guesses = {commit_part("objects", bytes(32), bytes(kept)), commit_part("objects", b"\x01" * 32, bytes(kept))}
        assert all(guess not in bytes(after.leaf) for guess in guesses)
    assert findings(world) == []
    view = read(scene, later.report_id)
    assert view.versions
    assert NAME not in str(read(scene, report.report_id))


def read(scene: Scene, report: Any) -> Any:
    with scene.world.reading() as session:
        return load_report(session, scene.hanako, report)


def test_erased_objects_leave_the_feeds(scene: Scene):
    """An edition that was erased is read by nobody any more; others stay."""
    world = scene.world
    scene.approves(scene.boss, scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN))
    first = entry_of(world, "report:proposal:approve")
    before = len(scene.sees(scene.water_reader))
    assert before == 1
    scene.approves(scene.boss, scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN))
    erases(world, first, world.administrator(), world.administrator())
    (left,) = scene.sees(scene.water_reader)
    assert left.body
    assert findings(world) == []


def test_an_erasure_takes_two(scene: Scene):
    """Neither alone, nor without a name, nor by somebody who administers nothing; nor twice."""
    world, first, second = scene.world, scene.world.administrator(), scene.world.administrator()

    def asks(actor: Actor, ground: str = "request of the person", index: int = 0) -> Any:
        with world.writing() as session:
            return request_erasure(session, actor, "2026", index, ground, context=world.context()).id

    for nobody in (world.command(), scene.hanako, scene.auditor):
        with pytest.raises(NotPermitted):
            asks(nobody)
    with pytest.raises(Invalid):
        asks(first, " ")
    with pytest.raises(NotVisible):
        asks(first, index=10_000)
    asked = asks(first)
    with pytest.raises(Conflict):
        asks(second)
    for nobody in (first, world.command(), scene.hanako):
        with pytest.raises(NotPermitted), world.writing() as session:
            approve_erasure(session, nobody, asked, context=world.context())
    with world.writing() as session:
        approve_erasure(session, second, asked, context=world.context())
    with pytest.raises(Conflict), world.writing() as session:
        approve_erasure(session, second, asked, context=world.context())
    erasure = entry_of(world, "trail:erasure:approve")
    assert erasure.kind is EntryKind.ERASURE
    with pytest.raises(Conflict):
        asks(first, index=erasure.log_index)
    with world.reading() as session:
        (listed,) = list_erasures(session, world.command())
    assert (listed.asked_by, listed.approved_by) == (first.account_id, second.account_id)


def test_parts_that_go_without_an_erasure_are_found(scene: Scene):
    """A person with the database deletes the parts of an entry: no erasure entry allows it."""
    world = scene.world
    scene.files(scene.hanako)
    entry = entry_of(world, "report:version:file")
    with world.hub.units.database.writing() as session:
        session.execute(text("DELETE FROM audit_parts WHERE entry_id = :entry"), {"entry": entry.id})
        session.execute(text("DELETE FROM objects WHERE entry_id = :entry"), {"entry": entry.id})
    assert any("no erasure entry says that it may be" in each for each in findings(world))


def test_what_a_backup_brought_back_is_erased_again(scene: Scene):
    """The list of erasures is kept outside of what is restored; once more is nothing more."""
    world = scene.world
    scene.files(scene.hanako, summary=f"{NAME}の端末が感染した。")
    entry = entry_of(world, "report:version:file")
    assert entry.shard is not None and entry.log_index is not None
    with world.writing() as session:
        leaf = [(entry.shard, entry.log_index)]
        assert erase_again(session, world.command(), leaf, "restored", context=world.context()) == 1
    assert NAME not in everything(world)
    with world.writing() as session:
        assert erase_again(session, world.command(), leaf, "restored", context=world.context()) == 0
    assert findings(world) == []
