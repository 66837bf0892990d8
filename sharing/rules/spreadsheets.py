"""Rule: a table as a file for spreadsheet programs, in which nothing runs, whoever wrote its texts."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_MARK: Final = b"\xef\xbb\xbf"
"""Behind it such a program reads UTF-8 as what it is."""
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_table(lines: Iterable[Sequence[object]]) -> bytes:
    """The lines as CSV; the same lines give the same bytes."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([_harmless(cell) for cell in line] for line in lines)
    return _MARK + buffer.getvalue().encode("utf-8")


def _harmless(cell: object) -> object:
    """A text that would be taken for a formula gets an apostrophe in front."""
    text = str(cell) if cell is not None and not isinstance(cell, int | float) else ""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else cell
