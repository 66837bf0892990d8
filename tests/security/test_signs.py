"""What somebody writes beside a label cannot be read as another one."""

from __future__ import annotations

from feeds.stix.explain import headline
from hub.app import create_app
from models.vocabulary import Label, Role
from sharing.collections.access import load_sector_collection
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from tests.hub.web.report_tools import Browser
from tests.sharing.reports.conftest import Scene

TURNED = "安全な情報 \u202eRAELC:PLT\u202c"
"""Shown as it is it ends in "TLP:CLEAR"."""


def test_a_title_that_turns_its_direction_shows_the_sign(scene: Scene):
    """Typed reports refuse such signs, papers and terminals name them; on pages a title could imitate a label."""
    world, ident = scene.world, "indicator--00000000-0000-4000-8000-000000000001"
    raw = f'{{"type":"indicator","name":"{TURNED}","description":"{TURNED}"}}'.encode()
    new = NewObject(ident, "indicator", "2.1", 1, "2026-11-20T03:00:00.000Z", None, Label.GREEN, raw)
    with world.writing() as session:
        collection = load_sector_collection(session, "electricity")
        publish(session, scene.office, Publication(collection, [new]), policy=scene.policy, context=world.context())
    world.person(scene.rival, Role.READER, username="reader", password=True)
    browser = Browser(create_app(world.hub), world, "reader")
    assert "安全な情報 [U+202E]RAELC:PLT[U+202C]" in browser.get("/feed/").text
    page = browser.get(f"/feed/inbox/objects/{ident}/").text
    shown, _, exact = page.partition("<pre")
    assert "\u202e" not in shown and "[U+202E]" in shown and "\u202e" in exact, "the exact text stays exact"


def test_other_signs_stay_as_they_are():
    """Line ends, variants of characters, joined pictures."""
    text = "葛\U000e0100城市\n第2行 👨‍👩‍👧"
    assert headline({"type": "note", "name": "x", "description": text}).summary == text
