"""The pages of a secretariat: a night call in a browser without script, and how a report is handled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.web.desk import cases, common_events
from hub.web.reading import feed, inquiries
from tests.factory import World
from tests.hub.web.report_tools import application
from tests.hub.web.test_reports import Stage

CALL = {
    "event_type": "E30",
    "noticed_at": "2026-11-20T02:05",
    "service_impact": "yes",
    "summary": "料金計算が止まっている。",
    "label": "TLP:AMBER",
    "caller": "当直 佐伯",
    "caller_number": "03-0000-0210",
    "caller_words": "二時に気づいた。",
}


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    world = World(sqlite_hub_url, tmp_path)
    yield Stage(world, application(world, feed, inquiries))
    world.close()


def test_a_call_at_night_and_the_morning_after(stage: Stage):
    """One form makes it a first report; the sender sees that it is unconfirmed, not who called; it confirms."""
    office = stage.browser("office")
    page = office.get("/secretariat/call/").text
    member = re.search(r'<option value="([0-9a-f-]{36})">青葉電力株式会社', page)
    assert member
    wrong = office.send("/secretariat/call/", {**CALL, "member": "", "event_type": ""})
    assert wrong.status_code == 422 and "当直 佐伯" in wrong.text
    summary = wrong.text.partition('class="error-summary"')[2].partition("</div>")[0]
    assert "連絡してきた会員" in summary and "事象の類型" in summary
    filed = office.send("/secretariat/call/", {**CALL, "member": member[1]})
    assert filed.status_code == 200 and "当直 佐伯" in filed.text and "二時に気づいた。" in filed.text
    report = filed.request.path.replace("/secretariat/reports/", "/reports/")
    again = stage.browser("office")
    again.get("/secretariat/?view=unconfirmed")
    assert "料金計算が止まっている。" in again.page and "未確認" in again.page
    hanako = stage.browser("hanako")
    assert f'href="{report}"' in hanako.get("/").text  # else nobody would know that a word of theirs is missing
    seen = hanako.get(report).text
    assert "未確認" in seen and "内容のとおり確認する" in seen
    assert "佐伯" not in seen and "03-0000-0210" not in seen and "office" not in seen
    confirmed = hanako.send(f"{report}confirm", {})
    assert confirmed.status_code == 200 and "発信元確認済み" in confirmed.text
    assert f'href="{report}"' not in hanako.get("/").text
    assert stage.browser("rival").get(report).status_code == 404


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_report_is_handled_on_its_page(stage: Stage, language: str):
    """Taken, given tags, related by a number that is not here, closed without a reason and with one, opened again."""
    _hanako, url = stage.filed()
    office = stage.browser("office", language)
    page = url.replace("/reports/", "/secretariat/reports/")
    assert office.get(page).status_code == 200
    assert office.send(page, {"do": "take"}).status_code == 200
    assert (
        office.send(page, {"do": "handle", "tags": "夜間", "waiting_for": "警察", "priority": "2"}).status_code == 200
    )
    assert "夜間" in office.get("/secretariat/?view=mine&tag=夜間").text
    missing = office.send(page, {"do": "relate", "other": "K7QM-4TX2-P"})
    assert missing.status_code == 422 and "K7QM-4TX2-P" in missing.text
    assert office.send(page, {"do": "close", "reason": ""}).status_code == 422
    assert office.send(page, {"do": "dance"}).status_code == 422
    assert office.send(page, {"do": "close", "reason": "誤報"}).status_code == 200
    assert url.split("/")[2] in office.get("/secretariat/?view=closed").text
    assert office.send(page, {"do": "reopen"}).status_code == 200
    for name in ("hanako", "rival", "water"):
        assert stage.browser(name, language).get(page).status_code in {403, 404}


def test_views_several_at_once_cases_and_shifts(stage: Stage):
    """A view is saved and removed, several reports are taken, a case waits and is joined, a shift is handed over."""
    _hanako, url = stage.filed()
    office = stage.browser("office", "en")
    page = office.get("/secretariat/?order=duty").text
    assert "The next deadline by law first" in page and "Ministry, by law" in page and "1 business day left" in page
    assert "had no answer" not in page
    asked = {"text": "When did it begin?", "label": "TLP:AMBER"}
    assert office.send(f"{url}ask", asked).status_code == 200
    stage.world.advance(days=3)
    assert (
        "1 question has had no answer for 3 days or longer." in stage.browser("office", "en").get("/secretariat/").text
    )
    assert "No answer for 3 days" in stage.browser("office", "en").get("/questions/").text
    office = stage.browser("office", "en")
    office.get("/secretariat/")
    assert "Urgent night" in office.send("/secretariat/views", {"name": "Urgent night", "view": "unread"}).text
    views = {"name": "Night", "view": "x" * 5_000, "tag": "y" * 5_000, "only": "TLP:AMBER"}
    back = office.send("/secretariat/views", views).request.full_path
    assert back == f"/secretariat/?only=TLP:AMBER&tag={'y' * 30}"
    taken = office.send("/secretariat/handle", {"report": [url.split("/")[2], "nonsense"], "do": "take"})
    assert "Done: 1 report." in taken.text and "Mine (1)" in taken.text
    office.get("/secretariat/cases/")
    case = {"source": "press", "event_type": "E41", "service_impact": "unknown", "summary": "Said in the press."}
    assert office.send("/secretariat/cases/", {**case, "heard_at": "2027-01-01T00:00"}).status_code == 422
    office.send("/secretariat/cases/", {**case, "heard_at": "2026-11-20T01:00"})
    join = re.search(r'action="(/secretariat/cases/[0-9a-f-]{36}/join)"', office.page)
    assert join and "Said in the press." in office.page
    assert "no such report" in office.send(join[1], {"reference": "K7QM-4TX2-P"}).text
    office.get("/secretariat/shift/")
    assert office.send("/secretariat/shift/", {"text": " "}).status_code == 422
    assert "Call back at four." in office.send("/secretariat/shift/", {"text": "Call back at four."}).text
    water = stage.browser("water", "en")
    assert "Call back at four." not in water.get("/secretariat/shift/").text
    assert "Said in the press." not in water.get("/secretariat/cases/").text


def test_a_list_that_is_cut_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """Cases and events stood there up to a number, and the others nowhere; one fewer is all there is."""
    office = stage.browser("office", "en")
    case = {"source": "press", "event_type": "E41", "service_impact": "unknown", "summary": "Said in the press."}
    for path, form in (
        ("/secretariat/cases/", {**case, "heard_at": "2026-11-20T01:00"}),
        ("/secretariat/events/", {"title": "A failure of many"}),
    ):
        office.get(path)
        office.send(path, form)
    for path, page in (("/secretariat/cases/", cases), ("/secretariat/events/", common_events)):
        assert "there may be more" not in office.get(path).text
        monkeypatch.setattr(page, "MOST_LISTED", 1)
        assert "Only the first 1 stand here; there may be more." in office.get(path).text
        assert "先頭の1件だけを示しています。" in stage.browser("office").get(path).text
