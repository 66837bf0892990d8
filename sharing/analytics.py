"""Operation: trends in the form of the published statistics: Japanese fiscal year by quarter or by year, by event type.

Every number counts reports that the reader may itself open, each once in its fullest edition, by the day in Japan on
which the incident was noticed. RED and exercises are never counted. A table says up to which position it counts: asked
again with that position it gives the same numbers, whatever was published since.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.codelist import CodeItem
from models.moments import moment_at
from sharing.permissions import Permission
from sharing.readers import Reader
from sharing.reading.editions import MonthCount, count_editions, visible_position
from sharing.rules.spreadsheets import write_table

EVENT_TYPES: Final = "event-types"
FIRST_MONTH: Final = 4
"""The fiscal year begins in April."""
YEARS_SHOWN: Final = 5
"""Fiscal years beside each other in the table by year, as in the published one."""
FIRST_YEAR, LAST_YEAR = 1990, 2200
"""Fiscal years outside of this are a typing error."""


class Span(StrEnum):
    """What a column of the table is."""

    QUARTER = "quarter"
    YEAR = "year"


class Period(Struct, frozen=True):
    """A column: a fiscal year, or one quarter of it."""

    fiscal_year: int
    quarter: int | None = None


class TrendRow(Struct, frozen=True):
    """An event type with its count in each period; a code that no list holds has no name and stands by itself."""

    code: str
    name_ja: str
    name_en: str
    counts: tuple[int, ...]
    known: bool = True

    @property
    def total(self) -> int:
        """Over all periods of the table."""
        return sum(self.counts)

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


class TrendTable(Struct, frozen=True):
    """One official table, with what is needed to make it again."""

    span: Span
    fiscal_year: int
    periods: tuple[Period, ...]
    rows: tuple[TrendRow, ...]
    years: tuple[int, ...]
    """Fiscal years in which the reader sees any report, newest first, and the one asked for."""
    as_of: int
    """The position up to which it counts; 0 where the reader sees nothing."""
    policy_version: str

    @property
    def totals(self) -> tuple[int, ...]:
        """The sum of each column."""
        return tuple(sum(row.counts[place] for row in self.rows) for place in range(len(self.periods)))

    @property
    def total(self) -> int:
        """The sum of all."""
        return sum(self.totals)


def read_trends(
    session: Session,
    reader: Reader,
    *,
    span: Span = Span.QUARTER,
    fiscal_year: int,
    as_of: int | None = None,
    policy_version: str,
) -> TrendTable:
    """The table of one fiscal year by quarter, or of the years up to it.

    `as_of` is the position of an earlier table; one that lies beyond what the reader sees counts what it sees.

    Raises:
        NotPermitted: the actor reads no trends.
    """
    reader.actor.must(Permission.TRENDS_READ)
    seen = visible_position(session, reader)
    as_of = seen if as_of is None else max(0, min(as_of, seen))
    months = count_editions(session, reader, as_of=as_of)
    periods = _periods(span, fiscal_year)
    return TrendTable(
        span=span,
        fiscal_year=fiscal_year,
        periods=periods,
        rows=_rows(_names(session), months, periods),
        years=tuple(sorted({fiscal_year} | {fiscal_year_of(each.year, each.month) for each in months}, reverse=True)),
        as_of=as_of,
        policy_version=policy_version,
    )


def fiscal_year_of(year: int, month: int) -> int:
    """The Japanese fiscal year of a month: January to March belong to the year before."""
    return year if month >= FIRST_MONTH else year - 1


def quarter_of(month: int) -> int:
    """The quarter of a month: April to June is the first."""
    return (month - FIRST_MONTH) % 12 // 3 + 1


def current_fiscal_year(today: date) -> int:
    """The fiscal year of a day in Japan."""
    return fiscal_year_of(today.year, today.month)


def _periods(span: Span, fiscal_year: int) -> tuple[Period, ...]:
    if span is Span.QUARTER:
        return tuple(Period(fiscal_year, quarter) for quarter in (1, 2, 3, 4))
    return tuple(Period(year) for year in range(fiscal_year - YEARS_SHOWN + 1, fiscal_year + 1))


def _names(session: Session) -> list[CodeItem]:
    """The event types in their order: of several versions of the list, the newest that holds a code."""
    query = select(CodeItem).where(CodeItem.list == EVENT_TYPES).order_by(CodeItem.version, CodeItem.place)
    newest = {item.code: item for item in session.execute(query).scalars()}
    return sorted(newest.values(), key=lambda item: (item.place, item.code))


def _rows(names: Sequence[CodeItem], months: Sequence[MonthCount], periods: Sequence[Period]) -> tuple[TrendRow, ...]:
    counted: Counter[tuple[str, Period]] = Counter()
    by_quarter = periods[0].quarter is not None
    for each in months:
        quarter = quarter_of(each.month) if by_quarter else None
        counted[each.event_type, Period(fiscal_year_of(each.year, each.month), quarter)] += each.count
    rows = [
        TrendRow(item.code, item.name_ja, item.name_en, _counts(counted, item.code, periods))
        for item in names
        if not item.retired or any(code == item.code for code, _ in counted)
    ]
    listed = {row.code for row in rows}
    unknown = sorted({code for code, _ in counted} - listed)
    return tuple(rows) + tuple(
        TrendRow(code, code, code, counts, known=False)
        for code in unknown
        if any(counts := _counts(counted, code, periods))
    )


def _counts(counted: Mapping[tuple[str, Period], int], code: str, periods: Sequence[Period]) -> tuple[int, ...]:
    return tuple(counted.get((code, period), 0) for period in periods)


def position_text(position: int) -> str:
    """A position as the time that it stands for, exact to the microsecond: spreadsheets round a number of 16 digits."""
    moment = moment_at(position)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if position else "-"


class TableWords(Struct, frozen=True):
    """The words of a table in one language; they belong to the door."""

    title: str
    event_type: str
    total: str
    as_of: str
    policy: str
    scope: str
    periods: tuple[str, ...]
    code: str = "code"
    locale: str = "ja"


def write_csv(table: TrendTable, words: TableWords) -> bytes:
    """The table for spreadsheets: UTF-8 with a byte order mark, nothing in it that a spreadsheet would run.

    The same table and language give the same bytes: no time of making stands in it.
    """
    lines: list[Sequence[object]] = [
        (words.title,),
        (words.scope,),
        (words.as_of, position_text(table.as_of)),
        (words.policy, table.policy_version),
        (),
        (words.code, words.event_type, *words.periods, words.total),
        *((row.code, row.name(words.locale), *row.counts, row.total) for row in table.rows),
        ("", words.total, *table.totals, table.total),
    ]
    return write_table(lines)
