"""The search page: one box, newest first, logged before it leaves, in words when nothing is found."""

from collections.abc import Callable

import pytest

from models.vocabulary import Label
from tests.hub.reading.tools import Reading
from tests.sharing.reports.conftest import Scene

Sit = Callable[..., Reading]


def test_what_is_found_and_what_is_not(scene: Scene, reading: Sit):
    """The secretariat finds its member's report by a word and by the number as it was heard on the telephone."""
    filed = scene.files(scene.hanako, summary="髙﨑変電所で停　電。")
    office, rival = reading(scene.office), reading(scene.rival_reader)
    spoken = filed.reference.lower().replace("-", " ")
    for typed in ("停電", "高崎変電所", filed.reference, spoken):
        page = office.get("/search/", q=typed).text
        assert "TLP:AMBER" in page, typed
        assert f'value="{typed}"' in page
        assert "この語を含むものはありません" in rival.get("/search/", q=typed).text
    assert "停　電" in office.get("/feed/", q="停電").text
    assert "停　電" not in office.get("/feed/", q="停電", label="TLP:GREEN").text


@pytest.mark.parametrize(
    ("typed", "says"),
    [("", "Type what you look for."), ("。、「」", "no word in this"), ("噴火", "Nothing that you may see holds")],
)
def test_empty_pages_say_why(scene: Scene, reading: Sit, typed: str, says: str):
    """Nothing typed, nothing that can be searched, nothing found."""
    assert says in reading(scene.nco, "en").get("/search/", q=typed).text


def test_a_search_is_logged_as_a_disclosure(scene: Scene, reading: Sit):
    """What a search shows at AMBER stands in the ledger of its sender, as what any page shows."""
    scene.files(scene.hanako, summary="停電が続いている。")
    reading(scene.office).get("/search/", q="停電")
    with scene.world.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT filters, highest FROM disclosures").all()
    assert any("search" in str(row[0]) and row[1] == Label.AMBER.rank for row in rows)


def test_who_reads_nothing_searches_nothing(scene: Scene, reading: Sit):
    """The auditor has no box and no page."""
    auditor = reading(scene.auditor)
    assert auditor.get("/search/", q="停電").status_code == 403
    assert "header-search" not in auditor.get("/trail/").text
