"""The common forms (共通様式) as data: which field stands in which cell; what ships, or a hub's own map."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from models.own_data import read_own

OWN_FILE: Final = "common-forms.json"
"""In the data folder; it takes the place of the layout that ships with the program."""
_CELL: Final = re.compile(r"[A-Z]{1,2}[1-9][0-9]{0,3}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.xlsx")


class BadMap(ValueError):
    """A map of cells that cannot be read, and where."""


class CommonForm(Struct, frozen=True):
    """One form: its sheet, and the cell of each field of a report."""

    name: str
    ja: str
    en: str
    sheet: str
    cells: Mapping[str, str]
    template: Path | None
    """An official file that is filled in; none for the hub's own layout."""

    def title(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.ja if locale == "ja" else self.en


@cache
def shipped_forms() -> tuple[CommonForm, ...]:
    """The hub's own layout, which is to be confirmed."""
    return read_forms(json.loads((resources.files(__name__) / "common.1.json").read_text("utf-8")), None)


def load_forms(folder: Path) -> tuple[CommonForm, ...]:
    """The forms of a hub: its own map, where it has one.

    Raises:
        BadMap: its own map cannot be read.
    """
    try:
        return read_forms(read_own(folder / OWN_FILE), folder)
    except FileNotFoundError:
        return shipped_forms()
    except ValueError as error:
        raise BadMap(f"{OWN_FILE}: {error}") from error


def read_forms(document: Any, folder: Path | None) -> tuple[CommonForm, ...]:
    """The forms of a document; templates lie in `folder`.

    Raises:
        BadMap: something in it is no form.
    """
    rows = document.get("forms") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows:
        raise BadMap("expected an object with a list `forms`")
    found = tuple(_form(row, f"forms[{place}]", folder) for place, row in enumerate(rows))
    if len({each.name for each in found}) < len(found):
        raise BadMap("expected each name once")
    return found


def _form(row: Any, where: str, folder: Path | None) -> CommonForm:
    if not isinstance(row, dict):
        raise BadMap(f"{where}: expected an object")
    texts: dict[str, Any] = {name: row.get(name) for name in ("name", "ja", "en", "sheet")}
    wrong = [name for name, text in texts.items() if not isinstance(text, str) or not text]
    if wrong or not _NAME.fullmatch(texts["name"]):
        raise BadMap(f"{where}: expected a text for {', '.join(wrong) or 'name'}")
    cells = row.get("cells")
    if not isinstance(cells, dict) or not cells:
        raise BadMap(f"{where}: expected cells")
    for field, cell in cells.items():
        if not isinstance(cell, str) or not _CELL.fullmatch(cell):
            raise BadMap(f"{where}: expected a cell such as B8 for {field}")
    template = row.get("template")
    if template is None:
        return CommonForm(**texts, cells=cells, template=None)
    if folder is None or not isinstance(template, str) or not _FILE.fullmatch(template):
        raise BadMap(f"{where}: expected a template such as form.xlsx beside the map")
    return CommonForm(**texts, cells=cells, template=folder / template)
