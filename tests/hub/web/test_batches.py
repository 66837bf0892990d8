"""Many reports from one sheet: looked at first, filed row by row, and given again without filing anything twice."""

from __future__ import annotations

import io
import re
import time
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import select

from feeds.forms.batch import MOST_ROWS, read_batch
from feeds.forms.given import WorkbookError
from hub.reports.batches import NAMES
from models.report import Report, ReportVersion
from tests.hub.web.report_tools import Browser
from tests.hub.web.sheets import filled_sheet
from tests.hub.web.test_report_form import last_fields
from tests.hub.web.test_reports import FIVE, Stage, stage

__all__ = ["stage"]

URL = "/reports/batch/"
IP = "198.51.100.7"
ROW = {
    "event_type": "E30 システム等の利用困難",
    "noticed_at": "2026-11-20 11:00",
    "service_impact": "有",
    "summary": "受付システムが停止している。",
}


def sheet_of(raw: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(raw))


def filled(browser: Browser, *rows: dict[str, Any]) -> bytes:
    """The sheet that the page offers, with these rows."""
    return filled_sheet(browser.client.get(f"{URL}sheet.xlsx").data, rows)


def sent(browser: Browser, raw: bytes, do: str = "file") -> Any:
    browser.get(URL)
    return browser.send(URL, {"file": (io.BytesIO(raw), "reports.xlsx"), "do": do})


def versions_of(stage: Stage) -> tuple[list[str], dict[str, Any]]:
    """The kinds of the versions of the one report, and what the last says."""
    with stage.world.reading() as session:
        rows = session.execute(select(ReportVersion.kind, ReportVersion.fields).order_by(ReportVersion.number)).all()
    return [row.kind.value for row in rows], rows[-1].fields


def filed_by(stage: Stage, username: str, **more: str) -> str:
    """The reference number of a report that somebody filed on the page."""
    browser = stage.browser(username)
    browser.get("/reports/new")
    if "technical_label" in more:
        browser.send("/reports/new", {**FIVE, **more, "do": "technical"})
    answer = browser.send("/reports/new", {**FIVE, **more})
    ident = answer.request.path.split("/")[2]
    with stage.world.reading() as session:
        return session.execute(select(Report.reference).where(Report.id == UUID(ident))).scalar_one()


