"""Rule: the demo's year. How many reports of which type fall into which fiscal quarter, and when a thing happens.

Counts follow the published figures of fiscal year 2023: 99, 53, 63 and 57 reports, 272 in all.
"""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

TOKYO = ZoneInfo("Asia/Tokyo")
QUARTER_COUNTS = {1: 99, 2: 53, 3: 63, 4: 57}
TYPE_COUNTS = {"E00": 12, "E10": 20, "E20": 18, "E30": 148, "E41": 20, "E42": 3, "E43": 13, "E49": 38}
YEAR_COUNT = 272
PAST_QUARTERS = 4

_HOURS = {"day": (8, 18), "morning": (8, 9), "dawn": (4, 7), "any": (0, 23)}
NEW_YEAR = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
"""Days on which offices are closed and nobody closes a report."""

_WEEKEND_KEPT = {"any": 0.6, "dawn": 0.4, "day": 0.1, "morning": 0.0}
"""Of what would fall on a weekend, how much stays there: people notice less when they are away."""


class Quarter(Struct, frozen=True):
    """A fiscal quarter in Japan: its number and its half-open range of time."""

    number: int
    start_at: datetime
    end_at: datetime

    def months(self) -> frozenset[int]:
        """The calendar months it spans."""
        return frozenset((self.start_at.month + step - 1) % 12 + 1 for step in range(3))


def quarter_of(moment: datetime) -> Quarter:
    """The fiscal quarter that holds a moment."""
    local = moment.astimezone(TOKYO)
    first_month = (local.month - 1) // 3 * 3 + 1
    start = datetime(local.year, first_month, 1, tzinfo=TOKYO)
    after = (start + timedelta(days=95)).replace(day=1)
    return Quarter(number=(first_month - 4) // 3 % 4 + 1, start_at=start, end_at=after)


def quarters_before(now: datetime) -> tuple[Quarter, ...]:
    """The last four whole quarters, oldest first, and then the running one."""
    found = [quarter_of(now)]
    for _ in range(PAST_QUARTERS):
        found.append(quarter_of(found[-1].start_at - timedelta(days=1)))
    return tuple(reversed(found))


def running_count(now: datetime) -> int:
    """How many reports the running quarter holds so far, pro rata."""
    running = quarter_of(now)
    share = (now - running.start_at) / (running.end_at - running.start_at)
    return round(QUARTER_COUNTS[running.number] * share)


def deal_types(rng: random.Random, now: datetime, reserved: dict[int, list[str]]) -> dict[datetime, list[str]]:
    """Event types for each quarter, by its start: the year's mix dealt over four quarters, the running one pro rata.

    `reserved` holds, by the number of a quarter, types that must be there because a campaign needs them.
    """
    *past, running = quarters_before(now)
    deck = [code for code, count in TYPE_COUNTS.items() for _ in range(count)]
    for codes in reserved.values():
        for code in codes:
            deck.remove(code)
    rng.shuffle(deck)
    dealt: dict[datetime, list[str]] = {}
    for quarter in past:
        kept = reserved.get(quarter.number, [])
        wanted = QUARTER_COUNTS[quarter.number] - len(kept)
        dealt[quarter.start_at], deck = [*kept, *deck[:wanted]], deck[wanted:]
    dealt[running.start_at] = _pro_rata(rng, running_count(now))
    return dealt


def take_type(dealt: dict[datetime, list[str]], quarter: Quarter, code: str) -> None:
    """Use one card in a quarter for a report of a type.

    A past quarter without a card of that type exchanges one with another past quarter, so that the year's mix holds;
    the running quarter gives up any card, and may be left with none.
    """
    *past, running = dealt.values()
    cards = dealt.get(quarter.start_at, running)
    if code not in cards and cards and cards is not running:
        other = next(each for each in past if code in each)
        other.remove(code)
        other.append(cards.pop())
        cards.append(code)
    if cards:
        cards.remove(code if code in cards else cards[0])


def random_moment(
    rng: random.Random, quarter: Quarter, *, months: frozenset[int], when: str, latest: datetime
) -> datetime:
    """A moment in a quarter, in the given months and hours, at least a day before its end and not after `latest`."""
    end = min(quarter.end_at - timedelta(days=1), latest)
    if end <= quarter.start_at:
        return quarter.start_at + max(latest - quarter.start_at, timedelta(minutes=30)) * rng.uniform(0.1, 0.6)
    days = max((end - quarter.start_at).days, 1)
    moment = quarter.start_at
    for _ in range(200):
        moment = _at_hour(rng, quarter.start_at + timedelta(days=rng.randrange(days)), when)
        kept = moment.weekday() < 5 or rng.random() < _WEEKEND_KEPT[when]
        kept = kept and (when == "any" or (moment.month, moment.day) not in NEW_YEAR)
        if kept and moment.month in months and moment < end:
            return moment
    return min(moment, end)


def _at_hour(rng: random.Random, day: datetime, when: str) -> datetime:
    low, high = _HOURS[when]
    return day.replace(hour=rng.randint(low, high), minute=rng.randrange(60))


def _pro_rata(rng: random.Random, count: int) -> list[str]:
    exact = {code: count * share / YEAR_COUNT for code, share in TYPE_COUNTS.items()}
    whole = {code: int(value) for code, value in exact.items()}
    by_rest = sorted(exact, key=lambda code: whole[code] - exact[code])
    for code in by_rest[: count - sum(whole.values())]:
        whole[code] += 1
    cards = [code for code, number in whole.items() for _ in range(number)]
    rng.shuffle(cards)
    return cards
