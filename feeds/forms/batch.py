"""Rule: many reports in one sheet: a workbook to fill in, and its rows as texts by the names of their columns."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from feeds.forms.given import WorkbookError, cell_text, open_workbook, rows_of, sheet_of
from feeds.forms.workbook import put_text

SHEET: Final = "情報連絡"
CHOICES: Final = "選択肢"
"""The sheet of what may be chosen from."""
MOST_ROWS: Final = 1_000
"""Rows of one file; a day with more comes by machine."""
_NEEDED: Final = "event_type"
"""The column by which the row of names is found."""
_HEAD_WITHIN: Final = 10
_MOST_COLUMNS: Final = 100
_NOTED: Final = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_BLANKS: Final = 200
"""Empty rows between others that are passed over."""


class BatchColumn(Struct, frozen=True):
    """A column: its name, what people call it, an example, and what may be chosen from."""

    name: str
    label: str
    example: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchRow:
    """A row that says something; its number is that of the sheet."""

    number: int
    texts: dict[str, str] = field(repr=False)
    formulas: tuple[str, ...] = ()
    """Columns whose cell holds a formula, which is no answer."""


def write_batch(title: str, columns: Sequence[BatchColumn]) -> bytes:
    """A workbook to fill in: what it is, the names, what people call them, then a row for each report."""
    from openpyxl import Workbook  # noqa: PLC0415  only who takes the sheet needs it
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook()
    page = book.active
    page.title = SHEET
    put_text(page["A1"], title)
    page["A1"].font = Font(bold=True, size=14)
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        put_text(page[f"{letter}2"], column.name)
        page[f"{letter}2"].font = Font(color="FF767676", size=9)
        put_text(page[f"{letter}3"], column.label + (f"\n例: {column.example}" if column.example else ""))
        page[f"{letter}3"].font = Font(bold=True)
        page[f"{letter}3"].alignment = Alignment(wrap_text=True, vertical="top")
        page.column_dimensions[letter].width = 22
    _offer_choices(book, page, columns)
    page.freeze_panes = "A4"
    written = BytesIO()
    book.save(written)
    return _without_times(written.getvalue())


def _without_times(raw: bytes) -> bytes:
    """The same sheet is the same bytes, whenever it is taken: what a workbook notes of its making is left out."""
    steady = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as made, zipfile.ZipFile(steady, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in made.infolist():
            body = made.read(part)
            if part.filename == "docProps/core.xml":
                body = _NOTED.sub(b"2020-01-01T00:00:00Z", body)
            archive.writestr(zipfile.ZipInfo(part.filename), body, zipfile.ZIP_DEFLATED)
    return steady.getvalue()


def _offer_choices(book: Any, page: Any, columns: Sequence[BatchColumn]) -> None:
    """A list to choose from in each cell that takes a code; other words may be written all the same."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    offered = book.create_sheet(CHOICES)
    for number, (place, column) in enumerate(
        ((place, column) for place, column in enumerate(columns, start=1) if column.choices), start=1
    ):
        letter, own = get_column_letter(place), get_column_letter(number)
        put_text(offered[f"{own}1"], column.label)
        for line, choice in enumerate(column.choices, start=2):
            put_text(offered[f"{own}{line}"], choice)
        offered.column_dimensions[own].width = 34
        listed = f"'{CHOICES}'!${own}$2:${own}${len(column.choices) + 1}"
        rule = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=False)
        rule.add(f"{letter}4:{letter}{MOST_ROWS + 3}")
        page.add_data_validation(rule)


def read_batch(raw: bytes, names: Sequence[str]) -> list[BatchRow]:
    """The rows of a filled workbook; columns that are not among the names are passed over.

    Raises:
        WorkbookError: no workbook, too large, with macros, without the sheet or its row of names, or too many rows.
    """
    rows = rows_of(sheet_of(open_workbook(raw), SHEET), _HEAD_WITHIN + MOST_ROWS + _BLANKS, _MOST_COLUMNS)
    places = _find_head(rows, frozenset(names))
    next(rows, None)  # what people call the columns
    found: list[BatchRow] = []
    blanks = 0
    for number, cells in rows:
        row = _read_row(number, cells, places)
        if row is None:
            blanks += 1
            if blanks > _BLANKS:
                break
            continue
        found.append(row)
        if len(found) > MOST_ROWS:
            raise WorkbookError("too-many-rows", f"at most {MOST_ROWS} rows", "more")
    return found


def _find_head(rows: Iterator[tuple[int, tuple[Any, ...]]], names: frozenset[str]) -> dict[int, str]:
    """The column of each name, from the row of names; after it the rows go on."""
    for _number, cells in islice(rows, _HEAD_WITHIN):
        said = {place: cell_text(cell.value) for place, cell in enumerate(cells) if cell.value is not None}
        if _NEEDED in said.values():
            return {place: name for place, name in said.items() if name in names}
    raise WorkbookError("no-head", f"a row with {_NEEDED}", "none")


def _read_row(number: int, cells: Sequence[Any], places: dict[int, str]) -> BatchRow | None:
    texts: dict[str, str] = {}
    formulas: list[str] = []
    for place, name in places.items():
        cell = cells[place]
        if cell.value is None:
            continue
        if cell.data_type == "f":
            formulas.append(name)
        elif text := cell_text(cell.value):
            texts[name] = text
    return BatchRow(number, texts, tuple(formulas)) if texts or formulas else None
