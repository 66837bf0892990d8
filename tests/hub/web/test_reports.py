"""The pages about reports as people use them: one report each time, nothing lost, nothing shown to others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from hub.app import create_app
from hub.web.home import CARDS
from models.report import Report
from models.vocabulary import Role, Tier
from sharing.setup import hub_facts
from sharing.waiting import Matter
from tests.factory import World
from tests.hub.web.report_tools import Browser, application, person

FIVE = {
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00",
    "service_impact": "yes",
    "summary": "青葉電力の受付システムが停止している。",
    "label": "TLP:AMBER",
    "do": "file",
}
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")


class Stage:
    """A sector, its secretariat and a rival, each in front of a browser."""

    def __init__(self, world: World, app: Flask) -> None:
        self.world, self.app = world, app
        self.aoba = world.operator("青葉電力株式会社")
        rival = world.operator("みどり電力株式会社")
        office = world.secretariat("電力セプター事務局")
        person(world, self.aoba, Role.REPORTER, username="hanako")
        person(world, self.aoba, Role.APPROVER, username="boss")
        person(world, self.aoba, Role.MANAGER, username="manager")
        person(world, rival, Role.REPORTER, username="rival")
        person(world, office, Role.COORDINATOR, username="office")
        person(world, world.secretariat("水道セプター事務局", "water"), Role.COORDINATOR, username="water")

    def browser(self, username: str | None, language: str = "ja") -> Browser:
        return Browser(self.app, self.world, username, language)

    def count(self) -> int:
        with self.world.reading() as session:
            return session.execute(select(func.count()).select_from(Report)).scalar_one()

    def filed(self, **more: str) -> tuple[Browser, str]:
        """Hanako files a report; her browser, and the address of the report."""
        hanako = self.browser("hanako")
        hanako.get("/reports/new")
        answer = hanako.send("/reports/new", {**FIVE, **more})
        assert answer.status_code == 200, answer.text
        return hanako, answer.request.path.partition("receipt")[0]


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    world = World(sqlite_hub_url, tmp_path)
    yield Stage(world, application(world))
    world.close()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_whole_way_in_the_browser(stage: Stage, language: str):
    """Written, received, proposed with edited text, approved; each sees its own."""
    hanako, url = stage.filed()
    assert REFERENCE.search(hanako.page)
    office = stage.browser("office", language)
    assert "青葉電力株式会社" in office.get("/secretariat/").text
    assert office.get(url).status_code == 200
    publish = url.replace("/reports/", "/secretariat/publish/")
    assert office.get(publish).status_code == 200
    refused = office.send(publish, {"label": "TLP:GREEN", "do": "propose", "text-summary": FIVE["summary"]})
    assert refused.status_code == 422
    assert "青葉電力" in refused.text
    looked = office.send(publish, {"label": "TLP:GREEN", "do": "look", "text-summary": "受付が停止している。"})
    assert looked.status_code == 200 and stage.world.tags()[-1] != "report:proposal:make"
    made = office.propose(publish, {"label": "TLP:GREEN", "text-summary": "受付が停止している。"})
    assert made.status_code == 200
    boss = stage.browser("boss", language)
    assert "/reports/proposals/" in boss.get("/").text
    waiting = re.search(r'href="(/reports/proposals/[0-9a-f-]{36}/)"', boss.get("/reports/proposals/").text)
    assert waiting
    shown = boss.get(waiting[1])
    assert "受付が停止している。" in shown.text
    of = re.search(r"<dt>(?:対象の報|Of version)</dt>\s*<dd>\s*([^<]*?)\s*</dd>", shown.text)
    assert of is not None and of[1] == {"ja": "第一報", "en": "Report no. 1"}[language]
    second = stage.browser("boss", language)
    second.get(waiting[1])
    approved = boss.send(f"{waiting[1]}approve", {})
    assert approved.status_code == 200
    assert stage.world.tags()[-1] == "report:proposal:approve"
    again = second.send(f"{waiting[1]}approve", {})
    assert ("二重に提供される" if language == "ja" else "nothing went out a second time") in again.text
    for stranger in ("rival", "water"):
        assert stage.browser(stranger, language).get(url).status_code == 404
        assert stage.browser(stranger, language).get(waiting[1]).status_code == 404


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_text_that_names_something_stricter_is_asked_about(stage: Stage, language: str):
    """On the form the sender says that it may stay; on the page of the edition the secretariat does."""
    secret, _url = stage.filed(label="TLP:AMBER+STRICT", summary="予備の受電設備が止まった。")
    number = REFERENCE.search(secret.page)
    assert number
    hanako = stage.browser("hanako", language)
    hanako.get("/reports/new")
    form = {**FIVE, "summary": "受付が停止している。", "details": f"整理番号{number[0]}と同じ。"}
    asked = hanako.send("/reports/new", form)
    assert asked.status_code == 422 and stage.count() == 1
    assert f"{number[0]} (TLP:AMBER+STRICT)" in asked.text and 'name="keep_mentions"' in asked.text
    filed = hanako.send("/reports/new", {**form, "keep_mentions": "1"})
    assert filed.status_code == 200 and stage.count() == 2
    publish = filed.request.path.partition("receipt")[0].replace("/reports/", "/secretariat/publish/")
    office = stage.browser("office", language)
    assert 'name="keep_mentions"' in office.get(publish).text
    assert office.send(publish, {"label": "TLP:GREEN", "do": "propose"}).status_code == 422
    kept = office.propose(publish, {"label": "TLP:GREEN", "keep_mentions": "1"})
    assert kept.status_code == 200 and "report:proposal:make" in stage.world.tags()[-2:]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_delegate_is_chosen_and_decides(stage: Stage, language: str):
    hanako, url = stage.filed(summary="受付が停止している。")
    office, boss = stage.browser("office"), stage.browser("boss", language)
    publish = url.replace("/reports/", "/secretariat/publish/")
    office.get(publish)
    assert office.propose(publish, {"label": "TLP:GREEN"}).status_code == 200
    page = boss.get("/reports/delegates/").text
    person_id = re.search(r'<option value="([0-9a-f-]{36})">hanako', page)
    assert person_id
    form = {"person": person_id[1], "begins": "2026-11-20T00:00", "ends": "2026-11-19T00:00"}
    assert boss.send("/reports/delegates/", form).status_code == 422
    assert boss.send("/reports/delegates/", {**form, "ends": "soon"}).status_code == 422
    assert boss.send("/reports/delegates/", {**form, "person": ""}).status_code == 422
    assert boss.send("/reports/delegates/", {**form, "ends": "2026-12-01T00:00"}).status_code == 200
    hanako = stage.browser("hanako", language)
    waiting = re.search(r'href="(/reports/proposals/[0-9a-f-]{36}/)"', hanako.get("/reports/proposals/").text)
    assert waiting
    hanako.get(waiting[1])
    assert hanako.send(f"{waiting[1]}approve", {}).status_code == 200
    assert "report:proposal:approve" in stage.world.tags()
    boss.get("/reports/delegates/")
    ended = re.search(r'action="(/reports/delegates/[0-9a-f-]{36}/end)"', boss.page)
    assert ended and boss.send(ended[1], {}).status_code == 200
    assert not re.search(r"/reports/delegates/[0-9a-f-]{36}/end", boss.page)
    assert stage.browser("rival").get("/reports/delegates/").status_code == 200
    assert stage.browser("manager").get("/reports/delegates/").status_code == 403


def test_every_page_renders_for_whom_it_is_made(stage: Stage):
    hanako, url = stage.filed(details="一行目\n<script>alert(1)</script>", indicators="198.51.100.7\nexample.com")
    for language in ("ja", "en"):
        boss, office = stage.browser("boss", language), stage.browser("office", language)
        for path in (
            "/",
            "/reports/",
            "/reports/new",
            "/reports/proposals/",
            url,
            f"{url}follow-up",
            "/reports/preview",
        ):
            assert boss.get(path).status_code == 200, path
            assert "<script>alert" not in boss.page
        for path in ("/", "/secretariat/", "/secretariat/?status=all&label=TLP:AMBER", url):
            assert office.get(path).status_code == 200, path
        assert stage.browser("manager", language).get("/").status_code == 200
        for path in ("/reports/", "/secretariat/"):
            assert stage.browser("manager", language).get(path).status_code == 403
    assert hanako.get("/secretariat/").status_code == 403


def test_a_form_sent_twice_is_one_report(stage: Stage):
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    form = hanako.page
    first = hanako.send("/reports/new", FIVE)
    hanako.page = form
    again = hanako.send("/reports/new", FIVE)
    assert stage.count() == 1
    assert again.request.path == first.request.path


def test_going_back_and_changing_the_text_loses_nothing(stage: Stage):
    """The changed text comes back as a follow-up that can be sent at once."""
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    form = hanako.page
    hanako.send("/reports/new", FIVE)
    hanako.page = form
    answer = hanako.send("/reports/new", {**FIVE, "summary": "書き直した文。"})
    assert answer.status_code == 409
    assert "書き直した文。" in answer.text
    action = re.search(r'action="(/reports/[0-9a-f-]+/follow-up)"', answer.text)
    assert action
    sent = hanako.send(action[1], {**FIVE, "kind": "follow_up", "summary": "書き直した文。"})
    assert sent.request.path.endswith("/receipt/2")
    assert stage.count() == 1


def test_what_is_wrong_stands_at_its_field_and_the_text_stays(stage: Stage):
    hanako = stage.browser("hanako", "en")
    hanako.get("/reports/new")
    wrong = {**FIVE, "noticed_at": "2027-01-01T00:00", "event_type": "E99", "summary": "", "details": "残る文章"}
    answer = hanako.send("/reports/new", {**wrong, "indicators": "not an indicator"})
    assert answer.status_code == 422
    assert "This time has not come yet" in answer.text
    assert "残る文章" in answer.text and "not an indicator" in answer.text
    assert answer.text.count("field-wrong") == 4
    assert stage.count() == 0


def test_a_form_whose_session_ended_keeps_its_text(stage: Stage):
    """Signed out while typing: the text is on the page, and after signing in again it can be sent."""
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    with hanako.client.session_transaction() as session:
        session.pop("sign_in")
    more = {"users-how": "exact", "users-low": "300", "versions": "{}"}
    answer = hanako.send("/reports/new", {**FIVE, **more})
    assert answer.status_code == 403
    assert FIVE["summary"] in answer.text
    told = re.findall(r"<dt>([^<]*)</dt>", answer.text)
    assert "概要（一文で）" in told and "影響を受けた利用者数" in told
    assert ">システム等の利用困難<" in answer.text and ">有<" in answer.text and ">E30<" not in answer.text
    assert not [name for name in told if re.fullmatch(r"[a-z_-]+", name)], "names of controls say nothing to a person"
    hanako.sign_in("hanako")
    assert hanako.send("/reports/new", FIVE).status_code == 200
    assert stage.count() == 1


def test_a_stale_token_keeps_the_text(stage: Stage):
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    answer = hanako.send("/reports/new", {**FIVE, "csrf_token": "stale"})
    assert answer.status_code == 400
    assert FIVE["summary"] in answer.text
    assert stage.count() == 0


def test_the_preview_button_keeps_everything_and_files_nothing(stage: Stage):
    hanako = stage.browser("hanako", "en")
    hanako.get("/reports/new")
    answer = hanako.send("/reports/new", {**FIVE, "label": "TLP:GREEN", "do": "preview", "consent_nco": "y"})
    assert answer.status_code == 200
    assert "without your name" in answer.text
    assert FIVE["summary"] in answer.text
    assert stage.count() == 0
    red = hanako.get("/reports/preview", label="TLP:RED", nco="1").text
    assert "without your name" not in red


def test_what_was_filed_is_not_told_as_what_will_be(stage: Stage):
    """The page of a report used the words of the preview: as if nothing had been sent, and no edition been read."""
    hanako, url = stage.filed()
    preview, page = hanako.get("/reports/new").text, hanako.get(url).text
    assert "送信後すぐに、そのままの内容を読む相手" in preview
    assert "送信後すぐに" not in page
    assert "そのままの内容を読める相手" in page and "そのままの内容を読めない相手とその理由" in page


def test_a_follow_up_begins_with_the_last_version(stage: Stage):
    hanako, url = stage.filed(details="初めの経過", consent_nco="y", causes="C206")
    page = hanako.get(f"{url}follow-up").text
    assert "初めの経過" in page and 'value="2026-11-20T11:00"' in page
    answer = hanako.send(f"{url}follow-up", {**FIVE, "kind": "final", "recovery": "full"})
    assert answer.request.path.endswith("/receipt/2")
    assert stage.browser("office").get(f"{url}follow-up").status_code == 404


def test_a_reference_number_leads_to_the_report_however_it_is_typed(stage: Stage):
    hanako, url = stage.filed()
    reference = REFERENCE.search(hanako.page)[0]
    answer = hanako.client.get("/reports/find", query_string={"reference": reference.lower().replace("-", " ")})
    assert answer.status_code == 303 and answer.location == url
    for wrong in ("", "K7QM-4TX2-P", "nonsense"):
        assert hanako.get("/reports/find", reference=wrong).status_code == 404
    assert stage.browser("rival").get("/reports/find", reference=reference).status_code == 404


def test_a_secretariats_look_at_an_original_is_logged_before_it_leaves(stage: Stage):
    hanako, url = stage.filed()
    before = stage.world.tags().count("feed:objects:disclose")
    stage.browser("office").get(url)
    stage.browser("office").get("/secretariat/")
    assert stage.world.tags().count("feed:objects:disclose") == before + 2
    assert "電力セプター事務局" in hanako.get(url).text


def test_refusing_needs_a_reason_and_shows_it(stage: Stage):
    _, url = stage.filed()
    office = stage.browser("office")
    publish = url.replace("/reports/", "/secretariat/publish/")
    office.get(publish)
    office.propose(publish, {"label": "TLP:GREEN", "text-summary": "受付が停止している。"})
    boss = stage.browser("boss")
    waiting = re.search(r'href="(/reports/proposals/[0-9a-f-]{36}/)"', boss.get("/reports/proposals/").text)[1]
    boss.get(waiting)
    assert boss.send(f"{waiting}refuse", {"reason": " "}).status_code == 422
    assert boss.send(f"{waiting}refuse", {"reason": "確認中のため"}).status_code == 200
    boss.send(f"{waiting}approve", {})
    assert stage.world.tags()[-1] != "report:proposal:approve"
    assert "確認中のため" in office.get(waiting).text


def test_home_counts_what_truly_waits(stage: Stage):
    stage.filed()
    stage.filed()

    def counts(username: str) -> list[str]:
        return re.findall(r'class="card-count">([^<]+)<', stage.browser(username).get("/").text)

    assert counts("office")[0] == "2"
    assert counts("hanako") == ["2", "0", "0", "2", "0", "2"]
    assert counts("rival") == ["0"] * 6


def test_every_card_of_the_home_page_leads_somewhere(stage: Stage):
    """A page that was renamed would turn its card into mere text."""
    known = create_app(stage.world.hub).view_functions
    assert set(CARDS) == set(Matter)
    assert {card.endpoint for card in CARDS.values() if card.endpoint} <= set(known)


def test_everybody_has_a_home(stage: Stage):
    """Also who reads nothing, or has nothing to do."""
    world = stage.world
    nco = world.organization(Tier.NCO, "国家サイバー統括室")
    auditor = world.organization(Tier.AUDITOR, "監査人")
    council = world.organization(Tier.COUNCIL, "セプターカウンシル")
    people = [(nco, Role.ANALYST), (auditor, Role.AUDITOR), (council, Role.COUNCIL), (hub_facts(), Role.ADMINISTRATOR)]
    for organization, role in people:
        person(world, organization, role, username=role.value)
        assert stage.browser(role.value).get("/").status_code == 200
    assert stage.browser(None).get("/").status_code == 303


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_last_check_shows_everything_before_the_button(stage: Stage, language: str):
    """A phrase and a translation are put in; the page shows what was taken out; sent unseen or changed, it is shown."""
    _hanako, url = stage.filed(place="県内第二データセンター", affected_service="予約")
    office, publish = stage.browser("office", language), url.replace("/reports/", "/secretariat/publish/")
    office.get("/secretariat/phrases/")
    assert office.send("/secretariat/phrases/", {"phrase": "あ" * 2_001}).status_code == 422
    assert office.send("/secretariat/phrases/", {"phrase": ["続報でお知らせします。", " "]}).status_code == 200
    office.get(publish)
    form = {"label": "TLP:GREEN", "text-summary": "受付が停止している。", "text-affected_service": "予約"}
    put = office.send(publish, {**form, "do": "insert", "phrase": "0", "phrase_into": "affected_service"})
    assert 'value="予約 続報でお知らせします。"' in put.text
    half = office.send(publish, {**form, "do": "check", "other_title": "Reservations fail"})
    assert half.status_code == 422 and 'href="#other_summary"' in half.text
    told = {**form, "other_title": "Reservations fail", "other_summary": "No seat at 青葉電力 can be reserved."}
    named = office.send(publish, {**told, "do": "check"})
    assert named.status_code == 422 and 'href="#other_summary"' in named.text
    told["other_summary"] = "No seat can be reserved."
    before = stage.world.tags()[-1]
    unseen = office.send(publish, {**told, "do": "propose"})
    assert unseen.status_code == 200 and stage.world.tags()[-1] == before
    assert "Reservations fail" in unseen.text and 'name="seen"' in unseen.text
    assert ("発生場所・設置場所" if language == "ja" else "Place") in unseen.text
    changed = office.send(publish, {**told, "do": "propose", "text-summary": "受付が止まった。"})
    assert ("確認した後に変わりました" if language == "ja" else "has changed since you looked") in changed.text
    assert office.send(publish, {**told, "do": "propose", "text-summary": "受付が止まった。"}).status_code == 200
    assert "report:proposal:make" in stage.world.tags()[-3:]
    boss = stage.browser("boss", language)
    waiting = re.search(r'href="(/reports/proposals/[0-9a-f-]{36}/)"', boss.get("/reports/proposals/").text)
    assert waiting and "No seat can be reserved." in boss.get(waiting[1]).text
    assert boss.send(f"{waiting[1]}approve", {}).status_code == 200


def test_five_answers_are_filed_without_going_past_what_is_not_necessary(stage: Stage):
    """The button stands where the necessary answers end; what is folded below need not be looked at."""
    hanako = stage.browser("hanako")
    page = hanako.get("/reports/new").text
    assert page.index('value="now"') < page.index("分かっていれば入力する項目") < page.index('value="file"')
    assert hanako.send("/reports/new", {**FIVE, "do": "now"}).status_code == 200
    assert stage.count() == 1
