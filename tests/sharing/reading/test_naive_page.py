"""Pages of a feed say what a slow and simple reading of all rows says, in random worlds, for every reader."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.collections.access import load_collection
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.readers import Reader, close_organization_windows, open_organization_windows
from sharing.reading import page as paging
from sharing.reading import weighing
from sharing.reading.grants import Given
from sharing.reading.page import page, page_for_machines
from sharing.reading.question import ALL, FIRST, LAST, Question
from tests.sharing.reading.town import POLICY, Town

STEPS = 30
IDS = 6
TOKENS = ("members", "council", "secretariat:water", "secretariat:electricity", "government:nco", "sector:electricity")


class Seen(NamedTuple):
    """A grant with what is known of its object, as plain values."""

    feed: int
    token: int
    position: int
    object_id: int
    stix_id: str
    publisher: Any
    version_us: int
    type: str
    spec_version: str
    label: int


def an_object(chance: random.Random) -> NewObject:
    number, version = chance.randrange(IDS), chance.randrange(1, 4)
    kind = ("indicator", "malware", "report")[number % 3]
    audience = None
    if chance.random() < 0.6:
        audience = dict.fromkeys(sorted(chance.sample(TOKENS, chance.randint(1, 3))), "named/test")
    return NewObject(
        f"{kind}--{number:08d}-0000-4000-8000-000000000000",
        kind,
        chance.choice(["2.0", "2.1"]),
        version,
        str(version),
        None,
        chance.choice(list(Label)),
        f'{{"n":{number},"v":{version},"x":"{"x" * chance.choice([0, 0, 30, 90])}"}}'.encode(),
        audience=audience,
    )


def live(town: Town, chance: random.Random) -> None:
    """Posts of both secretariats into two collections, while organizations leave and join."""
    for _ in range(STEPS):
        town.advance(seconds=1)
        publisher = chance.choice([town.grid, town.water])
        alias = "electricity" if publisher is town.grid else "water"
        if chance.random() < 0.2:
            organization = chance.choice([town.grid, town.water, town.council, town.rival]).organization
            with town.writing() as session:
                close_organization_windows(session, organization.id)
                open_organization_windows(session, organization)
        objects = {each.stix_id: each for each in (an_object(chance) for _ in range(chance.randint(1, 5)))}
        with town.writing() as session:
            collection = load_collection(session, town.reader(session, publisher), alias).collection
            publication = Publication(collection, list(objects.values()))
            publish(session, publisher, publication, policy=POLICY, context=town.context())


def everything(town: Town) -> list[Seen]:
    sql = """
        SELECT g.feed, g.token_id, g.position, o.id, o.stix_id, o.publisher_id, o.version_us, o.type, o.spec_version,
               o.label
        FROM grants g JOIN objects o ON o.id = g.object_id
    """
    with town.reading() as session:
        return [Seen(*row) for row in session.execute(text(sql))]


def naive(every: list[Seen], reader: Reader, feed: int, question: Question) -> list[tuple[int, int]]:
    """What a reader gets, by looking at everything for each row."""
    opened = {window.token_id: window.opened for window in reader.windows}
    mine = [each for each in every if each.feed == feed and each.position > opened.get(each.token, 2**63)]
    horizon = max((each.position for each in mine), default=0)

    def given(one: Seen) -> bool:
        copies = [each.position for each in mine if (each.stix_id, each.version_us) == (one.stix_id, one.version_us)]
        series = [
            each.version_us
            for each in mine
            if (each.stix_id, each.publisher) == (one.stix_id, one.publisher)
            and (not question.spec_versions or each.spec_version in question.spec_versions)
        ]
        return (
            question.after < one.position <= horizon
            and one.position == min(copies)
            and one.label <= question.highest
            and (not question.ids or one.stix_id in question.ids)
            and (not question.types or one.type in question.types)
            and (not question.spec_versions or one.spec_version in question.spec_versions)
            and (
                ALL in question.versions
                or one.version_us in question.versions
                or (LAST in question.versions and one.version_us == max(series))
                or (FIRST in question.versions and one.version_us == min(series))
            )
        )

    return sorted({(each.position, each.object_id) for each in mine if given(each)})


def questions(chance: random.Random, every: list[Seen]) -> Iterator[Question]:
    yield Question()
    yield Question(versions=(ALL,))
    for _ in range(25):
        yield Question(
            after=chance.choice([0, 0, chance.choice(every).position]),
            ids=tuple({each.stix_id for each in chance.sample(every, 2)}) if chance.random() < 0.3 else (),
            types=("indicator",) if chance.random() < 0.3 else (),
            versions=chance.choice([(LAST,), (FIRST,), (ALL,), (2,), (FIRST, LAST), (LAST, 1)]),
            spec_versions=("2.1",) if chance.random() < 0.2 else (),
            highest=chance.choice([4, 4, 4, 2]),
        )


def walk(town: Town, actor: Actor, feed: int, question: Question, limit: int, read: Any) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    token = None
    while True:
        with town.reading() as session:
            asked = Question() if token else question
            got = read(session, town.reader(session, actor), feed, asked, limit=limit, token=token, sealer=town.sealer)
        assert len(got.rows) <= limit
        assert len(got.rows) <= 1 or sum(len(row.body) for row in got.rows) <= weighing.PAGE_BYTES
        assert got.more or got.next is None
        found += [(row.position, row.object_id) for row in got.rows]
        token = got.next
        if not got.more:
            return found


@pytest.mark.parametrize("seed", range(3))
def test_a_page_is_what_a_naive_reading_says(hub_url: str, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch):
    """Whatever the size of the page, and also where the bound of examined rows, or of bytes, cuts pages short."""
    chance = random.Random(seed)
    town = Town(hub_url, tmp_path)
    try:
        live(town, chance)
        every = everything(town)
        with town.reading() as session:
            feeds = [load_collection(session, town.reader(session, town.grid), "electricity").feed, INBOX_FEED]
            readers = {
                actor: town.reader(session, actor) for actor in (town.grid, town.water, town.rival, town.council)
            }
        compared = 0
        for actor, reader in readers.items():
            for feed in feeds:
                for question in questions(chance, every):
                    monkeypatch.setattr(paging, "ROW_BOUND", chance.choice([20_000, 20_000, 7]))
                    monkeypatch.setattr(weighing, "PAGE_BYTES", chance.choice([10**6, 200, 60, 1]))
                    expected = naive(every, reader, feed, question)
                    limit = chance.choice([1, 3, 1000])
                    for read in (page, partial(page_for_machines, kind=Given)):
                        assert walk(town, actor, feed, question, limit, read) == expected, question
                    compared += len(expected)
        assert compared > 200
    finally:
        town.close()
