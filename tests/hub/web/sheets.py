"""Fills a sheet for many reports, as a person does with a program for spreadsheets."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import openpyxl


def filled_sheet(raw: bytes, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The sheet with these rows, by the names of its columns."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    page = book.active
    places = {cell.value: cell.column for cell in page[2]}
    for number, row in enumerate(rows, start=4):
        for name, value in row.items():
            page.cell(number, places[name], value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
