"""The story of one report, in a real browser before a served hub: written, proposed, approved, published, read."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from taxii2client.v21 import ApiRoot

from models.vocabulary import Role
from tests.browser.joined import JoinedWorld, Person
from tests.browser.people import sign_in
from tests.browser.tools import assert_fits, look
from tests.harness import processes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OpenPage = Callable[..., Page]
SUMMARY = "送電系統の監視画面が約20分間更新されず、予備系に切り替えて復旧した。"
SENDER = ("みなと電力株式会社", "Minato Power")
STEPS = {
    "ja": ("情報連絡を受付", "共有範囲を広げる版を提案", "提案した版を承認・公開"),
    "en": ("A report was filed", "A wider edition was proposed", "An edition was approved and published"),
}
TAXII = "application/taxii+json;version=2.1"


@pytest.fixture
def stage(tmp_path: Path, serve: Callable[..., processes.HubProcess]) -> Iterator[SimpleNamespace]:
    """Two operators and the secretariat of electricity, that of water, a ministry; and the hub that serves them."""
    world = JoinedWorld(tmp_path / "data")
    power = world.organization("operator", *SENDER, ceptoar="electricity")
    rival = world.organization("operator", "はるか電力株式会社", "Haruka Power", ceptoar="electricity")
    office = world.organization("ceptoar", "電力セプター事務局", "Electricity Secretariat", ceptoar="electricity")
    water = world.organization("ceptoar", "水道セプター事務局", "Water Secretariat", ceptoar="water")
    section = world.organization(
        "ministry", "経済産業省 電力担当", "METI, electricity", ministry="meti", sector="electricity"
    )
    people: dict[str, Person] = {}
    people |= world.people(power, ("hanako", "報告 花子", Role.REPORTER), ("boss", "承認 一郎", Role.APPROVER))
    people |= world.people(rival, ("rival", "好敵 次郎", Role.READER))
    people |= world.people(office, ("office", "事務 三郎", Role.COORDINATOR))
    people |= world.people(water, ("water", "水野 葵", Role.COORDINATOR))
    people |= world.people(section, ("section", "担当 四郎", Role.ANALYST))
    served = serve(world.data)
    yield SimpleNamespace(world=world, url=served.url, people=people, hub=served)
    world.close()


def enter(open_page: OpenPage, stage: SimpleNamespace, who: str, **window: object) -> Page:
    """Somebody sits down at a browser of their own and signs in with both steps."""
    page = open_page(**window)
    sign_in(page, stage.url, stage.people[who], language=str(window.get("language", "ja")))
    expect(page.locator(".hat-organization")).to_be_visible()
    return page


def follow(page: Page, locator: Locator | str) -> None:
    """Click what leads to another page, and wait until that page is there."""
    with page.expect_navigation():
        (page.locator(locator) if isinstance(locator, str) else locator).click()


def write_report(page: Page, url: str) -> str:
    """Five answers at TLP:AMBER; the address of the report."""
    page.goto(f"{url}/reports/new")
    page.select_option("#event_type", "E30")
    an_hour_ago = datetime.now(ZoneInfo("Asia/Tokyo")) - timedelta(hours=1)
    page.fill("#noticed_at", an_hour_ago.strftime("%Y-%m-%dT%H:%M"))
    page.check("input[name=service_impact][value=no]")
    page.fill("#summary", SUMMARY)
    page.check("input[name=label][value='TLP:AMBER']")
    follow(page, "button[value=file]")
    expect(page).to_have_url(re.compile(r"/receipt/1$"))
    reference = page.locator(".receipt-number code").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", reference)
    return page.url.removesuffix("receipt/1")


def propose_green(page: Page, url: str, *, seen: Callable[[Page, str], None]) -> str:
    """From the inbox to the report, and on to a proposal at TLP:GREEN; the address of the proposal."""
    page.goto(f"{url}/secretariat/")
    seen(page, "inbox")
    follow(page, page.get_by_role("link", name=SUMMARY))
    expect(page.locator("main")).to_contain_text(re.compile("|".join(SENDER)))
    seen(page, "report-of-member")
    follow(page, "a[href*='/secretariat/publish/']")
    page.check("input[name=label][value='TLP:GREEN']")
    follow(page, "button[value=look]")
    seen(page, "publish")
    follow(page, "button[value=check]")
    follow(page, "button[value=propose]")
    expect(page).to_have_url(re.compile("/reports/proposals/"))
    seen(page, "proposal")
    return page.url


def approve(page: Page, url: str, proposal: str, *, seen: Callable[[Page, str], None]) -> None:
    """The approver finds it on the home page, reads the exact text and audience, and approves."""
    page.goto(f"{url}/")
    seen(page, "home-of-approver")
    follow(page, page.locator("main a[href='/reports/proposals/']").first)
    follow(page, page.get_by_role("link", name=SUMMARY))
    assert page.url == proposal
    main = page.locator("main")
    expect(main).to_contain_text(SUMMARY)
    expect(main).to_contain_text(
        re.compile("すべてのセプターの会員と事務局|operators and secretariats of every CEPTOAR")
    )
    seen(page, "to-approve")
    follow(page, "form[action$='/approve'] button")
    expect(page.locator(".notice-success")).to_be_visible()


def open_edition(page: Page, url: str, *, seen: Callable[[Page, str], None]) -> tuple[str, bytes]:
    """The one report in a reader's feed: its id and exact bytes, as the page gives them."""
    page.goto(f"{url}/feed/?type=incident")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    seen(page, "feed")
    follow(page, rows.locator("a").first)
    seen(page, "object")
    ident = re.search(r"incident--[0-9a-f-]{36}", page.url)
    assert ident is not None
    link = page.locator("a[download][href*='/raw']").get_attribute("href")
    return ident[0], page.request.get(f"{url}{link}").body()


