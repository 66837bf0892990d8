"""Reading other servers: what of it goes on by itself, what waits for a person, what is refused."""

from __future__ import annotations

import json
from functools import partial

import pytest
from sqlalchemy import select

from feeds.peers import pull
from feeds.peers.deciding import let_on, set_aside
from feeds.peers.sorting import without_spoilt
from feeds.stix.markings import TLP2_IDS
from models.peer import PeerObject
from models.vocabulary import Label, PeerState, Role
from sharing.collections.access import load_collection
from sharing.errors import NotPermitted, NotVisible
from sharing.exchange import peers
from sharing.readers import load_reader
from sharing.rules.policy import default_policy
from tests.feeds.intake.test_references import note
from tests.feeds.peers.conftest import Reading
from tests.feeds.peers.other_hub import answer
from tests.hub.taxii.conftest import indicator


def test_without_a_rule_everything_waits_for_a_person(reading: Reading, odd):
    """The secretariat that publishes there decides; nobody else even knows of it."""
    first, second = indicator(Label.GREEN), indicator(Label.GREEN)
    server = odd(lambda _query, _number: answer(first, second, last="2026-11-20T00:00:00.000001Z"))
    reading.meets(server.url, let_on=None)
    assert (reading.pulls().waiting, reading.sees(reading.office)) == (2, [])
    with reading.world.writing() as session:
        for actor, error in ((reading.member, NotVisible), (reading.water_office, NotVisible)):
            with pytest.raises(error):
                set_aside(session, load_reader(session, actor), "abroad", [1], context=reading.world.context())
        reader = load_reader(session, reading.office)
        rows = peers.list_sent(session, peers.load_peer(session, "abroad"), PeerState.WAITING)
        assert [row.stix_id for row in rows] == [second["id"], first["id"]]
        key = reading.world.hub.secrets.edition_key
        more = {"policy": default_policy(), "context": reading.world.context(), "edition_key": key}
        assert [each.accepted for each in let_on(session, reader, "abroad", [rows[1].id], **more)] == [True]
        assert set_aside(session, reader, "abroad", [rows[0].id], context=reading.world.context()) == 1
    assert reading.sees(reading.member) == [first]
    with reading.world.reading() as session:
        kept = session.execute(select(PeerObject).order_by(PeerObject.id)).scalars().all()
    assert [(row.state, row.body) for row in kept] == [(PeerState.LET_ON, None), (PeerState.SET_ASIDE, None)]
    assert reading.pulls().waiting == 2
    with reading.world.reading() as session:
        assert peers.count_waiting(session, peers.load_peer(session, "abroad")) == 0  # decided once


def test_an_administrator_sees_numbers_and_decides_nothing(reading: Reading, odd):
    server = odd(lambda _query, _number: answer(indicator(Label.GREEN)))
    reading.meets(server.url, let_on=None)
    reading.pulls()
    with reading.world.writing() as session:
        from sharing.readers import Reader

        reader = Reader(reading.world.command(), ())
        assert peers.load_standing(session, reader, "abroad").counts == {PeerState.WAITING: 1}
        with pytest.raises(NotPermitted):
            set_aside(session, reader, "abroad", [1], context=reading.world.context())


@pytest.mark.parametrize(
    "label, floor, rule, readers",
    [
        (Label.CLEAR, Label.GREEN, Label.GREEN, {"office", "member"}),
        (Label.CLEAR, Label.AMBER, Label.AMBER, set()),
        (Label.GREEN, Label.GREEN, Label.CLEAR, "waits"),
        (Label.AMBER, Label.GREEN, Label.GREEN, "waits"),
        (None, Label.GREEN, Label.RED, "waits"),
    ],
)
def test_floor_and_rule(reading: Reading, odd, label, floor, rule, readers):
    """The stricter of what it says and the floor; no label means a person."""
    one = indicator(label)
    server = odd(lambda _query, _number: answer(one))
    reading.meets(server.url, floor=floor, let_on=rule)
    pulled = reading.pulls()
    if readers == "waits":
        assert (pulled.waiting, pulled.published) == (1, 0)
        return
    assert (pulled.waiting, pulled.published) == (0, 1)
    seen = {name for name in ("office", "member") if one in reading.sees(getattr(reading, name))}
    assert seen == readers


def test_only_some_types_go_on(reading: Reading, odd):
    note = {
        "type": "note",
        "spec_version": "2.1",
        "id": "note--11111111-1111-4111-8111-111111111111",
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
        "content": "text",
        "object_refs": ["indicator--11111111-1111-4111-8111-111111111111"],
        "object_marking_refs": indicator(Label.GREEN)["object_marking_refs"],
    }
    server = odd(lambda _query, _number: answer(note, indicator(Label.GREEN)))
    reading.meets(server.url, types=("indicator",))
    pulled = reading.pulls()
    assert (pulled.published, pulled.waiting) == (1, 1)


def test_what_is_refused_is_kept_with_its_reason_once(reading: Reading, odd):
    bad = {**indicator(Label.GREEN), "created": "yesterday"}
    server = odd(lambda _query, _number: answer(bad, indicator(Label.GREEN)))
    reading.meets(server.url)
    for _ in range(2):
        assert reading.pulls().refused == 1
    with reading.world.reading() as session:
        (row,) = peers.list_sent(session, peers.load_peer(session, "abroad"), PeerState.REFUSED)
    assert "/created" in row.reason
    assert "yesterday" not in json.dumps(row.stix_id) and row.body is None


