"""Rule: a year of believable reports before a given moment, the same each time for the same moment."""

import math
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hub.demo.calendar import (
    Quarter,
    deal_types,
    quarter_of,
    quarters_before,
    random_moment,
    take_type,
)
from hub.demo.further import say_more
from hub.demo.recent import EXERCISES, OPEN_REPORTS, OpenReport
from hub.demo.scenarios import Campaign, Scenario, campaigns, scenario, scenarios, sector_weight, words_of
from hub.demo.sharing import choose_flags, choose_label, list_audiences, propose, propose_waiting
from hub.demo.story import DemoProposal, Story, Version, Waiting
from hub.demo.timing import by_day, draw_timeline
from hub.demo.world import DemoOrganization, demo_id, operators, organization, person_for
from hub.demo.writing import Plot, Timeline, choose_picks, choose_system, write_versions
from models.vocabulary import ReportKind, Role

SEED = "a year of reports"
SETTLED_AFTER = timedelta(days=3)
"""Reports younger than this are only those written by hand in `recent`."""

ONE_DAY = timedelta(days=1)
BY_TELEPHONE_CHANCE = 0.05
"""How often a secretariat registers a report for somebody on the telephone."""

__all__ = ["Story", "Version", "Waiting", "build_stories"]


@dataclass
class _Year:
    """What the generator remembers while it deals out the year."""

    rng: random.Random
    now: datetime
    told: Counter[str] = field(default_factory=Counter)
    told_by: set[tuple[str, str]] = field(default_factory=set)


def build_stories(now: datetime) -> tuple[Story, ...]:
    """The reports of the four whole fiscal quarters before `now` and of the running one, by the time they were noticed.

    A past quarter holds the published number of its own kind (99, 53, 63, 57), the running one its share;
    the two exercises come on top.
    """
    year = _Year(rng=random.Random(SEED), now=now)  # noqa: S311
    dealt = deal_types(year.rng, now, _reserved())
    told = [*_tell_open(year, dealt), *_tell_campaigns(year, dealt), *_tell_rest(year, dealt), *_tell_exercises(year)]
    return tuple(sorted(told, key=lambda story: (story.versions[0].filed_at, story.key)))


def _reserved() -> dict[int, list[str]]:
    reserved: dict[int, list[str]] = {}
    for campaign in campaigns():
        types = [scenario(key).event_type for key, _ in campaign.members]
        reserved.setdefault(campaign.quarter, []).extend(types)
    return reserved


def _tell_open(year: _Year, dealt: dict[datetime, list[str]]) -> Iterable[Story]:
    for row in OPEN_REPORTS:
        story = _tell_one_open(year, row)
        take_type(dealt, quarter_of(story.versions[0].filed_at), story.event_type)
        yield story


def _tell_one_open(year: _Year, row: OpenReport) -> Story:
    chosen, sender = scenario(row.scenario), organization(row.sender)
    noticed_at = year.now - row.age
    if row.age > ONE_DAY:
        noticed_at = by_day(year.rng, noticed_at, after=noticed_at - ONE_DAY)
    left = year.now - noticed_at
    follow_at = tuple(noticed_at + left * share for share in row.follow_shares)
    if row.age > ONE_DAY * 2:
        follow_at = tuple(by_day(year.rng, each, after=noticed_at) for each in follow_at)
    timeline = Timeline(
        occurred_at=None if chosen.event_type == "E00" else noticed_at - timedelta(minutes=row.unnoticed_minutes),
        noticed_at=noticed_at,
        first_at=noticed_at + min(left * 0.3, timedelta(minutes=row.first_minutes)),
        follow_at=follow_at,
        recovered_at=None,
        final_at=None,
    )
    story = _tell(year, chosen, sender, timeline, waits_for=row.waits_for)
    if row.waits_for is not Waiting.APPROVER:
        return story
    return propose_waiting(story, year.now)


def _tell_campaigns(year: _Year, dealt: dict[datetime, list[str]]) -> Iterable[Story]:
    *past, _ = quarters_before(year.now)
    for campaign in campaigns():
        quarter = next(each for each in past if each.number == campaign.quarter)
        yield from _tell_campaign(year, campaign, quarter, dealt)


def _tell_campaign(
    year: _Year, campaign: Campaign, quarter: Quarter, dealt: dict[datetime, list[str]]
) -> Iterable[Story]:
    """Everybody hit by one campaign, the first at its start, the others spread after it."""
    longest = timedelta(hours=max(scenario(key).hours[1] for key, _ in campaign.members))
    latest = min(quarter.end_at - timedelta(days=6), year.now - SETTLED_AFTER - longest)
    day = random_moment(year.rng, quarter, months=frozenset({campaign.month}), when="morning", latest=latest)
    start = day.replace(hour=campaign.start_hour, minute=year.rng.randrange(5, 40))
    for number, (key, sender) in enumerate(campaign.members):
        take_type(dealt, quarter, scenario(key).event_type)
        share = number / len(campaign.members)
        noticed_at = start + timedelta(hours=campaign.spread_hours * share, minutes=year.rng.randrange(1, 25))
        timeline = draw_timeline(year.rng, scenario(key), noticed_at, year.now)
        yield _tell(year, scenario(key), organization(sender), timeline, campaign=campaign.key)


