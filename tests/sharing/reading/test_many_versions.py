"""Thousands of versions of one object, by two publishers: a page of them costs what a page of other objects costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import text

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.collections.access import load_collection
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.reading import grants
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


def test_two_who_post_thousands_of_versions_keep_nobody_waiting(town: Town):
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
        took: dict[int, list[float]] = {0: [], 1: []}
        for _ in range(3):
            for which, page in enumerate((of_others, of_one)):
                started = time.perf_counter()
                kept: list[Row] = keep(view, question, lambda: rows[-1].position, page)
                took[which].append(time.perf_counter() - started)
                assert kept == [], "each is a later copy"
    assert min(took[1]) < 5 * min(took[0])
