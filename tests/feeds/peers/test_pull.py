"""Reading other servers: nothing lost, nothing doubled, and never by an address that is not allowed."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select

from crypto.publisher import PublisherSigner
from feeds.peers import checking
from feeds.peers.addresses import is_allowed, parse_networks
from feeds.peers.connection import PeerError
from feeds.signatures.signing import sign_envelope
from hub.peering import check_peer
from models.audit import AuditEntry
from models.peer import PeerObject
from models.vocabulary import Label, Role
from sharing.audit.tags import Tag
from sharing.errors import Invalid, NotVisible
from sharing.exchange import peers
from tests.factory import World
from tests.feeds.peers.conftest import Reading
from tests.feeds.peers.other_hub import Other, answer, other
from tests.hub.taxii.conftest import envelope, indicator

__all__ = ["other"]


def test_reading_another_hub(reading: Reading, other: Other):
    """Byte for byte, page by page, once; what is new comes with the next round, and nothing else."""
    bodies = [
        json.dumps(indicator(Label.GREEN), indent=1, ensure_ascii=False).encode(),
        b'{"id":"indicator--' + str(uuid4()).encode() + b'", "type":"indicator","spec_version":"2.1",'
        b'"created":"2026-11-01T00:00:00.000Z","modified":"2026-11-01T00:00:00.000Z",'
        b'"pattern":"[url:value = \'\\u3042\']",'
        b'"pattern_type":"stix","valid_from":"2026-11-01T00:00:00Z","x_number":1.50,'
        b'"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]}',
    ]
    posted = other.client.post(other.ident, b'{"objects":[' + b",".join(bodies) + b"]}")
    assert posted.json()["success_count"] == 2, posted.text
    reading.meets(other.url, key=other.key)
    pulled = reading.pulls()
    assert (pulled.failure, pulled.published, pulled.waiting, pulled.refused) == ("", 2, 0, 0)
    assert reading.bytes_of(reading.office, "electricity") == bodies
    assert len(reading.sees(reading.member)) == 2
    reading.world.advance(minutes=20)
    assert reading.pulls().objects == 0
    other.client.add(other.ident, indicator(Label.GREEN))
    assert reading.pulls().published == 1
    assert len(reading.sees(reading.office)) == 3
    with reading.world.reading() as session:
        entry = (
            session.execute(
                select(AuditEntry).where(AuditEntry.tag == Tag.OBJECT_PUBLISH).order_by(AuditEntry.id.desc())
            )
            .scalars()
            .first()
        )
    assert entry is not None and entry.object_count == 1


def test_the_gap_check_finds_what_did_not_arrive(reading: Reading, other: Other, monkeypatch):
    """Against another hub: by its manifest, and by its own count and hash; what waits or was refused is no gap."""
    monkeypatch.setattr(checking, "PAGE", 2)
    red = indicator(Label.AMBER)
    address = {"type": "ipv4-addr", "spec_version": "2.1", "value": "198.51.100.7"}
    address |= {"id": f"ipv4-addr--{uuid4()}", "object_marking_refs": red["object_marking_refs"]}
    other.client.add(other.ident, indicator(Label.GREEN), red, indicator(Label.GREEN), address)
    reading.meets(other.url, key=other.key)
    with pytest.raises(PeerError, match="no place"):
        check_peer(reading.world.hub, "abroad")
    assert (reading.pulls().published, reading.peer().failure) == (2, "")
    other.client.add(other.ident, indicator(Label.GREEN))
    checked = check_peer(reading.world.hub, "abroad")
    assert vars(checked) == {"records": 4, "missing": 0, "first_missing": "", "counted": True}
    with reading.world.writing() as session:
        session.execute(delete(PeerObject).where(PeerObject.stix_id == red["id"]))
    checked = check_peer(reading.world.hub, "abroad")
    assert (checked.records, checked.missing, checked.counted) == (4, 1, True)
    assert checked.first_missing.endswith("Z")


def test_a_gap_check_of_a_server_that_loses_records(reading: Reading, odd):
    """Its own count says more than its manifest; one that does not count is held to its manifest alone."""
    one, date = indicator(Label.GREEN), "2026-11-20T00:00:00.000001Z"
    record = {"id": one["id"], "date_added": date, "version": one["modified"]}
    says: dict[str, Any] = {"x_tally": (200, {}, json.dumps({"x_count": 2, "x_sha256": "0" * 64}).encode())}
    says |= {"manifest": (200, {}, json.dumps({"objects": [record]}).encode()), "objects": answer(one, last=date)}
    server = odd(lambda _query, _number: says[server.paths[-1].split("/")[-2]])
    reading.meets(server.url)
    assert reading.pulls().published == 1
    assert vars(check_peer(reading.world.hub, "abroad")) == {
        "records": 1,
        "missing": 0,
        "first_missing": "",
        "counted": False,
    }
    says["x_tally"] = (404, {}, b"")
    assert check_peer(reading.world.hub, "abroad").counted is None
    for wrong in (b'{"objects":[5]}', b'{"objects":[{"id":"x","version":"y","date_added":"z"}]}'):
        says["manifest"] = (200, {}, wrong)
        with pytest.raises(PeerError):
            check_peer(reading.world.hub, "abroad")


@pytest.mark.parametrize("written", ["2026-11-01T00:00:00Z", "2026-11-01T00:00:00.000000Z", "2026-11-01T00:00:00.001Z"])
def test_a_manifest_writes_versions_in_its_own_way(reading: Reading, odd, written: str):
    """OpenTAXII gives them six digits: everything that had been read from it was said to be missing."""
    good, bad = indicator(Label.GREEN), {**indicator(Label.GREEN), "spec_version": "indicator"}
    date = "2026-11-20T00:00:00.000001Z"
    listed = [{"id": each["id"], "date_added": date, "version": written} for each in (good, bad)]
    says = {"x_tally": (404, {}, b""), "manifest": (200, {}, json.dumps({"objects": listed}).encode())}
    says |= {"objects": answer(good, bad, last=date)}
    server = odd(lambda _query, _number: says[server.paths[-1].split("/")[-2]])
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.published, pulled.refused) == (1, 1)
    assert check_peer(reading.world.hub, "abroad").missing == (2 if ".001" in written else 0)


@pytest.mark.parametrize("until", ["2026-11-19T00:00:00Z", "no date"])
def test_a_count_that_stands_still_ends_the_gap_check(reading: Reading, odd, until: str):
    """It was asked for the same stretch ten thousand times, and might have answered each after minutes."""
    one, date = indicator(Label.GREEN), "2026-11-20T00:00:00.000001Z"
    counted = {"x_count": 1, "x_sha256": "0" * 64, "x_more": True, "x_until": until}
    says = {"x_tally": (200, {}, json.dumps(counted).encode()), "objects": answer(one, last=date)}
    server = odd(lambda _query, _number: says[server.paths[-1].split("/")[-2]])
    reading.meets(server.url)
    reading.pulls()
    with pytest.raises(PeerError):
        check_peer(reading.world.hub, "abroad")
    assert sum("x_tally" in path for path in server.paths) <= 2


def test_a_report_that_went_out_comes_back_with_the_same_fields(reading: Reading, other: Other):
    """Another hub's edition enters through its feed; the page here says what the sender said there."""
    from feeds.stix.writing import to_bytes
    from tests.feeds.editions.mapping import read_report
    from tests.feeds.editions.sources import FULL, build_edition

    raws = [to_bytes(value) for value in build_edition(FULL)]
    answered = other.client.post(other.ident, b'{"objects":[' + b",".join(raws) + b"]}")
    assert answered.json()["failure_count"] == 0, answered.text
    reading.meets(other.url, key=other.key, let_on=Label.AMBER)
    assert reading.pulls().failure == ""
    came = [json.loads(raw) for raw in reading.bytes_of(reading.world.person(reading.abroad, Role.READER))]
    assert read_report(came) == read_report([json.loads(raw) for raw in raws])