def _tell_rest(year: _Year, dealt: dict[datetime, list[str]]) -> Iterable[Story]:
    for quarter in quarters_before(year.now):
        for event_type in list(dealt.get(quarter.start_at, ())):
            chosen, sender = _choose(year, event_type, quarter)
            slack = max(SETTLED_AFTER, timedelta(hours=chosen.hours[1] * 1.4))
            noticed_at = random_moment(
                year.rng, quarter, months=chosen.months, when=chosen.when, latest=year.now - slack
            )
            picks = choose_picks(year.rng, chosen)
            timeline = draw_timeline(year.rng, chosen, noticed_at, year.now, picks)
            yield _tell(year, chosen, sender, timeline, picks=picks)


def _choose(year: _Year, event_type: str, quarter: Quarter) -> tuple[Scenario, DemoOrganization]:
    """A scenario and somebody it happens to, rarely the same scenario often, never twice to the same."""
    fitting = [
        each
        for each in scenarios()
        if each.event_type == event_type and not each.campaign_only and each.months & quarter.months()
    ]
    pairs = [
        (each, who)
        for who in operators()
        for each in fitting
        if each.fits(who.sector or "", who.ceptoar or "") and (each.key, who.key) not in year.told_by
    ]
    weights = [_weight(year, each, who) for each, who in pairs]
    return year.rng.choices(pairs, weights)[0]


def _weight(year: _Year, chosen: Scenario, who: DemoOrganization) -> float:
    share = sector_weight(who.sector or "") / len(operators(sector=who.sector))
    worn = math.sqrt(1 + year.told[chosen.key])
    return share * chosen.weight / worn


def _tell_exercises(year: _Year) -> Iterable[Story]:
    for row in EXERCISES:
        noticed_at = (year.now - row.age).replace(hour=1, minute=30, second=0, microsecond=0)
        timeline = draw_timeline(year.rng, scenario(row.scenario), noticed_at, year.now)
        yield _tell(year, scenario(row.scenario), organization(row.sender), timeline, exercise=True)


def _tell(
    year: _Year,
    chosen: Scenario,
    sender: DemoOrganization,
    timeline: Timeline,
    *,
    campaign: str | None = None,
    exercise: bool = False,
    picks: dict[str, str] | None = None,
    waits_for: Waiting | None = None,
) -> Story:
    is_open = waits_for is not None
    rng, picks = year.rng, choose_picks(year.rng, chosen) if picks is None else picks
    year.told[chosen.key] += 1
    year.told_by.add((chosen.key, sender.key))
    label = choose_label(rng, chosen, plain=is_open or exercise)
    flags = choose_flags(rng, chosen, label, campaign)
    words = words_of(sender.sector or "", sender.ceptoar or "")
    system = choose_system(rng, chosen, words)
    plot = Plot(chosen, sender, words, system, _in_utc(timeline), label, campaign, exercise, flags, picks)
    versions = write_versions(rng, plot)
    proposal = None
    if not (is_open or exercise):
        proposal = propose(rng, chosen, versions, label, campaign=campaign, now=year.now)
    listed = list_audiences(rng, sender, label, flags, chosen)
    by_telephone = not is_open and rng.random() < BY_TELEPHONE_CHANCE
    return _bind(
        plot, versions, listed, proposal, number=year.told[chosen.key], by_telephone=by_telephone, waits_for=waits_for
    )


def _bind(
    plot: Plot,
    versions: tuple[Version, ...],
    listed: tuple[str, ...],
    proposal: DemoProposal | None,
    *,
    number: int,
    by_telephone: bool,
    waits_for: Waiting | None,
) -> Story:
    chosen, sender = plot.scenario, plot.sender
    key = f"{chosen.key}/{sender.key}/{number}"
    author = person_for(sender.key, Role.REPORTER)
    versions = tuple(_say_more(plot, key, version) for version in versions)
    return Story(
        key=key,
        id=demo_id("story", key),
        scenario=chosen.key,
        event_type=chosen.event_type,
        sector=sender.sector or "",
        ceptoar=sender.ceptoar or "",
        sender=sender.key,
        reporter=None if by_telephone or author is None else author.username,
        versions=versions,
        label=plot.label,
        listed=listed,
        proposal=proposal,
        campaign=plot.campaign,
        exercise=plot.exercise,
        is_open=waits_for is not None,
        waits_for=waits_for,
        summary_en=f"[Exercise] {chosen.summary_en}" if plot.exercise else chosen.summary_en,
    )


def _say_more(plot: Plot, key: str, version: Version) -> Version:
    more = say_more(
        key,
        ReportKind(version.fields["kind"]),
        version.fields,
        scenario=plot.scenario.key,
        sector=plot.sender.sector or "",
        system=plot.system.name,
        site=plot.words.sites[0],
    )
    return replace(version, fields={**version.fields, **more})


def _in_utc(timeline: Timeline) -> Timeline:
    def utc(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.astimezone(UTC).replace(second=0, microsecond=0)

    return Timeline(
        occurred_at=utc(timeline.occurred_at),
        noticed_at=utc(timeline.noticed_at) or timeline.noticed_at,
        first_at=utc(timeline.first_at) or timeline.first_at,
        follow_at=tuple(utc(each) or each for each in timeline.follow_at),
        recovered_at=utc(timeline.recovered_at),
        final_at=utc(timeline.final_at),
    )