def make_key(page: Page, url: str) -> str:
    """A key for a program of one's own, made on the page."""
    page.goto(f"{url}/account/keys/new")
    page.fill("#name", "SIEM")
    page.check("input[value='feed:objects:read']")
    follow(page, "main button.button-primary")
    found = re.search("chk_[a-z2-7]{52}", page.inner_text("main"))
    assert found is not None
    return found[0]


def poll(stage: SimpleNamespace, who: str, key: str, alias: str) -> tuple[list[dict[str, object]], bytes]:
    """What taxii2-client reads from a collection, and the bytes that it was sent."""
    root = ApiRoot(f"{stage.url}/taxii2/hub/", user=who, password=key)
    collection = next(each for each in root.collections if each.alias == alias)
    bodies: list[bytes] = []
    collection._conn.session.hooks["response"].append(lambda answer, **_: bodies.append(answer.content))
    objects = collection.get_objects().get("objects", [])
    return objects, bodies[-1]


def status_of(stage: SimpleNamespace, who: str, key: str, path: str) -> int:
    """The answer to a plain request of a program."""
    basic = base64.b64encode(f"{who}:{key}".encode()).decode()
    asked = urllib.request.Request(f"{stage.url}{path}", headers={"Authorization": f"Basic {basic}", "Accept": TAXII})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def total_of_trends(page: Page, url: str) -> str:
    """The sum of the whole table, as the page shows it."""
    page.goto(f"{url}/trends/")
    return page.locator("tfoot td").last.inner_text().strip()


def subscribe(page: Page, url: str) -> None:
    """Ask for the daily digest."""
    page.goto(f"{url}/digests/")
    follow(page, "form[action$='/subscription'] button")
    expect(page.locator(".notice-success")).to_be_visible()


def let_the_day_pass(stage: SimpleNamespace) -> None:
    """The digests become due now, and the command makes them, beside the hub that runs."""
    with closing(sqlite3.connect(stage.world.data / "hub.sqlite3", timeout=20)) as database, database:
        digests = "state = 'waiting' AND kind = 'digest'"
        moved = database.execute(f"UPDATE due SET due_at = datetime('now', '-1 minute') WHERE {digests}")
        assert moved.rowcount == 3
    ran = stage.world.command("digest", "run")
    assert ran["failed"] == 0


def verify(path: Path, *vkeys: str) -> tuple[int, dict[str, object]]:
    """What `log verify` says of a data folder or of a database alone, with its exit code."""
    keys = [word for vkey in vkeys for word in ("--vkey", vkey)]
    done = processes.run("log", "verify", str(path), "--json", *keys, check=False)
    return done.returncode, json.loads(done.stdout)


def spoiled_copy(stage: SimpleNamespace, target: Path, table: str, column: str, row: int) -> Path:
    """A copy of the database, whole, and then one byte of one row is another."""
    with (
        closing(sqlite3.connect(stage.world.data / "hub.sqlite3")) as source,
        closing(sqlite3.connect(target)) as copied,
    ):
        source.backup(copied)
        (blob,) = copied.execute(f"SELECT {column} FROM {table} WHERE id = ?", (row,)).fetchone()
        changed = bytearray(blob)
        changed[len(changed) // 2] ^= 1
        copied.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (bytes(changed), row))
        copied.commit()
    return target


