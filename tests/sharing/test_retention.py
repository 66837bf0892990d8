"""What is outdated is forgotten a little at a time, and nothing else: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from crypto.tokens import new_reference
from hub.scheduler.ticks import Ticks
from models.mail import Mail
from models.push import PushReceipt, PushRefusal
from models.tables import metadata
from models.vocabulary import MailMatter, MailState, Role
from sharing.actor import Actor
from sharing.collections.statuses import NamedPost, keep_name, keep_status
from sharing.exchange.pushes import NewPush, add_push
from sharing.jobs import retention
from sharing.jobs.retention import RETENTION, forget_outdated
from sharing.people.key_requests import Note, RequestLine, keep_notes
from tests.factory import World


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(hub_url, tmp_path)
    yield made
    made.close()


class Life:
    """A hub with bookkeeping of every kind."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.office = world.person(world.secretariat("電力セプター事務局"), Role.COORDINATOR)
        self.key = uuid4()
        self.push = uuid4()
        new = NewPush(name="isac", organization_id=self.office.organization.id, url="https://isac.example/c/1/")
        with world.writing() as session:
            add_push(session, world.command(), new, ident=self.push, key_sealed=None, context=world.context())

    def goes_on(self, *, pending: int = 0) -> None:
        """One row of each kind, now."""
        with self.world.writing() as session:
            context = self.world.context()
            keep_status(session, self.office, uuid4(), b"{}", entry_id=None, feed=1, context=context)
            keep_name(session, self.office, NamedPost(str(uuid4()), 1, bytes(32)), uuid4(), context=context)
            at = int(self.world.now.timestamp() * 1_000_000)
            keep_notes(session, [Note(self.key, RequestLine(at, "GET", "/", "", "", 200, 0, False, "", ""))])
            receipt = PushReceipt(
                push_id=self.push,
                first_position=1,
                last_position=2,
                digest=bytes(32),
                count=1,
                accepted=0,
                refused=1 - pending,
                pending=pending,
                answered_at=context.now,
            )
            session.add(receipt)
            session.flush()
            session.add(_dropped(self.office, self.world))
            session.add(PushRefusal(receipt_id=receipt.id, stix_id="x--1", version="1", reason="no"))

    def counts(self) -> dict[str, int]:
        """Rows of each table of bookkeeping."""
        with self.world.reading() as session:
            names = (*RETENTION, "push_refusals")
            return {name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}

    def forgets(self) -> dict[str, int]:
        """As the job does."""
        with self.world.hub.units.database.writing() as session:
            return forget_outdated(session, now=self.world.now)


def _dropped(actor: Actor, world: World) -> Mail:
    """A mail that nobody was to get any more."""
    ident = uuid4()
    return Mail(
        id=ident,
        number=new_reference(world.hub.units.random_bytes),
        account_id=actor.account_id,
        membership_id=actor.membership_id,
        matter=MailMatter.DIGEST,
        key=f"digest/{ident}/0",
        state=MailState.DROPPED,
        made_at=world.now,
        due_at=world.now,
        ended_at=world.now,
    )


def test_each_kind_has_its_time(world: World):
    """Statuses a day, requests a month, receipts a year and more, with what was refused; the undecided stay."""
    life = Life(world)
    life.goes_on()
    life.goes_on(pending=1)
    assert life.forgets() == {}
    world.advance(hours=26)
    life.goes_on()
    assert life.forgets() == {"post_statuses": 2, "post_keys": 2}
    world.advance(days=30)
    assert life.forgets() == {"post_statuses": 1, "post_keys": 1, "key_requests": 2}
    world.advance(days=370)
    assert life.forgets() == {"push_receipts": 1, "key_requests": 1, "mails": 3}
    assert life.counts() == dict.fromkeys(RETENTION, 0) | {"push_receipts": 2, "push_refusals": 2}


def test_a_little_at_a_time_by_the_job(world: World, monkeypatch: pytest.MonkeyPatch):
    """So many rows at each bell, by the process that holds the lease and no other."""
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    life = Life(world)
    for _ in range(3):
        life.goes_on()
        world.advance(seconds=1)
    world.advance(days=500)
    ticks, idle = Ticks(world.hub, "one"), Ticks(world.hub, "two")
    ticks.lease()
    idle.forget()
    assert set(life.counts().values()) == {3}
    ticks.forget()
    assert set(life.counts().values()) == {1}
    ticks.forget()
    assert set(life.counts().values()) == {0}
    ticks.stop()


def test_what_is_forgotten_is_told():
    """Each is a table, has its time and says what remains; the page for operators names the times."""
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    assert set(RETENTION) <= set(metadata.tables)
    for kept in RETENTION.values():
        time = f"{kept.kept.days} days" if kept.kept > timedelta(days=2) else f"{kept.kept // timedelta(hours=1)} hours"
        assert time in page and kept.remains
