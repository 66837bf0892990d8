"""Daily digests: made once, catching up, shown with the rights of the moment, never with RED."""

import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from models.account import Membership
from models.job import Delivery, Digest, DigestSubscription, Due
from models.vocabulary import DueState, Form, Label, Role
from sharing.actor import Actor
from sharing.digests import (
    DUE_KIND,
    DigestView,
    count_digests,
    find_subscription,
    handle_due,
    list_digests,
    load_digest,
    make_digest,
    mark_read,
    next_due,
    subscribe,
    unsubscribe,
)
from sharing.errors import Invalid, NotPermitted, NotVisible
from sharing.jobs.due import run_due
from sharing.readers import close_organization_windows
from sharing.waiting import Matter, waiting_for
from tests.sharing.reading.town import Town

GREEN = (Form.ANONYMISED, Label.GREEN)
AMBER = (Form.NAMED, Label.AMBER)


def begin(town: Town, actor: Actor, hour: int = 7) -> UUID:
    with town.writing() as session:
        return subscribe(session, actor, hour, context=town.context()).id


def tick(town: Town) -> int:
    """Do what is due, as the scheduler does."""
    return run_due(town.hub.units, {DUE_KIND: handle_due}, town.now).done


def received(town: Town, actor: Actor) -> list[DigestView]:
    with town.reading() as session:
        return [load_digest(session, actor, line.id, sealer=town.sealer) for line in list_digests(session, actor)]


def names(view: DigestView) -> list[str]:
    return [row.body.decode().split('"name": "')[1].split('"')[0] for row in view.rows]


def test_a_digest_holds_what_came_since_the_last(town: Town):
    """What came before the subscription is no news; each report is in one digest only."""
    town.publish(GREEN)
    begin(town, town.water)
    town.publish(GREEN, AMBER)
    town.indicator(Label.GREEN, 2)
    town.advance(days=1)
    assert tick(town) == 1
    town.publish(GREEN)
    town.advance(days=1)
    tick(town)
    second, first = received(town, town.water)
    assert [len(first.rows), len(second.rows)] == [3, 1]
    assert first.highest_label == Label.GREEN.rank
    assert not first.some_gone
    assert second.began_at == first.made_at


def test_each_reads_its_own_digest(town: Town):
    """The same window holds the fullest form that each recipient may see; another's digest does not exist."""
    begin(town, town.grid)
    begin(town, town.rival)
    town.publish(AMBER, GREEN)
    town.advance(days=1)
    tick(town)
    (mine,), (theirs,) = received(town, town.grid), received(town, town.rival)
    assert (names(mine), names(theirs)) == (["named 1"], ["anonymised 1"])
    with town.reading() as session, pytest.raises(NotVisible):
        load_digest(session, town.grid, theirs.id, sealer=town.sealer)


def test_red_and_exercises_are_in_no_digest(town: Town):
    """A digest made of RED alone is none; where a form below RED is visible too, that one is in it."""
    begin(town, town.nco)
    named = f"account:{town.nco.account_id}"
    report = town.publish((Form.NAMED, Label.RED), audience=(named,))
    town.publish(GREEN, exercise=True)
    town.advance(days=1)
    tick(town)
    assert received(town, town.nco) == []
    town.publish(GREEN, report=report, audience=("government:nco",))
    town.advance(days=1)
    tick(town)
    (digest,) = received(town, town.nco)
    assert names(digest) == ["anonymised 1"]


def test_after_a_stop_one_digest_covers_all(town: Town):
    """The hub was off for five days: one digest for all of them, and then the usual hour again."""
    begin(town, town.water)
    for _ in range(5):
        town.publish(GREEN)
        town.advance(days=1)
    assert tick(town) == 1
    (digest,) = received(town, town.water)
    assert len(digest.rows) == 5
    assert tick(town) == 0
    with town.reading() as session:
        due = select(Due.due_at).where(Due.state == DueState.WAITING, Due.kind == DUE_KIND)
        waiting = session.execute(due).scalars().all()
    assert waiting == [datetime(2026, 11, 25, 22, 0, tzinfo=UTC)]


def test_two_runners_make_one_digest(town: Town):
    """Several processes look at the same rows: each window is made once, with one delivery and one entry."""
    begin(town, town.water)
    town.publish(GREEN)
    town.advance(days=1)
    together = threading.Barrier(3)

    def run() -> None:
        together.wait()
        tick(town)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(received(town, town.water)) == 1
    with town.reading() as session:
        assert session.execute(select(func.count()).select_from(Delivery)).scalar_one() == 1
    assert town.tags().count("digest:digest:make") == 1


def test_two_makers_at_once_make_one_window(town: Town):
    """Even past the due rows: who comes second finds the window taken and makes none."""
    ident = begin(town, town.water)
    town.publish(GREEN)
    together = threading.Barrier(2)
    made: list[bool] = []

    def run() -> None:
        together.wait()
        with town.writing() as session:
            subscription = session.get_one(DigestSubscription, ident)
            made.append(make_digest(session, subscription, town.context()) is not None)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, True]


def test_nothing_new_makes_no_digest_and_loses_nothing(town: Town):
    """Whether a digest is made depends on what the reader may see: hidden reports make none, and the window goes on."""
    begin(town, town.water)
    town.publish(AMBER)
    town.advance(days=1)
    assert tick(town) == 1
    assert received(town, town.water) == []
    town.publish(GREEN)
    town.advance(days=1)
    tick(town)
    assert len(received(town, town.water)) == 1


