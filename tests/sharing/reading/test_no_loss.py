"""While eight writers write and rights change, a poller loses nothing that stays visible and is given nothing twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.collections.access import load_collection
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.readers import close_organization_windows, open_organization_windows
from sharing.reading.grants import Given
from sharing.reading.page import page, page_for_machines
from sharing.reading.question import ALL, Question
from sharing.units import Units
from tests.sharing.reading.town import POLICY, Town

WRITERS = 8
POSTS = 12
PAGE = 7


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town whose clock runs, and is the database's own where there is one."""
    made = Town(database_url, tmp_path, start=datetime.now(UTC))
    object.__setattr__(made.hub, "units", Units(made.hub.units.database, lambda: datetime.now(UTC)))
    yield made
    made.close()


def post(town: Town, publisher: Actor, alias: str, count: int) -> None:
    labels = (Label.CLEAR, Label.GREEN, Label.GREEN, Label.AMBER)
    objects = [
        NewObject(f"indicator--{uuid4()}", "indicator", "2.1", 1, "1", None, labels[n % 4], b'{"n":%d}' % n)
        for n in range(count)
    ]
    with town.writing() as session:
        collection = load_collection(session, town.reader(session, publisher), alias).collection
        publish(session, publisher, Publication(collection, objects), policy=POLICY, context=town.context())


def write(town: Town, number: int) -> None:
    publisher, alias = ((town.grid, "electricity"), (town.water, "water"))[number % 2]
    for turn in range(POSTS):
        post(town, publisher, alias, 1 + (number * turn) % 5)


def leave_and_join(town: Town, actor: Actor, stop: threading.Event) -> None:
    """Rights end and begin again; what was granted meanwhile stays hidden."""
    while not stop.wait(0.15):
        with town.writing() as session:
            close_organization_windows(session, actor.organization.id)
        with town.writing() as session:
            open_organization_windows(session, actor.organization)


def poll_by_next(town: Town, actor: Actor, done: Callable[[], bool]) -> list[tuple[int, int]]:
    """Follow `next` to the end of each turn, then go on after the last position."""
    got: list[tuple[int, int]] = []
    after = 0
    while True:
        finished = done()
        token, more = None, True
        while more:
            with town.reading() as session:
                question = Question(after=after, versions=(ALL,))
                reader = town.reader(session, actor)
                turn = page(session, reader, INBOX_FEED, question, limit=PAGE, token=token, sealer=town.sealer)
            got += [(row.position, row.object_id) for row in turn.rows]
            token, more = turn.next, turn.more
        after = got[-1][0] if got else 0
        if finished:
            return got


def poll_by_date(town: Town, actor: Actor, done: Callable[[], bool]) -> list[tuple[int, int]]:
    """Keep nothing but the last date of each answer, as clients do that drop `next`."""
    got: list[tuple[int, int]] = []
    while True:
        finished = done()
        empty = False
        while not empty:
            question = Question(after=got[-1][0] if got else 0, versions=(ALL,))
            with town.hub.reading(snapshot=False) as session:
                reader = town.reader(session, actor)
                turn = page_for_machines(session, reader, INBOX_FEED, question, Given, limit=PAGE, sealer=town.sealer)
            got += [(row.position, row.object_id) for row in turn.rows]
            empty = not turn.rows
        if finished:
            return got


def visible(town: Town, actor: Actor) -> set[tuple[int, int]]:
    """What the reader may see in the end, each object at its lowest visible position."""
    with town.reading() as session:
        opened = {window.token_id: window.opened for window in town.reader(session, actor).windows}
        rows = session.execute(
            text("SELECT token_id, position, object_id FROM grants WHERE feed = :feed"), {"feed": INBOX_FEED}
        ).all()
    lowest: dict[int, int] = {}
    for token, position, object_id in sorted(rows, key=lambda row: row[1]):
        if position > opened.get(token, 2**63):
            lowest.setdefault(object_id, position)
    return {(position, object_id) for object_id, position in lowest.items()}


def test_nothing_is_lost_and_nothing_is_doubled(town: Town):
    """The grid's rights stay, the water secretariat's come and go; each is polled in both ways."""
    stop = threading.Event()
    with ThreadPoolExecutor(16) as pool:
        churn = pool.submit(leave_and_join, town, town.water, stop)
        writers = [pool.submit(write, town, number) for number in range(WRITERS)]

        def done() -> bool:
            return all(writer.done() for writer in writers) and churn.done()

        pollers = [
            (actor, pool.submit(poll, town, actor, done))
            for actor in (town.grid, town.water, town.council)
            for poll in (poll_by_next, poll_by_date)
        ]
        try:
            for writer in writers:
                writer.result()
        finally:
            time.sleep(0.3)
            stop.set()
        churn.result()
        results = [(actor, poller.result()) for actor, poller in pollers]
    for actor, got in results:
        positions = [position for position, _ in got]
        assert positions == sorted(set(positions)), "positions rise and none comes twice"
        assert visible(town, actor) <= set(got), "whatever stays visible was given"
    assert all(got for _, got in results)


def test_positions_never_fall_or_repeat(town: Town):
    """Every granted object has a position of its own, rising in the order of the log."""
    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(write, town, number) for number in range(WRITERS)]:
            done.result()
    with town.reading() as session:
        rows = session.execute(
            text(
                "SELECT DISTINCT g.position, g.object_id, e.log_index FROM grants g"
                " JOIN objects o ON o.id = g.object_id JOIN audit_entries e ON e.id = o.entry_id ORDER BY g.position"
            )
        ).all()
        stored = session.execute(text("SELECT count(*) FROM objects")).scalar_one()
    assert len(rows) == stored == len({row.position for row in rows}) == len({row.object_id for row in rows})
    indexes = [row.log_index for row in rows]
    assert indexes == sorted(indexes)
