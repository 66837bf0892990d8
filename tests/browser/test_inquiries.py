"""A question about an edition and its answer, in a real browser: each person at its own window, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from hub.app import create_app
from models.vocabulary import Form, Label, Role
from tests.browser.test_reports import enter
from tests.browser.tools import look, served
from tests.factory import World
from tests.hub.web.report_tools import Browser, person
from tests.sharing.inquiries.conftest import Asking

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
QUESTION = "予備系への切替えにどれほどかかりましたか。清流水道では未経験です。"
PASSED = "予備系への切替えにどれほどかかりましたか。"
ANSWER = "青葉電力の手順書が古く、切替えに3時間を要しました。連絡先は03-1234-5678です。"
TOLD = "手順書が古く、切替えに3時間を要しました。連絡先は03-1234-5678です。"


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """The edition of the stories, and people who can sit down at a browser."""
    world = World(sqlite_hub_url, tmp_path)
    scene = Asking(world)
    app = create_app(world.hub)
    app.config["TESTING"] = True
    for name, organization, role in (
        ("hanako", scene.aoba, Role.REPORTER),
        ("boss", scene.aoba, Role.APPROVER),
        ("office", scene.office.organization, Role.COORDINATOR),
        ("mizuho", scene.water, Role.READER),
    ):
        person(world, organization, role, username=name)
    edition = scene.builder.main_id(scene.report.report_id, Form.ANONYMISED)
    with served(app) as url:
        yield SimpleNamespace(
            url=url,
            scene=scene,
            edition=f"{url}/feed/inbox/objects/{edition}/",
            browser=lambda username, language="ja": Browser(app, world, username, language),
        )
    world.close()


def follow(page: Page, what: str) -> None:
    """Click what leads to another page, and wait until it is there."""
    with page.expect_navigation():
        page.locator(what).first.click()


def open_waiting(page: Page, url: str) -> None:
    """From the home page to the question that waits."""
    page.goto(f"{url}/")
    follow(page, ".cards-urgent a[href='/questions/']")
    follow(page, "tbody a[href^='/questions/']")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_question_and_its_answer(open_page: OpenPage, stage: SimpleNamespace, language: str):
    """Asked from the feed, passed on reworded, answered, worded anew, approved, released, read, closed."""
    url = stage.url

    def sits(who: str, **window: object) -> Page:
        page = open_page(language=language, **window)
        enter(page, stage, url, who, language)
        return page

    mizuho, office, hanako, boss = sits("mizuho"), sits("office", script=False), sits("hanako"), sits("boss")
    mizuho.goto(stage.edition)
    follow(mizuho, "a[href$='/ask']")
    follow(mizuho, "main form button.button-primary")
    expect(mizuho.locator(".error-summary")).to_be_visible()
    mizuho.fill("#text", QUESTION)
    follow(mizuho, "main form button.button-primary")
    asked = mizuho.url

    open_waiting(office, url)
    assert office.locator("main").get_by_text("清流水道株式会社").count() == 1
    follow(office, "form[action$='/pass'] button")
    expect(office.locator(".error-summary")).to_contain_text("清流水道")
    expect(office.locator("#pass-text")).to_have_value(QUESTION)
    office.fill("#pass-text", PASSED)
    follow(office, "form[action$='/pass'] button")

    open_waiting(hanako, url)
    expect(hanako.locator("main")).not_to_contain_text("清流水道")
    hanako.fill("#answer-text", ANSWER)
    follow(hanako, "form[action$='/answer'] button")

    open_waiting(office, url)
    follow(office, "button[value=look]")
    expect(office.locator(".error-summary")).to_contain_text("青葉電力")
    office.fill("#propose-text", TOLD)
    follow(office, "button[value=look]")
    expect(office.locator(".hints")).to_contain_text("03-1234-5678")
    follow(office, "button[value=replace]")
    expect(office.locator("#propose-text")).not_to_have_value(TOLD)
    told = office.locator("#propose-text").input_value()
    follow(office, "button[value=propose]")

    mizuho.goto(asked)
    expect(mizuho.locator("main section")).to_have_count(1)
    open_waiting(boss, url)
    look(boss, "question-to-approve", language=language)
    follow(boss, "form[action$='/approve'] button")
    mizuho.goto(asked)
    expect(mizuho.locator("main section")).to_have_count(1)
    open_waiting(office, url)
    look_at_office = office.url
    follow(office, "form[action$='/release'] button")
    assert office.url == look_at_office

    mizuho.goto(f"{url}/")
    follow(mizuho, ".cards a[href='/questions/']")
    follow(mizuho, "tbody a")
    expect(mizuho.locator(".edition-text").last).to_have_text(told)
    look(mizuho, "question-answered", language=language)
    follow(mizuho, "form[action$='/close'] button")
    assert "青葉" not in mizuho.content()


def test_a_secretariat_asks_back(open_page: OpenPage, stage: SimpleNamespace):
    """照会: from the page of the report to the sender's answer in the thread, on a telephone without script."""
    window = {"script": False, "width": 390}
    office, hanako = open_page(**window), open_page(**window)
    enter(office, stage, stage.url, "office", "ja")
    enter(hanako, stage, stage.url, "hanako", "ja")
    office.goto(f"{stage.url}/reports/{stage.scene.report.report_id}/")
    follow(office, "a[href$='/ask']")
    office.fill("#text", PASSED)
    office.check(f"input[name=label][value='{Label.AMBER_STRICT.value}']")
    follow(office, "main form button.button-primary")
    open_waiting(hanako, stage.url)
    hanako.fill("#answer-text", "3時間です。")
    follow(hanako, "form[action$='/answer'] button")
    open_waiting(office, stage.url)
    expect(office.locator(".edition-text").last).to_have_text("3時間です。")
    office.locator("details:has(form[action$='/close']) summary").click()
    office.check("input[name=ending][value=done]")
    follow(office, "form[action$='/close'] button")
    expect(office.locator(".notice-success")).to_be_visible()
