"""Holds what reports are written from: scenarios, the words of each sector, days that hit several at once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from msgspec import Struct

from models.vocabulary import Label

FILES = ("faults", "attacks", "errors", "nature", "near")


class System(Struct, frozen=True):
    """A system, the service that rests on it, and who feels it when it fails."""

    name: str
    service: str
    users: str


class SectorWords(Struct, frozen=True):
    """How the operators of a CEPTOAR speak."""

    customers: str
    sites: tuple[str, ...]
    systems: Mapping[str, tuple[System, ...]]


class Scenario(Struct, frozen=True):
    """Something that happens, in the words of the desk that reports it; texts hold slots in braces."""

    key: str
    event_type: str
    causes: tuple[str, ...]
    sectors: frozenset[str] | None
    ceptoars: frozenset[str] | None
    kind_of_system: str
    own_systems: tuple[System, ...]
    system_class: str
    weight: int
    impact: str
    hours: tuple[float, float]
    when: str
    months: frozenset[int]
    label: Label | None
    spillover_from: str | None
    campaign_only: bool
    summary: tuple[str, ...]
    closed: tuple[str, ...]
    first: tuple[str, ...]
    follow: tuple[str, ...]
    final: tuple[str, ...]
    measures: tuple[str, ...]
    lessons: tuple[str, ...]
    summary_en: str
    picks: Mapping[str, tuple[str, ...]]
    indicators: tuple[str, ...]

    def fits(self, sector: str, ceptoar: str) -> bool:
        """Whether it may happen to an operator of this sector and CEPTOAR."""
        if self.sectors is not None and sector not in self.sectors:
            return False
        return self.ceptoars is None or ceptoar in self.ceptoars


class Campaign(Struct, frozen=True):
    """A day on which several are hit: who, by which scenario; `quarter` is its fiscal quarter."""

    key: str
    name_ja: str
    name_en: str
    quarter: int
    month: int
    start_hour: int
    spread_hours: int
    members: tuple[tuple[str, str], ...]


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Every scenario, in the order of the files."""
    return tuple(_scenario(row) for name in FILES for row in _read(f"scenarios/{name}.toml")["scenario"])


def scenario(key: str) -> Scenario:
    """A scenario by its key."""
    return _scenarios_by_key()[key]


@cache
def sector_weight(sector: str) -> int:
    """How often a sector reports, relative to the others."""
    return int(_read("sectors.toml")[sector]["weight"])


@cache
def words_of(sector: str, ceptoar: str) -> SectorWords:
    """The words of a CEPTOAR where it has its own, else those of its sector."""
    row = _read("sectors.toml")[sector]
    return _words(row.get(ceptoar, row))


@cache
def campaigns() -> tuple[Campaign, ...]:
    """Every campaign of the year."""
    return tuple(_campaign(row) for row in _read("campaigns.toml")["campaign"])


@cache
def _scenarios_by_key() -> Mapping[str, Scenario]:
    return {each.key: each for each in scenarios()}


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("hub.demo").joinpath("data", *name.split("/")).read_text("utf-8"))


def _scenario(row: Mapping[str, Any]) -> Scenario:
    system = row.get("system", "it")
    low, high = row.get("hours", (1, 24))
    return Scenario(
        key=row["key"],
        event_type=row["type"],
        causes=tuple(row["causes"]),
        sectors=_codes(row.get("sectors", "*")),
        ceptoars=_codes(row.get("ceptoars", "*")),
        kind_of_system=system,
        own_systems=_systems(row.get("systems", ())),
        system_class=row.get("class", "ot" if system == "ot" else "it"),
        weight=row.get("weight", 1),
        impact=row.get("impact", "no" if row["type"] == "E00" else "yes"),
        hours=(low, high),
        when=row.get("when", "day"),
        months=frozenset(row.get("months", range(1, 13))),
        label=Label(f"TLP:{row['label']}") if "label" in row else None,
        spillover_from=row.get("spill"),
        campaign_only=row.get("only") == "campaign",
        **{name: _texts(row, name) for name in ("summary", "closed", "first", "follow", "final")},
        measures=_texts(row, "measures"),
        lessons=_texts(row, "lessons"),
        summary_en=row["en"],
        picks={name: tuple(values) for name, values in row.get("pick", {}).items()},
        indicators=tuple(row.get("indicators", ())),
    )


def _texts(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in row.get(name, ()))


def _codes(text: str) -> frozenset[str] | None:
    return None if text == "*" else frozenset(text.split())


def _systems(rows: Any) -> tuple[System, ...]:
    return tuple(System(*row) for row in rows)


def _words(row: Mapping[str, Any]) -> SectorWords:
    systems = {kind: _systems(row[kind]) for kind in ("it", "ot", "web")}
    return SectorWords(row["customers"], tuple(row["site"]), systems)


def _campaign(row: Mapping[str, Any]) -> Campaign:
    chain = row.get("chain") or [(row["scenario"], sender) for sender in row["senders"]]
    return Campaign(
        key=row["key"],
        name_ja=row["ja"],
        name_en=row["en"],
        quarter=row["quarter"],
        month=row["month"],
        start_hour=row["start_hour"],
        spread_hours=row["spread_hours"],
        members=tuple((key, sender) for key, sender in chain),
    )
