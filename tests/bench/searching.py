"""Measures a search among a hundred thousand reports, on both databases: common words, rare ones, none, numbers."""

from __future__ import annotations

import gc
import random
import statistics
import time
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from models.bulk import insert_rows
from models.session import upgrade
from models.vocabulary import Role, Tier
from sharing.actor import Actor
from sharing.audiences import intern_tokens
from sharing.readers import load_reader
from sharing.reading.search import Sought, search
from sharing.rules.object_texts import texts_of
from sharing.rules.search_terms import terms_of, token_term
from tests.bench.serve_for_bench import database, workplace
from tests.factory import World

FIRST = 1_790_000_000_000_000
REPEATS = 8
BATCH = 2_000
FEED = 1
TOKENS = {"members": 1, "secretariat:water": 1, "sector:water": 2, "council": 100}
"""Token → one object in so many is granted to it."""

_PLACES = [f"{a}{b}" for a in "青緑東西南北上下大小新古高中白黒川山" for b in "葉原崎沢島浜田野町橋港丘"]
_SYSTEMS = [
    "受付システム",
    "監視制御装置",
    "料金計算システム",
    "予約サイト",
    "変電所の保護リレー",
    "通信回線",
    "認証基盤",
]
_EVENTS = ["停止している", "停電の影響を受けた", "遅延が続いている", "不審な通信を検知した", "改ざんされていた"]
_ACTS = ["予備系へ切り替えた。", "原因を調査中。", "事業者へ連絡済み。", "ログを保全した。", "委託先の作業を止めた。"]

QUESTIONS = {
    "in every text": ("障害",),
    "in one of five": ("停電", "改ざん"),
    "in one of two hundred": ("青葉", "黒港", "北橋"),
    "two words": ("緑崎 停電", "白島 遅延"),
    "a number": ("R-000017", "R-050000", "R-099983"),
    "in no text": ("噴火", "未知の語"),
}


def _text(number: int, chance: random.Random) -> str:
    sentences = [
        f"{chance.choice(_PLACES)}{chance.choice(['第一', '第二', '本社', '支社'])}の{chance.choice(_SYSTEMS)}が"
        f"{chance.choice(_EVENTS)}。{chance.choice(_ACTS)}"
        for _ in range(chance.randrange(2, 8))
    ]
    return f"障害報告 R-{number:06}。" + "".join(sentences)


class Loaded:
    """A hub with so many published reports."""

    def __init__(self, url: str, folder: Any, size: int) -> None:
        upgrade(url)
        self.world = World(url, folder, start=datetime.now(UTC))
        self.readers = {
            "all": self.world.person(self.world.secretariat("Secretariat", "water"), Role.COORDINATOR),
            "1 %": self.world.person(self.world.organization(Tier.COUNCIL, "Council"), Role.COUNCIL),
        }
        with self.world.writing() as session:
            session.execute(text("UPDATE token_windows SET opened = 0"))
        self._load(size)

    def _load(self, size: int) -> None:
        chance = random.Random(17)
        with self.world.writing() as session:
            numbers = intern_tokens(session, TOKENS)
            publisher = self.world.command().organization.id
            for start in range(0, size, BATCH):
                objects, facts, grants, documents = [], [], [], []
                for number in range(start, min(size, start + BATCH)):
                    ident, report = number + 1_000_000, UUID(int=number + 1)
                    raw = orjson.dumps({"type": "incident", "name": "水道", "description": _text(number, chance)})
                    objects.append(
                        (
                            *(ident, f"incident--{report}", publisher, 1, "1", "incident", "2.1", 1, False, False),
                            *(FEED, 1, 1, number, bytes(32), bytes(32), report, 1, raw),
                        )
                    )
                    facts.append((ident, report, 1, "first", "water", "E30", "yes", date(2026, 11, 1), "水道"))
                    held = [numbers[token] for token, every in TOKENS.items() if number % every == 0]
                    grants += [(FEED, token, FIRST + number, ident, 0, "incident") for token in held]
                    terms = terms_of(texts_of(raw), in_parts=True) | {token_term(token) for token in held}
                    documents.append((ident, sorted(terms)))
                insert_rows(session, "objects", _OBJECTS, objects)
                insert_rows(session, "edition_facts", _FACTS, facts)
                insert_rows(session, "grants", _GRANTS, grants)
                insert_rows(session, "search_documents", _DOCUMENTS, documents)
        with self.world.writing() as session:
            session.execute(text("ANALYZE"))

    def time(self, actor: Actor, words: str) -> tuple[float, int]:
        """Seconds of the first page as the page's door reads it, and its rows."""
        started = time.perf_counter()
        with self.world.hub.reading() as session:
            page = search(
                session, load_reader(session, actor), FEED, Sought(words), sealer=self.world.hub.secrets.cursor
            )
        return time.perf_counter() - started, len(page.rows)


_OBJECTS = (
    *(("id", "int8"), ("stix_id", "text"), ("publisher_id", "uuid"), ("version_us", "int8"), ("version", "text")),
    *(("type", "text"), ("spec_version", "text"), ("label", "int2"), ("exercise", "bool"), ("superseded", "bool")),
    *(("feed", "int4"), ("audience_id", "int4"), ("entry_id", "int8"), ("place", "int4"), ("salt", "bytea")),
    *(("sha256", "bytea"), ("report_id", "uuid"), ("fullness", "int2"), ("body", "bytea")),
)
_FACTS = (
    *(("object_id", "int8"), ("report_id", "uuid"), ("number", "int4"), ("kind", "text"), ("sector", "text")),
    *(("event_type", "text"), ("service_impact", "text"), ("noticed_on", "date"), ("title", "text")),
)
_GRANTS = (
    *(("feed", "int4"), ("token_id", "int4"), ("position", "int8"), ("object_id", "int8"), ("probe", "int2")),
    ("type", "text"),
)
_DOCUMENTS = (("object_id", "int8"), ("terms", "int4[]"))


def measure(kind: str, size: int) -> tuple[dict[tuple[str, str], tuple[float, float]], float]:
    """(question, reader) → median and 95th percentile in milliseconds; and the 95th over all."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    every: list[float] = []
    with workplace() as folder, database(kind, folder) as (url, _more):
        hub = Loaded(url, folder, size)
        forget_the_start()
        for name, questions in QUESTIONS.items():
            for share, actor in hub.readers.items():
                took = [hub.time(actor, words)[0] * 1e3 for _ in range(REPEATS) for words in questions]
                found[name, share] = (statistics.median(took), p95(took))
                every += took
        hub.world.close()
    return found, p95(every)


def forget_the_start() -> None:
    """As `serve` does before it divides: else one page in thirty pays for a look at every module that is loaded."""
    gc.collect()
    gc.freeze()


def p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]
