"""From a report to a common form and back: nothing lost that the form has, and nobody's file does any harm."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from feeds.forms.given import LARGEST_FILE, WorkbookError, read_workbook
from feeds.forms.workbook import write_workbook
from hub.web.reporting.common_form_values import controls_of
from models.common_forms import BadMap, load_forms, read_forms, shipped_forms
from models.forms import liaison_form
from sharing.audit.tags import Tag
from sharing.reports.fields import FIELDS
from tests.hub.web.test_drafts import VERSIONS
from tests.hub.web.test_report_form import last_fields
from tests.hub.web.test_reports import FIVE, Stage, stage

__all__ = ["stage"]

DDOS = {
    **FIVE,
    "occurred_at": "2026-11-20T10:30",
    "summary": "=1+1 予約サイトへの大量アクセス",
    "details": "10:40 遅くなる。\r\n11:10 緩和を開始。",
    "causes": ["C103"],
    "users-how": "between",
    "users-low": "2000",
    "users-high": "3000",
    "hours-how": "investigating",
    "gbps-how": "about",
    "gbps-low": "1.5",
    "attack": "ddos",
    "ddos_types": ["T1498-001", "T1498-002"],
    "told": ["police"],
    "recovered_at": "2026-11-20T11:40",
    "indicators": "198.51.100.7\r\n203.0.113.9",
    "place": "県内第二データセンター",
}


def download(stage: Stage, name: str = "ddos", **more: str) -> tuple[object, str, bytes]:
    hanako, url = stage.filed(**{**DDOS, **more})
    answer = hanako.client.get(f"{url}common-form/{name}.xlsx")
    return hanako, url, answer.data


def upload(browser, raw: bytes, form: str = "ddos"):
    browser.get("/reports/common-form/")
    data = {**browser.hidden(), "form": form, "file": (BytesIO(raw), "form.xlsx")}
    answer = browser.client.post(
        "/reports/common-form/",
        data=data,
        headers={"Sec-Fetch-Site": "same-origin"},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    browser.page = answer.text
    return answer


def test_the_forms_speak_of_fields_that_there_are():
    for form in shipped_forms():
        assert set(form.cells) <= FIELDS | set(liaison_form().further)
        assert len(set(form.cells.values())) == len(form.cells)


def test_out_and_back_again(stage: Stage):
    hanako, _url, raw = download(stage)
    page = load_workbook(BytesIO(raw))["様式"]
    assert "暫定・要確認" in page["A1"].value and "TLP:AMBER" in page["A4"].value
    assert stage.world.tags()[-1] == Tag.EXPORT.value
    first = last_fields(stage)
    again = upload(hanako, raw)
    assert again.status_code == 200 and again.request.path.startswith("/reports/drafts/")
    kept = {name: value for name, value in DDOS.items() if name not in {"do", "label", "attack", "place"}}
    versions = VERSIONS.search(hanako.page)[1].replace("&#34;", '"')
    sent = hanako.send(again.request.path, {**kept, "label": "TLP:AMBER", "do": "file", "versions": versions})
    assert sent.status_code == 200, sent.text
    second = last_fields(stage)
    assert {**second["further"], "attack": "ddos", "place": DDOS["place"]} == first["further"]
    assert {name: value for name, value in second.items() if name != "further"} == {
        name: value for name, value in first.items() if name != "further"
    }


def test_what_the_draft_holds_is_what_the_cells_say(stage: Stage):
    """Nothing is judged on the way: a cell that cannot be read is named, the others are there."""
    hanako, _url, raw = download(stage)
    book = load_workbook(BytesIO(raw))
    page, cells = book["様式"], shipped_forms()[0].cells
    page[cells["event_type"]] = "隕石"
    page[cells["gbps"]] = "=1+1"
    page[cells["hours"]] = "およそ3時間"
    page[cells["service_impact"]] = "無"
    page[cells["occurred_at"]] = "2026年11月20日(金) 10時05分"
    changed = BytesIO()
    book.save(changed)
    page = upload(hanako, changed.getvalue()).text
    assert "事象の類型" in page.partition("<form")[0] or "事象の類型" in page
    assert 'value="2026-11-20T10:05"' in page and 'name="hours-low" value="3"' in page
    assert 'value="T1498-001" checked' in page.replace('" checked', '" checked')


def test_a_text_that_looks_like_a_formula_stays_a_text(stage: Stage):
    _hanako, _url, raw = download(stage)
    cell = load_workbook(BytesIO(raw))["様式"][shipped_forms()[0].cells["summary"]]
    assert cell.data_type == "s" and cell.value.startswith("=1+1")


def broken(kind: str) -> bytes:
    made = BytesIO()
    if kind == "text":
        return b"not a zip"
    if kind == "huge":
        return b"x" * (LARGEST_FILE + 1)
    if kind == "sheet":
        Workbook().save(made)
        return made.getvalue()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<broken" if kind == "xml" else b"<x/>")
        if kind == "macros":
            archive.writestr("xl/vbaProject.bin", b"x")
        if kind == "bomb":
            archive.writestr("xl/big.xml", b"0" * 13_000_000)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["text", "huge", "sheet", "xml", "macros", "bomb"])
def test_a_file_that_is_no_form_is_refused(kind: str):
    with pytest.raises(WorkbookError):
        read_workbook(broken(kind), "様式", {"summary": "B8"})


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_wrong_file_is_told_in_words(stage: Stage, language: str):
    hanako, _url, raw = download(stage)
    hanako.client.set_cookie("ceptoar_language", language)
    for given, form in ((b"no", "ddos"), (broken("macros"), "ddos"), (broken("sheet"), "ddos"), (raw, "ransomware")):
        answer = upload(hanako, given, form)
        assert answer.status_code == 422 and 'id="file-error"' in answer.text
    assert upload(hanako, b"", "nothing").status_code == 422


def test_red_and_others_reports_leave_no_file(stage: Stage):
    hanako, url, _raw = download(stage, label="TLP:RED")
    assert hanako.get(f"{url}common-form/ddos.xlsx").status_code == 404
    assert "TLP:RED" in hanako.get(f"{url}authorities/").text
    _hanako, url, _raw = download(stage)
    for stranger in ("rival", "office", "water"):
        assert stage.browser(stranger).get(f"{url}common-form/ddos.xlsx").status_code == 404
    assert hanako.get(f"{url}common-form/unknown.xlsx").status_code == 404


def test_an_official_file_is_filled_by_a_map(tmp_path):
    """Its own words stay; only the cells of the map are written."""
    book = Workbook()
    book.active.title = "報告"
    book.active["A1"] = "公式の様式"
    book.save(tmp_path / "official.xlsx")
    form = {"name": "ddos", "ja": "公式", "en": "official", "sheet": "報告", "cells": {"summary": "C7"}}
    document = {"forms": [{**form, "template": "official.xlsx"}]}
    (tmp_path / "common-forms.json").write_text(json.dumps(document), encoding="utf-8")
    (mapped,) = load_forms(tmp_path)
    raw = write_workbook(mapped.sheet, "mark", ["title"], [("C7", "概要", "停止")], mapped.template)
    page = load_workbook(BytesIO(raw))["報告"]
    assert (page["A1"].value, page["C7"].value) == ("公式の様式", "停止")
    assert read_workbook(raw, "報告", mapped.cells)[1] == {"summary": "停止"}
    for wrong in (
        {},
        {"forms": []},
        {"forms": [{**form, "template": "../secret.xlsx"}]},
        {"forms": [{**form, "cells": {"a": "B0"}}]},
    ):
        with pytest.raises(BadMap):
            read_forms(wrong, tmp_path)


@pytest.mark.parametrize("text", ["1" + "-" * 32_000, "2026-1-1" + "(" * 32_000, "1" * 32_000])
def test_a_long_text_is_no_number_and_no_time(text: str):
    """It is told as unread, at once; to try every way of reading it would take minutes."""
    assert controls_of({"users": text, "recovered_at": text}, {}) == ({}, ["users", "recovered_at"])
