"""A report goes out of one hub and comes into another over TAXII: its page there says what it says here."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from hub.peering import seal_key, send_push
from hub.web.words.reading import read_value
from models.vocabulary import Label, Role
from sharing.collections.access import load_collection
from sharing.exchange import pushes
from sharing.exchange.pushes import NewPush
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import Question
from tests.factory import World
from tests.feeds.editions.mapping import read_report
from tests.feeds.peers.other_hub import Other, other
from tests.hub.reading.tools import Reading, application
from tests.sharing.reports.conftest import Scene

__all__ = ["other"]

WHOLE = {
    "summary": "受付システムが停止し、窓口での受付に切り替えた。",
    "details": "11時に監視が検知した。\n\n12時に切り替えた。",
    "occurred_at": "2026-11-20T10:50:00+09:00",
    "causes": ["C101"],
    "system_class": "it",
    "affected_service": "料金の受付",
    "affected_users": "約3千人",
    "recovery": "full",
    "recovered_at": "2026-11-20T11:40:00+09:00",
    "measures": "手順書を改めた。",
    "lessons": "切り替えの訓練が役に立った。",
    "not_for_publication": True,
    "consent_nco": True,
    "indicators": [{"kind": "domain-name", "value": "bad.example"}],
}

SHOWN = re.compile(r'<h2>(?:What the report says|報告の内容)</h2>\s*<dl class="definitions">(.*?)</dl>', re.DOTALL)
TEXT = re.compile(r'<div class="(?:prose|lead) long-text">(.*?)</div>', re.DOTALL)


def incidents(world: World, actor: object, feed: str = "inbox") -> list[str]:
    """The ids of the incidents that an actor sees."""
    with world.reading() as session:
        reader = load_reader(session, actor)
        number = load_collection(session, reader, feed).feed
        rows = page(session, reader, number, Question(types=("incident",)), sealer=world.hub.secrets.cursor).rows
    return [row.stix_id for row in rows]


def says(world: World, actor: object, feed: str, ident: str, language: str) -> tuple[str, str]:
    """The text of an object's page, and the lines that stand for the fields of its report."""
    sitting = Reading(application(world), world, actor, language)  # type: ignore[arg-type]
    opened = sitting.get(f"/feed/{feed}/objects/{ident}/").text
    (lines,), (text,) = SHOWN.findall(opened), TEXT.findall(opened)
    return text, lines


def fields(world: World, actor: object, feed: str) -> dict[str, object]:
    """What is read back of all objects of an edition."""
    with world.reading() as session:
        reader = load_reader(session, actor)
        number = load_collection(session, reader, feed).feed
        rows = page(session, reader, number, Question(), sealer=world.hub.secrets.cursor).rows
    return read_report([read_value(row.body) for row in rows])


def test_a_report_shows_the_same_fields_at_another_hub(scene: Scene, other: Other, monkeypatch: pytest.MonkeyPatch):
    """Filed, proposed, approved and published here; sent to a rival's own hub; its page there in both languages."""
    monkeypatch.setattr("feeds.peers.connection.is_allowed", lambda *_: True)
    report = scene.files(scene.hanako, **WHOLE)
    proposed = scene.proposes(scene.office, report, Label.GREEN)
    scene.approves(scene.boss, proposed)
    world, rival, there = scene.world, scene.rival_reader, other.world
    office = there.person(there.secretariat("Another office abroad"), Role.COORDINATOR)
    (ident,) = incidents(world, rival)
    new = NewPush(name="rival", organization_id=rival.organization.id, url=other.url, highest=Label.AMBER)
    push_id = uuid4()
    with world.writing() as session:
        sealed = seal_key(world.hub, push_id, other.key)
        pushes.add_push(session, world.command(), new, ident=push_id, key_sealed=sealed, context=world.context())
    with world.writing() as session:
        pushes.agree_push(session, rival, "rival", context=world.context())
    pushed = send_push(world.hub, "rival")
    assert (pushed.failure, pushed.refused) == ("", 0) and pushed.accepted > 3
    assert incidents(there, office, other.ident) == [ident]
    assert fields(there, office, other.ident) == fields(world, rival, "inbox")
    for language in ("ja", "en"):
        here = says(world, rival, "inbox", ident, language)
        assert says(there, office, other.ident, ident, language) == here
        assert "手順書を改めた。" in here[1]
