"""Drafts in the browser, without script: saved by a button, gone on with elsewhere, joined, filed once, then gone."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from models.draft import Draft
from models.vocabulary import Role
from tests.hub.web.report_tools import Browser, person
from tests.hub.web.test_reports import FIVE, REFERENCE, Stage, stage

__all__ = ["stage"]

VERSIONS = re.compile(r'name="versions" value="([^"]*)"')


@pytest.fixture
def two(stage: Stage) -> tuple[Browser, Browser]:
    person(stage.world, stage.aoba, Role.REPORTER, username="taro")
    return stage.browser("hanako"), stage.browser("taro")


def count(stage: Stage) -> int:
    with stage.world.reading() as session:
        return session.execute(select(func.count()).select_from(Draft)).scalar_one()


def send(browser: Browser, url: str, **given: str):
    """The form of the open page with the versions that it carries."""
    found = VERSIONS.search(browser.page)
    seen = found[1].replace("&#34;", '"') if found else ""
    return browser.send(url, {"versions": seen, **given})


def test_begun_here_finished_there(stage: Stage, two):
    hanako, taro = two
    hanako.get("/reports/new")
    saved = send(hanako, "/reports/new", **{**FIVE, "do": "save", "noticed_at": "", "users-low": "千人くらい"})
    assert saved.status_code == 200 and stage.count() == 0
    url = saved.request.path
    assert "青葉電力の受付システムが停止している。" in taro.get("/reports/drafts/").text
    assert 'href="/reports/drafts/"' in taro.get("/").text
    page = taro.get(url).text
    assert 'value="千人くらい"' in page and 'name="summary"' in page
    wrong = send(taro, url, **{**FIVE, "users-low": "千人くらい"})
    assert wrong.status_code == 422 and count(stage) == 1
    sent = send(taro, url, **FIVE)
    assert sent.status_code == 200 and REFERENCE.search(sent.text) and stage.count() == 1
    assert count(stage) == 0
    again = send(hanako, url, **FIVE)
    assert again.status_code == 409 and stage.count() == 1


def test_both_changed_one_field(stage: Stage, two):
    """The second is shown what the first wrote, keeps its own text in the field, and decides."""
    hanako, taro = two
    hanako.get("/reports/new")
    url = send(hanako, "/reports/new", **{**FIVE, "do": "save"}).request.path
    taro.get(url)
    send(hanako, url, **{**FIVE, "do": "save", "summary": "花子の文", "details": "花子の経緯"})
    for do in ("save", "file"):
        met = send(taro, url, **{**FIVE, "do": do, "summary": "太郎の文"})
        if do == "save":
            assert met.status_code == 409 and "花子の文" in met.text and "太郎の文" in met.text
            assert "花子の経緯" in met.text and stage.count() == 0
    assert met.status_code == 409 or stage.count() == 1


def test_a_follow_up_as_a_draft_and_undo_and_erase(stage: Stage):
    hanako, report = stage.filed()
    hanako.get(f"{report}follow-up")
    url = send(
        hanako, f"{report}follow-up", **{**FIVE, "do": "save", "kind": "follow_up", "details": "経緯"}
    ).request.path
    assert url.startswith("/reports/drafts/")
    hanako.get(url)
    send(hanako, url, **{**FIVE, "do": "save", "kind": "final", "details": "別の経緯"})
    assert "経緯" in hanako.send(f"{url}undo", {}).text and "別の経緯" not in hanako.page
    hanako.get(url)
    sent = send(hanako, url, **{**FIVE, "kind": "follow_up", "details": "経緯"})
    assert sent.status_code == 200 and "/receipt/2" in sent.request.path and count(stage) == 0
    hanako.get("/reports/new")
    url = send(hanako, "/reports/new", **{**FIVE, "do": "save"}).request.path
    assert hanako.send(f"{url}erase", {}).status_code == 200 and count(stage) == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_script_is_told_in_words(stage: Stage, two, language: str):
    hanako, _taro = two
    hanako.client.set_cookie("ceptoar_language", language)
    hanako.get("/reports/new")
    ask = {"headers": {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}}
    told = hanako.client.post("/reports/new", data={**hanako.hidden(), **FIVE, "do": "save", "versions": "{}"}, **ask)
    assert told.json["url"].startswith("/reports/drafts/") and told.json["versions"]["summary"] == 1
    assert ("保存" if language == "ja" else "Saved") in told.json["said"]
    late = {**hanako.hidden(), **FIVE, "summary": "後から", "do": "save", "versions": "[1]"}
    met = hanako.client.post(told.json["url"], data=late, **ask).json
    assert met["conflicts"]["summary"]["value"] == [FIVE["summary"]]
    huge = hanako.client.post(told.json["url"], data={**late, "details": "x" * 200_001}, **ask)
    assert huge.status_code == 422 and huge.json["wrong"]


def test_what_is_typed_in_a_draft_that_was_sent_or_erased_is_not_lost(stage: Stage, two):
    """It was answered with "there is nothing to see here", and the text was gone."""
    hanako, taro = two
    hanako.get("/reports/new")
    url = send(hanako, "/reports/new", **{**FIVE, "do": "save"}).request.path
    taro.get(url)
    sent = send(taro, url, **FIVE)
    report = sent.request.path.partition("receipt")[0]
    met = send(hanako, url, **{**FIVE, "summary": "花子が後から直した文。"})
    assert met.status_code == 409 and "花子が後から直した文。" in met.text
    assert f'action="{report}follow-up"' in met.text, "it can go as a follow-up of what was sent"
    back = hanako.client.get(url, follow_redirects=True)
    assert back.status_code == 200 and back.request.path == report and "送信済み" in back.text
    hanako.get("/reports/new")
    other = send(hanako, "/reports/new", **{**FIVE, "do": "save"}).request.path
    taro.get(other)
    hanako.get(other)
    hanako.send(f"{other}erase", {})
    for do in ("file", "save", "preview"):
        kept = send(taro, other, **{**FIVE, "do": do, "summary": "太郎が書いていた文。"})
        assert kept.status_code == 409 and "太郎が書いていた文。" in kept.text, do
        assert "入力した内容はここに残っています" in kept.text and 'action="/reports/new"' in kept.text
    script = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
    told = taro.client.post(other, data={**taro.hidden(), **FIVE, "do": "save"}, headers=script)
    assert told.status_code == 404 and "もうありません" in told.json["wrong"][0]
    assert taro.client.get(other).status_code == 404 and stage.count() == 1


def test_others_find_no_draft(stage: Stage):
    hanako = stage.browser("hanako")
    hanako.get("/reports/new")
    url = send(hanako, "/reports/new", **{**FIVE, "do": "save"}).request.path
    for stranger in ("rival", "office", "manager", "water"):
        browser = stage.browser(stranger)
        absent = browser.get("/reports/drafts/00000000-0000-4000-8000-00000000dead/")
        assert browser.get(url).status_code == absent.status_code in {403, 404}
