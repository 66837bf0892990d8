"""Sending to other servers: what goes out, in which order, how often, and on whose word."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from crypto.publisher import KEY_PREFIX, PublisherSigner, key_statement
from feeds.peers import push as pushing
from feeds.peers.connection import PeerConnection
from feeds.peers.push import MOST_IN_A_ROW, Pushed
from feeds.signatures.signing import sign_envelope
from models.audit import Disclosure
from models.push import PushReceipt
from models.vocabulary import Door, Label, Role, Tier
from sharing.audit.tags import Tag
from sharing.collections.access import load_collection
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.exchange import pushes, sending
from sharing.people.organizations import dismiss_organization
from sharing.readers import load_reader
from sharing.signing.keys import Statement, register_signing_key
from sharing.signing.submissions import collection_audience
from tests.factory import World
from tests.feeds.peers.conftest import LOOPBACK, TAXII
from tests.feeds.peers.other_hub import Other, other
from tests.feeds.peers.takers import Sending, Taker, taker
from tests.hub.taxii.conftest import indicator

__all__ = ["other", "taker"]


@pytest.fixture
def hub(hub_url: str, tmp_path: Path) -> Iterator[Sending]:
    """A fresh hub that may send to servers on this machine."""
    world = World(hub_url, tmp_path, peer_networks=LOOPBACK)
    yield Sending(world)
    world.close()


def test_what_the_organization_may_read_is_sent_in_order_and_on_record(hub: Sending, taker: Taker):
    """GREEN of its sector goes; AMBER+STRICT, RED and its own do not; receipts and disclosures stand in the trail."""
    first, second = indicator(), indicator(Label.CLEAR)
    hub.posts(first, indicator(Label.AMBER_STRICT), indicator(Label.RED), second)
    hub.adds(taker.url, key="a secret")
    pushed = hub.sends()
    assert (pushed.failure, pushed.sent, pushed.accepted, pushed.refused) == ("", 2, 2, 0)
    assert taker.taken == [first, second]
    assert taker.headers["Authorization"] == "Bearer a secret"
    assert (taker.headers["Content-Type"], taker.headers["Accept"]) == (TAXII, TAXII)  # medallion wants exactly this
    assert hub.sends().sent == 0 and len(taker.bodies) == 1
    third = indicator()
    hub.posts(third)
    assert hub.standing().waiting_since is not None
    assert hub.sends().sent == 1 and taker.taken == [first, second, third]
    standing = hub.standing()
    assert (standing.sent, standing.refused, standing.waiting_since) == (3, 0, None)
    assert standing.push.sent_at == hub.world.now
    with hub.world.reading() as session:
        receipts = session.execute(select(PushReceipt).order_by(PushReceipt.id)).scalars().all()
        given = session.execute(select(Disclosure).order_by(Disclosure.id)).scalars().all()
    assert [each.digest for each in receipts] == [sha256(body).digest() for body in taker.bodies]
    assert [(each.door, each.organization_id, each.count) for each in given] == [
        (Door.PUSH, hub.target.id, 2),
        (Door.PUSH, hub.target.id, 1),
    ]
    assert hub.count(Tag.PUSH_SEND) == 2 and hub.count(Tag.DISCLOSURE) == 2


def test_to_another_hub_of_ours_byte_for_byte_once(hub: Sending, other: Other):
    """The other hub holds the very bytes; sending all of it again doubles nothing."""
    objects = [indicator(name=f"通信 {number}") for number in range(7)]
    hub.posts(*objects[:4])
    hub.posts(*objects[4:])
    hub.adds(other.url, key=other.key)
    pushed = hub.sends()
    assert (pushed.failure, pushed.accepted, pushed.refused) == ("", 7, 0)
    came = other.client.get(f"collections/{other.ident}/objects/", params={"match[version]": "all"})
    assert came.json()["objects"] == objects
    with hub.world.writing() as session:
        sending.load_push(session, "aoba").position = 0
    assert hub.sends().accepted == 7
    again = other.client.get(f"collections/{other.ident}/objects/", params={"match[version]": "all"})
    assert again.content == came.content


def signed_post(hub: Sending, *objects: dict[str, Any]) -> list[dict[str, Any]]:
    """Publish signed objects as the secretariat does with a key of its own; what its readers see of them."""
    signer = PublisherSigner(Ed25519PrivateKey.generate())
    world = hub.world
    value = key_statement("register", str(hub.office.organization.id), signer.public, world.now)
    with world.writing() as session:
        statement = Statement(value, (signer.sign(KEY_PREFIX, value),))
        register_signing_key(session, world.command(), statement, context=world.context())
    world.advance(seconds=1)
    with world.reading() as session:
        opened = load_collection(session, load_reader(session, hub.office), "electricity")
        audience = collection_audience(session, opened.collection.id)
    body = json.dumps({"objects": objects}).encode()
    whole = json.loads(sign_envelope(body, signer, audience, now=world.now, random_bytes=os.urandom))["objects"]
    hub.posts(*whole)
    kept = [each for each in whole if each["type"] != "ceptoar-manifest"]
    return sorted(kept, key=lambda each: each["type"], reverse=True)


@pytest.mark.parametrize("batch", [10_000_000, 1])
def test_signatures_reach_another_hub_with_their_objects(hub: Sending, other: Other, monkeypatch, batch: int):
    """Its key is registered here, not there: both are taken, also where each comes in a batch of its own.

    They were refused once, the object with them, since the other hub wanted a key of whoever sends.
    """
    monkeypatch.setattr(sending, "BATCH_BYTES", batch)
    kept = signed_post(hub, *(indicator(name=f"signed {number}") for number in range(3)))
    hub.adds(other.url, key=other.key)
    pushed = hub.sends()
    assert (pushed.failure, pushed.accepted, pushed.refused) == ("", 6, 0), hub.row().failure
    came = other.client.get(f"collections/{other.ident}/objects/", params={"match[version]": "all"})
    assert came.json()["objects"] == kept
    assert [each["type"] for each in kept] == ["indicator"] * 3 + ["ceptoar-signature"] * 3


def test_signatures_go_with_the_types_that_are_sent(hub: Sending, taker: Taker):
    """A push of indicators sends their signatures, and none of what it does not send."""
    other_type = {
        key: value for key, value in indicator().items() if key not in {"pattern", "pattern_type", "valid_from"}
    }
    ident = other_type["id"].replace("indicator", "campaign")
    kept = signed_post(hub, indicator(), {**other_type, "type": "campaign", "id": ident, "name": "a campaign"})
    hub.adds(taker.url, types=("indicator",))
    assert hub.sends().sent == 2
    assert taker.taken == [
        each for each in kept if each["type"] == "indicator" or "indicator" in each.get("related_to", "")
    ]


def test_nothing_leaves_before_the_organization_agrees(hub: Sending, taker: Taker):
    """An administrator alone cannot have anything sent; nor can somebody of another organization agree."""
    hub.posts(indicator())
    hub.adds(taker.url, agreed=False)
    manager = hub.world.person(hub.target, Role.MANAGER)
    assert "agree" in hub.sends().failure and not taker.bodies
    with hub.world.reading() as session:
        assert pushes.list_due_pushes(session, hub.world.now + timedelta(days=9)) == []
        sealer = hub.world.hub.secrets.cursor
        assert pushes.list_pushes(session, hub.stranger, sealer) == []
        assert len(pushes.list_pushes(session, hub.person, sealer)) == 1
    with hub.world.writing() as session:
        for actor, error in ((hub.stranger, NotVisible), (hub.world.command(), NotVisible)):
            with pytest.raises(error):
                pushes.agree_push(session, actor, "aoba", context=hub.world.context())
        with pytest.raises(NotPermitted):
            pushes.agree_push(session, manager, "aoba", context=hub.world.context())
        pushes.agree_push(session, hub.person, "aoba", context=hub.world.context())
    with hub.world.writing() as session, pytest.raises(Conflict):
        pushes.agree_push(session, hub.person, "aoba", context=hub.world.context())
    assert hub.sends().sent == 1
    with hub.world.writing() as session:
        with pytest.raises(NotVisible):
            pushes.end_push(session, hub.stranger, "aoba", context=hub.world.context())
        pushes.end_push(session, hub.person, "aoba", context=hub.world.context())
    with pytest.raises(NotVisible):
        hub.sends()


def test_whoever_agrees_can_read_what_is_sent(hub: Sending):
    """A desk of the NCO does not agree to what only its analysts read."""
    nco = hub.world.organization(Tier.NCO, "NCO")
    desk, analyst = hub.world.person(nco, Role.DESK), hub.world.person(nco, Role.ANALYST)
    hub.adds("https://nco.example/taxii2/root/collections/1/", agreed=False, organization_id=nco.id)
    with hub.world.writing() as session:
        with pytest.raises(NotPermitted):
            pushes.agree_push(session, desk, "aoba", context=hub.world.context())
        push = sending.load_push(session, "aoba")
        assert not pushes.is_own(desk, push) and pushes.is_own(analyst, push)
        pushes.agree_push(session, analyst, "aoba", context=hub.world.context())


def test_a_lost_answer_sends_exactly_the_same_again(hub: Sending, taker: Taker):
    """Under the same key, though more has come meanwhile; disclosed once; the new waits its turn."""
    first, second = indicator(), indicator()
    hub.posts(first)
    hub.adds(taker.url, every_minutes=10)
    taker.says = lambda _taker, _objects: (0, {})
    for minutes in (10, 20):
        assert hub.sends().failure
        assert hub.row().due_at == hub.world.now + timedelta(minutes=minutes)
    hub.posts(second)
    taker.says = lambda _taker, _objects: None
    assert hub.sends().sent == 2
    assert taker.bodies[0] == taker.bodies[1] == taker.bodies[2] and len(set(taker.keys[:3])) == 1
    assert taker.taken == [first, second]
    assert hub.count(Tag.DISCLOSURE) == 2
    assert (hub.row().attempts, hub.row().failure) == (0, "")


def test_what_a_lost_right_leaves_is_not_sent_again(hub: Sending, taker: Taker):
    """Between a lost answer and the next try the organization leaves: nothing more goes there."""
    hub.posts(indicator())
    hub.adds(taker.url)
    taker.says = lambda _taker, _objects: (0, {})
    assert hub.sends().failure
    with hub.world.writing() as session:
        dismiss_organization(session, hub.world.command(), hub.target.id, context=hub.world.context())
    taker.says = lambda _taker, _objects: None
    hub.sends()
    assert taker.taken == []


def test_one_bad_object_does_not_hold_up_the_others(hub: Sending, taker: Taker):
    """As OpenTAXII: one bad object refuses all; half as much is sent until it is found. Its reason is kept."""
    objects = [indicator(name=str(number)) for number in range(9)]
    bad = objects[6]["id"]
    hub.posts(*objects)

    def says(_taker: Taker, sent: list[dict[str, Any]]) -> tuple[int, dict[str, Any]] | None:
        return (400, {"title": "no", "description": "bad name"}) if bad in {each["id"] for each in sent} else None

    taker.says = says
    hub.adds(taker.url)
    pushed = hub.sends()
    assert (pushed.failure, pushed.accepted, pushed.refused) == ("", 8, 1)
    assert taker.taken == [each for each in objects if each["id"] != bad]
    with hub.world.reading() as session:
        (refusal,) = pushes.list_refusals(session, sending.load_push(session, "aoba"))
    assert (refusal.stix_id, refusal.reason) == (bad, "400: bad name")


def test_refusals_in_a_status_are_kept_by_object(hub: Sending, taker: Taker):
    """As medallion: 422 and a status that lists what failed. Ids that were not sent are not believed."""
    objects = [indicator() for _ in range(3)]
    hub.posts(*objects)

    def says(_taker: Taker, sent: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        listed = [
            {"id": sent[1]["id"], "version": sent[1]["modified"], "message": "I do not like it"},
            {"id": "indicator--nobody", "message": 5},
            "nonsense",
        ]
        return 422, {"id": "1", "status": "complete", "failure_count": 1, "failures": listed}

    taker.says = says
    hub.adds(taker.url)
    pushed = hub.sends()
    assert (pushed.accepted, pushed.refused, len(taker.bodies)) == (2, 1, 1)
    with hub.world.reading() as session:
        (refusal,) = pushes.list_refusals(session, sending.load_push(session, "aoba"))
    assert (refusal.stix_id, refusal.reason) == (objects[1]["id"], "I do not like it")


NOT_STORED = "no\x00\x1b[31m\u202e good"


@pytest.mark.parametrize("status", [202, 422, 400])
def test_what_a_server_says_is_kept_as_text(hub: Sending, taker: Taker, status: int):
    """U+0000 in its words stopped the push on PostgreSQL for ever; what steers a terminal or turns a text goes too."""

    def says(_taker: Taker, sent: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        if status == 400:
            return 400, {"title": NOT_STORED, "error_code": NOT_STORED, "details": {"x": NOT_STORED}}
        given = {"code": "query-twice", "given": {"name": NOT_STORED}}
        listed = [
            {"id": each["id"], "version": NOT_STORED, "message": NOT_STORED, "x_reasons": [given]} for each in sent
        ]
        return status, {"id": NOT_STORED, "failure_count": len(sent), "failures": listed}

    taker.says = says
    hub.posts(indicator())
    hub.adds(taker.url)
    pushed = hub.sends()
    assert (pushed.failure, pushed.refused) == ("", 1)
    with hub.world.reading() as session:
        (refusal,) = pushes.list_refusals(session, sending.load_push(session, "aoba"))
    assert "good" in refusal.reason
    assert not set("\x00\x1b\u202e") & set(refusal.reason + refusal.version)


def test_a_server_that_refuses_everything_is_asked_less_often(hub: Sending, taker: Taker):
    objects = [indicator() for _ in range(MOST_IN_A_ROW + 2)]
    hub.posts(*objects)
    taker.says = lambda _taker, _objects: (400, {})
    hub.adds(taker.url)
    pushed = hub.sends()
    assert "in a row" in pushed.failure and pushed.refused == MOST_IN_A_ROW
    assert hub.sends().refused == 2


def test_the_next_batch_waits_for_an_undecided_one(hub: Sending, taker: Taker, monkeypatch):
    """Order: while the server says `pending` nothing overtakes; then its answer is written down."""
    monkeypatch.setattr(pushing, "BATCH", 1)
    first, second = indicator(), indicator()
    hub.posts(first, second)
    pending = {"id": "s-1", "status": "pending", "total_count": 1, "pending_count": 1}
    taker.says = lambda _taker, _objects: (202, pending)
    hub.adds(taker.url)
    with hub.world.reading() as session:
        assert sending.find_pending(session, sending.load_push(session, "aoba")) is None
    taker.status = pending
    round_ = pushing._Round(_doors(hub), "aoba", size=1)
    assert pushing._one_batch(round_)
    assert hub.sends().batches == 0 and len(taker.bodies) == 1
    assert hub.standing().pending == 1
    taker.status = {"id": "s-1", "status": "complete", "success_count": 1, "failure_count": 0}
    taker.says = lambda _taker, _objects: None
    assert hub.sends().sent == 1
    standing = hub.standing()
    assert (standing.sent, standing.pending) == (2, 0) and taker.taken == [second]


def _doors(hub: Sending) -> pushing.Doors:
    from hub.peering import _access

    made = hub.world.hub
    return pushing.Doors(made.units, made.reading, lambda push: _access(made, push), made.secrets.cursor)


def test_failures_that_say_nothing_of_the_objects(hub: Sending, taker: Taker):
    """They wait, in order, each time longer; the server's own pause is kept."""
    one, minute, asked = indicator(), timedelta(minutes=1), timedelta(seconds=300)
    hub.posts(one)
    hub.adds(taker.url)
    failures = [(401, minute), (403, 2 * minute), (503, asked), (429, asked), (302, 16 * minute), (500, 32 * minute)]
    for status, pause in failures:
        taker.says = lambda _taker, _objects, status=status, pause=pause: (
            status,
            {"retry": "300"} if pause == asked else {},
        )
        assert ("redirect" if status == 302 else str(status)) in hub.sends().failure
        assert hub.row().due_at == hub.world.now + pause
    taker.says = lambda _taker, _objects: None
    assert hub.sends().accepted == 1 and taker.taken == [one]