@pytest.mark.parametrize("language", ["ja", "en"])
def test_one_report_lives_its_whole_life(open_page: OpenPage, stage: SimpleNamespace, tmp_path: Path, language: str):
    """Each step in the browser, as the person who takes it; every page on the way is accessible and fits."""
    url = stage.url

    def seen(page: Page, name: str) -> None:
        look(page, f"story-{name}", language=language)

    hanako, office, boss, water, rival, section = (
        enter(open_page, stage, who, language=language)
        for who in ("hanako", "office", "boss", "water", "rival", "section")
    )
    for reader in (water, rival, section):
        subscribe(reader, url)
    seen(hanako, "home-of-operator")

    report = write_report(hanako, url)
    seen(hanako, "receipt")
    original, _ = open_edition(hanako, url, seen=seen)
    water.goto(f"{url}/feed/")
    expect(water.locator("tbody tr")).to_have_count(0)
    seen(water, "empty-feed")

    proposal = propose_green(office, url, seen=seen)
    water.goto(f"{url}/feed/")
    expect(water.locator("tbody tr")).to_have_count(0)
    approve(boss, url, proposal, seen=seen)

    edition, raw = open_edition(water, url, seen=seen)
    assert edition != original
    assert SUMMARY.encode() in raw
    key = make_key(water, url)
    objects, body = poll(stage, "water", key, "inbox")
    assert raw in body
    assert json.loads(raw) in objects

    check_the_rival(stage, rival, original, edition, raw, seen)
    for page in (hanako, office, water, rival):
        assert total_of_trends(page, url) == "1"
    seen(rival, "trends")
    assert total_of_trends(section, url) == "0"

    let_the_day_pass(stage)
    for page in (water, rival):
        page.goto(f"{url}/digests/")
        follow(page, "tbody a")
        expect(page.locator(f"main a[href*='{edition}']")).to_have_count(1)
        assert original not in page.content()
    seen(water, "digest")
    section.goto(f"{url}/digests/")
    expect(section.locator("tbody tr")).to_have_count(0)
    seen(section, "no-digest")

    hanako.goto(report)
    follow(hanako, hanako.locator("main a[href*='/trail/']").first)
    for step in STEPS[language]:
        expect(hanako.locator("main")).to_contain_text(step)
    seen(hanako, "trail")
    check_the_log(stage, tmp_path, edition)
    check_what_was_printed(stage, [key, report.rsplit("/", 2)[-2], original, edition])


def check_the_rival(
    stage: SimpleNamespace, page: Page, original: str, edition: str, raw: bytes, seen: Callable[[Page, str], None]
) -> None:
    """A rival of the same sector sees the edition, without the sender's name, and nothing of the original, anywhere."""
    found, same = open_edition(page, stage.url, seen=seen)
    assert (found, same) == (edition, raw)
    key = make_key(page, stage.url)
    for alias in ("inbox", "electricity"):
        objects, body = poll(stage, "rival", key, alias)
        text = body.decode()
        assert edition in {each["id"] for each in objects}
        assert original not in text
        assert not [name for name in SENDER if name in text]
        hidden = f"/taxii2/hub/collections/{alias}/objects/{original}/"
        assert status_of(stage, "rival", key, hidden) == 404
        assert status_of(stage, "rival", key, hidden.replace(original, edition)) == 200
    answer = page.goto(f"{stage.url}/feed/inbox/objects/{original}/")
    assert answer is not None and answer.status == 404
    assert not [name for name in SENDER if name in page.content()]


def check_the_log(stage: SimpleNamespace, folder: Path, edition: str) -> None:
    """The log is whole; with one byte changed it is not, and the verdict names the entry."""
    stage.world.command("log", "checkpoint")
    code, said = verify(stage.world.data)
    assert (code, said["ok"]) == (0, True), said
    with urllib.request.urlopen(f"{stage.url}/log/vkeys", timeout=20) as answer:
        vkeys = [line for line in answer.read().decode().splitlines() if line.strip()]
    with closing(sqlite3.connect(stage.world.data / "hub.sqlite3")) as database:
        row, entry, index = database.execute(
            "SELECT o.id, o.entry_id, e.log_index FROM objects o JOIN audit_entries e ON e.id = o.entry_id"
            " WHERE o.stix_id = ?",
            (edition,),
        ).fetchone()
    for table, column, place in (("objects", "body", row), ("audit_entries", "leaf", entry)):
        copy = spoiled_copy(stage, folder / f"{table}.sqlite3", table, column, place)
        code, said = verify(copy, *vkeys)
        assert code == 1, f"{table}.{column} was changed, and nobody noticed"
        assert said["first_bad"]["index"] == index, said["first_bad"]  # type: ignore[index]


def check_what_was_printed(stage: SimpleNamespace, more: list[str]) -> None:
    """The hub's own lines name routes and numbers: no text of a report, no id, no name, no password, no key."""
    lines = stage.hub.output().splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert len([each for each in told if each["event"] == "request"]) > 50
    printed = "\n".join(lines)
    printed += printed.encode().decode("unicode_escape", "replace")
    secrets = [str(each[part]) for each in stage.people.values() for part in ("username", "password", "totp_secret")]
    assert [word for word in (SUMMARY, *SENDER, *secrets, *more) if word in printed] == []


def test_the_core_works_without_script_on_a_telephone(open_page: OpenPage, stage: SimpleNamespace):
    """Sign in, write, propose, approve, read: no step needs script, none needs a wide window."""
    url = stage.url
    window = {"script": False, "width": 390}

    def fits(page: Page, _name: str) -> None:
        assert_fits(page)

    hanako, office, boss, rival = (
        enter(open_page, stage, who, **window) for who in ("hanako", "office", "boss", "rival")
    )
    write_report(hanako, url)
    original, _ = open_edition(hanako, url, seen=fits)
    proposal = propose_green(office, url, seen=fits)
    approve(boss, url, proposal, seen=fits)
    edition, raw = open_edition(rival, url, seen=fits)
    assert edition != original
    assert not [name for name in SENDER if name.encode() in raw]
