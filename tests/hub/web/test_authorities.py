"""Deadlines and who was told, as pages and as a calendar file that says nothing of the report."""

from __future__ import annotations

import pytest

from tests.hub.web.test_reports import FIVE, Stage, stage

__all__ = ["stage"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_from_the_deadline_to_the_note(stage: Stage, language: str):
    hanako, url = stage.filed()
    hanako.client.set_cookie("ceptoar_language", language)
    page = hanako.get(url).text
    assert "/authorities/" in page and ("速報" in page if language == "ja" else "first report by law" in page)
    assert '"/reports/deadlines/"' in hanako.get("/").text
    assert f"{url}authorities/" in hanako.get("/reports/deadlines/").text
    hanako.get(f"{url}authorities/")
    told = {"authority": "ministry", "stage": "first", "told_at": "2026-11-20T11:30", "number": "経-12"}
    wrong = hanako.send(f"{url}authorities/", {**told, "told_at": "きのう", "what": "電話で"})
    assert wrong.status_code == 422 and 'href="#told_at"' in wrong.text and "電話で" in wrong.text
    noted = hanako.send(f"{url}authorities/", told)
    assert noted.status_code == 200 and "経-12" in noted.text and "badge-success" in noted.text
    assert stage.world.tags()[-1] == "report:notice:note"
    for stranger in ("rival", "office", "water"):
        assert stage.browser(stranger).get(f"{url}authorities/").status_code == 404
        assert stage.browser(stranger).get(f"{url}deadlines.ics").status_code == 404


def test_a_calendar_file_says_a_number_and_a_link(stage: Stage):
    hanako, url = stage.filed(summary="青葉の受付が停止した。")
    for address in (f"{url}deadlines.ics", "/reports/deadlines.ics"):
        answer = hanako.get(address)
        assert answer.mimetype == "text/calendar"
        text = answer.data.decode()
        assert text.startswith("BEGIN:VCALENDAR\r\n") and text.count("BEGIN:VEVENT") == 2
        assert "DTSTART:20261121T020000Z" in text
        assert url in text.replace("\r\n ", "")
        assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
        assert not any(each in text for each in ("青葉", FIVE["summary"], "電気", "AMBER", "E30"))


def test_many_deadlines_come_in_pages_and_what_is_not_looked_at_is_said(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """Three hundred open reports made one page of half a megabyte, and those beyond them were left out in silence."""
    hanako, _url = stage.filed()
    stage.filed()
    whole = hanako.get("/reports/deadlines/").text
    assert whole.count('translate="no">') >= 4 and "/reports/deadlines/?page=2" not in whole
    monkeypatch.setattr("hub.web.reporting.authorities.LINES", 3)
    first, second = (hanako.get("/reports/deadlines/", page=page).text for page in ("1", "2"))
    assert "/reports/deadlines/?page=2" in first and "/reports/deadlines/?page=3" not in second
    assert first.count("/authorities/") == 3 and second.count("/authorities/") == 1
    for odd in ("0", "-1", "x", "9" * 30, "１"):
        assert hanako.get("/reports/deadlines/", page=odd).status_code == 200
    assert "対応中の情報連絡が多いため" not in first
    for module in ("hub.web.reporting.authorities", "sharing.reports.authorities"):
        monkeypatch.setattr(f"{module}.MOST_LOOKED_AT", 1)
    assert "対応中の情報連絡が多いため" in hanako.get("/reports/deadlines/").text
