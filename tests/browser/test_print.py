"""Pages as a browser prints them: A4, the label at top and bottom of every sheet, numbered, without what is clicked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pypdfium2
import pytest
from playwright.sync_api import Page

from tests.browser.test_reports import address, enter, stage
from tests.hub.web.test_paper import colours_of, pages_of
from tests.hub.web.test_reports import Stage

__all__ = ["address", "stage"]

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("label", "colour"), [("TLP:AMBER", (255, 192, 0)), ("TLP:RED", (255, 43, 43))])
def test_a_report_prints_with_its_label_on_each_sheet(
    open_page: Callable[..., Page], stage: Stage, address: str, label: str, colour: tuple[int, int, int]
):
    """RED too: a sheet from the browser is the named person's own view."""
    _hanako, url = stage.filed(label=label, details="変電所の通信が途切れた。\n" * 120)
    page = open_page(language="ja")
    enter(page, stage, address, "hanako", "ja")
    page.goto(f"{address}{url}")
    raw = page.pdf(prefer_css_page_size=True)  # without the background that a reader would have to ask for
    pages = [re.sub(r"\s", "", text) for text in pages_of(raw)]
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert text.count(label) >= 2, f"page {number} lacks its label"
        assert f"{number}/{len(pages)}" in text
        assert not re.search("サインアウト|検索|続報を書く|メニュー", text)
    seen = colours_of(raw, from_top=5)
    assert colour in seen and (0, 0, 0) in seen
    with pypdfium2.PdfDocument(raw) as document:
        width, height = document.get_page_size(0)
    assert (round(width), round(height)) == (595, 842)
