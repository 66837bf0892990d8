"""Rule: one sheet of a workbook, written from texts by cell; nothing in it is ever executed."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from feeds.forms.given import WorkbookError, check_workbook, sheet_of

LONGEST_CELL: Final = 32_767
"""Characters of a cell; no program for spreadsheets takes more."""
CUT: Final = "…（以下省略）"
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def write_workbook(
    sheet: str, mark: str, head: Sequence[str], rows: Sequence[tuple[str, str, str]], template: Path | None
) -> bytes:
    """A workbook with texts in cells: triples of cell, label and text. A template keeps all that it has besides.

    Raises:
        WorkbookError: the template cannot be read, or has no such sheet.
    """
    from openpyxl import Workbook  # noqa: PLC0415  only who writes a form needs it
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    book = Workbook() if template is None else _open_template(template)
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


def put_text(cell: Any, text: str) -> None:
    """A text that stays one, however it begins."""
    shown = "".join(sign for sign in text if sign in "\n\t" or ord(sign) >= 32)
    cell.value = shown if len(shown) <= LONGEST_CELL else shown[: LONGEST_CELL - len(CUT)] + CUT
    cell.data_type = "s"
    cell.quotePrefix = shown[:1] in {"=", "+", "-", "@"}


def _bytes_of(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except OSError as error:
        raise WorkbookError("no-template", "the template of the form", error.strerror or "none") from error


def _open_template(template: Path) -> Any:
    from openpyxl import load_workbook  # noqa: PLC0415  only who writes a form needs it

    raw = _bytes_of(template)
    check_workbook(raw)
    try:
        return load_workbook(BytesIO(raw), data_only=False, keep_links=False)
    except Exception as error:  # whatever a broken file makes the library raise
        raise WorkbookError("not-a-workbook", "an XLSX workbook", type(error).__name__) from error
