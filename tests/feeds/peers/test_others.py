"""Reading from and sending to the servers that are out there, as the package index has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from feeds.conformance.asking import Login
from feeds.conformance.check import Outcome
from feeds.conformance.run import Wish, run
from feeds.peers import pull
from hub.peering import check_peer
from models.vocabulary import Label, PeerState
from sharing.exchange import peers, sending
from tests.factory import World
from tests.feeds.peers.conftest import LOOPBACK, Reading
from tests.feeds.peers.takers import Sending
from tests.harness import others
from tests.hub.taxii.conftest import indicator

pytestmark = pytest.mark.skipif(others.find_python() is None, reason=others.ENABLE)

MANY = 230
"""More than two pages of a hundred."""


@pytest.fixture(params=sorted(others.SERVERS))
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, others.Server]]:
    """One server after the other, fresh."""
    folder = tmp_path / "other"
    folder.mkdir()
    with others.SERVERS[request.param](folder) as server:
        yield request.param, server


@pytest.fixture
def world(sqlite_hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A hub that may speak to servers on this machine."""
    made = World(sqlite_hub_url, tmp_path, peer_networks=LOOPBACK)
    yield made
    made.close()


def test_pulling(world: World, named: tuple[str, others.Server], monkeypatch: pytest.MonkeyPatch):
    """All pages, in order, once; what a server spoils is refused with the reason, and nothing else is lost.

    OpenTAXII 0.9.3 gives every object its type as `spec_version`.
    """
    name, server = named
    objects = [indicator(Label.GREEN) for _ in range(MANY)]
    for start in range(0, MANY, 50):
        server.ask("objects/", json.dumps({"objects": objects[start : start + 50]}).encode())
    monkeypatch.setattr(pull, "PAGE", 100)
    reading = Reading(world)
    reading.meets(server.url, key=server.key, user_name=server.user)
    pulled = reading.pulls()
    assert pulled.failure == ""
    if name == "opentaxii":
        assert (pulled.published, pulled.refused) == (0, MANY)
        with world.reading() as session:
            sent = peers.list_sent(session, peers.load_peer(session, "abroad"), PeerState.REFUSED)
        assert all("spec_version" in row.reason for row in sent)
    else:
        assert (pulled.published, pulled.refused, pulled.waiting) == (MANY, 0, 0)
        assert reading.sees(reading.office, "electricity") == objects
    checked = check_peer(world.hub, "abroad")
    assert (checked.records, checked.missing) == (MANY, 0), "what was refused is not missing"
    world.advance(minutes=20)
    assert reading.pulls().published == 0


def test_pushing(world: World, named: tuple[str, others.Server]):
    """Everything arrives, once; sent again nothing is doubled. What was posted at once medallion lists in any order."""
    name, server = named
    hub = Sending(world)
    objects = [indicator(name=f"number {number}") for number in range(MANY)]
    hub.posts(*objects)
    hub.adds(server.url, key=server.key, user_name=server.user)
    pushed = hub.sends()
    assert (pushed.failure, pushed.sent, pushed.accepted, pushed.refused) == ("", MANY, MANY, 0)
    assert sorted(server.ids()) == sorted(each["id"] for each in objects)
    with world.writing() as session:
        sending.load_push(session, "aoba").position = 0
    again = hub.sends()
    # medallion counts what it has already as failed.
    assert again.failure == "" and (again.refused if name == "medallion" else again.accepted) == MANY
    assert sorted(server.ids()) == sorted(each["id"] for each in objects)


FAULTS = {
    "medallion": {"T-02", "T-05", "T-14", "T-22b", "T-23b", "T-35b", "T-40", "T-46", "T-48", "T-53"},
    "opentaxii": {"T-02", "T-14", "T-16", "T-23c", "T-35b", "T-40", "T-53b", "T-55"},
}
"""What the released versions do wrong, by the number of the check."""
WEAK: dict[str, set[str]] = {"medallion": {"T-03", "T-27", "T-28"}, "opentaxii": set()}
"""What their known clients stumble on."""


def test_their_faults_are_found(named: tuple[str, others.Server]):
    """By the checks that we make on any server: those that they have, and no others."""
    name, server = named
    login = Login.of(server.key, server.user or None)
    results = list(run(Wish(f"http://{urlsplit(server.root).netloc}/", login, write=True, label=Label.GREEN)))
    for outcome, numbers in ((Outcome.FAULT, FAULTS[name]), (Outcome.WEAK, WEAK[name])):
        found = {each.check.number: each.seen for each in results if each.outcome is outcome}
        assert set(found) == numbers, found
