"""What is due is done once, by one process; checkpoints follow the log; the clock is watched. On both databases."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crypto.checkpoint import verify_checkpoint
from hub import scheduler
from hub.process.lifetime import meet_clock
from hub.scheduler import ticks
from hub.scheduler.ticks import LEASE, Ticks
from hub.wiring import NotReady
from models.audit import LogState, SignedCheckpoint
from models.job import Due
from models.vocabulary import DueState, Tier
from sharing.actor import Context
from sharing.audit.check.database import check_database
from sharing.audit.checkpoints import list_checkpoints, publish_checkpoint, sign_due
from sharing.audit.record import Event, record
from sharing.audit.state import count_waiting, load_log_head, note_clock
from sharing.audit.tags import Tag
from sharing.errors import ClockLeap, Conflict
from sharing.jobs.due import FIRST_DELAY, MAX_ATTEMPTS, put_due, retry_failed, run_due
from sharing.jobs.leases import LENGTH, find_holder, release_lease, take_lease
from tests.factory import World


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub, on each of the databases."""
    made = World(hub_url, tmp_path)
    yield made
    made.close()


def put(world: World, key: str, due_at: datetime | None = None) -> bool:
    """Ask for something of the kind "thing"."""
    with world.hub.units.database.writing() as session:
        return put_due(session, "thing", key, due_at or world.now, {"key": key})


def row(world: World, key: str) -> Due:
    """The row as it stands."""
    with world.reading() as session:
        found = session.execute(select(Due).where(Due.key == key)).scalar_one()
        session.expunge(found)
        return found