def test_a_wrong_key_is_said_and_asked_less_often(reading: Reading, other: Other):
    reading.meets(other.url, key="wrong", every_minutes=10)
    pauses = []
    for _ in range(3):
        assert "401" in reading.pulls().failure
        pauses.append(reading.peer().due_at - reading.world.now)
    assert pauses == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]


def test_what_was_signed_for_another_server_enters_with_its_signature(reading: Reading, odd):
    """Its key is registered there, not here: object and signature come as they are, for whoever knows the key.

    They were refused once, so that a hub whose members sign could not be read.
    """
    signer = PublisherSigner(Ed25519PrivateKey.generate())
    now, whole = reading.world.now, indicator(Label.GREEN)
    body = sign_envelope(envelope(whole), signer, "there/collections/1", now=now, random_bytes=os.urandom)
    signed = [each for each in json.loads(body)["objects"] if "manifest" not in each["type"]]
    assert len(signed) == 2
    server = odd(lambda _query, _number: answer(*signed))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.published, pulled.refused, pulled.failure) == (2, 0, "")
    assert reading.sees(reading.office) == signed


@pytest.mark.parametrize(
    "address, allowed",
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("10.1.2.3", False),
        ("192.168.0.9", True),
        ("169.254.169.254", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:192.168.0.9", True),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("not an address", False),
    ],
)
def test_addresses(address, allowed):
    assert is_allowed(address, parse_networks(["192.168.0.0/24"])) is allowed