def test_two_processes_send_a_batch_once(hub: Sending, taker: Taker):
    """While one waits for the answer the other sends the same under the same key; one writes it down."""
    one = indicator()
    hub.posts(one)
    inner: list[Pushed] = []

    def says(_taker: Taker, _objects: list[dict[str, Any]]) -> None:
        if len(taker.bodies) == 1:
            inner.append(hub.sends())

    taker.says = says
    hub.adds(taker.url)
    outer = hub.sends()
    assert (inner[0].accepted, outer.accepted) == (1, 0)
    assert "another process" in outer.failure and len(set(taker.keys)) == 1
    assert hub.standing().sent == 1


def test_label_types_and_start_are_kept_to(hub: Sending, taker: Taker):
    """Nothing stricter than asked for, no other type, nothing from before; what is left out holds up nothing."""
    hub.posts(indicator())
    hub.adds(taker.url, highest=Label.CLEAR, types=("indicator",), from_now=True)
    hub.posts(indicator(Label.GREEN))
    wanted = indicator(Label.CLEAR)
    assert hub.sends().sent == 0 and hub.row().position > 0
    hub.posts(wanted, indicator(Label.GREEN))
    assert hub.sends().sent == 1 and taker.taken == [wanted]
    assert hub.sends().batches == 0


