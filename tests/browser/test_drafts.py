"""Drafts in a real browser: saved while one types, two people in one, and nothing of either lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.vocabulary import Role
from tests.browser.test_reports import address, enter, stage
from tests.browser.tools import assert_accessible, assert_fits, look
from tests.hub.web.report_tools import person
from tests.hub.web.test_reports import Stage

__all__ = ["address", "stage"]

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
SAVED = 15_000
"""Milliseconds that a loaded machine may take; it is saved two seconds after a pause."""


@pytest.fixture
def two(open_page: OpenPage, stage: Stage, address: str) -> Iterator[tuple[Page, Page]]:
    person(stage.world, stage.aoba, Role.REPORTER, username="taro")
    windows = open_page(language="ja"), open_page(language="ja", width=390)
    for window, who in zip(windows, ("hanako", "taro"), strict=True):
        enter(window, stage, address, who, "ja")
    yield windows


def test_two_people_in_one_draft(two: tuple[Page, Page], stage: Stage, address: str, tmp_path: Path):
    """Hanako types and is saved; Taro goes on elsewhere; where both changed a field each sees both and decides."""
    hanako, taro = two
    hanako.goto(f"{address}/reports/new")
    hanako.fill("#summary", "受付が停止している。")
    expect(hanako.locator("#draft-state")).to_contain_text("保存しました", timeout=SAVED)
    assert "/reports/drafts/" in hanako.url
    taro.goto(hanako.url)
    assert taro.input_value("#summary") == "受付が停止している。"
    taro.locator("details:has(#details) > summary").click()
    taro.fill("#details", "10:40 遅くなる。")
    taro.fill("#summary", "受付が11時から停止している。")
    expect(taro.locator("#draft-state")).to_contain_text("保存しました", timeout=SAVED)
    hanako.fill("#summary", "予約の受付が停止している。")
    note = hanako.locator("#meanwhile-summary")
    expect(note).to_contain_text("受付が11時から停止している。", timeout=SAVED)
    expect(hanako.locator("#details")).to_have_value("10:40 遅くなる。")
    assert hanako.input_value("#summary") == "予約の受付が停止している。"
    note.get_by_role("button", name="自分の記入を残す").click()
    expect(note).to_have_count(0)
    taro.wait_for_timeout(2_500)
    taro.reload()
    expect(taro.locator("#summary")).to_have_value("予約の受付が停止している。")
    for page in two:
        assert_fits(page)
        assert_accessible(page)
    look(hanako, "draft-in-two-windows", language="ja")
    hanako.goto(f"{address}/reports/drafts/")
    look(hanako, "drafts", language="ja")
    assert stage.count() == 0
