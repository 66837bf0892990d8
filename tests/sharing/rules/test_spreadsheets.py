"""A table for spreadsheet programs: its texts come from other organizations, and none of them may run there."""

import csv
import io
from pathlib import Path

import pytest

from sharing.rules.spreadsheets import write_table

HOUSE = Path(__file__).parents[3]


@pytest.mark.parametrize("text", ["=1+1", "+81 3", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝HYPERLINK", "－1"])
def test_a_text_never_begins_as_a_formula(text: str):
    """Numbers of ours stay numbers."""
    written = write_table([["青凪電力", text, 3, None]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(written, newline=""))) == [["青凪電力", f"'{text}", "3", ""]]


def test_the_same_lines_give_the_same_bytes():
    """Behind the mark by which such programs know UTF-8."""
    assert write_table([["a", "b"], [], [-1, 0.5]]) == b"\xef\xbb\xbfa,b\r\n\r\n-1,0.5\r\n"


def test_nobody_writes_tables_otherwise():
    """Each export goes through this one."""
    found = [
        path.relative_to(HOUSE).as_posix()
        for package in ("crypto", "models", "sharing", "feeds", "hub")
        for path in (HOUSE / package).rglob("*.py")
        if "csv.writer" in path.read_text(encoding="utf-8") or "DictWriter" in path.read_text(encoding="utf-8")
    ]
    assert found == ["sharing/rules/spreadsheets.py"]
