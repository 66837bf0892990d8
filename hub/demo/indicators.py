"""Holds the demo's indicators: only addresses and names reserved for documentation, and made-up hashes."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from hub.demo.story import Story
from hub.demo.world import demo_id, secretariat
from models.vocabulary import Label

NETS = ("192.0.2", "198.51.100", "203.0.113")
POOL_PER_CAMPAIGN = 6
"""How many indicators a campaign has of each kind; its victims see some of the same."""

_WORDS = ("kaze", "nami", "tsuki", "hoshi", "yuki", "hana", "mori", "sora", "umi", "kumo", "asa", "yoru")
_THINGS = ("login", "portal", "update", "invoice", "support", "delivery", "secure", "mail", "cdn", "files", "account")
_ZONES = ("example", "example.com", "example.net", "example.org")
_PATHS = ("verify", "session/new", "doc/2f8a", "wp-content/x.php", "download/setup", "static/check.js")


class DemoIndicator(Struct, frozen=True):
    """An indicator that a secretariat publishes; `story` is the report it comes from, if one."""

    id: UUID
    kind: str
    value: str
    label: Label
    ceptoar: str
    publisher: str
    story: str | None
    campaign: str | None
    first_seen_at: datetime
    published_at: datetime
    note_ja: str
    note_en: str


def draw(rng: random.Random, kind: str) -> str:
    """A value of a kind that cannot exist on the real Internet."""
    return _DRAW[kind](rng)


def draw_for_campaign(rng: random.Random, campaign: str, kind: str) -> str:
    """One of the campaign's own few values, so that its victims see the same ones."""
    return draw(random.Random(f"{campaign}/{kind}/{rng.randrange(POOL_PER_CAMPAIGN)}"), kind)  # noqa: S311


def build_indicators(stories: Sequence[Story]) -> tuple[DemoIndicator, ...]:
    """The indicators that secretariats published from these reports, each value once, oldest first."""
    found: dict[tuple[str, str], DemoIndicator] = {}
    for story in stories:
        if not story.exercise:
            for indicator in _from_story(story):
                found.setdefault((indicator.kind, indicator.value), indicator)
    return tuple(sorted(found.values(), key=lambda each: (each.published_at, each.value)))


def _from_story(story: Story) -> list[DemoIndicator]:
    approved = story.proposal.label if story.proposal and story.proposal.shared else None
    label = approved or Label.strictest(story.label, Label.AMBER)
    if label is Label.RED:
        return []
    carrying = next((version for version in story.versions if version.fields["indicators"]), None)
    if carrying is None:
        return []
    shared_at = story.proposal.answered_at if story.proposal and story.proposal.shared else None
    published_at = shared_at or carrying.filed_at + timedelta(minutes=40)
    return [
        DemoIndicator(
            id=demo_id("indicator", f"{each['kind']}/{each['value']}"),
            kind=each["kind"],
            value=each["value"],
            label=label,
            ceptoar=story.ceptoar,
            publisher=secretariat(story.ceptoar).key,
            story=story.key,
            campaign=story.campaign,
            first_seen_at=carrying.fields["occurred_at"] or carrying.fields["noticed_at"],
            published_at=published_at,
            note_ja=_NOTES[each["kind"]][0],
            note_en=_NOTES[each["kind"]][1],
        )
        for each in carrying.fields["indicators"]
    ]


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_THINGS)}-{rng.choice(_WORDS)}{rng.randrange(10, 99)}.{rng.choice(_ZONES)}"


_DRAW: dict[str, Callable[[random.Random], str]] = {
    "ipv4-addr": lambda rng: f"{rng.choice(NETS)}.{rng.randrange(1, 255)}",
    "ipv6-addr": lambda rng: f"2001:db8:{rng.randrange(1, 0xFFFF):x}::{rng.randrange(1, 0xFFFF):x}",
    "domain-name": _name,
    "url": lambda rng: f"https://{_name(rng)}/{rng.choice(_PATHS)}",
    "email-addr": lambda rng: f"{rng.choice(_THINGS)}.{rng.choice(_WORDS)}@{rng.choice(_ZONES)}",
    "sha256": lambda rng: rng.randbytes(32).hex(),
    "sha1": lambda rng: rng.randbytes(20).hex(),
    "md5": lambda rng: rng.randbytes(16).hex(),
}

_NOTES = {
    "ipv4-addr": ("不審な通信の送信元", "Source of suspicious traffic"),
    "ipv6-addr": ("不審な通信の送信元", "Source of suspicious traffic"),
    "domain-name": ("不正な接続先又は偽サイトのドメイン名", "Domain of a malicious or imitating site"),
    "url": ("誘導先又は不正な部品の所在", "Where victims were led, or where the malicious part lay"),
    "email-addr": ("不審メールの差出人", "Sender of suspicious mail"),
    "sha256": ("検知したファイルのハッシュ値", "Hash of a detected file"),
    "sha1": ("検知したファイルのハッシュ値", "Hash of a detected file"),
    "md5": ("検知したファイルのハッシュ値", "Hash of a detected file"),
}
