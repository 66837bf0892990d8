"""Rule: one sheet of a workbook, written from texts by cell and read back; nothing in it is ever executed.

Whatever comes in is somebody's file: its size is looked at before it is opened, macros are refused, and a formula is
no answer.
"""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from feeds.errors import FeedError

LARGEST_FILE: Final = 2 * 1024 * 1024
"""Bytes of a workbook; a form with every text at its limit has a tenth of it."""
LARGEST_INSIDE: Final = 12 * 1024 * 1024
"""Bytes that its parts may have once unpacked."""
MOST_PARTS: Final = 300
LONGEST_CELL: Final = 32_767
"""Characters of a cell; no program for spreadsheets takes more."""
CUT: Final = "…（以下省略）"
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARK: Final = "A2"
"""Where our own layout says which form it is."""


class WorkbookError(FeedError):
    """A file that is no workbook of ours; `code` says why, for a page to put into words."""

    def __init__(self, code: str, expected: str, found: str) -> None:
        self.code = code
        super().__init__(expected, found)


def write_workbook(
    sheet: str, mark: str, head: Sequence[str], rows: Sequence[tuple[str, str, str]], template: Path | None
) -> bytes:
    """A workbook with texts in cells: triples of cell, label and text. A template keeps all that it has besides.

    Raises:
        WorkbookError: the template cannot be read, or has no such sheet.
    """
    from openpyxl import Workbook  # noqa: PLC0415  only who writes a form needs it
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    book = Workbook() if template is None else open_workbook(_bytes_of(template))
    if template is None:
        page = book.active
        page.title = sheet
        for line, text in enumerate([head[0], mark, *head[1:]], start=1):
            put_text(page[f"A{line}"], text)
        page["A1"].font = Font(bold=True, size=14)
        page.column_dimensions["A"].width, page.column_dimensions["B"].width = 34, 80
    else:
        page = sheet_of(book, sheet)
    for cell, label, text in rows:
        put_text(page[cell], text)
        page[cell].alignment = Alignment(wrap_text=True, vertical="top")
        if template is None:
            put_text(page[f"A{page[cell].row}"], label)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def read_workbook(raw: bytes, sheet: str, cells: Mapping[str, str]) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """The mark of the form, the text of each cell by its name, and the names of cells that hold a formula.

    Raises:
        WorkbookError: no workbook, too large, with macros, or without the sheet.
    """
    page = sheet_of(open_workbook(raw), sheet)
    found: dict[str, str] = {}
    formulas: list[str] = []
    for name, place in cells.items():
        cell = page[place]
        if cell.data_type == "f":
            formulas.append(name)
        elif cell.value is not None:
            found[name] = cell_text(cell.value)
    return cell_text(page[_MARK].value or ""), found, tuple(formulas)


def put_text(cell: Any, text: str) -> None:
    """A text that stays one, however it begins."""
    shown = "".join(sign for sign in text if sign in "\n\t" or ord(sign) >= 32)
    cell.value = shown if len(shown) <= LONGEST_CELL else shown[: LONGEST_CELL - len(CUT)] + CUT
    cell.data_type = "s"
    cell.quotePrefix = shown[:1] in {"=", "+", "-", "@"}


def cell_text(value: Any) -> str:
    """What a cell says, as somebody would read it."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\r\n", "\n").replace("_x000D_", "").strip()


def _bytes_of(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except OSError as error:
        raise WorkbookError("no-template", "the template of the form", error.strerror or "none") from error


def open_workbook(raw: bytes) -> Any:
    """A workbook whose size and kind were looked at first.

    Raises:
        WorkbookError: it is none, too large, or holds macros.
    """
    from openpyxl import load_workbook  # noqa: PLC0415  only who reads a form needs it

    _check(raw)
    try:
        return load_workbook(BytesIO(raw), data_only=False, keep_links=False)
    except Exception as error:  # whatever a broken file makes the library raise
        raise WorkbookError("not-a-workbook", "an XLSX workbook", type(error).__name__) from error


def _check(raw: bytes) -> None:
    if len(raw) > LARGEST_FILE:
        raise WorkbookError("too-large", f"at most {LARGEST_FILE} bytes", str(len(raw)))
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise WorkbookError("not-a-workbook", "an XLSX workbook", "something else") from error
    if len(parts) > MOST_PARTS or sum(each.file_size for each in parts) > LARGEST_INSIDE:
        raise WorkbookError("too-large", f"at most {LARGEST_INSIDE} bytes unpacked", "more")
    if any("vbaproject" in each.filename.lower() for each in parts):
        raise WorkbookError("macros", "a workbook without macros", "macros")
    if not any(each.filename == "xl/workbook.xml" for each in parts):
        raise WorkbookError("not-a-workbook", "an XLSX workbook", "another archive")


def sheet_of(book: Any, name: str) -> Any:
    """A sheet by its name.

    Raises:
        WorkbookError: there is none.
    """
    if name not in book.sheetnames:
        raise WorkbookError("no-sheet", f"a sheet named {name}", "none")
    return book[name]
