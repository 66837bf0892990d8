"""What is given is logged: before it leaves at AMBER and above, soon after below; and its sender can see who had it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.audit import AuditEntry, AuditPart, Disclosure
from models.collection import INBOX_FEED
from models.vocabulary import Form, Label, Role
from sharing.actor import Actor
from sharing.audit.tags import Tag
from sharing.collections.access import load_collection
from sharing.disclosures import (
    FLUSH_SECONDS,
    LONGEST_FILTERS,
    Disclosures,
    Shown,
    list_disclosures_of_object,
    list_disclosures_of_report,
    shown_of,
)
from sharing.errors import Busy, NotPermitted, NotVisible
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.readers import close_organization_windows
from sharing.reading.page import page
from sharing.reading.question import ALL, Question
from sharing.units import Units
from tests.sharing.reading.town import POLICY, Town


@pytest.fixture
def town(hub_url: str, tmp_path: Path) -> Iterator[Town]:
    """A town of this test's own."""
    made = Town(hub_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def log(town: Town) -> Iterator[Disclosures]:
    """A log that is closed before the town is."""
    made = Disclosures(town.hub.units)
    yield made
    made.close()


def post(town: Town, label: Label, version: int = 1, stix_id: str | None = None) -> str:
    new = NewObject(
        stix_id or f"indicator--{uuid4()}",
        "indicator",
        "2.1",
        version,
        str(version),
        None,
        label,
        b'{"v":%d}' % version,
    )
    with town.writing() as session:
        collection = load_collection(session, town.reader(session, town.grid), "electricity").collection
        publish(session, town.grid, Publication(collection, [new]), policy=POLICY, context=town.context())
    return new.stix_id


def shown(town: Town, actor: Actor, question: Question | None = None) -> list[Shown]:
    asked = question or Question()
    with town.reading() as session:
        rows = page(session, town.reader(session, actor), INBOX_FEED, asked, sealer=town.sealer).rows
    return shown_of(actor, INBOX_FEED, rows, asked, what="objects", at=town.clock())


def rows_of(town: Town) -> Sequence[Disclosure]:
    with town.reading() as session:
        return session.execute(select(Disclosure).order_by(Disclosure.id)).scalars().all()


def entries_of(town: Town) -> int:
    with town.reading() as session:
        return len(session.execute(select(AuditEntry.id).where(AuditEntry.tag == Tag.DISCLOSURE.value)).all())


def who_read(town: Town, stix_id: str) -> list[Actor]:
    with town.reading() as session:
        found = list_disclosures_of_object(session, town.grid, stix_id)
    every = {actor.account_id: actor for actor in (town.grid, town.water, town.council, town.rival, town.nco)}
    return [every[each.account_id] for each in found]


def test_amber_is_logged_before_it_leaves(town: Town, log: Disclosures):
    """With an entry of its own that tells reader, range and filters."""
    post(town, Label.AMBER)
    log.log(shown(town, town.grid))
    (row,) = rows_of(town)
    assert (row.account_id, row.organization_id) == (town.grid.account_id, town.grid.organization.id)
    assert (row.count, row.highest, row.first_position) == (1, Label.AMBER.rank, row.last_position)
    with town.reading() as session:
        part = session.get(AuditPart, (row.entry_id, "decision"))
        assert part is not None
        assert b'"highest":"TLP:AMBER"' in part.body


def test_below_amber_within_a_second_and_at_the_end(town: Town, log: Disclosures):
    """The answer does not wait; nothing is lost when the process stops in between."""
    post(town, Label.GREEN)
    log.log(shown(town, town.council))
    log.log(shown(town, town.council))
    assert rows_of(town) == []
    end = time.monotonic() + FLUSH_SECONDS + 10
    while not rows_of(town) and time.monotonic() < end:
        time.sleep(0.05)
    assert len(rows_of(town)) == 2
    assert entries_of(town) == 1, "one reader's answers of the same moment share an entry"
    log.log(shown(town, town.water))
    log.close()
    assert len(rows_of(town)) == 3


def test_nothing_given_nothing_written(town: Town, log: Disclosures):
    """An empty answer tells nobody anything."""
    log.log(shown(town, town.council))
    log.close()
    assert (rows_of(town), entries_of(town)) == ([], 0)


def test_concurrent_readers_share_a_transaction(town: Town, monkeypatch: pytest.MonkeyPatch):
    """While one writes, the others queue up and are written together; each is written exactly once."""
    post(town, Label.AMBER)
    given = shown(town, town.grid)
    begun, go_on = threading.Event(), threading.Event()
    units = 0
    recording = Units.recording

    @contextmanager
    def slow(self: Units, **given: bool) -> Iterator[Session]:
        nonlocal units
        units += 1
        with recording(self, **given) as session:
            yield session
            begun.set()
            go_on.wait(10)

    monkeypatch.setattr(Units, "recording", slow)
    log = Disclosures(town.hub.units)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(log.log, given)
        assert begun.wait(10)
        rest = [pool.submit(log.log, given) for _ in range(7)]
        end = time.monotonic() + 10
        while len(log._waiting) < 7 and time.monotonic() < end:
            time.sleep(0.01)
        go_on.set()
        for each in (first, *rest):
            each.result(20)
    assert units == 2
    monkeypatch.undo()
    log.close()
    assert len(rows_of(town)) == 8


def test_what_cannot_be_logged_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch):
    """At AMBER nobody is given anything; what had left below AMBER goes on waiting and is written later."""
    post(town, Label.GREEN)
    green = shown(town, town.council)
    post(town, Label.AMBER)
    amber = shown(town, town.grid)

    @contextmanager
    def broken(self: Units) -> Iterator[Session]:
        raise OperationalError("disk full", None, Exception("disk full"))
        yield

    log = Disclosures(town.hub.units)
    monkeypatch.setattr(Units, "recording", broken)
    log.log(green)
    with pytest.raises(Busy):
        log.log(amber)
    assert rows_of(town) == []
    monkeypatch.undo()
    log.close()
    assert [row.account_id for row in rows_of(town)] == [town.council.account_id]


