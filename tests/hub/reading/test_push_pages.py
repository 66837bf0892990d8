"""The pages of servers sent to: an administrator sees numbers, the organization agrees and sees what was refused."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from feeds.reasons.codes import Code
from feeds.reasons.reason import because, spell
from hub.app import create_app
from hub.peering import send_push
from hub.web.exchange import connect
from hub.web.exchange import pushes as pages
from hub.web.people import account, my_account
from models.vocabulary import Label
from sharing.exchange import pushes
from sharing.exchange.pushes import NewPush
from tests.feeds.peers.takers import Taker, taker
from tests.hub.reading.tools import Reading
from tests.hub.taxii.conftest import indicator
from tests.sharing.reports.conftest import Scene
from tests.sharing.whole import indicator as small
from tests.sharing.whole import post

__all__ = ["taker"]


@pytest.fixture
def app(scene: Scene):
    made = create_app(scene.world.hub, page_groups=(pages, account, my_account, connect), machine_doors=())
    made.config["TESTING"] = True
    return made


@pytest.fixture
def added(scene: Scene, taker: Taker, monkeypatch):
    """A server of the rival's organization that refuses the first object."""
    monkeypatch.setattr("feeds.peers.connection.is_allowed", lambda *_: True)
    new = NewPush(name="rival", organization_id=scene.rival_reader.organization.id, url=taker.url, highest=Label.AMBER)
    with scene.world.writing() as session:
        context = scene.world.context()
        pushes.add_push(session, scene.world.command(), new, ident=uuid4(), key_sealed=None, context=context)


@pytest.mark.parametrize(
    "language, waits, agrees",
    [("ja", "同意待ち", "この送信先に同意する"), ("en", "Waits for agreement", "Agree to this")],
)
def test_the_organization_agrees_and_sees_what_was_not_taken(
    scene: Scene, reading: Callable, added, taker: Taker, language, waits, agrees
):
    """From the page of connecting to the agreement, the first round and its reasons, and the end."""
    ident = indicator()["id"]
    post(scene.world, scene.office, small(Label.GREEN, stix_id=ident), small(Label.GREEN))
    rival: Reading = reading(scene.rival_reader, language)
    page = rival.get("/connect/").text
    assert "/pushes/" in page
    listed = page.partition("<tbody")[2]
    inbox, telecommunications, finance, port = "209b9894", "dec825ae", "2cedbdc5", "58c93a3f"
    assert listed.index(inbox) < listed.index(telecommunications) < listed.index(finance) < listed.index(port)
    assert waits in rival.get("/pushes/").text
    page = rival.get("/pushes/rival/")
    assert taker.url in page.text and agrees in page.text
    assert rival.send(page, "/pushes/rival/agree").status_code == 200
    failed = {"id": ident, "version": "1", "message": "not <here>"}
    taker.says = lambda _taker, _objects: (202, {"failure_count": 1, "failures": [failed]})
    assert send_push(scene.world.hub, "rival").refused == 1
    page = rival.get("/pushes/rival/")
    assert "not &lt;here&gt;" in page.text and ident in page.text
    assert rival.send(page, "/pushes/rival/end").status_code == 200
    assert agrees not in rival.get("/pushes/rival/").text


def test_whoever_agrees_sees_how_the_address_is_reached(scene: Scene, reading: Callable):
    """An administrator's own proxy and certificate before an address of the organization: it could read all."""
    context, pin = scene.world.context(), "ab" * 32
    new = NewPush(
        name="rival",
        organization_id=scene.rival_reader.organization.id,
        url="https://taxii.rival.example/hub/",
        proxy="http://192.0.2.7:3128",
        pin=pin,
    )
    with scene.world.writing() as session:
        pushes.add_push(session, scene.world.command(), new, ident=uuid4(), key_sealed=None, context=context)
    page = reading(scene.rival_reader, "en").get("/pushes/rival/").text
    assert "192.0.2.7" in page and pin in page and "can read what is sent" in page


@pytest.mark.parametrize(
    "language, said",
    [
        ("ja", "このコレクションはTLP:GREENまでです（このオブジェクトはTLP:AMBER）"),
        ("en", "expected at most TLP:GREEN in this collection, found TLP:AMBER"),
    ],
)
def test_another_hubs_reasons_are_in_the_language_of_the_reader(
    scene: Scene, reading: Callable, added, taker: Taker, language, said
):
    """It gives their codes beside its English; codes that nobody knows leave the English."""
    ident = indicator()["id"]
    post(scene.world, scene.office, small(Label.GREEN, stix_id=ident), small(Label.GREEN))
    rival: Reading = reading(scene.rival_reader, language)
    rival.send(rival.get("/pushes/rival/"), "/pushes/rival/agree")
    why = because(Code.TOO_STRICT, highest="TLP:GREEN", found="TLP:AMBER")
    failed = [
        {"id": ident, "version": "1", "message": str(why), "x_reasons": spell([why])},
        {"id": ident, "version": "2", "message": "not here", "x_reasons": [{"code": "unheard-of"}]},
    ]
    taker.says = lambda _taker, _objects: (202, {"failure_count": 2, "failures": failed})
    assert send_push(scene.world.hub, "rival").refused == 2
    page = rival.get("/pushes/rival/")
    assert said in page.text and '<span lang="en">not here</span>' in page.text


def test_others_see_numbers_or_nothing(scene: Scene, reading: Callable, added, taker: Taker):
    """The administrator: state and numbers, no ids, no agreeing. Another organization: nothing at all."""
    root: Reading = reading(scene.world.administrator(), "en")
    page = root.get("/pushes/rival/")
    assert taker.url in page.text and "Agree to this" not in page.text
    for actor in (scene.office, scene.water_office, scene.hanako):
        sitting: Reading = reading(actor)
        assert "rival" not in sitting.get("/pushes/").text
        assert sitting.get("/pushes/rival/").status_code == 404
