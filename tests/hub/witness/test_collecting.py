"""The hub's side: cosignatures come in beside everything else, bad witnesses are named, a loss has a way out."""

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import delete, select

from crypto import keys
from crypto.checkpoint import verify_checkpoint
from crypto.cosignature import WitnessKey, verify_quorum
from crypto.entry import parse_leaf
from crypto.tree_head import parse_checkpoint_text
from hub.cli import main
from hub.log.witness_client import Collector, find_larger_trees
from hub.process.lifetime import meet_witnesses
from hub.scheduler.ticks import Ticks
from hub.wiring import NotReady
from models.audit import AuditEntry
from models.vocabulary import Role, Tier
from models.witnessing import KeptCosignature
from sharing.audit.checking import check_database
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.cosignatures import list_witnesses, load_newest_note
from sharing.audit.record import Event, record
from sharing.audit.recover import approve_loss, declare_loss, find_waiting
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag
from sharing.audit.witnesses import add_witness, list_questions, load_standings, quorum, remove_witness
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from tests.factory import PASSWORD, SEED, World
from tests.hub.witness.watching import Watchers, closing_nothing, grow, keep, newest, problems, put_back


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub, on each of the databases."""
    made = World(database_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def little(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub in one file, which can be copied and put back."""
    made = World(sqlite_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def watchers(tmp_path: Path) -> Iterator[Watchers]:
    """Nobody yet."""
    made = Watchers(tmp_path)
    yield made
    made.close()


def test_cosignatures_come_in_and_stand_under_the_checkpoint(world: World, watchers: Watchers) -> None:
    """Two of three are enough; each is asked once for a checkpoint, and again at the heartbeat."""
    watchers.join(world, 3)
    collector = Collector(world.hub)
    for count in (1, 5, 300):
        grow(world, count)
        assert collector.collect() == 3
        assert collector.collect() == 0
    with world.reading() as session:
        witnesses = [keys.VerifyingKey.parse(each.vkey) for each in list_witnesses(session)]
        head = load_log_head(session)
        standings = load_standings(session, world.person(world.organization(Tier.AUDITOR, "A"), Role.AUDITOR), wanted=0)
    note = newest(world)
    known = [*world.hub.secrets.log_verifying_keys(head.checkpoint.origin), *witnesses]
    assert verify_checkpoint(note, known) == head.checkpoint
    assert len(verify_quorum(note, witnesses, 3)) == 3
    assert (standings.agreed, standings.needed) == (3, 2)
    assert {each.behind for each in standings.witnesses} == {0}
    world.advance(minutes=11)
    with world.hub.units.database.writing() as session:
        assert publish_checkpoint(session, world.hub.secrets.log_signers, world.now)
    assert collector.collect() == 3


def test_a_lost_memory_of_the_hub_is_mended_by_409(world: World, watchers: Watchers) -> None:
    """The hub begins at 0 for a witness that was removed and came back; the witness says what it knows."""
    watchers.join(world, 1)
    grow(world)
    Collector(world.hub).collect()
    with world.hub.units.database.writing() as session:
        session.execute(delete(KeptCosignature))
    grow(world, 3)
    assert Collector(world.hub).collect() == 1


class _Odd(http.server.BaseHTTPRequestHandler):
    """A witness that answers whatever a test wants."""

    answer: Callable[["_Odd"], None]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).answer(self)

    do_GET = do_POST

    def log_message(self, *_: object) -> None: ...


def _say(status: int, body: bytes) -> Callable[[_Odd], None]:
    def say(handler: _Odd) -> None:
        handler.send_response(status)
        handler.end_headers()
        handler.wfile.write(body)

    return say


def _drip(handler: _Odd) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.3)
    except OSError:
        pass


