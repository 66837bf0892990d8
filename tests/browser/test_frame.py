"""The frame and every macro in a real browser: both languages, both widths, with and without script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.tools import assert_accessible, look, served
from tests.hub.fakes import frame_app

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
BAR_COLOURS = {
    "TLP:CLEAR": "rgb(255, 255, 255)",
    "TLP:GREEN": "rgb(51, 255, 0)",
    "TLP:AMBER": "rgb(255, 192, 0)",
    "TLP:AMBER+STRICT": "rgb(255, 192, 0)",
    "TLP:RED": "rgb(255, 43, 43)",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pattern pages, served as a demo so that every mark shows."""
    with served(frame_app(Path(tmp_path_factory.mktemp("frame")), demo=True)) as url:
        yield url


def sign_in(page: Page, address: str) -> None:
    """Press the button of the pattern page that signs the tester in."""
    page.goto(f"{address}/patterns/")
    page.get_by_role("button", name=re.compile("受領を確認する")).click()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_macro_is_accessible_at_both_widths(open_page: OpenPage, address: str, language: str):
    """The pattern page holds each macro once; it is the page to look at after a change of the design."""
    page = open_page(language=language)
    sign_in(page, address)
    page.goto(f"{address}/patterns/?label=TLP:AMBER%2BSTRICT&exercise")
    look(page, "patterns", language=language)
    page.goto(f"{address}/patterns/write")
    look(page, "form", language=language)
    page.locator("main form button.button-primary").click()
    expect(page.locator(".error-summary")).to_be_focused()
    look(page, "form-errors", language=language)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500, 503])
def test_error_pages_are_accessible(open_page: OpenPage, address: str, language: str, status: int):
    """Whatever goes wrong, the page that says so is one of ours."""
    page = open_page(language=language)
    page.goto(f"{address}/patterns/fail/{status}")
    assert_accessible(page)
    if status in {404, 500}:
        look(page, f"error-{status}", language=language)


@pytest.mark.parametrize("label", BAR_COLOURS)
def test_the_label_stands_top_and_bottom_in_its_colour(page: Page, address: str, label: str):
    """FIRST prescribes words and colours; a translating browser must leave them alone."""
    page.goto(f"{address}/patterns/?label={label.replace('+', '%2B')}")
    bars = page.locator(".tlp-bar")
    expect(bars).to_have_count(2)
    for bar in bars.all():
        expect(bar).to_have_text(label)
        expect(bar).to_have_css("background-color", "rgb(0, 0, 0)")
        expect(bar.locator("p")).to_have_css("color", BAR_COLOURS[label])
        expect(bar.locator("p")).to_have_attribute("translate", "no")
    top, bottom = (bar.bounding_box() for bar in bars.all())
    assert top is not None and bottom is not None
    assert top["y"] == 0
    assert bottom["y"] > page.locator("footer").bounding_box()["y"]  # type: ignore[index]


@pytest.mark.parametrize("script", [True, False])
def test_a_stale_form_keeps_what_was_typed(open_page: OpenPage, address: str, script: bool):
    """The session ended while somebody typed: one more click sends the same text, and no password is written back."""
    page = open_page(script=script)
    page.goto(f"{address}/patterns/write")
    page.get_by_label("概要").fill('受付システムが"停止"した <b>')
    page.get_by_label("事象の類型").select_option("E30")
    page.get_by_label("なし", exact=True).check()
    page.get_by_label("パスワード").fill("hunter2-hunter2")
    page.context.clear_cookies()
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.get_by_role("heading", name="フォームはまだ送信されていません")).to_be_visible()
    assert "hunter2" not in page.content()
    if script:
        look(page, "kept", language="ja")
    page.get_by_role("button", name="もう一度送る").click()
    expect(page).to_have_url(f"{address}/patterns/sent")
    expect(page.locator("body")).to_have_text('受付システムが"停止"した <b>')


def test_the_keyboard_reaches_the_content_first(page: Page, address: str):
    """The first stop of the tab key leads past the header."""
    page.goto(f"{address}/patterns/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize("script", [True, False])
def test_the_language_switch_stays(open_page: OpenPage, address: str, script: bool):
    """A click changes the language of this and all later pages."""
    page = open_page(language="ja", script=script)
    page.goto(f"{address}/patterns/?label=TLP:GREEN")
    page.get_by_role("link", name="English").click()
    expect(page).to_have_url(f"{address}/patterns/?label=TLP:GREEN")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(f"{address}/nothing")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_menu_opens_without_script(open_page: OpenPage, address: str):
    """On a telephone the navigation is one tap away."""
    page = open_page(script=False, width=390)
    sign_in(page, address)
    expect(page.locator(".nav-wide")).to_be_hidden()
    page.locator(".nav-narrow summary").click()
    link = page.locator(".nav-narrow").get_by_role("link", name="情報連絡を書く")
    link.click()
    expect(page).to_have_url(f"{address}/patterns/write")


def test_text_in_progress_survives_a_reload(page: Page, address: str):
    """A form that asks for it finds its text again in the same tab; passwords are never kept."""
    page.goto(f"{address}/patterns/write")
    page.get_by_label("概要").fill("書きかけ")
    page.get_by_label("パスワード").fill("hunter2")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_label("概要")).to_have_value("書きかけ")
    expect(page.get_by_label("パスワード")).to_have_value("")
    assert "hunter2" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_double_click_sends_once(page: Page, address: str):
    """A second click on a slow line must not report twice."""
    page.goto(f"{address}/patterns/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name=re.compile("受領を確認する")).dblclick()
    expect(page.get_by_text("サインインしました。")).to_be_visible()
    assert len(sent) == 1
