"""A file's way in a real browser: sent in parts over a connection that is cut, filed, fetched by another sector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, Request, expect
from sqlalchemy import update

from hub.app import create_app
from hub.attachments.scanning import scan_waiting
from models.organization import Organization
from models.vocabulary import Role
from sharing.lists.changing import add_to_list, make_list
from tests.browser.test_reports import enter
from tests.browser.tools import assert_accessible, assert_fits, look, served
from tests.factory import World
from tests.hub.scanner import EICAR, scan_command
from tests.hub.web.report_tools import Browser, person
from tests.hub.web.test_reports import FIVE
from tests.sharing.reports.conftest import Scene

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
CONTENT = "11:00,受付,停止\n".encode() * 120_000
"""Some megabytes: several parts."""
SLOW = 30_000
"""Milliseconds that a loaded machine may take."""


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """Hanako has a list with the water operator on it; there is a scanner."""
    world = World(sqlite_hub_url, tmp_path, scan_command=scan_command(tmp_path))
    scene = Scene(world)
    with world.writing() as session:
        session.execute(update(Organization).where(Organization.id == scene.water.id).values(findable=True))
        made = make_list(session, scene.hanako, "隣接事業者", world.context())
        add_to_list(session, scene.hanako, made.id, [f"organization:{scene.water.id}"], world.context())
    app = create_app(world.hub)
    app.config["TESTING"] = True
    for name, organization, role in (
        ("hanako", scene.aoba, Role.REPORTER),
        ("boss", scene.aoba, Role.APPROVER),
        ("mizuho", scene.water, Role.READER),
        ("rival", scene.rival, Role.READER),
    ):
        person(world, organization, role, username=name)
    with served(app) as url:
        yield SimpleNamespace(
            url=url, hub=world.hub, browser=lambda who, language="ja": Browser(app, world, who, language)
        )
    world.close()


def begin(page: Page, stage: SimpleNamespace) -> None:
    """A draft with the list ticked, and on to its files."""
    page.goto(f"{stage.url}/reports/new")
    page.select_option("#event_type", FIVE["event_type"])
    page.fill("#noticed_at", FIVE["noticed_at"])
    page.locator("input[name=service_impact][value=yes]").check()
    page.fill("#summary", "受付システムが停止している。")
    page.get_by_label("隣接事業者").check()
    with page.expect_navigation():
        page.get_by_role("button", name="下書きに保存して、ファイルを追加・削除する").click()


_CUT = """
const real = window.fetch;
let parts = 0;
window.fetch = (where, how) => {
  if (how?.method === "PATCH") {
    parts += 1;
    if (parts === 2) return Promise.reject(new TypeError("the network is away"));
  }
  return real(where, how);
};
"""


def cut_once(page: Page) -> list[int]:
    """Let the second part of a file break off, as a train in a tunnel does; where the parts that go out begin."""
    seen: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            seen.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    page.evaluate(_CUT)
    return seen


def test_a_file_from_one_sector_to_another(open_page: OpenPage, stage: SimpleNamespace, tmp_path: Path) -> None:
    hanako = open_page(language="ja")
    enter(hanako, stage, stage.url, "hanako", "ja")
    begin(hanako, stage)
    parts = cut_once(hanako)
    hanako.set_input_files("#files", {"name": "受付記録.csv", "mimeType": "text/csv", "buffer": CONTENT})
    hanako.get_by_role("button", name="追加", exact=True).click()
    expect(hanako.locator("main table")).to_contain_text("受付記録.csv", timeout=SLOW)
    assert parts == [0, 1024**2, 2 * 1024**2]  # what broke off is sent once more, and nothing before it
    hanako.set_input_files("#files", {"name": "手順書.pdf", "mimeType": "application/pdf", "buffer": b"MZ" + EICAR})
    hanako.locator("input[name=file_label][value='TLP:RED']").check()
    hanako.get_by_role("button", name="追加", exact=True).click()
    expect(hanako.locator("main table")).to_contain_text("手順書.pdf", timeout=SLOW)
    scan_waiting(stage.hub)
    hanako.reload()
    expect(hanako.locator("main table")).to_contain_text("Windowsプログラム")
    expect(hanako.locator("main table")).to_contain_text("Eicar-Test-Signature")
    assert_accessible(hanako)
    look(hanako, "draft-files", language="ja")
    with hanako.expect_navigation():
        hanako.get_by_role("link", name="下書きに戻る").click()
    look(hanako, "draft-with-files", language="ja")
    with hanako.expect_navigation():
        hanako.locator("button[name=do][value=file]").click()
    report = hanako.url.partition("receipt")[0]
    hanako.goto(report)
    expect(hanako.locator("main")).to_contain_text("手順書.pdf")
    look(hanako, "report-with-files", language="ja")

    mizuho = open_page(language="ja", width=390)
    enter(mizuho, stage, stage.url, "mizuho", "ja")
    mizuho.goto(f"{stage.url}/feed/")
    with mizuho.expect_navigation():
        mizuho.locator("main a[href*='/objects/incident--']").first.click()
    expect(mizuho.locator("main")).to_contain_text("受付記録.csv")
    expect(mizuho.locator("main")).not_to_contain_text("手順書.pdf")
    assert_accessible(mizuho)
    look(mizuho, "object-with-files", language="ja")
    link = mizuho.get_by_role("link", name="受付記録.csv")
    with mizuho.expect_download() as coming:
        link.click()
    coming.value.save_as(tmp_path / "here.csv")
    assert coming.value.suggested_filename == "TLP-AMBER_受付記録.csv"
    assert (tmp_path / "here.csv").read_bytes() == CONTENT

    rival = open_page(language="ja")
    enter(rival, stage, stage.url, "rival", "ja")
    answer = rival.goto(f"{stage.url}{link.get_attribute('href')}")
    assert answer is not None
    assert answer.status == 404

    boss = open_page(language="ja")
    enter(boss, stage, stage.url, "boss", "ja")
    boss.goto(report.replace("/reports/", "/ledger/reports/"))
    line = boss.locator("main table tr", has_text="受付記録.csv")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("清流水道株式会社")
    look(boss, "ledger-with-file", language="ja")
    english = open_page(language="en")
    enter(english, stage, stage.url, "hanako", "en")
    english.goto(report)
    expect(english.locator("main")).to_contain_text("The malware scan found something")
    look(english, "report-with-files", language="en")


def test_without_script(open_page: OpenPage, stage: SimpleNamespace, tmp_path: Path) -> None:
    """The form alone does it; what is wrong stands beside the field."""
    hanako = open_page(language="en", script=False, width=390)
    enter(hanako, stage, stage.url, "hanako", "en")
    hanako.goto(f"{stage.url}/reports/new")
    hanako.fill("#summary", "The desk does not answer.")
    with hanako.expect_navigation():
        hanako.get_by_role("button", name="Save as a draft, then add or remove files").click()
    with hanako.expect_navigation():
        hanako.get_by_role("button", name="Add", exact=True).click()
    expect(hanako.locator("#files-error")).to_have_text("Please choose a file.")
    assert_fits(hanako)
    (tmp_path / "log.txt").write_bytes(b"11:00 stopped")
    hanako.set_input_files("#files", tmp_path / "log.txt")
    hanako.get_by_label("This is a sample of malware").check()
    with hanako.expect_navigation():
        hanako.get_by_role("button", name="Add", exact=True).click()
    expect(hanako.locator("main table")).to_contain_text("Sample of malware")
    with hanako.expect_navigation():
        hanako.get_by_role("button", name="Remove").click()
    expect(hanako.locator("main")).to_contain_text("No file goes with this draft yet.")
