"""Rule: reads a workbook that somebody gives us, row by row, and no further than asked.

It is looked at before it is opened: some kilobytes can hold a sheet that takes a minute and a gigabyte to read. Then it
is only read, never built: what spans cells (merged, linked, formatted ones) is passed over. Macros are refused, and a
formula is no answer.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

from feeds.errors import FeedError

LARGEST_FILE: Final = 2 * 1024 * 1024
"""Bytes of a workbook; a form with every text at its limit has a tenth of it."""
LARGEST_INSIDE: Final = 12 * 1024 * 1024
"""Bytes that its parts may have once unpacked."""
MOST_PARTS: Final = 300
MOST_TAGS: Final = 1_000_000
"""Tags of all its parts; a sheet of a thousand rows with every column filled has two thirds of it."""

_MARK: Final = "A2"
"""Where our own layout says which form it is."""
_PLAIN_ENCODINGS: Final = frozenset({b"utf-8", b"us-ascii", b"iso-8859-1"})
_ENCODING: Final = re.compile(rb"""\sencoding\s*=\s*["']([^"']*)""")
_PLACE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


class WorkbookError(FeedError):
    """A file that is no workbook of ours; `code` says why, for a page to put into words."""

    def __init__(self, code: str, expected: str, found: str) -> None:
        self.code = code
        super().__init__(expected, found)


def read_workbook(raw: bytes, sheet: str, cells: Mapping[str, str]) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """The mark of the form, the text of each cell by its name, and the names of cells that hold a formula.

    Raises:
        WorkbookError: no workbook, too large, with macros, or without the sheet.
    """
    places = {_place_of(each): name for name, each in [("", _MARK), *cells.items()]}
    last, widest = (max(each[axis] for each in places) for axis in (0, 1))
    found: dict[str, str] = {}
    formulas: list[str] = []
    for number, row in rows_of(sheet_of(open_workbook(raw), sheet), last, widest):
        for column, cell in enumerate(row, start=1):
            name = places.get((number, column))
            if name is None or cell.value is None:
                continue
            if cell.data_type == "f":
                formulas.append(name)
            else:
                found[name] = cell_text(cell.value)
    return found.pop("", ""), found, tuple(name for name in formulas if name)


def open_workbook(raw: bytes) -> Any:
    """A workbook to read from, whose size and kind were looked at first.

    Raises:
        WorkbookError: it is none, too large, or holds macros.
    """
    from openpyxl import load_workbook  # noqa: PLC0415  only who reads a form needs it

    check_workbook(raw)
    try:
        return load_workbook(BytesIO(raw), read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # whatever a broken file makes the library raise
        raise _no_workbook(type(error).__name__) from error


def check_workbook(raw: bytes) -> None:
    """Look at a file before it is opened.

    Raises:
        WorkbookError: it is no workbook, too large, or holds macros.
    """
    if len(raw) > LARGEST_FILE:
        raise WorkbookError("too-large", f"at most {LARGEST_FILE} bytes", str(len(raw)))
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(each.file_size for each in parts) > LARGEST_INSIDE:
                raise WorkbookError("too-large", f"at most {LARGEST_INSIDE} bytes unpacked", "more")
            if any("vbaproject" in each.filename.lower() for each in parts):
                raise WorkbookError("macros", "a workbook without macros", "macros")
            if not any(each.filename == "xl/workbook.xml" for each in parts):
                raise _no_workbook("another archive")
            _check_tags(archive.read(each) for each in parts)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, zlib.error) as error:
        raise _no_workbook("something else") from error


def sheet_of(book: Any, name: str) -> Any:
    """A sheet by its name.

    Raises:
        WorkbookError: there is none.
    """
    if name not in book.sheetnames:
        raise WorkbookError("no-sheet", f"a sheet named {name}", "none")
    return book[name]


def rows_of(page: Any, last: int, widest: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of a sheet up to the last one asked for, each with its number and cut to the widest asked for.

    Raises:
        WorkbookError: the sheet is broken.
    """
    try:
        yield from enumerate(page.iter_rows(min_row=1, max_row=last, max_col=widest), start=1)
    except Exception as error:  # whatever a broken file makes the library raise
        raise _no_workbook(type(error).__name__) from error


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


def _check_tags(parts: Iterator[bytes]) -> None:
    """Parts in which the tags cannot be counted, or in which text may stand for tags, are of no program for sheets."""
    tags = 0
    for part in parts:
        if b"<!DOCTYPE" in part or not _is_plain(part[:200]):
            raise _no_workbook("a part in another form")
        tags += part.count(b"<")
        if tags > MOST_TAGS:
            raise WorkbookError("too-large", f"at most {MOST_TAGS} tags", "more")


def _is_plain(head: bytes) -> bool:
    """Whether a tag of this part begins with the byte that it has in ASCII."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"<\0" in head[:8] or b"\0<" in head[:8]:
        return False
    if b"<?xml" not in head[:10]:
        return True
    declaration, end, _ = head.partition(b"?>")
    said = _ENCODING.search(declaration)
    return bool(end) and (said is None or said[1].lower() in _PLAIN_ENCODINGS)


def _place_of(cell: str) -> tuple[int, int]:
    """Row and column of a cell such as B12."""
    found = _PLACE.fullmatch(cell)
    assert found is not None, cell  # the map of the form was checked when it was loaded
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _no_workbook(found: str) -> WorkbookError:
    return WorkbookError("not-a-workbook", "an XLSX workbook", found)
