"""The code lists as data: JSON files beside this module, read once, with source and what is still to be confirmed.

Dates are half-open: a thing holds from `valid_from` on and no longer on `valid_to`. `source` is a tag: W or S001 for
what was read, G for what must be checked, R recalled, D designed here, own for this hub's own words.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from msgspec import Struct

SECTORS = "sectors"
CEPTOARS = "ceptoars"
MINISTRIES = "ministries"
EVENT_TYPES = "event-types"
CAUSE_TYPES = "cause-types"
GOVERNMENT_NAMES = "government-names"

NEAR_MISS_TYPE = "E00"
"""The event type that is a class of its own: nothing has occurred."""


class UnknownCode(LookupError):
    """A list, version or code that the code lists do not hold."""


class CodeGroup(Struct, frozen=True):
    """A heading inside a list."""

    code: str
    ja: str
    en: str
    order: int
    confirmed: bool
    source: str
    parent: str | None


@dataclass(frozen=True)
class CodeItem:
    """One code with its names in both languages."""

    code: str
    ja: str
    en: str
    group: str | None
    order: int
    confirmed: bool
    source: str
    short_ja: str
    short_en: str
    valid_from: date | None
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the item is in force on a day."""
        return _holds(self.valid_from, self.valid_to, day)


class Oversight(Struct, frozen=True):
    """Which ministry oversees a sector, and when."""

    ministry: str
    valid_from: date | None
    valid_to: date | None
    confirmed: bool
    source: str

    def holds_on(self, day: date) -> bool:
        """Whether this ministry is in charge on a day."""
        return _holds(self.valid_from, self.valid_to, day)


@dataclass(frozen=True)
class Sector(CodeItem):
    """A critical-infrastructure sector with its ministries over time; `since` is the year it joined, when known."""

    since: str | None
    since_confirmed: bool
    ministries: tuple[Oversight, ...]

    def ministries_on(self, day: date) -> tuple[str, ...]:
        """Codes of the ministries in charge on a day."""
        return tuple(oversight.ministry for oversight in self.ministries if oversight.holds_on(day))


@dataclass(frozen=True)
class Ceptoar(CodeItem):
    """A CEPTOAR with its sector and the name of its secretariat, where one is known."""

    sector: str
    secretariat: str | None
    secretariat_confirmed: bool


class CodeList(Struct, frozen=True):
    """One version of one list; `confirmed` says that the whole of it is."""

    list: str
    version: str
    title_ja: str
    title_en: str
    valid_from: date
    valid_to: date | None
    source: str
    confirmed: bool
    note: str
    groups: tuple[CodeGroup, ...]
    items: tuple[CodeItem, ...]

    def item(self, code: str) -> CodeItem:
        """The item of a code.

        Raises:
            UnknownCode: the list has no such code.
        """
        for item in self.items:
            if item.code == code:
                return item
        raise UnknownCode(f"expected a code of {self.list} {self.version}, found {code!r}")

    def codes(self) -> frozenset[str]:
        """All codes of the list."""
        return frozenset(item.code for item in self.items)


@cache
def load_codelists() -> tuple[CodeList, ...]:
    """Every version of every list, ordered by list and by the day it took effect."""
    lists = [read_list(document) for document in shipped_documents()]
    return tuple(sorted(lists, key=lambda each: (each.list, each.valid_from, each.version)))


def shipped_documents() -> list[dict[str, Any]]:
    """The files that ship with the program."""
    folder = resources.files(__name__)
    return [json.loads(each.read_text("utf-8")) for each in folder.iterdir() if each.name.endswith(".json")]


def codelist(name: str, version: str | None = None) -> CodeList:
    """A list by name: the version asked for, else the latest.

    Raises:
        UnknownCode: there is no such list or version.
    """
    found = [each for each in load_codelists() if each.list == name and version in (None, each.version)]
    if not found:
        raise UnknownCode(f"expected the name and version of a code list, found {name!r} {version!r}")
    return found[-1]


def sectors() -> tuple[Sector, ...]:
    """The sixteen sectors in their order; the last is to be confirmed."""
    return tuple(item for item in codelist(SECTORS).items if isinstance(item, Sector))


def ceptoars() -> tuple[Ceptoar, ...]:
    """The twenty-one CEPTOARs in the order of their sectors."""
    return tuple(item for item in codelist(CEPTOARS).items if isinstance(item, Ceptoar))


def ministries() -> tuple[CodeItem, ...]:
    """The five sector ministries."""
    return codelist(MINISTRIES).items


def government_name(day: date) -> CodeItem:
    """How the Cabinet Secretariat's office is called on a day."""
    names = codelist(GOVERNMENT_NAMES).items
    return next((item for item in names if item.holds_on(day)), names[0])


def read_list(raw: Mapping[str, Any]) -> CodeList:
    """A list from its document, which somebody has checked: shipped with the program, or read by `file`."""
    items = tuple(_read_item(raw["list"], row) for row in raw["items"])
    return CodeList(
        list=raw["list"],
        version=raw["version"],
        title_ja=raw["title"]["ja"],
        title_en=raw["title"]["en"],
        valid_from=date.fromisoformat(raw["valid_from"]),
        valid_to=_day(raw["valid_to"]),
        source=raw["source"],
        confirmed=raw["confirmed"],
        note=raw["note"],
        groups=tuple(_read_group(row) for row in raw["groups"]),
        items=tuple(sorted(items, key=lambda item: item.order)),
    )


def _read_group(row: Mapping[str, Any]) -> CodeGroup:
    names = ("code", "ja", "en", "order", "confirmed", "source")
    return CodeGroup(**{name: row[name] for name in names}, parent=row.get("parent"))


def _read_item(name: str, row: Mapping[str, Any]) -> CodeItem:
    common: dict[str, Any] = {
        **{key: row[key] for key in ("code", "ja", "en", "order", "confirmed", "source")},
        "group": row.get("group"),
        "short_ja": row.get("short_ja", row["ja"]),
        "short_en": row.get("short_en", row["en"]),
        "valid_from": _day(row.get("valid_from")),
        "valid_to": _day(row.get("valid_to")),
    }
    if name == SECTORS:
        overseers = tuple(_read_oversight(each) for each in row["ministries"])
        return Sector(**common, since=row["since"], since_confirmed=row["since_confirmed"], ministries=overseers)
    if name == CEPTOARS:
        secretariat = {key: row[key] for key in ("secretariat", "secretariat_confirmed")}
        return Ceptoar(**common, sector=row["group"], **secretariat)
    return CodeItem(**common)


def _read_oversight(row: Mapping[str, Any]) -> Oversight:
    return Oversight(
        ministry=row["code"],
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        confirmed=row["confirmed"],
        source=row["source"],
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _holds(valid_from: date | None, valid_to: date | None, day: date) -> bool:
    return (valid_from is None or valid_from <= day) and (valid_to is None or day < valid_to)