def test_long_filters_are_logged_in_parts(town: Town, log: Disclosures):
    """Every id that was given stands in the ledger, however many were asked for."""
    names = [post(town, Label.GREEN) for _ in range(60)]
    parts = shown(town, town.council, Question(ids=tuple(names)))
    assert len(parts) > 1
    assert sum(part.count for part in parts) == 60
    assert all(len(part.filters) <= LONGEST_FILTERS for part in parts)
    log.log(parts)
    log.close()
    assert [who_read(town, name) for name in (names[0], names[-1])] == [[town.council], [town.council]]


def test_the_sender_sees_who_read_what(town: Town, log: Disclosures):
    """By ranges: who polled all, who filtered it out, who could not see it."""
    green = post(town, Label.GREEN)
    amber = post(town, Label.AMBER)
    log.log(shown(town, town.grid))
    log.log(shown(town, town.council))
    log.log(shown(town, town.water, Question(types=("malware",))))
    log.close()
    assert set(who_read(town, green)) == {town.grid, town.council}
    assert who_read(town, amber) == [town.grid]


def test_a_version_that_was_replaced_was_not_given(town: Town, log: Disclosures):
    """Who asked for the last version only, after there was a newer one, never had the old one."""
    name = post(town, Label.GREEN)
    log.log(shown(town, town.council))
    town.advance(minutes=1)
    post(town, Label.GREEN, version=2, stix_id=name)
    town.advance(minutes=1)
    log.log(shown(town, town.water))
    town.advance(minutes=1)
    log.log(shown(town, town.nco, Question(versions=(ALL,))))
    log.close()
    with town.reading() as session:
        found = list_disclosures_of_object(session, town.grid, name)
    by_object: dict[int, list[object]] = {}
    for each in found:
        by_object.setdefault(each.object_id, []).append(each.account_id)
    old, new = (by_object[key] for key in sorted(by_object))
    assert old == [town.council.account_id]
    assert new == [town.water.account_id]


def test_leaving_does_not_undo_what_was_given(town: Town, log: Disclosures):
    """The ledger still says it when the reader is gone."""
    name = post(town, Label.GREEN)
    log.log(shown(town, town.council))
    log.close()
    town.advance(minutes=1)
    with town.writing() as session:
        close_organization_windows(session, town.council.organization.id)
    assert who_read(town, name) == [town.council]


def test_only_the_sender_asks(town: Town):
    """Another's object and no object are one answer; who does not look at trails asks nothing."""
    name = post(town, Label.GREEN)
    manager = town.person(town.grid.organization, Role.MANAGER)
    with town.reading() as session:
        for actor, stix_id in ((town.water, name), (town.grid, "indicator--none")):
            with pytest.raises(NotVisible):
                list_disclosures_of_object(session, actor, stix_id)
        with pytest.raises(NotPermitted):
            list_disclosures_of_object(session, manager, name)
        with pytest.raises(NotVisible):
            list_disclosures_of_report(session, town.grid, uuid4())


def test_the_readers_of_a_report(town: Town, log: Disclosures):
    """Every edition of the sender's report counts; here the secretariat's town files it for the sender."""
    report = town.publish((Form.NAMED, Label.GREEN))
    log.log(shown(town, town.council))
    log.close()
    with town.writing() as session:
        sqlite = session.get_bind().dialect.name == "sqlite"

        def plain(ident: object) -> object:
            return ident.hex if sqlite else ident  # type: ignore[attr-defined]

        session.execute(
            text(
                "INSERT INTO reports (id, reference, organization_id, sector, ceptoar, exercise, state, label,"
                " versions, created_at, updated_at)"
                " VALUES (:id, 'K7QM-4TX2-P', :who, 'electricity', 'electricity', :no, 'open',"
                " 'TLP:AMBER', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
            ),
            {"id": plain(report), "who": plain(town.power.organization.id), "no": False},
        )
    with town.reading() as session:
        found = list_disclosures_of_report(session, town.power, report)
        with pytest.raises(NotVisible):
            list_disclosures_of_report(session, town.rival, report)
    assert [each.account_id for each in found] == [town.council.account_id]
