"""The pages about reports in a real browser: both languages, both widths, with script and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.tools import look, served
from tests.factory import World
from tests.hub.web.report_tools import application
from tests.hub.web.test_ranges import with_list
from tests.hub.web.test_reports import Stage

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    world = World(sqlite_hub_url, tmp_path)
    yield Stage(world, application(world))
    world.close()


@pytest.fixture
def address(stage: Stage) -> Iterator[str]:
    with served(stage.app) as url:
        yield url


def enter(page: Page, stage: Stage, address: str, username: str, language: str) -> None:
    """Carry a finished sign-in into a window."""
    for cookie in stage.browser(username, language).client._cookies.values():
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_report_is_written_with_five_answers(
    open_page: OpenPage, stage: Stage, address: str, language: str, script: bool
):
    """Who will read it follows the label: by itself with script, by the button without."""
    page = open_page(language=language, script=script)
    enter(page, stage, address, "hanako", language)
    page.goto(f"{address}/reports/new")
    page.select_option("#event_type", "E30")
    page.fill("#noticed_at", "2026-11-20T11:00")
    page.check("input[name=service_impact][value=yes]")
    page.fill("#summary", "受付システムが停止している。")
    page.check("input[name=label][value='TLP:GREEN']")
    later = page.locator(".who-later")
    if not script:
        expect(later).to_have_count(0)
        page.click("button[value=preview]")
    expect(later).to_have_count(2)
    expect(page.locator("#summary")).to_have_value("受付システムが停止している。")
    expect(page.locator("button[value=preview]")).to_be_visible(visible=not script)
    if script:
        page.dblclick("button[value=file]")
    else:
        page.click("button[value=file]")
    expect(page).to_have_url(re.compile(r"/receipt/1$"))
    expect(page.locator(".receipt-number")).to_contain_text(re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]"))
    assert stage.count() == 1


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_ticked_list_is_sent_once_its_names_are_shown(open_page: OpenPage, stage: Stage, address: str, script: bool):
    """With script they stand there by themselves and it goes at once; without, the page shows them before it goes."""
    _, ident = with_list(stage, "council")
    page = open_page(language="ja", script=script)
    enter(page, stage, address, "hanako", "ja")
    page.goto(f"{address}/reports/new")
    page.select_option("#event_type", "E30")
    page.fill("#noticed_at", "2026-11-20T11:00")
    page.check("input[name=service_impact][value=yes]")
    page.fill("#summary", "受付システムが停止している。")
    named = page.locator("#who", has_text="（指名した提供先）")
    expect(named).to_have_count(0)
    page.check(f"input[name=lists][value='{ident}']")
    if script:
        expect(named).to_be_visible()
    page.click("button[value=file]")
    if not script:
        expect(page.locator(".error-summary")).to_contain_text("提供先リスト")
        expect(named).to_be_visible()
        page.click("button[value=file]")
    expect(page).to_have_url(re.compile(r"/receipt/1$"))
    assert stage.count() == 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_about_reports_is_accessible_at_both_widths(
    open_page: OpenPage, stage: Stage, address: str, language: str
):
    _, url = stage.filed(details="経過", indicators="198.51.100.7")
    publish = url.replace("/reports/", "/secretariat/publish/")
    page = open_page(language=language)
    enter(page, stage, address, "office", language)
    for name, path in (("inbox", "/secretariat/"), ("secretariat-home", "/"), ("publish", publish)):
        page.goto(address + path)
        look(page, name, language=language)
    page.fill("#text-summary", "ある事業者の受付が停止した。")
    page.click("button[value=check]")
    page.click("button[value=propose]")
    expect(page).to_have_url(re.compile("/reports/proposals/"))
    look(page, "proposal-of-secretariat", language=language)
    proposal = page.url
    page = open_page(language=language)
    enter(page, stage, address, "boss", language)
    paths = (
        "/",
        "/reports/",
        "/reports/new",
        url,
        f"{url}follow-up",
        f"{url}receipt/1",
        "/reports/proposals/",
        proposal,
    )
    for number, path in enumerate(paths):
        page.goto(path if path.startswith("http") else address + path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        look(page, f"reports-{number}", language=language)
    page.click("button.button-primary:has-text('承認')" if language == "ja" else "button:has-text('Approve')")
    expect(page.locator(".notice-success")).to_be_visible()
    page.goto(f"{address}/reports/new")
    page.click("button[value=file]")
    expect(page.locator(".error-summary")).to_be_focused()
    look(page, "report-errors", language=language)
