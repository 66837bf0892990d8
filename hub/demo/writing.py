"""Rule: writes the versions of one report from a scenario, a sector's words and real times, as its desk would."""

import random
import re
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from hub.demo.calendar import TOKYO
from hub.demo.indicators import draw, draw_for_campaign
from hub.demo.scenarios import Scenario, SectorWords, System
from hub.demo.story import Version
from hub.demo.world import DemoOrganization
from models.vocabulary import Label, ReportKind

FOLLOW_UP_CHANCE = 0.72
TWO_FOLLOW_UPS_AFTER = timedelta(hours=24)
UNKNOWN_AT_FIRST_CHANCE = 0.4

_FIRST_TAILS = (
    "次報は{next}頃を予定している。",
    "報道機関からの問合せは、現時点でない。",
    "所管省庁の担当室へは電話にて一報済み。",
    "原因が判明し次第、続報する。",
    "対応の記録は時系列で保全している。",
    "",
)
_OUTAGE_TAILS = (
    *_FIRST_TAILS,
    "要員を交代しながら対応を継続している。",
    "復旧の見込みは立っていない。",
    "代替手段での業務を継続している。",
)
_FOLLOW_TAILS = ("次報は{next}頃を予定している。", "新たな影響の申告はない。", "記録の保全を継続している。", "")
_FINAL_TAILS = (
    "本報をもって最終報とする。",
    "本報をもって最終報とし、再発防止策の進み具合は四半期ごとに確認する。",
    "以上により対応を終了した。",
    "セプター内での共有に当たっては、匿名での取扱いをお願いしたい。",
    "同種の設備・運用を持つ事業者の参考となれば幸いである。",
)

_NO_HARM = re.compile(r"影響は([^。]*なし[^。]*)。")
"""Where the system's own words say that nobody is hit, the sentence must not call that an impact."""


class Timeline(Struct, frozen=True):
    """When a thing happened, was noticed, was filed, came back and was closed."""

    occurred_at: datetime | None
    noticed_at: datetime
    first_at: datetime
    follow_at: tuple[datetime, ...]
    recovered_at: datetime | None
    final_at: datetime | None


class Plot(Struct, frozen=True):
    """All that one report's text depends on."""

    scenario: Scenario
    sender: DemoOrganization
    words: SectorWords
    system: System
    timeline: Timeline
    label: Label
    campaign: str | None
    exercise: bool
    flags: dict[str, bool]
    picks: dict[str, str]


def choose_system(rng: random.Random, scenario: Scenario, words: SectorWords) -> System:
    """The system a report is about: the scenario's own, or one of the sector's."""
    return rng.choice(scenario.own_systems or words.systems[scenario.kind_of_system])


def choose_picks(rng: random.Random, scenario: Scenario) -> dict[str, str]:
    """One of each of the scenario's alternatives."""
    return {name: rng.choice(values) for name, values in scenario.picks.items()}


def write_versions(rng: random.Random, plot: Plot) -> tuple[Version, ...]:
    """The versions of a report, each repeating what was known before."""
    slots = _slots(rng, plot)
    indicators = _indicators(rng, plot)
    scenario, timeline = plot.scenario, plot.timeline
    opening = rng.choice(scenario.summary).format_map(slots)
    details = _first_details(rng, plot, slots)
    lasting = {"measures": rng.choice(scenario.measures), "lessons": rng.choice(scenario.lessons)}
    lasting = {name: text.format_map(slots) for name, text in lasting.items()}
    if scenario.event_type == "E00":
        fields = _fields(plot, ReportKind.NEAR_MISS, opening, details, indicators=indicators, **lasting)
        return (Version(timeline.first_at, fields),)
    early = _early(rng, plot, indicators)
    versions = [Version(timeline.first_at, _fields(plot, ReportKind.FIRST, opening, details, **early))]
    for at, text in zip(timeline.follow_at, scenario.follow, strict=False):
        details = f"{details}\n\n{_part(rng, '続報', at, text.format_map(slots), _FOLLOW_TAILS)}"
        fields = _fields(plot, ReportKind.FOLLOW_UP, opening, details, indicators=indicators, recovery="partial")
        versions.append(Version(at, fields))
    if timeline.final_at is not None:
        closing = rng.choice(scenario.final).format_map(slots)
        details = f"{details}\n\n{_part(rng, '最終報', timeline.final_at, closing, _FINAL_TAILS)}"
        summary = rng.choice(scenario.closed).format_map(slots)
        ended = {"recovery": "full", "recovered_at": timeline.recovered_at, "indicators": indicators, **lasting}
        versions.append(Version(timeline.final_at, _fields(plot, ReportKind.FINAL, summary, details, **ended)))
    return tuple(versions)