def test_large_batches_go_in_pieces(hub: Sending, taker: Taker, monkeypatch):
    monkeypatch.setattr(sending, "BATCH_BYTES", 900)
    objects = [indicator(name="x" * 200) for _ in range(5)]
    hub.posts(*objects)
    hub.adds(taker.url)
    assert hub.sends().batches > 2
    assert taker.taken == objects


def test_pushes_that_cannot_be(hub: Sending):
    wrong: list[dict[str, Any]] = [{"name": "With Blank"}, {"collection": "nowhere"}, {"highest": Label.RED}]
    for each in [*wrong, {"url": "ftp://x/"}, {"pin": "1"}, {"organization_id": uuid4()}]:
        with pytest.raises(Invalid):
            hub.adds(**{"url": "https://example.org/c/", "agreed": False, **each})


def test_an_address_that_is_not_listed_is_sent_nothing(hub_url: str, tmp_path: Path, taker: Taker):
    world = World(hub_url, tmp_path)
    inside = Sending(world)
    inside.posts(indicator())
    inside.adds(taker.url)
    assert "peer_networks" in inside.sends().failure and taker.bodies == []
    world.close()


def test_the_connection_posts_as_the_library_would():
    """Our own method takes the library's place, with its signature."""
    assert PeerConnection.post.__code__.co_varnames[:5] == ("self", "url", "headers", "params", "data")
