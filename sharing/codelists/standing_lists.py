"""Operation: the lists that every report rests on (sectors, CEPTOARs, kinds of events), read once in a unit of work.

They are asked anew in each unit of work, so that what an administrator changes counts at once; what follows from the
same rows is kept.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from models.codelist import Ceptoar, CodeItem, Sector
from models.ways import Statement
from sharing.reading.driver import fetch

EVENT_TYPES: Final = "event-types"
"""The code list of the kinds of events."""

_READ: Final = "standing lists"
_TABLES: Final = (Sector, Ceptoar, CodeItem)

# Retired codes come first, so that one which a newer version still has is named as it is named there.
_SQL: Final = f"""
    SELECT 0, code, ministry, name_ja, name_en, place, 0 FROM sectors
    UNION ALL SELECT 1, code, sector, name_ja, name_en, place, 0 FROM ceptoars
    UNION ALL SELECT 2, code, NULL, name_ja, name_en, place, CASE WHEN retired THEN 0 ELSE 1 END
    FROM code_items WHERE list = '{EVENT_TYPES}'
    ORDER BY 1, 7, 6, 2
"""


class Entry(NamedTuple):
    """One code with its names, and to what it belongs: a sector to a ministry, a CEPTOAR to a sector."""

    code: str
    belongs_to: str | None
    ja: str
    en: str


class StandingLists(Struct, frozen=True):
    """Code to entry; and CEPTOAR to sector."""

    sectors: Mapping[str, Entry]
    ceptoars: Mapping[str, Entry]
    event_types: Mapping[str, Entry]
    sector_of: Mapping[str, str]


def load_standing_lists(session: Session) -> StandingLists:
    """The lists as the hub holds them now."""
    found: StandingLists | None = session.info.get(_READ)
    if found is None:
        if session.autoflush:
            session.flush()
        found = session.info[_READ] = _lists(tuple(fetch(session, _SQL, {}, kept=True)))
    return found


def ask_standing_lists() -> Statement:
    """The question of `load_standing_lists`, to be asked ahead together with others."""
    return Statement(_SQL, {}, kept=True)


@lru_cache(maxsize=8)
def _lists(rows: tuple[tuple[Any, ...], ...]) -> StandingLists:
    lists: list[dict[str, Entry]] = [{}, {}, {}]
    for kind, *entry, _place, _used in rows:
        lists[kind][entry[0]] = Entry(*entry)
    sectors, ceptoars, event_types = lists
    sector_of = {code: each.belongs_to or "" for code, each in ceptoars.items()}
    return StandingLists(sectors, ceptoars, event_types, sector_of)


# Whoever changes a list and looks at it in the same unit of work sees the change.


@event.listens_for(Session, "after_flush")
def _forget_flushed(session: Session, _context: UOWTransaction) -> None:
    if _READ in session.info and _are_listed({*session.new, *session.dirty, *session.deleted}):
        del session.info[_READ]


def _are_listed(rows: Iterable[object]) -> bool:
    return any(isinstance(row, _TABLES) for row in rows)


@event.listens_for(Session, "do_orm_execute")
def _forget_executed(state: ORMExecuteState) -> None:
    if _READ in state.session.info and (state.is_insert or state.is_update or state.is_delete):
        table = state.statement.table  # type: ignore[attr-defined]
        if table.name in {each.__tablename__ for each in _TABLES}:
            del state.session.info[_READ]
