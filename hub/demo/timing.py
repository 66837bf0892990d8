"""Rule: draws the times of a report that are in order: occurred, noticed, filed, recovered, closed, all before now."""

import random
from datetime import datetime, timedelta

from hub.demo.calendar import TOKYO
from hub.demo.scenarios import Scenario
from hub.demo.writing import FOLLOW_UP_CHANCE, TWO_FOLLOW_UPS_AFTER, Timeline

SHORTEST_FILING = timedelta(minutes=9)
LONG_ENOUGH_FOR_FOLLOW_UP = timedelta(hours=2)
SHARE_OF_PAST = 0.6
"""A report near the present takes at most this share of the time that is left, so that it is closed before now."""


def draw_timeline(rng: random.Random, scenario: Scenario, noticed_at: datetime, now: datetime) -> Timeline:
    """The times of a closed report noticed at a moment; now must lie some time after it."""
    if scenario.event_type == "E00":
        return Timeline(None, noticed_at, noticed_at + timedelta(minutes=rng.randint(120, 1100)), (), None, None)
    left = now - noticed_at
    low, high = scenario.hours
    lasting = min(timedelta(hours=low + (high - low) * rng.random() ** 2), left * SHARE_OF_PAST)
    recovered_at = noticed_at + lasting
    first_at = noticed_at + _filing_delay(rng, scenario, lasting)
    return Timeline(
        occurred_at=noticed_at - _unnoticed(rng, scenario),
        noticed_at=noticed_at,
        first_at=first_at,
        follow_at=_follow_ups(rng, scenario, first_at, recovered_at),
        recovered_at=recovered_at,
        final_at=_final_at(rng, scenario, recovered_at, now),
    )


def _filing_delay(rng: random.Random, scenario: Scenario, lasting: timedelta) -> timedelta:
    minutes = rng.randint(35, 150) if scenario.event_type == "E30" else rng.randint(90, 420)
    return max(min(timedelta(minutes=minutes), lasting * 0.6), SHORTEST_FILING)


def _unnoticed(rng: random.Random, scenario: Scenario) -> timedelta:
    """How long a thing went on before anybody saw it."""
    match scenario.event_type:
        case "E30":
            return timedelta(minutes=rng.randint(0, 18))
        case "E41":
            return timedelta(minutes=rng.randint(5, 240))
        case "E43" | "E42":
            return timedelta(hours=rng.randint(6, 300))
        case "E10" | "E20":
            return timedelta(hours=rng.randint(1, 40))
        case _:
            return timedelta(minutes=rng.randint(10, 900))


def _follow_ups(
    rng: random.Random, scenario: Scenario, first_at: datetime, recovered_at: datetime
) -> tuple[datetime, ...]:
    lasting = recovered_at - first_at
    if not scenario.follow or lasting < LONG_ENOUGH_FOR_FOLLOW_UP or rng.random() > FOLLOW_UP_CHANCE:
        return ()
    if lasting > TWO_FOLLOW_UPS_AFTER and len(scenario.follow) > 1:
        return (first_at + lasting * rng.uniform(0.2, 0.35), first_at + lasting * rng.uniform(0.55, 0.75))
    return (first_at + lasting * rng.uniform(0.3, 0.6),)


def _final_at(rng: random.Random, scenario: Scenario, recovered_at: datetime, now: datetime) -> datetime:
    days = rng.uniform(0.3, 9) if scenario.event_type == "E30" else rng.uniform(1, 18)
    wanted = recovered_at + timedelta(days=days)
    local = wanted.astimezone(TOKYO).replace(hour=rng.randint(10, 17), minute=rng.randrange(60))
    if local <= recovered_at:
        local += timedelta(days=1)
    while local.weekday() >= 5:
        local += timedelta(days=1)
    return min(local, recovered_at + (now - recovered_at) * rng.uniform(0.4, 0.9))