SPOILT = {
    "a key twice": b'{"type":"note","id":"note--1","id":"note--2"}',
    "NaN": b'{"type":"note","id":"note--3","x_n":NaN}',
    "a number of thirty digits": b'{"type":"note","id":"note--4","x_n":' + b"9" * 30 + b"}",
    "half a pair": b'{"type":"note","id":"note--5","x_t":"\\ud800"}',
}


@pytest.mark.parametrize("what", SPOILT)
def test_an_object_that_spoils_its_page_is_refused_alone(reading: Reading, odd, monkeypatch, what: str):
    """One such object held up everything after it, for ever; also where what is left goes on in several posts."""
    monkeypatch.setattr(pull, "without_spoilt", partial(without_spoilt, most=2))
    objects = [indicator(Label.GREEN), indicator(Label.AMBER), indicator(Label.GREEN), indicator(Label.GREEN)]
    parts = [*(json.dumps(each, indent=1).encode() for each in objects), SPOILT[what]]
    headers = {"X-TAXII-Date-Added-Last": "2026-11-20T00:00:00.000001Z"}
    server = odd(lambda _query, _number: (200, headers, b'{"objects": [' + b" , ".join(parts) + b"]}"))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.failure, pulled.published, pulled.waiting, pulled.refused) == ("", 3, 1, 1)
    assert reading.bytes_of(reading.office) == [parts[0], parts[2], parts[3]]
    assert peers.cursor_of(reading.peer()).added_after == headers["X-TAXII-Date-Added-Last"]
    again = reading.pulls()
    assert (again.failure, again.refused) == ("", 1)
    with reading.world.reading() as session:
        (row,) = peers.list_sent(session, peers.load_peer(session, "abroad"), PeerState.REFUSED)
    assert "expected" in row.reason and row.body is None
    assert reading.bytes_of(reading.office) == [parts[0], parts[2], parts[3]]


def test_faults_of_others_are_noted_and_not_refused(reading: Reading, odd):
    """Real publishers break the schemas: an empty list is a warning, a wrong id is still refused."""
    loose = {**indicator(Label.GREEN), "labels": []}
    broken = {**indicator(Label.GREEN), "spec_version": "indicator"}
    server = odd(lambda _query, _number: answer(loose, broken))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.published, pulled.refused) == (1, 1)
    assert reading.sees(reading.office) == [loose]
    with reading.world.reading() as session:
        reader = load_reader(session, reading.office)
        assert not load_collection(session, reader, "electricity").collection.lenient


def test_parts_that_are_marked_stricter_stay_back(reading: Reading, odd):
    """As with a post: the whole waits at its strictest label; let on by a person, members get the form without it."""
    marks = [{"marking_ref": TLP2_IDS[Label.AMBER_STRICT], "selectors": ["description"]}]
    whole = indicator(Label.GREEN, description="for a few", name="n", granular_markings=marks)
    server = odd(lambda _query, _number: answer(whole))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.published, pulled.waiting, reading.sees(reading.member)) == (0, 1, [])
    with reading.world.writing() as session:
        reader = load_reader(session, reading.office)
        (row,) = peers.list_sent(session, peers.load_peer(session, "abroad"), PeerState.WAITING)
        more = {"policy": default_policy(), "context": reading.world.context()}
        key = reading.world.hub.secrets.edition_key
        assert [each.accepted for each in let_on(session, reader, "abroad", [row.id], **more, edition_key=key)] == [
            True
        ]
    (form,) = reading.sees(reading.member)
    assert form["name"] == "n" and "description" not in form and form["id"] != whole["id"]


def test_a_form_is_never_wider_than_the_floor(reading: Reading, odd):
    """Floor AMBER: nobody who reads GREEN gets a part of it, and where the form would gain nothing there is none."""
    marks = [{"marking_ref": TLP2_IDS[Label.AMBER], "selectors": ["description"]}]
    whole = indicator(Label.GREEN, description="for a few", name="n", granular_markings=marks)
    server = odd(lambda _query, _number: answer(whole))
    reading.meets(server.url, floor=Label.AMBER, let_on=Label.AMBER)
    assert reading.pulls().published == 1
    assert reading.sees(reading.member) == []
    (got,) = reading.sees(reading.world.person(reading.abroad, Role.READER))
    assert got == whole


def test_what_names_something_stricter_is_judged_as_a_post_is(reading: Reading, odd):
    """Refused with the reason in a strict collection; what only others see is as good as absent."""
    secret = indicator(Label.AMBER)
    named = note(Label.GREEN, secret["id"])
    server = odd(lambda _query, _number: answer(secret, named))
    reading.meets(server.url, let_on=Label.AMBER)
    pulled = reading.pulls()
    assert (pulled.published, pulled.refused) == (1, 1)
    with reading.world.reading() as session:
        (row,) = peers.list_sent(session, peers.load_peer(session, "abroad"), PeerState.REFUSED)
    assert row.stix_id == named["id"] and secret["id"] in row.reason