def _forged(handler: _Odd) -> None:
    """A cosignature of another key under the right name."""
    key = WitnessKey.from_pem(keys.generate_ed25519(), "odd.example")
    text = b"hub.test/log/2026\n1\n" + b"A" * 43 + b"=\n"
    _say(200, key.cosign(text, 1))(handler)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda handler: time.sleep(1.5), "did not answer within a second"),
        (_drip, "did not answer in time"),
        (_say(200, b"<html>it works</html>"), "no cosignature of its key"),
        (_say(200, b"\xff\x00" * 5000), "no cosignature of its key"),
        (_say(200, b""), "no cosignature of its key"),
        (_forged, "no cosignature of its key"),
        (_say(409, b"999999\n"), "holds a larger tree (999999 entries)"),
        (_say(409, b"0\n"), "another hub signs under the same name"),
        (_say(409, b"many\n"), "409 without its size"),
        (_say(422, b"no\n"), "does not go on from the one that it cosigned"),
        (_say(403, b"not signed\n"), "answered 403: not signed"),
        (_say(500, b""), "answered 500: without a word"),
        (lambda handler: handler.wfile.write(b"gibberish\r\n\r\n"), "is not reached"),
    ],
)
def test_a_bad_witness_is_told_in_words_and_delays_nobody(
    little: World, watchers: Watchers, answer: Callable[[_Odd], None], words: str
) -> None:
    """Hanging, dripping, garbage, a wrong key, 409, 422: the others sign, and reports go on meanwhile."""
    watchers.join(little, 2)
    key = WitnessKey.from_pem(keys.generate_ed25519(), "odd.example")
    handler = type("Handler", (_Odd,), {"answer": staticmethod(answer)})
    watchers.serve(little, key, http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
    grow(little)
    collector = Collector(little.hub)
    asking = threading.Thread(target=collector.collect)
    asking.start()
    began = time.monotonic()
    with little.writing() as session:  # a report in the middle of it
        record(session, Event(Tag.HUB_START, little.command()), little.context())
    assert time.monotonic() - began < 1.0
    asking.join()
    told = problems(little)
    assert words in told["odd.example"]
    assert {told[name] for name in told if name != "odd.example"} == {""}
    with little.reading() as session:
        assert {it.name for it in list_questions(session, little.now)} == set()
        shown = load_newest_note(session, "2026")
    assert (shown.witnesses, shown.known) == (("w0.example", "w1.example"), 3)


def test_an_unreachable_witness_stops_nothing(world: World, watchers: Watchers) -> None:
    """Neither the start nor the jobs; it is asked again after a while."""
    watchers.join(world, 1)
    grow(world)
    watchers.close()
    watchers.servers.clear()
    Collector(world.hub).collect()
    assert "is not reached" in problems(world)["w0.example"]
    assert find_larger_trees(world.hub) == []
    meet_witnesses(world.hub)
    with world.reading() as session:
        assert list_questions(session, world.now) == []
        assert len(list_questions(session, world.now.replace(year=2027))) == 1


def test_the_scheduler_asks_by_itself(world: World, watchers: Watchers) -> None:
    """The holder of the lease, and nobody else."""
    watchers.join(world, 1)
    grow(world)
    one, two = Ticks(world.hub, "one"), Ticks(world.hub, "two")
    one.lease()
    two.lease()
    two.witnesses()
    with world.reading() as session:
        assert load_newest_note(session, "2026").witnesses == ()
    one.witnesses()
    with world.reading() as session:
        assert load_newest_note(session, "2026").witnesses == ("w0.example",)


def test_attack_3_a_restored_backup_does_not_start(little: World, watchers: Watchers, tmp_path: Path) -> None:
    """The witness holds more than the database: the words say what happened and what to do."""
    watchers.join(little, 2)
    grow(little, 3)
    keep(little, tmp_path / "backup")
    grow(little, 4)
    assert Collector(little.hub).collect() == 2
    put_back(little, tmp_path / "backup")
    with pytest.raises(NotReady) as refused:
        meet_witnesses(little.hub)
    (words, *_) = refused.value.problems
    assert len(refused.value.problems) == 2
    assert "an older backup was restored" in words
    assert "ceptoar-hub log recover" in words


def test_attack_2_a_rewritten_database_does_not_start(little: World, watchers: Watchers) -> None:
    """A row rewritten, the tree rebuilt and signed anew with the real keys: the witness holds another tree."""
    from crypto.merkle import Frontier, leaf_hash
    from models.audit import LogState, SignedCheckpoint

    watchers.join(little, 3)
    grow(little, 5)
    Collector(little.hub).collect()
    with little.hub.units.database.writing() as session:
        rows = list(session.execute(select(AuditEntry).order_by(AuditEntry.log_index)).scalars())
        rows[2].leaf = bytes(rows[2].leaf or b"")[:-2] + b"2}"
        rows[2].leaf_hash = leaf_hash(rows[2].leaf)
        state = session.execute(select(LogState)).scalar_one()
        state.frontier = Frontier().extend([bytes(row.leaf_hash or b"") for row in rows]).to_bytes()
        session.query(SignedCheckpoint).delete()
    assert len(find_larger_trees(little.hub)) == 3
    grow(little)
    assert Collector(little.hub).collect() == 0
    assert all("does not go on" in words or "another tree" in words for words in problems(little).values())


def test_two_hubs_of_one_origin_are_found(little: World, watchers: Watchers, tmp_path: Path) -> None:
    """A copy that was started beside the hub: whoever comes second is told, and does not start again."""
    watchers.join(little, 1)
    grow(little)
    keep(little, tmp_path / "copy")
    Collector(little.hub).collect()
    grow(little, 2)
    Collector(little.hub).collect()
    put_back(little, tmp_path / "copy")
    little.advance(hours=0.1)
    grow(little, 2)
    assert Collector(little.hub).collect() == 0
    assert "another hub signs under the same name" in problems(little)["w0.example"]
    assert "another tree" in find_larger_trees(little.hub)[0]


def test_the_way_out_of_a_real_loss_takes_two(little: World, watchers: Watchers, tmp_path: Path) -> None:
    """The next shard of the same year names the last witnessed checkpoint and what is lost; then all goes on."""
    hub_organization = little.organization(Tier.HUB, "Operator")
    one = little.person(hub_organization, Role.ADMINISTRATOR).account_id
    two = little.person(hub_organization, Role.ADMINISTRATOR).account_id
    assert one is not None
    assert two is not None
    watchers.join(little, 2)
    grow(little, 3)
    keep(little, tmp_path / "backup")
    with little.reading() as session:
        before = load_log_head(session)
    grow(little, 4)
    Collector(little.hub).collect()
    seen = newest(little)
    witnessed = parse_checkpoint_text(seen.split(b"\n\n")[0] + b"\n")
    put_back(little, tmp_path / "backup")
    context = little.context()
    with little.hub.units.database.writing() as session:
        with pytest.raises(Invalid):
            declare_loss(session, one, witnessed, " ", context=context)
        with pytest.raises(Conflict, match="nothing is lost"):
            declare_loss(session, one, before.checkpoint, "fire", context=context)
        declare_loss(session, one, witnessed, "fire", context=context)
        with pytest.raises(Conflict, match="waits already"):
            declare_loss(session, two, witnessed, "fire", context=context)
    now_us = little._now_us()
    with little.hub.units.database.writing() as session:
        with pytest.raises(NotPermitted, match="declared by two"):
            approve_loss(session, one, little.command(), now_us=now_us, context=context)
        done = approve_loss(session, two, little.command(), now_us=now_us, context=context)
    assert (done.shard, done.lost_from, done.lost_before) == ("2026-2", before.size, witnessed.size)
    with little.reading() as session:
        assert find_waiting(session) is None
        first = session.execute(select(AuditEntry).where(AuditEntry.shard == "2026-2")).scalar_one()
        assert parse_leaf(bytes(first.leaf or b"")).bridge == witnessed.text.decode()
    meet_witnesses(little.hub)  # starts again
    grow(little, 2)
    assert Collector(little.hub).collect() == 2
    assert set(problems(little).values()) == {""}
    with little.reading() as session:
        head = load_log_head(session)
        assert head.shard == "2026-2"
        found = [
            it for shard in ("2026", "2026-2") for it in little.hub.secrets.log_verifying_keys(f"hub.test/log/{shard}")
        ]
        checked = check_database(session, found, remembered=[seen])
    # The people of this world were written straight into their tables; of those the trail knows nothing.
    assert [each.what for each in checked.findings if "without an entry" not in each.what] == []
    assert [(it.shard, it.first, it.end) for it in checked.report.losses] == [("2026", before.size, witnessed.size)]
    little.advance(days=60)
    grow(little)
    with little.reading() as session:
        assert load_log_head(session).shard == "2027"


def test_the_command_recovers(
    little: World, watchers: Watchers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two administrators at the machine, each with password and code; nothing before the second."""
    organization = little.organization(Tier.HUB, "Operator")
    for name in ("ichiro", "jiro"):
        little.person(organization, Role.ADMINISTRATOR, username=name, password=True)
    clerk = little.person(little.organization(Tier.COUNCIL, "Council"), Role.COUNCIL, username="clerk", password=True)
    assert clerk.account_id
    watchers.join(little, 1)
    grow(little, 3)
    keep(little, tmp_path / "backup")
    grow(little, 4)
    Collector(little.hub).collect()
    put_back(little, tmp_path / "backup")
    monkeypatch.setattr("hub.cli.log_witness.opened", lambda _data: closing_nothing(little.hub))
    code = pyotp.TOTP(SEED).at(little.now)
    answers: list[str] = []
    monkeypatch.setattr("hub.cli.log_witness.click.prompt", lambda *_, **__: answers.pop(0))

    def run(*words: str, given: tuple[str, ...]) -> int:
        answers[:] = given
        return main(["log", "recover", "--data", str(tmp_path), *words])

    right = (PASSWORD, code)
    assert run("--reason", "fire", "--username", "clerk", given=right) == 2
    assert run("--reason", "fire", "--username", "ichiro", given=("wrong", code)) == 2
    assert run("--reason", "fire", "--username", "ichiro", given=right) == 0
    assert run("--approve", "--username", "ichiro", given=right) == 2
    assert run("--reason", "fire", "--approve", given=()) == 2
    assert run("--approve", "--username", "jiro", given=right) == 0
    with little.reading() as session:
        assert load_log_head(session).shard == "2026-2"


def test_a_witness_is_added_and_removed_in_the_trail(world: World) -> None:
    """One entry each; wrong keys, names that are taken and addresses that are none are refused."""
    key = WitnessKey.from_pem(keys.generate_ed25519(), "w.example").verifying_key
    log_key = world.hub.secrets.log_verifying_keys("hub.test/log/2026")[0]
    context = world.context()
    reporter = world.person(world.operator("Power"), Role.REPORTER)
    with world.writing() as session:
        add_witness(session, world.command(), key.vkey, "http://127.0.0.1:1/", context=context)
        with pytest.raises(NotPermitted):
            add_witness(session, reporter, key.vkey, "http://127.0.0.1:1", context=context)
        for vkey, url in (
            (log_key.vkey, "http://a"),
            ("x", "http://a"),
            (key.vkey, "ftp://a"),
            (key.vkey, "http://a?b"),
        ):
            with pytest.raises(Invalid):
                add_witness(session, world.command(), vkey, url, context=context)
        with pytest.raises(Conflict):
            add_witness(session, world.command(), key.vkey, "http://a", context=context)
    with world.writing() as session:
        remove_witness(session, world.command(), "w.example", context=context)
        with pytest.raises(NotVisible):
            remove_witness(session, world.command(), "w.example", context=context)
    tags = world.tags()
    assert (tags.count(Tag.WITNESS_ADD), tags.count(Tag.WITNESS_REMOVE)) == (1, 1)
    other = WitnessKey.from_pem(keys.generate_ed25519(), "w.example").verifying_key
    with world.writing() as session:
        with pytest.raises(Conflict, match="another key before"):
            add_witness(session, world.command(), other.vkey, "http://a", context=context)
        add_witness(session, world.command(), key.vkey, "http://b", context=context)


@pytest.mark.parametrize(
    ("known", "wanted", "needed"),
    [(0, 0, 0), (1, 0, 1), (2, 0, 2), (3, 0, 2), (4, 0, 3), (3, 1, 1), (3, 5, 3), (0, 2, 0)],
)
def test_how_many_are_needed(known: int, wanted: int, needed: int) -> None:
    """The larger half, or what the settings say, but never more than there are."""
    assert quorum(known, wanted) == needed


def test_a_port_of_nobody(world: World) -> None:
    """An address on which nothing listens is a problem in words, not an error."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    key = WitnessKey.from_pem(keys.generate_ed25519(), "w.example").verifying_key
    with world.writing() as session:
        add_witness(session, world.command(), key.vkey, url, context=world.context())
    grow(world)
    assert Collector(world.hub).collect() == 0
    assert "is not reached" in problems(world)["w.example"]
