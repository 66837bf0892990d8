"""Rule: draws the times of a report that are in order: occurred, noticed, filed, recovered, closed, all before now."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from hub.demo.calendar import NEW_YEAR, TOKYO
from hub.demo.scenarios import Scenario
from hub.demo.writing import FOLLOW_UP_CHANCE, TWO_FOLLOW_UPS_AFTER, Timeline

SHORTEST_FILING = timedelta(minutes=9)
LONG_ENOUGH_FOR_FOLLOW_UP = timedelta(hours=2)
SHARE_OF_PAST = 0.6
"""A report near the present takes at most this share of the time that is left, so that it is closed before now."""

NO_PICKS: Mapping[str, str] = {}

OFFICE_HOURS = (9, 19)
CLOSING_TAKES = timedelta(hours=3)
"""A final report is not written in the hour in which the service came back."""

_UNNOTICED_MINUTES = {
    "E30": (0, 18),
    "E41": (5, 240),
    "E42": (360, 4000),
    "E43": (360, 18000),
    "E10": (60, 2400),
    "E20": (60, 2400),
}


def draw_timeline(
    rng: random.Random, scenario: Scenario, noticed_at: datetime, now: datetime, picks: Mapping[str, str] = NO_PICKS
) -> Timeline:
    """The times of a closed report noticed at a moment; now must lie some time after it."""
    if scenario.event_type == "E00":
        return Timeline(None, noticed_at, _near_miss_filed_at(rng, noticed_at), (), None, None)
    left = now - noticed_at
    low, high = scenario.hours
    lasting = min(timedelta(hours=low + (high - low) * rng.random() ** 2), left * SHARE_OF_PAST)
    first_at = noticed_at + _filing_delay(rng, scenario, lasting)
    recovered_at = noticed_at + lasting
    if scenario.event_type != "E30":
        recovered_at = by_day(rng, recovered_at, after=first_at)
    return Timeline(
        occurred_at=noticed_at - _unnoticed(rng, scenario, picks),
        noticed_at=noticed_at,
        first_at=first_at,
        follow_at=_follow_ups(rng, scenario, first_at, recovered_at),
        recovered_at=recovered_at,
        final_at=_final_at(rng, scenario, recovered_at, now),
    )


def _filing_delay(rng: random.Random, scenario: Scenario, lasting: timedelta) -> timedelta:
    minutes = rng.randint(35, 150) if scenario.event_type == "E30" else rng.randint(90, 420)
    return max(min(timedelta(minutes=minutes), lasting * 0.6), SHORTEST_FILING)


def _unnoticed(rng: random.Random, scenario: Scenario, picks: Mapping[str, str]) -> timedelta:
    """How long a thing went on before anybody saw it; the text may have named it."""
    if scenario.event_type in {"E10", "E20"} and "h" in picks:
        return timedelta(hours=int(picks["h"]))
    if scenario.event_type == "E10" and "days" in picks:
        return timedelta(days=int(picks["days"]))
    low, high = _UNNOTICED_MINUTES.get(scenario.event_type, (10, 900))
    return timedelta(minutes=rng.randint(low, high))


def _follow_ups(
    rng: random.Random, scenario: Scenario, first_at: datetime, recovered_at: datetime
) -> tuple[datetime, ...]:
    lasting = recovered_at - first_at
    if not scenario.follow or lasting < LONG_ENOUGH_FOR_FOLLOW_UP or rng.random() > FOLLOW_UP_CHANCE:
        return ()
    shares = [rng.uniform(0.3, 0.6)]
    if lasting > TWO_FOLLOW_UPS_AFTER and len(scenario.follow) > 1:
        shares = [rng.uniform(0.2, 0.35), rng.uniform(0.55, 0.75)]
    wanted = [first_at + lasting * share for share in shares]
    if lasting < TWO_FOLLOW_UPS_AFTER:
        return tuple(wanted)
    shifted = (by_day(rng, each, after=first_at) for each in wanted)
    return tuple(each for each in shifted if each < recovered_at)


def _final_at(rng: random.Random, scenario: Scenario, recovered_at: datetime, now: datetime) -> datetime:
    days = rng.uniform(0.3, 9) if scenario.event_type == "E30" else rng.uniform(1, 18)
    wanted = recovered_at + timedelta(days=days)
    local = wanted.astimezone(TOKYO).replace(hour=rng.randint(10, 17), minute=rng.randrange(60))
    if local <= recovered_at + CLOSING_TAKES:
        local += timedelta(days=1)
    while local.weekday() >= 5 or (local.month, local.day) in NEW_YEAR:
        local += timedelta(days=1)
    return min(local, recovered_at + (now - recovered_at) * rng.uniform(0.4, 0.9))


def _near_miss_filed_at(rng: random.Random, noticed_at: datetime) -> datetime:
    """The same afternoon, or the next day in office hours."""
    if rng.random() < 0.5:
        return noticed_at + timedelta(minutes=rng.randint(130, 240))
    local = noticed_at.astimezone(TOKYO) + timedelta(days=1)
    return local.replace(hour=rng.randint(9, 17), minute=rng.randrange(60))


def by_day(rng: random.Random, moment: datetime, *, after: datetime) -> datetime:
    """The moment moved into office hours of its day, or of the next one when that would be too early."""
    local = moment.astimezone(TOKYO)
    low, high = OFFICE_HOURS
    if local.hour < low or local.hour >= high:
        local = local.replace(hour=rng.randint(low + 1, high - 2), minute=rng.randrange(60))
    return local if local > after + timedelta(minutes=30) else local + timedelta(days=1)
