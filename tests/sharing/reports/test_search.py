"""Searching: what people type finds what they may see, in time's order, and tells nothing of what they may not."""

from __future__ import annotations

from typing import Any

import pytest

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.readers import load_reader
from sharing.reading import search as searching
from sharing.reading.driver import as_uuid
from sharing.reading.search import FoundPage, Sought, search
from sharing.reading.search_index import catch_up, count_documents, empty_index, find_behind
from sharing.rules.folding import fold
from sharing.rules.search_terms import parse_question, terms_of
from tests.sharing.reports.conftest import Scene

TEXT = (
    "髙﨑変電所で停　電。ＬｏｃｋＢｉｔ 3.0、通信先は hxxp://c2.evil[.]example[.]com/a、"
    "CVE-2026-1234、渡邊󠄁さん確認。ｻｰﾊﾞｰを交換"
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("停電", True),
        ("停 電", True),
        ("停　電", True),
        ("高崎", True),
        ("髙﨑変電所", True),
        ("渡辺", True),
        ("サーバー", True),
        ("サーバ", True),
        ("lockbit", True),
        ("LOCKBIT", True),
        ("ockb", True),
        ("evil.example.com", True),
        ("c2.evil[.]example[.]com", True),
        ("cve-2026-1234", True),
        ("変電所 lockbit", True),
        ("電", True),
        ("電停", False),
        ("停電 水道", False),
        ("evil.example.org", False),
    ],
)
def test_how_words_are_folded(typed: str, found: bool):
    """Blanks, widths, old characters, defanged dots: the same word, however it is written."""
    asked = parse_question(typed)
    assert asked is not None
    terms = terms_of([TEXT], in_parts=True)
    in_index = all(any(way <= terms for way in word.ways) for word in asked.words)
    assert (in_index and asked.holds([TEXT])) is found


def test_folding_is_done_once():
    """What was folded folds to itself, or what is indexed and what is asked would differ."""
    assert fold(fold(TEXT)) == fold(TEXT)
    assert parse_question("。、！？ 「」") is None


def finds(scene: Scene, actor: Actor, words: str, **more: Any) -> FoundPage:
    with scene.world.reading() as session:
        return search(
            session,
            load_reader(session, actor),
            INBOX_FEED,
            Sought(words),
            sealer=scene.world.hub.secrets.cursor,
            **more,
        )


def reports(page: FoundPage) -> list[Any]:
    return [as_uuid(row.report_id) for row in page.rows if row.fullness]


def test_who_may_see_it_finds_it(scene: Scene):
    """The sender and its secretariat find the original by words, value and number; a rival finds the edition alone."""
    filed = scene.files(
        scene.hanako,
        summary="髙﨑変電所で停電。",
        label="TLP:GREEN",
        indicators=[{"kind": "domain-name", "value": "c2.evil.example.com"}],
    )
    for words in ("停電", "高崎", filed.reference, filed.reference.lower(), "c2.evil.example.com"):
        assert finds(scene, scene.hanako, words).rows, words
        assert finds(scene, scene.office, words).rows, words
        assert not finds(scene, scene.rival_reader, words).rows, words
    scene.proposes(scene.office, filed, Label.GREEN)
    edition = finds(scene, scene.rival_reader, "停電")
    assert [row.fullness for row in edition.rows if row.fullness] == [1]
    assert not finds(scene, scene.rival_reader, filed.reference).rows
    assert len(reports(finds(scene, scene.office, "停電"))) == 1


def test_only_the_newest_version_is_found(scene: Scene):
    """A word that a follow-up took back finds nothing any more."""
    filed = scene.files(scene.hanako, summary="原因は落雷。")
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up", summary="原因は設定誤り。")
    assert not finds(scene, scene.hanako, "落雷").rows
    assert len(reports(finds(scene, scene.hanako, "設定誤り"))) == 1


@pytest.mark.parametrize("way", ["walking", "index"])
def test_pages_go_on_in_the_order_of_time(scene: Scene, monkeypatch: pytest.MonkeyPatch, way: str):
    """Page by page, newest first, each once: whether words are common, or are asked of the index."""
    if way == "index":
        monkeypatch.setattr(searching, "NEAR_ROWS", 0)
    filed = [scene.files(scene.hanako, summary=f"第{number}変電所で停電。").report_id for number in range(5)]
    seen: list[Any] = []
    token = None
    while True:
        page = finds(scene, scene.office, "停電 変電所", limit=2, token=token)
        seen += reports(page)
        token = page.next
        if token is None:
            break
        assert len(page.rows) == 2
    assert seen == list(reversed(filed))


def test_where_the_index_has_too_much_to_say_walking_goes_on(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    """Work is bounded, and a page that ended for that reason says that there is more."""
    monkeypatch.setattr(searching, "NEAR_ROWS", 1)
    monkeypatch.setattr(searching, "FAR_ROWS", 1)
    monkeypatch.setattr(searching, "MOST_CANDIDATES", 1)
    monkeypatch.setattr(searching, "_SCANNED_AT_ONCE", 3)
    filed = [scene.files(scene.hanako, summary=f"第{number}変電所で停電。").report_id for number in range(4)]
    seen: list[Any] = []
    token, turns = None, 0
    while turns == 0 or token is not None:
        page = finds(scene, scene.office, "停電", token=token)
        seen += reports(page)
        token, turns = page.next, turns + 1
    assert seen == list(reversed(filed)) and turns > 2


def test_the_index_is_made_again(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    """Emptied and caught up it holds the same, and says so once."""
    monkeypatch.setattr(searching, "NEAR_ROWS", 0)
    scene.files(scene.hanako, summary="停電が続いている。")
    with scene.world.hub.units.database.writing() as session:
        held = count_documents(session)
        empty_index(session)
    assert not finds(scene, scene.office, "停電").rows
    with scene.world.reading() as session:
        behind = find_behind(session)
    assert behind is not None
    for _ in range(2):  # whoever comes second finds the index moved, and leaves it
        with scene.world.hub.units.database.writing() as session:
            catch_up(session, behind)
    with scene.world.reading() as session:
        assert find_behind(session) is None
    with scene.world.reading() as session:
        assert count_documents(session) == held
    assert len(reports(finds(scene, scene.office, "停電"))) == 1
