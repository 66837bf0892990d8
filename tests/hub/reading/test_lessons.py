"""The lessons library: final reports alone, without names, as far as the reader sees their edition."""

from collections.abc import Callable

import pytest

from models.vocabulary import Label
from sharing.reports.approval import drafting
from tests.hub.reading.tools import Reading
from tests.sharing.reports.conftest import Scene

Sit = Callable[..., Reading]

LESSON = "切替手順を年に一度は試しておく。"


def test_a_lesson_is_read_by_others_without_a_name(scene: Scene, reading: Sit):
    """A first report teaches nothing yet; the final one does, to a rival and another sector, and words find it."""
    filed = scene.files(scene.hanako, label="TLP:GREEN", lessons="まだ分からない。")
    scene.proposes(scene.office, filed, Label.GREEN)
    rival = reading(scene.rival_reader)
    assert "まだ分からない。" not in rival.get("/lessons/").text
    final = scene.files(
        scene.hanako,
        report=filed.report_id,
        kind="final",
        label="TLP:GREEN",
        lessons=LESSON,
        measures="予備系へ切り替えた。",
        summary="受付が停止した。",
    )
    scene.proposes(scene.office, final, Label.GREEN)
    for reader in (rival, reading(scene.water_reader), reading(scene.council)):
        for page in (reader.get("/lessons/"), reader.get("/lessons/", q="切替手順")):
            assert LESSON in page.text and "予備系へ切り替えた。" in page.text
            assert "青葉" not in page.text and final.reference not in page.text
        assert LESSON not in reader.get("/lessons/", q="噴火").text
    assert reading(scene.auditor).get("/lessons/").status_code == 403


def test_what_is_not_shared_teaches_nobody(scene: Scene, reading: Sit):
    """A final report that stays in its circle is in nobody's library."""
    scene.files(scene.hanako, event_type="E00", service_impact="no", kind="near_miss", lessons=LESSON)
    for reader in (scene.rival_reader, scene.council, scene.nco, scene.office):
        assert LESSON not in reading(reader).get("/lessons/").text


def test_who_reads_originals_need_not_turn_empty_pages(scene: Scene, reading: Sit):
    """They were shown page after page without a lesson: notes of originals teach nobody here, and came first."""
    shared = {"service_impact": "no", "event_type": "E00", "kind": "near_miss"}
    final = scene.files(scene.hanako, **shared, label="TLP:GREEN", lessons=LESSON)
    scene.proposes(scene.office, final, Label.GREEN)
    for number in range(35):
        scene.files(scene.hanako, **shared, lessons=f"自組織の中の教訓 {number}")
    page = reading(scene.hanako).get("/lessons/")
    assert LESSON in page.text, "the thirty-sixth note is on the first page of lessons"


def test_a_lesson_of_a_named_edition_names_nobody(scene: Scene, reading: Sit):
    """The sender let its sector know its name; the lesson still says none, in the bytes and on the page."""
    named = (
        "青葉電力では当直の佐藤課長だけが手順を知っていた。みどり電力も同じである。問合せは sato@aoba.example まで。"
    )
    final = scene.files(
        scene.hanako,
        kind="near_miss",
        event_type="E00",
        service_impact="no",
        label="TLP:GREEN",
        lessons=named,
        name_to_sector=True,
    )
    scene.proposes(scene.office, final, Label.GREEN)
    rows = scene.sees(scene.rival_reader, types=())
    (note,) = [row for row in rows if row.type == "note"]
    assert any("青葉電力".encode() in row.body for row in rows), "the edition itself bears the name"
    page = reading(scene.rival_reader).get("/lessons/").text
    for name in ("青葉", "佐藤", "みどり電力も", "sato@aoba.example"):
        assert name.encode() not in note.body and name not in page
    assert "だけが手順を知っていた" in page


def test_a_lesson_that_was_published_with_a_name_is_read_without(
    scene: Scene, reading: Sit, monkeypatch: pytest.MonkeyPatch
):
    """Editions that went out before names were replaced keep their bytes; the library masks the sender."""
    monkeypatch.setattr(drafting, "with_blameless_lessons", lambda _session, _report, fields, _builder: fields)
    lesson = "青葉の当直だけが手順を知っていた。"
    final = scene.files(
        scene.hanako,
        kind="near_miss",
        event_type="E00",
        service_impact="no",
        label="TLP:GREEN",
        lessons=lesson,
        name_to_sector=True,
    )
    scene.proposes(scene.office, final, Label.GREEN)
    (note,) = [row for row in scene.sees(scene.rival_reader, types=()) if row.type == "note"]
    assert lesson.encode() in note.body
    page = reading(scene.rival_reader).get("/lessons/").text
    assert "（事業者名）の当直だけが" in page and "青葉" not in page