def _early(rng: random.Random, plot: Plot, indicators: list[dict[str, str]]) -> dict[str, Any]:
    """What a first report does not know yet."""
    early: dict[str, Any] = {"recovery": "none"}
    if plot.scenario.event_type != "E10" and rng.random() < UNKNOWN_AT_FIRST_CHANCE:
        early["causes"] = ["C402"]
    if plot.scenario.causes[0] == "C103":
        early["indicators"] = indicators
    if plot.scenario.impact == "no" and plot.scenario.event_type in {"E41", "E43"} and rng.random() < 0.3:
        early["service_impact"] = "unknown"
    return early


def _first_details(rng: random.Random, plot: Plot, slots: dict[str, str]) -> str:
    kind = "予兆・ヒヤリハット" if plot.scenario.event_type == "E00" else "第一報"
    tails = {"E00": ("",), "E30": _OUTAGE_TAILS}.get(plot.scenario.event_type, _FIRST_TAILS)
    text = rng.choice(plot.scenario.first).format_map(slots)
    return _part(rng, kind, plot.timeline.first_at, _NO_HARM.sub(r"現時点で、\1。", text), tails)


def _part(rng: random.Random, heading: str, at: datetime, text: str, tails: tuple[str, ...]) -> str:
    coming = (at + timedelta(hours=rng.choice((2, 3, 4)))).astimezone(TOKYO)
    tail = rng.choice(tails).format(next=f"{coming.month}月{coming.day}日{coming.hour}時")
    head = f"【{heading} {day_text(at)} {clock_text(at)}現在】"
    return "\n".join(part for part in (head, text, tail) if part)


def _fields(plot: Plot, kind: ReportKind, summary: str, details: str, **known: Any) -> dict[str, Any]:
    scenario, timeline = plot.scenario, plot.timeline
    mark = "【訓練】" if plot.exercise else ""
    hit = scenario.impact == "yes"
    fields: dict[str, Any] = {
        "event_type": scenario.event_type,
        "noticed_at": timeline.noticed_at,
        "service_impact": scenario.impact,
        "summary": summary,
        "label": plot.label,
        "kind": kind.value,
        "causes": list(scenario.causes),
        "occurred_at": timeline.occurred_at,
        "details": mark + details,
        "system_class": scenario.system_class,
        "affected_service": plot.system.service if hit else None,
        "affected_users": plot.system.users if hit else None,
        "recovery": "unknown",
        "recovered_at": None,
        "measures": None,
        "spillover_from": scenario.spillover_from,
        "lessons": None,
        **plot.flags,
        "exercise": plot.exercise,
        "indicators": [],
    }
    return {**fields, **known}


def _indicators(rng: random.Random, plot: Plot) -> list[dict[str, str]]:
    drawn = {
        (kind, draw_for_campaign(rng, plot.campaign, kind) if plot.campaign else draw(rng, kind))
        for kind in plot.scenario.indicators
    }
    return [{"kind": kind, "value": value} for kind, value in sorted(drawn)]


def _slots(rng: random.Random, plot: Plot) -> dict[str, str]:
    timeline, system = plot.timeline, plot.system
    until = timeline.first_at - timeline.noticed_at
    steps = {
        "t1": timeline.noticed_at + min(until * 0.3, timedelta(minutes=rng.randint(6, 25))),
        "t2": timeline.noticed_at + min(until * 0.75, timedelta(minutes=rng.randint(32, 80))),
        "noticed": timeline.noticed_at,
        "rec": timeline.recovered_at,
        "t5": timeline.recovered_at and timeline.recovered_at - (timeline.recovered_at - timeline.first_at) * 0.15,
    }
    slots = {name: _moment_text(at, timeline.noticed_at) for name, at in steps.items() if at is not None}
    slots |= {"we": plot.sender.we, "customers": plot.words.customers, "site": rng.choice(plot.words.sites)}
    slots |= {"system": system.name, "service": system.service, "users": system.users}
    if timeline.recovered_at is not None:
        began = timeline.occurred_at or timeline.noticed_at
        slots["duration"] = duration_text(timeline.recovered_at - began)
        slots["days"] = str(max((timeline.recovered_at - timeline.noticed_at).days, 2))
    return slots | plot.picks


def day_text(moment: datetime) -> str:
    """A day as one writes it in a report."""
    local = moment.astimezone(TOKYO)
    return f"{local.month}月{local.day}日"


def clock_text(moment: datetime) -> str:
    """A time of day in Japan."""
    return f"{moment.astimezone(TOKYO):%H:%M}"


def duration_text(length: timedelta) -> str:
    """How long, as rough as one says it."""
    minutes = round(length.total_seconds() / 60)
    if minutes < 60:
        return f"{max(minutes // 5 * 5, 5)}分"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24}日間"
    rest = rest // 10 * 10
    return f"{hours}時間{rest}分" if rest and hours < 12 else f"{hours}時間"


def _moment_text(moment: datetime, base: datetime) -> str:
    same_day = moment.astimezone(TOKYO).date() == base.astimezone(TOKYO).date()
    return clock_text(moment) if same_day else f"{day_text(moment)} {clock_text(moment)}"
