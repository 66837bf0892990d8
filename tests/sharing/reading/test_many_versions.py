"""Thousands of versions of one object, by two publishers: a page of them costs what a page of other objects costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import Label
from models.ways import DRIVER
from sharing.actor import Actor
from sharing.collections.access import load_collection
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.reading import grants, judge
from sharing.reading.driver import fetch, is_sqlite, walk
from sharing.reading.grants import Row, View
from sharing.reading.judge import keep
from sharing.reading.question import ALL, Question
from sharing.rules.policy import default_policy
from tests.sharing.reading.town import Town

VERSIONS = 6_000
PAGE = 500


def posts(town: Town, publisher: Actor, alias: str, named: Sequence[tuple[str, int]]) -> None:
    """Publish these (id, version) as a post does."""
    objects = [
        NewObject(stix_id, "indicator", "2.1", version, f"v{version}", None, Label.GREEN, b'{"n":%d}' % version)
        for stix_id, version in named
    ]
    with town.writing() as session:
        collection = load_collection(session, town.reader(session, publisher), alias).collection
        publish(session, publisher, Publication(collection, objects), policy=default_policy(), context=town.context())


@dataclass
class Work:
    """What questions took: steps of SQLite's machine in hundreds, or blocks that PostgreSQL looked at."""

    done: int = 0

    def step(self) -> int:
        """A hundred steps more; SQLite goes on where nothing comes back."""
        self.done += 1
        return 0

    def explain(self, session: Session, sql: str, parameters: Any, **words: Any) -> list[tuple[Any, ...]]:
        """Ask as `walk` does, and count what PostgreSQL says that it took."""
        (told,) = fetch(session, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters)
        plan = told[0][0]["Plan"]
        self.done += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        return walk(session, sql, parameters, **words)


@contextmanager
def watched(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """The work of the questions that judging asks meanwhile."""
    work = Work()
    if is_sqlite(session):
        session.info[DRIVER].set_progress_handler(work.step, 100)
        yield work
        session.info[DRIVER].set_progress_handler(None, 0)
        return
    with monkeypatch.context() as patch:
        patch.setattr(judge, "walk", work.explain)
        yield work


def test_two_who_post_thousands_of_versions_keep_nobody_waiting(town: Town, monkeypatch: pytest.MonkeyPatch):
    """All versions by the other were walked for each of one's: a page took half a second, and there are many pages."""
    one, usual = f"indicator--{uuid4()}", [(f"indicator--{uuid4()}", 1) for _ in range(PAGE)]
    both = (town.grid, "electricity"), (town.water, "water")
    for publisher, alias in both:
        posts(town, publisher, alias, usual)
        posts(town, publisher, alias, [(one, version) for version in range(1, VERSIONS + 1)])
    with town.writing() as session:
        session.execute(text("ANALYZE"))
    with town.reading() as session:
        view = View(session, town.reader(session, town.grid).windows, INBOX_FEED)
        rows = [row for row in grants.scan(view, 0, 2**62, 4 * VERSIONS, light=0) if row.probe]
        question = Question(versions=(ALL,))
        of_one = [row for row in rows if row.stix_id == one][-PAGE:]
        of_others = [row for row in rows if row.stix_id != one]
        assert len(of_one) == len(of_others) == PAGE
        took: list[int] = []
        for page in (of_others, of_one):
            with watched(session, monkeypatch) as work:
                kept: list[Row] = keep(view, question, lambda: rows[-1].position, page)
            assert kept == [], "each is a later copy"
            took.append(work.done)
    assert 0 < took[1] < 3 * took[0]
