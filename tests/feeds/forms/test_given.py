"""Workbooks of whoever means ill: read as far as asked, or refused before anything is built from them."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from feeds.forms.batch import BatchColumn, BatchRow, read_batch, write_batch
from feeds.forms.given import WorkbookError, read_workbook
from feeds.forms.workbook import write_workbook

NAMES = ("event_type", "summary")
SHEET = "xl/worksheets/sheet1.xml"
HELD = 60 * 1024 * 1024
"""Bytes that reading a workbook may hold; what is unpacked counts."""


def filled() -> bytes:
    """A sheet with one row, as a program for spreadsheets saves it."""
    book = openpyxl.load_workbook(io.BytesIO(write_batch("many", [BatchColumn(name, name) for name in NAMES])))
    page = book.active
    page["A4"], page["B4"] = "E30", "stopped"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(raw: bytes, change: Callable[[bytes], bytes], name: str = SHEET) -> bytes:
    """The workbook with one part made anew."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(each, change(old.read(each)) if each == name else old.read(each))
    return out.getvalue()


def before(mark: bytes, more: bytes) -> Callable[[bytes], bytes]:
    """Puts more before a mark of the sheet."""
    return lambda part: part.replace(mark, more + mark, 1)


def read(raw: bytes) -> list[BatchRow]:
    """Its rows, without holding much."""
    tracemalloc.start()
    try:
        return read_batch(raw, NAMES)
    finally:
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert held < HELD, f"held {held} bytes"


WIDE = {
    "a cell in the last corner": before(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "a cell far right": before(b"</sheetData>", b'<row r="9"><c r="XFD9"><v>1</v></c></row>'),
    "all cells merged": before(b"<pageMargins", b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
    "all cells linked": before(
        b"<pageMargins", b'<hyperlinks><hyperlink ref="A1:XFD1048576" location="a"/></hyperlinks>'
    ),
    "a size that is a lie": lambda part: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', part),
}


@pytest.mark.parametrize("what", WIDE)
def test_what_spans_the_sheet_costs_nothing(what: str):
    """The row that says something is read."""
    (row,) = read(changed(filled(), WIDE[what]))
    assert (row.number, row.texts) == (4, {"event_type": "E30", "summary": "stopped"})


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "<c/><c/><c/><c/><c/><c/><c/><c/>"><!ENTITY b "&a;&a;&a;&a;">]>'
REFUSED = {
    "millions of empty cells": (before(b"</sheetData>", b"<row>" + b"<c/>" * 1_500_000 + b"</row>"), "too-large"),
    "millions of cells under a prefix": (before(b"</sheetData>", b"<x:c/>" * 1_200_000), "too-large"),
    "text that stands for cells": (lambda part: LAUGHS + part.partition(b"?>")[2], "not-a-workbook"),
    "sixteen bits a letter": (lambda part: part.decode().encode("utf-16"), "not-a-workbook"),
    "sixteen bits a letter, unsaid": (lambda part: part.decode().encode("utf-16-le"), "not-a-workbook"),
    "tags in another alphabet": (
        lambda part: b'<?xml version="1.0" encoding="cp037"?>' + part.partition(b"?>")[2].decode().encode("cp037"),
        "not-a-workbook",
    ),
    "an alphabet said far behind": (
        lambda part: b'<?xml version="1.0"' + b" " * 400 + b'encoding="cp037"?>' + part.partition(b"?>")[2],
        "not-a-workbook",
    ),
    "half a part": (lambda part: part[: len(part) // 2], "not-a-workbook"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_cheaply_is_refused(what: str):
    """Before anything is built from it."""
    change, code = REFUSED[what]
    raw = changed(filled(), change)
    with pytest.raises(WorkbookError) as refused:
        read(raw)
    assert refused.value.code == code


def test_a_form_is_read_by_its_map_however_its_cells_span():
    """Also the last cell that a map may name, and a formula there is no answer."""
    rows = [("B7", "what", "stopped"), ("ZZ2000", "last", "end"), ("C3", "sum", "x")]
    raw = write_workbook("form", "mark 1", ["Form"], rows, None)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    book["form"]["C3"] = "=1+1"
    book["form"].merge_cells("B7:F20")
    out = io.BytesIO()
    book.save(out)
    cells = {"what": "B7", "last": "ZZ2000", "sum": "C3", "none": "D4"}
    assert read_workbook(out.getvalue(), "form", cells) == ("mark 1", {"what": "stopped", "last": "end"}, ("sum",))


def test_a_locked_archive_is_no_workbook():
    """What needs a password cannot be looked at."""
    raw = bytearray(filled())
    for found in re.finditer(rb"PK\x03\x04|PK\x01\x02", bytes(raw)):
        raw[found.start() + (6 if found[0] == b"PK\x03\x04" else 8)] |= 1
    with pytest.raises(WorkbookError) as refused:
        read(bytes(raw))
    assert refused.value.code == "not-a-workbook"
