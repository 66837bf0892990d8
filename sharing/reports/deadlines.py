"""Rule: until when an authority is to be told of a report, in time and in Japan's business days.

A deadline is a help, not advice on the law: every rule that ships with the program is to be confirmed (要確認).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from msgspec import Struct

from models.deadlines import DeadlineRule
from models.vocabulary import ReportKind
from sharing.reports.fields import JAPAN, ReportFields

SOON: Final = timedelta(days=7)
"""What is due within this time, or was due, is shown as something to do."""
LATE_FOR: Final = timedelta(days=60)
"""What was due longer ago is told on the page of the report only."""
_NEW_YEAR: Final = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
"""On these days authorities are closed by law, whether they are holidays or not."""


class Standing(StrEnum):
    """Where a deadline stands."""

    DONE = "done"
    LATE = "late"
    SOON = "soon"
    AHEAD = "ahead"


class Deadline(Struct, frozen=True):
    """What is due to whom, and until when."""

    rule: DeadlineRule
    due_at: datetime
    standing: Standing
    business_days: int
    """Days on which authorities are open, from today to the last day; 0 where that has passed."""
    open_before: date | None
    """The last business day before, where the last day itself is none."""


def find_deadlines(
    rules: Iterable[DeadlineRule],
    sector: str,
    fields: ReportFields,
    *,
    told: Mapping[str, frozenset[str]],
    now: datetime,
) -> tuple[Deadline, ...]:
    """The deadlines of a report, the next first; `told` are the stages that each authority was told already.

    An exercise and a near miss have none.
    """
    if fields.exercise or fields.kind is ReportKind.NEAR_MISS:
        return ()
    found = [
        _deadline(rule, fields.noticed_at, rule.stage in told.get(rule.authority, frozenset()), now)
        for rule in rules
        if _holds(rule, sector, fields)
    ]
    return tuple(sorted(found, key=lambda each: (each.due_at, each.rule.code)))


def list_due_times(
    rules: Iterable[DeadlineRule], sector: str, fields: ReportFields, *, told: Mapping[str, frozenset[str]]
) -> list[datetime]:
    """When what has not been told yet is due, without counting days: for sorting many reports."""
    if fields.exercise or fields.kind is ReportKind.NEAR_MISS:
        return []
    return [
        due_at(rule, fields.noticed_at)
        for rule in rules
        if rule.stage not in told.get(rule.authority, frozenset()) and _holds(rule, sector, fields)
    ]


def _holds(rule: DeadlineRule, sector: str, fields: ReportFields) -> bool:
    further = fields.further
    said: dict[str, Sequence[str]] = {
        "sectors": (sector,),
        "event_types": (fields.event_type, *further.get("further_event_types", ())),
        "service_impact": (fields.service_impact,),
        "attack": (str(further.get("attack", "")),),
    }
    return any(all(values.intersection(said[name]) for name, values in case.items()) for case in rule.cases)


def _deadline(rule: DeadlineRule, noticed_at: datetime, is_done: bool, now: datetime) -> Deadline:
    due = due_at(rule, noticed_at)
    last = due.astimezone(JAPAN).date()
    if is_done:
        standing = Standing.DONE
    elif due < now:
        standing = Standing.LATE
    else:
        standing = Standing.SOON if due - now <= SOON else Standing.AHEAD
    before = None if is_business_day(last) else business_day_before(last)
    return Deadline(rule, due, standing, business_days(now.astimezone(JAPAN).date(), last), before)


def due_at(rule: DeadlineRule, noticed_at: datetime) -> datetime:
    """When it is due: hours from the moment, days to the end of the last one, the first day not counted."""
    if rule.hours is not None:
        return noticed_at + timedelta(hours=rule.hours)
    day = noticed_at.astimezone(JAPAN).date() + timedelta(days=rule.days or 0)
    return datetime.combine(day + timedelta(days=1), time(), JAPAN) - timedelta(minutes=1)


def is_business_day(day: date) -> bool:
    """Whether authorities are open: no weekend, no national holiday, not the turn of the year."""
    return day.weekday() < 5 and (day.month, day.day) not in _NEW_YEAR and day not in _holidays(day.year)


def business_day_before(day: date) -> date:
    """The last business day before a day."""
    found = day - timedelta(days=1)
    while not is_business_day(found):
        found -= timedelta(days=1)
    return found


def business_days(first: date, last: date) -> int:
    """How many business days there are from one day to another, both counted."""
    return sum(is_business_day(first + timedelta(days=step)) for step in range((last - first).days + 1))


@cache
def _holidays(year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415  half a second to import; whoever shows no deadline needs none

    return frozenset(holidays.country_holidays("JP", years=year))
