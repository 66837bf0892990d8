"""The folded part of the report form as people fill it in: taken, shown again with what is wrong, and in an edition."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from models.report import ReportVersion
from tests.hub.web.test_reports import FIVE, Stage, stage

__all__ = ["stage"]

MORE = {
    "occurred_at": "2026-11-20T10:30",
    "users-how": "between",
    "users-low": "２，０００",
    "users-high": "3000",
    "hours-how": "investigating",
    "told": ["police", "ppc"],
    "stages-at": ["2026-11-20T11:10", ""],
    "stages-note": ["窓口を再開", ""],
    "route": "青葉電力のVPN装置",
    "area": "青葉市",
    "details-state": "investigating",
}


def last_fields(stage: Stage) -> dict[str, object]:
    with stage.world.reading() as session:
        return session.execute(select(ReportVersion.fields).order_by(ReportVersion.filed_at.desc())).scalars().first()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_more_is_filed_shown_and_kept_for_the_follow_up(stage: Stage, language: str):
    hanako, url = stage.filed(**MORE)
    fields = last_fields(stage)
    assert fields["further"] == {
        "users": {"least": 2000, "most": 3000},
        "told": ["police", "ppc"],
        "stages": [{"at": "2026-11-20T02:10:00Z", "note": "窓口を再開"}],
        "route": "青葉電力のVPN装置",
        "area": "青葉市",
    }
    assert fields["states"] == {"hours": "investigating", "details": "investigating"}
    page = stage.browser("office", language).get(url).text
    assert "窓口を再開" in page and ("2,000～3,000" if language == "ja" else "2,000 to 3,000") in page
    assert ("調査中" if language == "ja" else "Under investigation") in page
    again = hanako.get(f"{url}follow-up").text
    assert 'name="users-low" value="2000"' in again and 'value="2026-11-20T11:10"' in again
    assert (
        hanako.send(f"{url}follow-up", {**FIVE, **MORE, "kind": "follow_up", "users-high": "2500"}).status_code == 200
    )
    assert last_fields(stage)["further"]["users"] == {"least": 2000, "most": 2500}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_is_wrong_is_said_at_the_field_and_the_text_stays(stage: Stage, language: str):
    hanako = stage.browser("hanako", language)
    hanako.get("/reports/new")
    wrong = {**FIVE, **MORE, "users-low": "9000", "vulnerability": "CVE-2026-1", "vulnerability-state": "unknown"}
    answer = hanako.send("/reports/new", wrong)
    assert answer.status_code == 422 and stage.count() == 0
    assert 'href="#users"' in answer.text and 'id="users-error"' in answer.text
    assert 'href="#vulnerability"' in answer.text and "CVE-2026-1" in answer.text
    assert 'value="9000"' in answer.text and "窓口を再開" in answer.text
    assert hanako.send("/reports/new", {**wrong, "users-low": "x" * 100_000}).status_code == 422


def test_the_shorter_form_of_a_near_miss(stage: Stage):
    hanako = stage.browser("hanako")
    page = hanako.get("/reports/new?kind=near_miss").text
    assert 'name="place"' not in page and 'name="name_to_sector"' not in page and 'name="route"' in page
    near = {"event_type": "E00", "service_impact": "no", "summary": "不審なメールに気付き、止めた。"}
    answer = hanako.send("/reports/new?kind=near_miss", {**FIVE, **near, "helped": "訓練"})
    assert answer.status_code == 200
    assert last_fields(stage)["kind"] == "near_miss"


def test_an_edition_is_looked_through_and_edited_there_too(stage: Stage):
    """The route names the sender: it is found, rewritten by the secretariat, and the area is left out by itself."""
    _hanako, url = stage.filed(**MORE, summary="受付が停止した。")
    office = stage.browser("office")
    publish = url.replace("/reports/", "/secretariat/publish/")
    office.get(publish)
    refused = office.send(publish, {"label": "TLP:GREEN", "do": "propose"})
    assert refused.status_code == 422 and 'id="text-route-error"' in refused.text
    looked = office.send(publish, {"label": "TLP:GREEN", "do": "look", "text-route": "VPN装置"})
    parts = looked.text.split('class="edition"')[1:]
    edition = next(each for each in parts if "匿名化版" in each).partition("</section>")[0]
    assert "VPN装置" in edition and "1,000～10,000" in edition
    told = [each for each in ("青葉", "窓口を再開", "警察") if each in edition]
    assert not told, [edition[max(0, edition.find(each) - 60) : edition.find(each) + 20] for each in told]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_pasted_text_becomes_indicators_by_hand(stage: Stage, language: str):
    """Found, chosen, put where it belongs; the text itself and what was not chosen are not filed."""
    hanako = stage.browser("hanako", language)
    hanako.get("/reports/own-systems/")
    assert hanako.send("/reports/own-systems/", {"lines": "何か"}).status_code == 422
    assert hanako.send("/reports/own-systems/", {"lines": "aoba.example"}).status_code == 200
    pasted = "hxxp://evil[.]example/x と www.aoba.example と CVE-2026-1234、198.51.100.7"
    hanako.get("/reports/new")
    looked = hanako.send("/reports/new", {**FIVE, "do": "recognise", "pasted": pasted, "indicators": "203.0.113.9"})
    assert looked.status_code == 200 and stage.count() == 0
    offered = re.findall(r'name="found" value="([^"]+)"( checked)?', looked.text)
    assert dict(offered) == {
        "url http://evil.example/x": " checked",
        "vulnerability CVE-2026-1234": " checked",
        "ipv4-addr 198.51.100.7": " checked",
        "domain-name www.aoba.example": "",
    }
    chosen = ["url http://evil.example/x", "vulnerability CVE-2026-1234"]
    taken = hanako.send("/reports/new", {**FIVE, "do": "take", "indicators": "203.0.113.9", "found": chosen})
    assert "203.0.113.9\nhttp://evil.example/x" in taken.text and 'value="CVE-2026-1234"' in taken.text
    more = {"indicators": "203.0.113.9\r\nhttp://evil.example/x", "vulnerability": "CVE-2026-1234", "pasted": pasted}
    assert hanako.send("/reports/new", {**FIVE, **more}).status_code == 200
    assert [each["kind"] for each in last_fields(stage)["indicators"]] == ["ipv4-addr", "url"]
    assert "pasted" not in str(last_fields(stage))


def test_the_technical_part_is_looked_at_before_it_goes_out_alone(stage: Stage):
    """What would go out and who reads it is shown first; sent unseen, or changed since, nothing is filed."""
    hanako = stage.browser("hanako")
    alone = {**FIVE, "indicators": "198.51.100.7", "route": "VPN装置", "technical_label": "TLP:GREEN"}
    hanako.get("/reports/new")
    unseen = hanako.send("/reports/new", alone)
    assert unseen.status_code == 422 and stage.count() == 0
    assert "提供の前に、次の内容を確認してください" in unseen.text and "電力セプター" in unseen.text
    changed = hanako.send("/reports/new", {**alone, "route": "VPN装置、別の手口"})
    assert changed.status_code == 422 and stage.count() == 0
    shown = hanako.send("/reports/new", {**alone, "do": "technical"})
    assert shown.status_code == 200 and "技術情報のみの提供用版" in shown.text
    assert hanako.send("/reports/new", alone).status_code == 200 and stage.count() == 1
    assert last_fields(stage)["technical_label"] == "TLP:GREEN"
    hanako.get("/reports/new")
    named = hanako.send("/reports/new", {**alone, "route": "青葉電力のVPN装置", "do": "technical"})
    assert named.status_code == 422 and 'href="#route"' in named.text
    nothing = hanako.send("/reports/new", {**FIVE, "do": "technical"})
    assert nothing.status_code == 422 and "先に共有範囲を選んでください" in nothing.text
