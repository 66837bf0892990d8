"""Operation: the codes that a report may use, and their names in both languages."""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.codelist import CodeItem
from models.ways import Statement
from sharing.codelists import standing_lists
from sharing.codelists.standing_lists import Entry, load_standing_lists
from sharing.reading.driver import fetch_all

EVENT_TYPES: Final = standing_lists.EVENT_TYPES
CAUSE_TYPES: Final = "cause-types"
SERVICE_IMPACT: Final = "service-impact"
SYSTEM_CLASSES: Final = "system-classes"
RECOVERY_STATES: Final = "recovery-states"
SECTORS: Final = "sectors"


class Standing(Enum):
    """What a list says of a code."""

    ACTIVE = "active"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class Named(Struct, frozen=True):
    """A code with its names."""

    code: str
    ja: str
    en: str

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.ja if locale == "ja" else self.en


class Codes(Struct, frozen=True):
    """Every list with its codes: those in use, and those that were."""

    lists: Mapping[str, Mapping[str, bool]]
    """List to code to whether it is in use."""

    def standing(self, name: str, code: str) -> Standing:
        """What a list says of a code."""
        active = self.lists.get(name, {}).get(code)
        if active is None:
            return Standing.UNKNOWN
        return Standing.ACTIVE if active else Standing.RETIRED

    def active(self, name: str) -> tuple[str, ...]:
        """The codes of a list that are in use."""
        return tuple(code for code, active in self.lists.get(name, {}).items() if active)


def build_codes(rows: Iterable[tuple[str, str, bool]]) -> Codes:
    """Codes from (list, code, in use); a code that a newer version of its list still has is in use."""
    lists: dict[str, dict[str, bool]] = {}
    for name, code, active in rows:
        codes = lists.setdefault(name, {})
        codes[code] = active or codes.get(code, False)
    return Codes(lists)


def load_codes(session: Session) -> Codes:
    """The codes as the hub holds them now."""
    if session.autoflush:
        session.flush()  # what follows speaks to the driver
    items, sectors = fetch_all(session, [Statement(_ITEMS, {}, kept=True), Statement(_SECTORS, {}, kept=True)])
    return _codes(tuple(items), tuple(sectors))


@lru_cache(maxsize=8)
def _codes(items: tuple[tuple[Any, ...], ...], sectors: tuple[tuple[Any, ...], ...]) -> Codes:
    """Made once for the same rows; they are read each time, so that a change counts at once."""
    return build_codes(
        [(name, code, not retired) for name, code, retired in items] + [(SECTORS, code, True) for (code,) in sectors]
    )


_ITEMS: Final = "SELECT list, code, retired FROM code_items ORDER BY place"
_SECTORS: Final = "SELECT code FROM sectors ORDER BY place"


def list_code_items(session: Session, name: str) -> list[CodeItem]:
    """The codes of a list that may be chosen now, in their order."""
    query = select(CodeItem).where(CodeItem.list == name, CodeItem.retired.is_(False)).order_by(CodeItem.place)
    return list(session.execute(query).scalars())


def list_codes_of(session: Session, names: Collection[str]) -> dict[str, list[CodeItem]]:
    """The same of several lists, for one question to the database."""
    query = select(CodeItem).where(CodeItem.list.in_(names), CodeItem.retired.is_(False)).order_by(CodeItem.place)
    found: dict[str, list[CodeItem]] = {name: [] for name in names}
    for item in session.execute(query).scalars():
        found[item.list].append(item)
    return found


def load_names_of(session: Session, names: Collection[str]) -> dict[str, dict[str, Named]]:
    """Code to names of several lists, as `load_names` has them, for as few questions as possible."""
    found: dict[str, dict[str, Named]] = {name: {} for name in names}
    query = select(CodeItem.list, CodeItem.code, CodeItem.name_ja, CodeItem.name_en)
    for name, *row in session.execute(query.where(CodeItem.list.in_(names)).order_by(CodeItem.retired.desc())):
        found[name][row[0]] = Named(*row)
    if SECTORS in found:
        found[SECTORS] = load_names(session, SECTORS)
    return found


def load_names(session: Session, name: str) -> dict[str, Named]:
    """Code to names of a list, retired codes too: old reports still use them."""
    lists = load_standing_lists(session)
    if name == SECTORS:
        return _named(lists.sectors)
    if name == EVENT_TYPES:
        return _named(lists.event_types)
    query = _CODE_NAMES.where(CodeItem.list == name).order_by(CodeItem.retired.desc())
    return {row.code: Named(*row) for row in session.execute(query)}


_CODE_NAMES = select(CodeItem.code, CodeItem.name_ja, CodeItem.name_en)


def _named(entries: Mapping[str, Entry]) -> dict[str, Named]:
    return {code: named(each) for code, each in entries.items()}


def named(entry: Entry) -> Named:
    """A code of a list with its names."""
    return Named(entry.code, entry.ja, entry.en)