def test_nothing_is_sent_to_an_address_that_is_not_listed(hub_url: str, tmp_path: Path, odd):
    """Also where a name leads there: what counts is the other end of the open connection."""
    world = World(hub_url, tmp_path)
    inside = Reading(world)
    server = odd(lambda _query, _number: answer(indicator(Label.GREEN)))
    inside.meets(server.url.replace("127.0.0.1", "localhost"), key="a secret")
    assert "peer_networks" in inside.pulls().failure
    assert server.asked == []
    world.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "With Blank"},
        {"url": "ftp://example.org/"},
        {"url": "https://user:password@example.org/"},
        {"url": "https://example.org:99999/"},
        {"collection": "nowhere"},
        {"floor": Label.RED, "collection": "public"},
        {"every_minutes": 0},
        {"pin": "abc"},
        {"proxy": "nonsense"},
    ],
)
def test_peers_that_cannot_be(reading: Reading, wrong):
    given = {"url": "https://example.org/c/", **wrong}
    with pytest.raises(Invalid):
        reading.meets(given.pop("url"), **given)


def test_a_peer_that_ended_is_due_no_more(reading: Reading, odd):
    server = odd(lambda _query, _number: answer())
    reading.meets(server.url)
    with reading.world.writing() as session:
        assert peers.list_due_peers(session, reading.world.now) == ["abroad"]
        peers.end_peer(session, reading.world.command(), "abroad", context=reading.world.context())
    with reading.world.reading() as session:
        assert peers.list_due_peers(session, reading.world.now) == []
    with pytest.raises(NotVisible):
        reading.pulls()


def test_two_processes_do_not_write_the_same_page(reading: Reading, odd):
    """While one reads a page the other finishes it: the first writes nothing."""
    one = indicator(Label.GREEN)
    inner: list[Any] = []

    def serve(_query: dict[str, str], number: int):
        if number == 1:
            inner.append(reading.pulls())
        return answer(one, last="2026-11-20T00:00:00.000001Z")

    server = odd(serve)
    reading.meets(server.url)
    outer = reading.pulls()
    assert (inner[0].published, outer.published) == (1, 0)
    assert "another process" in outer.failure
    assert reading.peer().attempts == 0
    assert reading.sees(reading.office) == [one]
    assert envelope(one)
