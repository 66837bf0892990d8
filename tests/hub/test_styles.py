"""Style sheets: what they name is on some page."""

import re
from pathlib import Path

HUB = Path(__file__).parents[2] / "hub"
SAID_IN = {".html", ".js", ".py"}


def test_every_class_of_a_style_sheet_is_on_some_page():
    """Written out, or put together from a beginning such as `badge-` and what a template or the program knows."""
    pages = "\n".join(each.read_text() for each in HUB.rglob("*") if each.suffix in SAID_IN)
    words = set(re.findall(r"[\w-]+", pages))
    beginnings = tuple(re.findall(r"\b([a-z]+-)(?=\{\{)", pages)) + tuple(re.findall(r"\b([a-z]+-)\"? ~", pages))
    sheets = [each.read_text() for each in (HUB / "static" / "css").iterdir()]
    rules = [re.sub(r"/\*.*?\*/|\{[^{}]*\}", "{", sheet, flags=re.DOTALL) for sheet in sheets]
    named = {name for rule in rules for name in re.findall(r"\.([a-z][\w-]*)", rule)}
    assert {each for each in named - words if not each.startswith(beginnings)} == set()
