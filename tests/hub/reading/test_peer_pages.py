"""The page of a peer: how it stands, what waits, why something was refused; for who may decide, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from hub.app import create_app
from hub.peering import pull_peer
from hub.web.exchange import peers as pages
from hub.web.people import account
from models.vocabulary import Door, Label, Tier
from sharing.exchange import peers
from sharing.exchange.peers import NewPeer
from tests.feeds.peers.conftest import odd
from tests.feeds.peers.other_hub import answer
from tests.hub.reading.tools import Reading
from tests.hub.taxii.conftest import indicator
from tests.sharing.reports.conftest import Scene

__all__ = ["odd"]


@pytest.fixture
def app(scene: Scene):
    made = create_app(scene.world.hub, page_groups=(pages, account), machine_doors=())
    made.config["TESTING"] = True
    return made


@pytest.fixture
def met(scene: Scene, odd, monkeypatch):
    """A peer whose first round left two objects waiting and one refused."""
    monkeypatch.setattr("feeds.peers.connection.is_allowed", lambda *_: True)
    bad = {**indicator(Label.GREEN), "created": "yesterday"}
    objects = [indicator(Label.GREEN, name="Beacon <one>"), indicator(Label.RED, name="Only for a few"), bad]
    server = odd(lambda _query, _number: answer(*objects, last="2026-11-20T00:00:00.000001Z"))
    abroad = scene.world.organization(Tier.FOREIGN, "Sharing centre abroad")
    new = NewPeer(name="abroad", organization_id=abroad.id, collection="electricity", url=server.url, floor=Label.GREEN)
    with scene.world.writing() as session:
        context = scene.world.context()
        peers.add_peer(session, scene.world.command(), new, ident=uuid4(), key_sealed=None, context=context)
    assert pull_peer(scene.world.hub, "abroad", Door.JOB).failure == ""
    return objects


@pytest.mark.parametrize("language, waits", [("ja", "確認待ち"), ("en", "Waiting for a decision")])
def test_the_secretariat_sees_what_waits_and_lets_it_on(scene: Scene, reading: Callable, met, language, waits):
    """Words of the objects are text, RED shows no more than that it is there, and one click publishes."""
    office: Reading = reading(scene.office, language)
    assert "abroad" in office.get("/peers/").text
    page = office.get("/peers/abroad/")
    assert waits in page.text
    assert "Beacon &lt;one&gt;" in page.text
    assert "Only for a few" not in page.text
    assert ("自動で通す規則がありません" if language == "ja" else "No rule lets") in page.text
    assert met[2]["id"] in page.text and "/created" in page.text
    with scene.world.reading() as session:
        rows = peers.list_sent(session, peers.load_peer(session, "abroad"), peers.PeerState.WAITING)
        (green,) = [row.id for row in rows if row.label is Label.GREEN]
    sent = office.send(page, "/peers/abroad/decide", do="let_on", object=[str(green)])
    assert sent.status_code == 200
    assert [row.stix_id for row in scene.sees(scene.rival_reader, types=("indicator",))] == [met[0]["id"]]
    aside = office.send(sent, "/peers/abroad/decide", do="set_aside", object=[str(green), "x", "9" * 30, "77"])
    assert aside.status_code == 200


@pytest.mark.parametrize(
    "language, said",
    [
        (
            "ja",
            "/created：正しくは「2026-04-01T09:30:00.000Zのような、ミリ秒以上の精度のUTCの時刻」、実際は「yesterday」",
        ),
        (
            "en",
            "/created: expected a UTC time with at least milliseconds, like 2026-04-01T09:30:00.000Z, found yesterday",
        ),
    ],
)
def test_reasons_and_failures_are_in_the_language_of_the_reader(
    scene: Scene, reading: Callable, met, odd, language, said
):
    """What was kept before reasons had codes is shown as it was kept, and said to be English."""
    office: Reading = reading(scene.office, language)
    page = office.get("/peers/abroad/")
    assert said in page.text and '<span lang="en">' not in page.text
    odd_server = odd(lambda _query, _number: (404, {}, b""))
    with scene.world.writing() as session:
        peer = peers.load_peer(session, "abroad")
        peer.url = odd_server.url
        (row,) = peers.list_sent(session, peer, peers.PeerState.REFUSED)
        row.reason, row.reason_codes = "an old <sentence>", None
    assert pull_peer(scene.world.hub, "abroad", Door.JOB).failure
    page = office.get("/peers/abroad/")
    assert '<span lang="en">an old &lt;sentence&gt;</span>' in page.text
    assert ("キーから見えません（404）" if language == "ja" else "no such collection there") in page.text


def test_nobody_else_knows_of_it(scene: Scene, reading: Callable, met):
    """Another secretariat, a member, a reader: no list, no page, no decision."""
    for actor in (scene.water_office, scene.hanako, scene.rival_reader):
        sitting: Reading = reading(actor)
        assert "abroad" not in sitting.get("/peers/").text
        assert sitting.get("/peers/abroad/").status_code == 404
