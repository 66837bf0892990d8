"""The lessons library: final reports alone, without names, as far as the reader sees their edition."""

from collections.abc import Callable

from models.vocabulary import Label
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
