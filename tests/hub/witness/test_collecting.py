"""The hub's side: cosignatures come in beside everything else, and bad witnesses are named."""

import http.server
import socket
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import delete

from crypto import keys
from crypto.checkpoint import verify_checkpoint
from crypto.cosignature import WitnessKey, verify_quorum
from hub.log.witness_client import Collector, find_larger_trees
from hub.process.lifetime import meet_witnesses
from hub.scheduler.ticks import Ticks
from models.vocabulary import Role, Tier
from models.witnessing import KeptCosignature
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.cosignatures import list_witnesses, load_newest_note
from sharing.audit.record import Event, record
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag
from sharing.audit.witnesses import add_witness, list_questions, load_standings, quorum, remove_witness
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from tests.factory import World
from tests.hub.witness.watching import Watchers, grow, newest, problems


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