def test_what_is_asked_for_twice_is_done_once(world: World) -> None:
    """The key is unique, also after it was done; what is not due yet waits."""
    done: list[str] = []

    def handle(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        done.append(payload["key"])

    assert put(world, "a")
    assert not put(world, "a")
    assert put(world, "later", world.now + timedelta(hours=1))
    assert run_due(world.hub.units, {"thing": handle}, world.now).done == 1
    assert run_due(world.hub.units, {"thing": handle}, world.now).done == 0
    assert not put(world, "a")
    assert done == ["a"]
    assert row(world, "a").state is DueState.DONE
    world.advance(hours=30)
    assert run_due(world.hub.units, {"thing": handle}, world.now).done == 1
    assert done == ["a", "later"]


def test_a_kind_without_handler_waits(world: World) -> None:
    """An older program leaves alone what a newer one asked for."""
    put(world, "a")
    assert run_due(world.hub.units, {}, world.now).done == 0
    assert row(world, "a").state is DueState.WAITING


def test_a_failure_leaves_nothing_and_is_tried_again_later(world: World) -> None:
    """The work is rolled back, the wait doubles, the text holds no values, and after eight times a person must look."""
    tries: list[datetime] = []

    def fail(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        put_due(session, "thing", f"left behind {len(tries)}", context.now, {})
        tries.append(context.now)
        raise ValueError("very secret")

    put(world, "a")
    for attempt in range(MAX_ATTEMPTS):
        assert run_due(world.hub.units, {"thing": fail}, world.now).failed == 1
        assert run_due(world.hub.units, {"thing": fail}, world.now).failed == 0
        found = row(world, "a")
        assert "very secret" not in found.failure
        assert found.failure.startswith("ValueError")
        assert found.due_at - world.now == min(FIRST_DELAY * 2**attempt, timedelta(hours=1))
        world.advance(hours=1)
    assert row(world, "a").state is DueState.FAILED
    assert run_due(world.hub.units, {"thing": fail}, world.now).failed == 0
    with world.reading() as session:
        assert session.execute(select(Due.key)).scalars().all() == ["a"]
    assert world.tags()[-1] == Tag.JOB_FAILED
    with world.writing() as session:
        assert retry_failed(session, world.command(), context=world.context()) == 1
    assert world.tags()[-1] == Tag.JOB_RETRY
    assert run_due(world.hub.units, {"thing": lambda *_: None}, world.now).done == 1


def test_an_operations_refusal_is_told(world: World) -> None:
    """What an operation says in words may stand in the row."""

    def refuse(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        raise Conflict("expected one, found two")

    put(world, "a")
    run_due(world.hub.units, {"thing": refuse}, world.now)
    assert row(world, "a").failure == "Conflict: expected one, found two"


def test_two_runners_at_once_do_each_row_once(world: World) -> None:
    """Even without the lease nothing is done twice."""
    done: list[str] = []

    def handle(session: Session, payload: Mapping[str, Any], context: Context) -> None:
        done.append(payload["key"])

    keys = [f"key {number}" for number in range(12)]
    for key in keys:
        put(world, key)
    runners = [threading.Thread(target=run_due, args=(world.hub.units, {"thing": handle}, world.now)) for _ in range(3)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sorted(done) == sorted(keys)


def test_a_lease_has_one_holder(world: World) -> None:
    """Another takes over when the holder lets go or falls silent, not before."""

    def take(holder: str) -> bool:
        with world.hub.units.database.writing() as session:
            return take_lease(session, "duty", holder, world.now)

    assert take("one")
    assert not take("two")
    world.advance(seconds=20)
    assert take("one")
    world.advance(seconds=20)
    assert not take("two")
    world.advance(seconds=LENGTH.total_seconds())
    assert take("two")
    assert not take("one")
    with world.hub.units.database.writing() as session:
        release_lease(session, "duty", "one")
        assert find_holder(session, "duty", world.now) == "two"
        release_lease(session, "duty", "two")
    assert take("one")


def test_the_holder_of_the_lease_does_the_jobs(world: World) -> None:
    """Of two processes one signs; when it is gone the other does."""
    one, two = Ticks(world.hub, "one"), Ticks(world.hub, "two")
    one.lease()
    two.lease()
    two.second()
    with world.reading() as session:
        assert list_checkpoints(session) == []
        assert find_holder(session, LEASE, world.now) == "one"
    one.second()
    with world.reading() as session:
        assert len(list_checkpoints(session)) == 1
    world.organization(Tier.COUNCIL, "Council")
    with world.writing() as session:
        put_due(session, "thing", "x", world.now, {})
    one.stop()
    two.lease()
    world.advance(seconds=2)
    two.second()
    with world.reading() as session:
        assert find_holder(session, LEASE, world.now) == "two"


def test_only_the_holder_of_the_lease_has_a_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other only looks; it begins one when it takes over."""
    monkeypatch.setattr(scheduler, "HEAD_START_SECONDS", 0)
    monkeypatch.setattr(scheduler, "LEASE_SECONDS", 0.05)
    before = count_clocks()
    end_first = scheduler.start_jobs(world.hub)
    wait_until(lambda: count_clocks() == before + 1)
    first = holder_of(world)
    end_second = scheduler.start_jobs(world.hub)
    time.sleep(0.5)
    assert count_clocks() == before + 1
    end_first()
    wait_until(lambda: holder_of(world) not in {None, first} and count_clocks() == before + 1)
    end_second()
    wait_until(lambda: count_clocks() == before)
    assert holder_of(world) is None


def test_who_lets_go_of_the_lease_does_not_take_it_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bell that rang while the process stopped took it back, and nobody did the jobs until it ran out."""
    ringing, other = Ticks(world.hub, "one"), Ticks(world.hub, "two")
    ringing.lease()
    looked, go = threading.Event(), threading.Event()
    find = ticks.find_holder

    def find_slowly(*words: Any) -> str | None:
        looked.set()
        go.wait(10)
        return find(*words)

    monkeypatch.setattr(ticks, "find_holder", find_slowly)
    bell = threading.Thread(target=ringing.lease)
    bell.start()
    assert looked.wait(10)
    end = threading.Thread(target=ringing.stop)
    end.start()
    time.sleep(0.2)
    go.set()
    bell.join(10)
    end.join(10)
    assert holder_of(world) is None
    ringing.lease()
    assert holder_of(world) is None
    other.lease()
    assert holder_of(world) == "two"


def wait_until(seen: Callable[[], bool]) -> None:
    """Wait for what another thread does, for half a minute at most."""
    for _ in range(600):
        if seen():
            return
        time.sleep(0.05)
    raise AssertionError("expected it within 30 s")


def count_clocks() -> int:
    """How many schedulers of the library run in this process."""
    return sum(each.name == "APScheduler" for each in threading.enumerate())


def holder_of(world: World) -> str | None:
    """Who does the jobs."""
    with world.reading() as session:
        return find_holder(session, LEASE, world.now)


def test_a_checkpoint_covers_the_log_and_is_signed_once(world: World) -> None:
    """Only what grew is signed, at most once a second; the signature and root hold."""
    signer = world.hub.secrets.log_signers

    def sign() -> bool:
        with world.hub.units.database.writing() as session:
            return publish_checkpoint(session, signer, world.now)

    assert sign()
    assert not sign()
    with world.reading() as session:
        head = load_log_head(session)
        note = list_checkpoints(session)[-1].note
    checkpoint = verify_checkpoint(note, [it.verifying_key for it in signer(head.checkpoint.origin)])
    assert checkpoint == head.checkpoint
    assert checkpoint.origin.startswith("hub.test/log/")
    with world.writing() as session:
        record(session, Event(Tag.HUB_START, world.command()), world.context())
    assert not sign()
    world.advance(seconds=1)
    assert sign()


def test_a_quiet_log_is_signed_again_as_a_heartbeat(world: World) -> None:
    """Every ten minutes the same tree, signed anew and not stored twice."""
    ticks = Ticks(world.hub, "one")
    ticks.lease()
    ticks.second()
    with world.reading() as session:
        first = list_checkpoints(session)[-1]
        session.expunge(first)
    for minutes, signed_at in ((5, first.signed_at), (5, first.signed_at + timedelta(minutes=10))):
        world.advance(minutes=minutes)
        ticks.lease()
        ticks.second()
        with world.reading() as session:
            found = list_checkpoints(session)
            assert [(it.size, it.signed_at) for it in found] == [(first.size, signed_at)]


def test_a_post_never_waits_for_a_signature(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the log's keys sign, no transaction is open: a writer gets in between."""
    ticks = Ticks(world.hub, "one")
    ticks.lease()
    wrote: list[bool] = []

    def sign_and_write(due: Any, signers: Any) -> Any:
        with world.writing() as session:
            record(session, Event(Tag.HUB_START, world.command()), world.context())
        wrote.append(True)
        return sign_due(due, signers)

    monkeypatch.setattr("hub.scheduler.ticks.sign_due", sign_and_write)
    ticks.second()
    assert wrote == [True]
    with world.reading() as session:
        assert list_checkpoints(session)[-1].size == load_log_head(session).size - 1


def test_a_new_year_closes_the_old_shard_with_a_signature(world: World) -> None:
    """The last entries of a year may come after its last checkpoint; the new year's first one signs them."""
    signer = world.hub.secrets.log_signers
    with world.reading() as session:
        old = load_log_head(session)
    world.advance(days=60)
    with world.writing() as session:
        record(session, Event(Tag.HUB_START, world.command()), world.context())
    with world.hub.units.database.writing() as session:
        assert publish_checkpoint(session, signer, world.now)
    with world.reading() as session:
        new = load_log_head(session)
        signed = {(each.shard, each.size) for each in session.execute(select(SignedCheckpoint)).scalars()}
        keys = [it.verifying_key for shard in (old.shard, new.shard) for it in signer(f"{new.origin}/{shard}")]
        checked = check_database(session, keys)
    assert new.shard != old.shard
    assert signed == {(old.shard, old.size), (new.shard, new.size)}
    assert checked.ok, checked.findings


def test_a_running_hub_refuses_a_leap_and_says_so(world: World) -> None:
    """Within the hour the time is noted; beyond it nothing is integrated until somebody looks."""
    with world.reading() as session:
        seen = load_log_head(session).clock_seen
    with world.hub.units.database.writing() as session:
        assert not note_clock(session, seen + 1_000_000)
        assert note_clock(session, seen + 120_000_000)
    world.now += timedelta(hours=3)
    with world.hub.units.database.writing() as session, pytest.raises(ClockLeap):
        note_clock(session, world.hub.units.now_us(session))
    meet_clock(world.hub)
    with world.reading() as session:
        assert load_log_head(session).clock_seen == world.hub.units.now_us(session)


def test_a_clock_that_is_years_ahead_does_not_start(world: World) -> None:
    """Whoever starts with it says that it is right."""
    world.now += timedelta(days=500)
    with pytest.raises(NotReady, match="--accept-clock"):
        meet_clock(world.hub)
    meet_clock(world.hub, whatever=True)


@pytest.mark.postgres
def test_what_waited_is_integrated_by_the_next_tick(postgres_hub_url: str, tmp_path: Path) -> None:
    """A process that was killed between recording and integration leaves its entry to the others."""
    world = World(postgres_hub_url, tmp_path)
    with world.hub.units.database.writing() as session:
        record(session, Event(Tag.HUB_START, world.command()), world.context())
    with world.reading() as session:
        assert count_waiting(session) == 1
    ticks = Ticks(world.hub, "one")
    ticks.lease()
    ticks.second()
    with world.reading() as session:
        assert count_waiting(session) == 0
    ticks.stop()
    world.close()


def test_a_job_that_fails_does_not_stop_the_others(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken database is logged once a minute; nothing is raised into the scheduler."""
    ticks = Ticks(world.hub, "one")
    ticks.lease()
    with world.hub.units.database.writing() as session:
        session.execute(update(LogState).values(frontier=b"broken"))
    for _ in range(3):
        ticks.second()
    logged = capsys.readouterr().err
    assert logged.count("job_failed") >= 1
    assert "broken" not in logged


def test_a_clock_that_goes_back_neither_blocks_the_jobs_nor_silences_the_log(world: World) -> None:
    """A lease from a day ahead, whose holder was killed, binds nobody; the heartbeat of the log goes on."""
    with world.hub.units.database.writing() as session:
        assert take_lease(session, LEASE, "killed", world.now)
        publish_checkpoint(session, world.hub.secrets.log_signers, world.now, at_once=True)
    earlier = world.now - timedelta(days=1)
    with world.hub.units.database.writing() as session:
        assert find_holder(session, LEASE, earlier) is None
        assert take_lease(session, LEASE, "next", earlier)
        assert find_holder(session, LEASE, earlier) == "next"
        assert not take_lease(session, LEASE, "another", earlier)
        assert publish_checkpoint(session, world.hub.secrets.log_signers, earlier)
        assert not publish_checkpoint(session, world.hub.secrets.log_signers, earlier)