def test_the_sheet_says_what_each_column_is(stage: Stage):
    """Names for the program, names for people, an example; the first five are the necessary ones."""
    page = sheet_of(stage.browser("hanako").client.get(f"{URL}sheet.xlsx").data).active
    assert [cell.value for cell in page[2]] == list(NAMES)
    labels = [cell.value for cell in page[3]]
    raw = stage.browser("hanako").client.get(f"{URL}sheet.xlsx").data
    time.sleep(2.1)  # the clock of a ZIP goes in steps of two seconds
    assert stage.browser("hanako").client.get(f"{URL}sheet.xlsx").data == raw, "it does not tell when it was taken"
    assert all(labels) and any("事象の類型" in label for label in labels)
    assert not any(re.fullmatch(r"[a-z_]+", label) for label in labels), "every column has a name for people"
    offered = {rule.formula1: str(rule.sqref) for rule in page.data_validations.dataValidation}
    assert len(offered) > 10 and all("選択肢" in formula for formula in offered)
    assert "E30 システム等の利用困難" in [cell.value for row in page.parent["選択肢"].iter_rows() for cell in row]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_right_rows_are_filed_and_wrong_ones_told(stage: Stage, language: str):
    """Looking files nothing; then two are filed and one is told; mended and given again, only that one is filed."""
    hanako = stage.browser("hanako", language)
    rows = [
        {**ROW, "users": "約300", "causes": "不明", "consent_nco": "はい", "label": "ＡＭＢＥＲ+strict"},
        {**ROW, "summary": "認証基盤が停止。", "event_type": "E99", "noticed_at": "昨日の昼"},
        {**ROW, "summary": "通信回線が切れた。", "kind": "第一報", "details": "=1+1"},
    ]
    looked = sent(hanako, filled(hanako, *rows), "look")
    assert looked.status_code == 200 and stage.count() == 0
    for words in {
        "ja": ("「選択肢」のシートにあります", "のように記入してください", "数式ではなく"),
        "en": ("the sheet 選択肢 has them", "Please write the time such as", "a formula is not taken"),
    }[language]:
        assert words in looked.text
    mended = [*rows[:1], {**rows[1], "event_type": "E41", "noticed_at": "2026-11-20 10:00"}, rows[2]]
    mended[2] = {**rows[2], "details": "回線の事業者へ連絡済み。"}
    result = sent(hanako, filled(hanako, *rows))
    assert result.status_code == 200 and stage.count() == 1
    assert len(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b", result.text)) >= 1
    said = last_fields(stage)
    assert said["further"]["users"] == {"about": 300} and said["label"] == "TLP:AMBER+STRICT" and said["consent_nco"]
    again = sent(hanako, filled(hanako, *mended))
    assert again.status_code == 200 and stage.count() == 3
    assert sent(hanako, filled(hanako, *mended)).status_code == 200 and stage.count() == 3, "nothing twice"


def test_a_file_that_cannot_be_taken_is_told_in_words(stage: Stage):
    """No file, none of ours, no rows, too many; and whoever files no reports gets no page."""
    hanako = stage.browser("hanako")
    for raw in (b"", b"no workbook", filled(hanako), filled(hanako, *[ROW] * 201)):
        answer = sent(hanako, raw)
        assert answer.status_code == 422 and 'id="file-error"' in answer.text
    other = openpyxl.Workbook()
    out = io.BytesIO()
    other.save(out)
    assert sent(hanako, out.getvalue()).status_code == 422
    for name in ("office", "water"):
        assert stage.browser(name).get(URL).status_code == 403
    with pytest.raises(WorkbookError, match=str(MOST_ROWS)):
        read_batch(filled(hanako, *[ROW] * (MOST_ROWS + 1)), NAMES)


def test_the_same_row_twice_in_one_file_is_two_reports(stage: Stage):
    """Two outages may read alike; the file says that there were two."""
    hanako = stage.browser("hanako")
    assert sent(hanako, filled(hanako, ROW, ROW)).status_code == 200
    assert stage.count() == 2


def test_a_row_with_a_number_goes_on_with_that_report(stage: Stage):
    """What it leaves empty stands as before; given again nothing is filed twice; two rows follow each other."""
    hanako = stage.browser("hanako")
    first = {
        **ROW,
        "users": "約300",
        "causes": "不明",
        "details": "一報の経過。",
        "label": "TLP:GREEN",
        "consent_nco": "はい",
    }
    filed = sent(hanako, filled(hanako, first)).text
    (reference,) = set(re.findall(r">\s*([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z])\s*<", filed))
    rows = [
        {"reference": reference.lower(), "users": "1200", "consent_nco": "いいえ", "measures": "予備系へ切替。"},
        {"reference": reference, "kind": "最終報", "causes": "E99"},
        {"reference": reference, "kind": "最終報", "users": "不明", "summary": "復旧した。"},
    ]
    assert "この整理番号" not in sent(hanako, filled(hanako, *rows), "look").text and stage.count() == 1
    told = sent(hanako, filled(hanako, *rows)).text
    assert told.count(reference) == 2 and stage.count() == 1
    kinds, said = versions_of(stage)
    assert kinds == ["first", "follow_up", "final"]
    assert (said["kind"], said["summary"], said["label"]) == ("final", "復旧した。", "TLP:GREEN")
    assert (said["details"], said["measures"], said["consent_nco"]) == ("一報の経過。", "予備系へ切替。", False)
    assert "users" not in said["further"] and said["states"] == {"causes": "unknown", "users": "unknown"}
    mended = [rows[0], {**rows[1], "causes": ""}, rows[2]]
    again = sent(hanako, filled(hanako, *mended)).text
    assert again.count(">送信済み<") == 2 and versions_of(stage)[0] == ["first", "follow_up", "final", "final"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_row_with_a_number_that_cannot_be_gone_on_with(stage: Stage, language: str):
    """Nobody's number, another organization's, one whose technical part goes alone; all else is filed."""
    hanako = stage.browser("hanako", language)
    theirs, alone = filed_by(stage, "rival"), filed_by(stage, "hanako", indicators=IP, technical_label="TLP:GREEN")
    rows = [{"reference": each, "measures": "x"} for each in ("K7QM-4TX2-P", theirs, alone, "nonsense")]
    told = sent(hanako, filled(hanako, *rows, {**ROW, "kind": "続報"}, ROW)).text
    none = {
        "ja": "貴組織の情報連絡にこの整理番号はありません",
        "en": "Your organization has no report with this number",
    }
    assert told.count(none[language]) == 3
    assert {"ja": "技術情報だけを先に共有", "en": "technical part goes out alone"}[language] in told
    assert {"ja": "第一報か予兆・ヒヤリハットから", "en": "begins with a first report"}[language] in told
    assert stage.count() == 3


def test_a_row_never_makes_a_report_wider(stage: Stage):
    """Stricter it may become; nobody sees first who would read it then, so wider it is made on the page."""
    hanako = stage.browser("hanako")
    reference = filed_by(stage, "hanako", not_for_publication="y", consent_ministry="y")
    wide = {"consent_police": "はい", "not_for_publication": "いいえ", "name_to_sector": "はい"}
    told = sent(hanako, filled(hanako, *[{"reference": reference, name: said} for name, said in wide.items()])).text
    assert told.count("前の版より広い共有範囲です") == 3 and versions_of(stage)[0] == ["first"]
    for label, kinds in (("TLP:GREEN", ["first"]), ("AMBER+STRICT", ["first", "follow_up"])):
        told = sent(hanako, filled(hanako, {"reference": reference, "label": label, "measures": "切替。"})).text
        assert versions_of(stage)[0] == kinds
        assert ("前の版より広い共有範囲です" in told) is (len(kinds) == 1)
    said = versions_of(stage)[1]
    assert (said["label"], said["not_for_publication"], said["consent_ministry"]) == ("TLP:AMBER+STRICT", True, True)
