"""The pages of a change of mind: the sender withdraws, those who had it answer, the sender sees how many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.app import create_app
from hub.web.frame.guard import install
from tests.factory import World
from tests.hub.web.report_tools import Browser
from tests.hub.web.test_reports import Stage


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    world = World(sqlite_hub_url, tmp_path)
    app = create_app(world.hub)
    install(app)
    app.config["TESTING"] = True
    yield Stage(world, app)
    world.close()


def published(stage: Stage) -> tuple[Browser, str]:
    """A report with an edition that the rival has read on its page."""
    hanako, url = stage.filed(summary="受付システムが停止している。", label="TLP:GREEN")
    office = stage.browser("office")
    publish = url.replace("/reports/", "/secretariat/publish/")
    office.get(publish)
    assert office.propose(publish, {"label": "TLP:GREEN"}).status_code == 200
    assert "受付システム" in stage.browser("rival").get("/feed/").text
    stage.world.hub.disclosures.close()  # below AMBER it is written within a second
    return hanako, url


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_report_is_withdrawn_answered_and_counted(stage, language):
    hanako, url = published(stage)
    please = {"ja": "使用を止め、手元のものを削除し", "en": "Please stop using them"}[language]
    assert please not in stage.browser("rival", language).get("/recalls/").text, "nothing was recalled yet"
    hanako.get(f"{url}recall")
    assert "checked" not in hanako.get(f"{url}recall").text.partition('id="choose"')[2].partition("</fieldset>")[0]
    unchosen = hanako.send(f"{url}recall", {"reason": "誤りがあった。"})
    assert (unchosen.status_code, "まだ何も実行していません" in unchosen.text) == (422, True)
    empty = hanako.send(f"{url}recall", {"what": "withdraw", "reason": ""})
    assert empty.status_code == 422
    assert hanako.send(f"{url}recall", {"what": "withdraw", "reason": "誤りがあった。"}).status_code == 200
    rival = stage.browser("rival", language)
    assert "受付システム" not in rival.get("/feed/").text
    page = rival.get("/recalls/").text
    assert please in page
    assert "誤りがあった" not in page, "the reason is the sender's own"
    action = page.split('action="/recalls/')[1].split('"')[0]
    assert rival.send(f"/recalls/{action}", {"answer": "nonsense"}).status_code == 200
    assert rival.send(f"/recalls/{action}", {"answer": "deleted"}).status_code == 200
    said = stage.browser("hanako", language).get(url).text
    assert ("回答：2 組織中 1 組織" if language == "ja" else "Answers: 1 of 2") in said


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_range_is_raised_and_widened_on_one_page(stage, language):
    _, url = published(stage)
    hanako = stage.browser("hanako", language)
    page = hanako.get(f"{url}recall").text
    assert 'value="raise"' in page and 'value="narrow"' not in page, "it has given no consent to take back"
    unsaid = hanako.send(f"{url}recall", {"what": "raise", "raised": "TLP:AMBER", "reason": ""})
    assert unsaid.status_code == 422
    assert hanako.send(f"{url}recall", {"what": "raise", "raised": "nothing", "reason": "x"}).status_code == 422
    raised = hanako.send(f"{url}recall", {"what": "raise", "raised": "TLP:AMBER", "reason": "広げすぎた。"})
    assert raised.status_code == 200
    assert ("ラベルの厳格化" if language == "ja" else "Label raised") in raised.text
    assert "受付システム" not in stage.browser("rival").get("/feed/").text
    hanako.get(f"{url}recall")
    assert hanako.send(f"{url}recall", {"what": "widen", "wider": "TLP:AMBER"}).status_code == 422
    wider = hanako.send(f"{url}recall", {"what": "widen", "wider": "TLP:GREEN", "given": "consent_nco"})
    assert wider.status_code == 200 and "TLP:GREEN" in wider.text
    stage.browser("office").get(f"{url}recall")
    office = stage.browser("office")
    office.get(f"{url}recall")
    assert office.send(f"{url}recall", {"what": "widen", "wider": "TLP:CLEAR"}).status_code == 403


@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_embargo_is_set_told_and_ended(stage, language):
    _, url = stage.filed(label="TLP:GREEN", summary="受付システムが停止している。")
    hanako, office = stage.browser("hanako", language), stage.browser("office", language)
    hanako.get(f"{url}embargo")
    past = hanako.send(f"{url}embargo", {"until": "2026-11-19T12:00", "reason": "連絡中"})
    assert past.status_code == 422
    assert ("すでに過ぎています" if language == "ja" else "has passed already") in past.text
    assert hanako.send(f"{url}embargo", {"until": "soon", "reason": "連絡中"}).status_code == 422
    assert hanako.send(f"{url}embargo", {"until": "2026-11-21T12:00", "reason": "連絡中"}).status_code == 200
    publish = url.replace("/reports/", "/secretariat/publish/")
    assert "連絡中" in office.get(url).text
    office.get(publish)
    made = office.propose(publish, {"label": "TLP:GREEN"})
    assert ("公表制限の終了待ち" if language == "ja" else "when the embargo ends") in made.text
    assert "受付システム" not in stage.browser("rival").get("/feed/").text
    assert office.send(f"{url}embargo/end", {}).status_code == 200
    assert "受付システム" not in stage.browser("rival").get("/feed/").text, "who set it ends it"
    hanako.get(f"{url}embargo")
    assert hanako.send(f"{url}embargo/end", {}).status_code == 200
    assert "受付システム" in stage.browser("rival").get("/feed/").text
    assert stage.browser("rival").get(f"{url}embargo").status_code == 404


def test_others_find_nothing_to_withdraw_or_to_answer(stage):
    _, url = published(stage)
    assert stage.browser("rival").get(f"{url}recall").status_code == 404
    water = stage.browser("water")
    water.get("/recalls/")
    assert water.send("/recalls/incident--1/answer", {"answer": "deleted"}, follow=False).status_code == 404
