"""The report desk in a real browser: a ransom note, one attack on four sectors, two hundred reports in an hour."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from hub.app import create_app
from hub.web.frame.guard import install
from models.vocabulary import Label, Role
from tests.browser.test_reports import enter
from tests.browser.tools import assert_fits, look, served
from tests.factory import World
from tests.hub.web.report_tools import person
from tests.hub.web.test_offline import saved, sent
from tests.hub.web.test_reports import FIVE, Stage
from tests.leaks import verbs

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
NOTE = """貴社のファイルを暗号化しました。 README.txt
連絡先 hxxps://pay[.]evil[.]example/id 、 lock＠evil.example まで。
接続元 198[.]51[.]100[.]7 ハッシュ d41d8cd98f00b204e9800998ecf8427e
"""


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    world = World(sqlite_hub_url, tmp_path)
    app = create_app(world.hub)
    install(app)
    app.config["TESTING"] = True
    yield Stage(world, app)
    world.close()


@pytest.fixture
def address(stage: Stage) -> Iterator[str]:
    with served(stage.app) as url:
        yield url


def sits_down(open_page: OpenPage, stage: Stage, address: str, who: str, **window: Any) -> Page:
    page = open_page(**window)
    enter(page, stage, address, who, window.get("language", "ja"))
    return page


@pytest.mark.parametrize(("language", "script"), [("ja", True), ("en", False)])
def test_ransomware_from_the_note_to_the_common_form_and_back(
    open_page: OpenPage, stage: Stage, address: str, tmp_path: Path, language: str, script: bool
):
    """The note is pasted, what it tells is taken by hand, the form goes out as a workbook and comes back changed."""
    page = sits_down(open_page, stage, address, "hanako", language=language, script=script)
    page.goto(f"{address}/reports/new")
    page.select_option("#event_type", "E20")
    page.fill("#noticed_at", "2026-11-20T11:00")
    page.check("input[name=service_impact][value=yes]")
    page.fill("#summary", "業務サーバのファイルが暗号化された。")
    page.locator("details:has(#pasted) > summary").click()
    page.fill("#pasted", NOTE)
    page.click("button[value=recognise]")
    expect(page.locator("input[name=found]")).to_have_count(4)
    page.click("button[value=take]")
    indicators = page.input_value("#indicators")
    assert {"https://pay.evil.example/id", "lock@evil.example", "198.51.100.7"} <= set(indicators.split("\n"))
    page.select_option("#attack", "ransomware")
    page.fill("#ransom_note", "README.txt：ファイルを暗号化した。")
    page.check("input[name=ransom_types][value=encryption]")
    page.click("button[value=file]")
    page.wait_for_url(re.compile(r"/receipt/1$"))
    report = page.url.removesuffix("receipt/1")
    file = tmp_path / "form.xlsx"
    file.write_bytes(page.request.get(f"{report}common-form/ransomware.xlsx").body())
    book = load_workbook(file)
    cells = {cell.value: cell for row in book["様式"].iter_rows() for cell in row if isinstance(cell.value, str)}
    note = next(cell for value, cell in cells.items() if value.startswith("README.txt"))
    note.value += "身代金の要求あり。"
    book.save(file)
    page.goto(f"{address}/reports/common-form/")
    page.select_option("#form", "ransomware")
    page.set_input_files("#file", str(file))
    page.click("main button.button-primary")
    page.wait_for_url(re.compile("/reports/drafts/"))
    expect(page.locator("#ransom_note")).to_have_value("README.txt：ファイルを暗号化した。身代金の要求あり。")
    expect(page.locator("#attack")).to_have_value("ransomware" if page.input_value("#attack") else "")
    assert_fits(page)
    assert stage.count() == 1


def test_one_attack_on_four_sectors(open_page: OpenPage, stage: Stage, address: str):
    """Two reports of one sector are merged, four secretariats link theirs; nobody learns a name of another sector."""
    world, sectors = stage.world, ("water", "gas", "credit")
    senders = {"electricity": world.person(stage.aoba, Role.REPORTER)}
    for sector in sectors:
        operator = world.operator(f"{sector}の事業者", sector)
        senders[sector] = world.person(operator, Role.REPORTER)
        if sector != "water":
            person(world, world.secretariat(f"{sector}事務局", sector), Role.COORDINATOR, username=sector)
    text = "外部からの大量アクセスで公開サイトが応答しない。"
    filed = {
        sector: verbs.files(world, who, text, Label.GREEN, further={"attack": "ddos"})
        for sector, who in senders.items()
    }
    twice = verbs.files(world, senders["electricity"], "窓口のサイトにつながらない。", Label.GREEN)
    office = sits_down(open_page, stage, address, "office")
    office.goto(f"{address}/secretariat/reports/{twice.report_id}/")
    office.locator("details:has(#into) > summary").click()
    office.fill("#into", filed["electricity"].reference)
    office.click("button[value=merge]")
    office.goto(f"{address}/secretariat/events/")
    office.fill("#title", "同時多発のDDoS攻撃")
    office.click("main form button.button-primary")
    office.wait_for_url(re.compile("/secretariat/events/[0-9a-f-]{36}/"))
    event = office.url
    windows = {"electricity": office, **{each: sits_down(open_page, stage, address, each) for each in sectors}}
    for sector, window in windows.items():
        window.goto(event)
        window.fill("#reference", filed[sector].reference)
        window.click(".find button")
        expect(window.locator("main")).to_contain_text(filed[sector].reference)
    for sector in ("electricity", "water"):
        publish = windows[sector]
        publish.goto(f"{address}/secretariat/publish/{filed[sector].report_id}/")
        publish.click("button[value=check]")
        publish.click("button[value=propose]")
        expect(publish.locator(".notice-success")).to_be_visible()
    gas = windows["gas"]
    gas.goto(event)
    shown = gas.locator("main")
    expect(shown.locator("a[href*='/objects/incident--']")).to_have_count(2)
    for hidden in ("青葉電力", "waterの事業者", filed["water"].reference, twice.reference):
        expect(shown).not_to_contain_text(hidden)
    look(gas, "event-of-four-sectors", language="ja")


def test_a_day_of_two_hundred_reports(open_page: OpenPage, stage: Stage, address: str):
    """Two hundred in an hour, and some through every other door: the board counts each once, and only what counts."""
    world = stage.world
    reporter = world.person(stage.aoba, Role.REPORTER)
    for number in range(200):
        impact = "yes" if number % 10 else "no"
        verbs.files(world, reporter, f"{number}番の設備が応答しない。", Label.AMBER, service_impact=impact)
        world.advance(seconds=8)
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    assert hanako.send("/reports/new", FIVE).status_code == 200
    key = world.key(reporter)
    body = {**verbs_five(), "submission": "0d5b8a8e-3f0a-4a63-9a52-6b1f0a3c9d10"}
    answer = stage.app.test_client().post("/api/v1/reports", json=body, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 201, answer.text
    hanako.get("/reports/offline-form/")
    draft = sent(hanako, saved())
    versions = re.search(r'name="versions" value="([^"]*)"', draft.text)
    assert versions
    given = {**FIVE, "versions": versions[1].replace("&#34;", '"')}
    assert hanako.send(draft.request.path, given).status_code == 200
    assert stage.count() == 203
    office = sits_down(open_page, stage, address, "office")
    office.goto(f"{address}/board/")
    expect(office.get_by_role("row", name=re.compile("電力")).first).to_contain_text("183")
    look(office, "board-of-a-mass-day", language="ja")
    rival = sits_down(open_page, stage, address, "rival", language="en")
    rival.goto(f"{address}/board/")
    expect(rival.locator("main")).not_to_contain_text("183")


def verbs_five() -> dict[str, str]:
    return {
        "event_type": "E30",
        "noticed_at": "2026-11-20T11:00:00+09:00",
        "service_impact": "yes",
        "summary": "REST経由の連絡。",
        "label": "TLP:AMBER",
    }


@pytest.mark.parametrize(("language", "script"), [("ja", True), ("en", False)])
def test_a_call_at_night_the_morning_after_and_the_end(
    open_page: OpenPage, stage: Stage, address: str, tmp_path: Path, language: str, script: bool
):
    """Registered with a fax on behalf, confirmed by the operator, followed up, closed; each step says what is new."""
    fax = tmp_path / "FAX.txt"
    fax.write_text("電話の後に届いた写し", encoding="utf-8")
    office = sits_down(open_page, stage, address, "office", language=language, script=script)
    office.goto(f"{address}/secretariat/call/")
    own = office.locator("#member option").filter(has_text=re.compile("青葉|Aoba"))
    office.select_option("#member", own.get_attribute("value"))
    office.select_option("#event_type", "E30")
    office.fill("#noticed_at", "2026-11-20T01:45")
    office.fill("#summary", "受付システムが停止したとの電話。")
    office.fill("#caller", "当直の山田")
    office.locator("details:has(#files) > summary").click()
    office.set_input_files("#files", str(fax))
    office.click("main form button.button-primary")
    office.wait_for_url(re.compile("/secretariat/reports/[0-9a-f-]{36}/"))
    expect(office.locator("main")).to_contain_text("当直の山田")
    report = office.url.replace("/secretariat/reports/", "/reports/")
    hanako = sits_down(open_page, stage, address, "hanako", language=language, script=script)
    hanako.goto(report)
    main = hanako.locator("main")
    expect(main).to_contain_text("FAX.txt")
    expect(main).not_to_contain_text("山田")
    hanako.locator("form[action$='/confirm'] button").click()
    expect(hanako.locator(".notice-success")).to_be_visible()
    for kind, words in (("follow_up", "予備系へ切り替えた。"), ("final", "全面復旧した。再発防止策を実施。")):
        hanako.goto(f"{report}follow-up")
        hanako.check(f"input[name=kind][value={kind}]")
        hanako.locator("details:has(#details) > summary").click()
        hanako.fill("#details", words)
        hanako.click("button[value=now]")
        hanako.wait_for_url(re.compile(r"/receipt/[23]$"))
    office.goto(report)
    changes = office.locator("main")
    expect(changes).to_contain_text("予備系へ切り替えた。")
    expect(changes).to_contain_text("全面復旧した。再発防止策を実施。")
    assert_fits(office)
    assert stage.count() == 1


def test_from_a_near_miss_to_a_lesson_for_others(open_page: OpenPage, stage: Stage, address: str):
    """The shorter form asks for no names; what was learned reaches another sector, and whose it is does not."""
    lesson = "作業手順に二人での確認を加えた。"
    hanako = sits_down(open_page, stage, address, "hanako")
    hanako.goto(f"{address}/reports/new?kind=near_miss")
    hanako.fill("#noticed_at", "2026-11-20T09:00")
    hanako.fill("#summary", "設定の誤りに作業の直前に気付いた。")
    hanako.locator("details:has(#lessons) > summary").click()
    hanako.fill("#lessons", lesson)
    hanako.click("button[value=now]")
    hanako.wait_for_url(re.compile(r"/receipt/1$"))
    report = re.search(r"[0-9a-f-]{36}", hanako.url)
    assert report
    office = sits_down(open_page, stage, address, "office")
    office.goto(f"{address}/secretariat/publish/{report[0]}/")
    office.check("input[name=label][value='TLP:GREEN']")
    office.click("button[value=check]")
    office.click("button[value=propose]")
    office.wait_for_url(re.compile("/reports/proposals/"))
    boss = sits_down(open_page, stage, address, "boss")
    boss.goto(office.url)
    expect(boss.locator("main")).to_contain_text(lesson)
    boss.locator("form[action$='/approve'] button").click()
    expect(boss.locator(".notice-success")).to_be_visible()
    water = sits_down(open_page, stage, address, "water")
    water.goto(f"{address}/lessons/?q=二人での確認")
    shown = water.locator("main")
    expect(shown).to_contain_text(lesson)
    expect(shown).not_to_contain_text("青葉")