def test_what_is_no_longer_visible_is_said_to_be_gone(town: Town):
    """Leaving empties what was received, without a word of what it was."""
    begin(town, town.water)
    town.publish(GREEN)
    town.advance(days=1)
    tick(town)
    with town.writing() as session:
        close_organization_windows(session, town.water.organization.id)
    (digest,) = received(town, town.water)
    assert (digest.rows, digest.some_gone) == ((), True)


def test_a_later_version_does_not_empty_an_old_digest(town: Town):
    """A window is judged as of its end."""
    begin(town, town.water)
    report = town.publish(GREEN)
    town.advance(days=1)
    tick(town)
    town.publish(GREEN, report=report, number=2)
    town.advance(days=1)
    tick(town)
    second, first = received(town, town.water)
    assert (names(first), names(second)) == (["anonymised 1"], ["anonymised 2"])
    assert not first.some_gone


def test_reading_is_noted_once(town: Town):
    """The first look is what counts."""
    begin(town, town.water)
    town.publish(GREEN)
    town.advance(days=1)
    tick(town)
    (digest,) = received(town, town.water)
    with town.reading() as session:
        assert [line.read_at for line in list_digests(session, town.water)] == [None]
        assert count_digests(session, town.water, unread=True) == 1
        assert Matter.DIGESTS in {item.matter for item in waiting_for(session, town.water, town.now)}
    first_look = town.now
    for _ in range(2):
        with town.writing() as session:
            mark_read(session, town.water, digest.id, context=town.context())
        town.advance(hours=1)
    (digest,) = received(town, town.water)
    assert digest.read_at == first_look
    with town.reading() as session:
        assert (count_digests(session, town.water), count_digests(session, town.water, unread=True)) == (1, 0)
        assert Matter.DIGESTS not in {item.matter for item in waiting_for(session, town.water, town.now)}


def test_older_digests_stand_on_further_pages(town: Town, monkeypatch: pytest.MonkeyPatch):
    """After two months the first ones were in no list any more."""
    monkeypatch.setattr("sharing.digests.LISTED", 2)
    begin(town, town.water)
    for _ in range(3):
        town.publish(GREEN)
        town.advance(days=1)
        tick(town)
    with town.reading() as session:
        first, second = list_digests(session, town.water), list_digests(session, town.water, page=2)
        assert list_digests(session, town.water, page=3) == []
        assert count_digests(session, town.water) == 3
    made = [line.made_at for line in [*first, *second]]
    assert len(first) == 2 and made == sorted(set(made), reverse=True)


def test_the_hour_is_japans(town: Town):
    """It is noon in Japan: 13 o'clock is today, 7 o'clock tomorrow; noon itself is tomorrow too."""
    made = {hour: next_due(DigestSubscription(hour=hour), town.now) for hour in (13, 7, 12)}
    assert made == {
        13: datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
        7: datetime(2026, 11, 20, 22, 0, tzinfo=UTC),
        12: datetime(2026, 11, 21, 3, 0, tzinfo=UTC),
    }


def test_a_changed_hour_replaces_the_old_one(town: Town):
    """One digest a day, at the new hour; the row of the old hour does nothing."""
    begin(town, town.water, hour=13)
    begin(town, town.water, hour=20)
    town.publish(GREEN)
    town.advance(hours=2)
    tick(town)
    assert received(town, town.water) == []
    town.advance(hours=7)
    tick(town)
    assert len(received(town, town.water)) == 1


def test_a_subscription_ends_and_begins_again(town: Town):
    """What came in between is no news; what was received stays."""
    begin(town, town.water)
    with town.writing() as session:
        unsubscribe(session, town.water, context=town.context())
    with town.reading() as session:
        assert find_subscription(session, town.water) is None
    town.publish(GREEN)
    town.advance(days=1)
    tick(town)
    begin(town, town.water)
    town.publish(GREEN)
    town.advance(days=1)
    tick(town)
    (digest,) = received(town, town.water)
    assert len(digest.rows) == 1
    assert town.tags().count("digest:subscription:begin") == 2


def test_a_hat_that_ended_gets_no_digest(town: Town):
    """Nothing is made for who no longer reads, and nothing more becomes due."""
    begin(town, town.water)
    town.publish(GREEN)
    with town.writing() as session:
        session.execute(update(Membership).where(Membership.id == town.water.membership_id).values(ended_at=town.now))
    town.advance(days=1)
    tick(town)
    with town.reading() as session:
        assert session.execute(select(func.count()).select_from(Digest)).scalar_one() == 0
        assert session.execute(select(func.count()).where(Due.state == DueState.WAITING)).scalar_one() == 0


def test_who_reads_nothing_gets_no_digest(town: Town):
    """An auditor has no digest; hours are 0 to 23."""
    with town.writing() as session, pytest.raises(NotPermitted):
        subscribe(session, town.auditor, 7, context=town.context())
    with pytest.raises(NotPermitted):
        begin(town, town.person(town.power.organization, Role.MANAGER))
    with pytest.raises(Invalid):
        begin(town, town.water, hour=24)
