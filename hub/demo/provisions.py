"""Rule: what government gives back over the demo's year, by the calendar and in answer to campaigns."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any
from uuid import UUID

from msgspec import Struct

from hub.demo.calendar import TOKYO
from hub.demo.story import Story
from hub.demo.world import demo_id
from models.codelists import ceptoars
from models.vocabulary import Label

KINDS = {"alert": "注意喚起", "early_warning": "早期警戒情報", "information": "情報提供"}
EVERY_SECRETARIAT = "secretariat:*"
SENT_AT = (10, 30)
"""Hour and minute in Japan of what is sent by the calendar."""


class DemoProvision(Struct, frozen=True):
    """A provision; `tokens` are the audiences it is addressed to."""

    key: str
    id: UUID
    kind: str
    kind_ja: str
    sender: str
    title: str
    title_en: str
    body: str
    label: Label
    tokens: tuple[str, ...]
    published_at: datetime


def build_provisions(now: datetime, stories: Sequence[Story]) -> tuple[DemoProvision, ...]:
    """The provisions of the year before `now`, oldest first."""
    text = resources.files("hub.demo").joinpath("data", "provisions.toml").read_text("utf-8")
    rows = tomllib.loads(text)["provision"]
    built = [_build(row, _published_at(row, now, stories)) for row in rows]
    return tuple(sorted((each for each in built if each.published_at < now), key=lambda each: each.published_at))


def _build(row: Mapping[str, Any], published_at: datetime) -> DemoProvision:
    return DemoProvision(
        key=row["key"],
        id=demo_id("provision", row["key"]),
        kind=row["kind"],
        kind_ja=KINDS[row["kind"]],
        sender=row["sender"],
        title=row["title"],
        title_en=row["title_en"],
        body=row["body"],
        label=Label(row["label"]),
        tokens=_tokens(row["to"]),
        published_at=published_at.astimezone(UTC),
    )


def _tokens(addressed: Sequence[str]) -> tuple[str, ...]:
    if EVERY_SECRETARIAT in addressed:
        return tuple(f"secretariat:{each.code}" for each in ceptoars())
    return tuple(addressed)


def _published_at(row: Mapping[str, Any], now: datetime, stories: Sequence[Story]) -> datetime:
    if "campaign" in row:
        started = min(story.versions[0].filed_at for story in stories if story.campaign == row["campaign"])
        return started + timedelta(hours=row["hours"])
    month, day = (int(part) for part in row["on"].split("-"))
    hour, minute = SENT_AT
    moment = datetime(now.astimezone(TOKYO).year, month, day, hour, minute, tzinfo=TOKYO)
    return moment if moment < now else moment.replace(year=moment.year - 1)
