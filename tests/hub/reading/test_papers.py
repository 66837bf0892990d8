"""What readers take away on paper: their own edition and no other, each time on record."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from models.vocabulary import Label
from sharing.audit.tags import Tag
from tests.hub.reading.test_pages import indicator, logged, share
from tests.hub.reading.tools import Reading, make_due_digests
from tests.hub.web.test_paper import NEEDS_FONT, pages_of
from tests.sharing.reports.conftest import Scene

Sit = Callable[..., Reading]


@NEEDS_FONT
@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_edition_on_paper_is_the_readers_own(scene: Scene, reading: Sit, language: str):
    """Without the sender's name where the page has none; the ledger says that it was taken away."""
    share(scene)
    sitting = reading(scene.council, language)
    (row,) = scene.sees(scene.council)
    page = sitting.get(f"/feed/inbox/objects/{row.stix_id}/").text
    link = re.search(r'href="([^"]+/paper\.pdf[^"]*)"', page)
    assert link
    before = len(scene.world.tags())
    answer = sitting.get(link[1].replace("&amp;", "&"))
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    assert re.search(r'filename="TLP-GREEN_2026-11-20_[^"]+\.pdf"', answer.headers["Content-Disposition"])
    text = "".join(pages_of(answer.data))
    assert text.count("TLP:GREEN") >= 2 and "青葉電力" not in text and row.stix_id in re.sub(r"\s", "", text)
    assert logged(scene)[-1][2] == "download"
    assert set(scene.world.tags()[before:]) == {Tag.EXPORT.value, Tag.DISCLOSURE.value}


@NEEDS_FONT
def test_a_digest_on_paper(scene: Scene, reading: Sit):
    """Each entry under its own label, the paper under the strictest."""
    sitting = reading(scene.office, "en")
    sitting.send(sitting.get("/digests/"), "/digests/subscription", hour="7")
    indicator(scene, Label.AMBER)
    indicator(scene, Label.GREEN)
    scene.world.advance(days=1)
    make_due_digests(scene.world)
    sitting = reading(scene.office, "en")
    where = re.search(r'href="(/digests/[0-9a-f-]{36}/)"', sitting.get("/digests/").text)
    assert where and f"{where[1]}digest.pdf" in sitting.get(where[1]).text
    answer = sitting.get(f"{where[1]}digest.pdf")
    assert re.search(r'filename="TLP-AMBER_2026-11-2\d_digest\.pdf"', answer.headers["Content-Disposition"])
    text = "".join(pages_of(answer.data))
    assert "TLP:GREEN" in text and text.count("TLP:AMBER") >= 3
    assert reading(scene.nco).get(f"{where[1]}digest.pdf").status_code == 404
