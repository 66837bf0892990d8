"""Reading other servers: nothing lost, nothing doubled, nothing wider than it came, whatever the server does."""

from __future__ import annotations

import json
import os
from codecs import BOM_UTF8
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select

from crypto.publisher import PublisherSigner
from feeds.peers import checking, pull
from feeds.peers.addresses import is_allowed, parse_networks
from feeds.peers.connection import Envelope, PeerError
from feeds.peers.deciding import let_on, set_aside
from feeds.peers.pull import PAGES_A_ROUND, follow
from feeds.peers.sorting import without_spoilt
from feeds.signatures.signing import sign_envelope
from feeds.stix.markings import TLP2_IDS
from hub.peering import check_peer
from models.audit import AuditEntry
from models.peer import PeerObject
from models.session import upgrade
from models.vocabulary import CollectionKind, Label, PeerState, Role
from sharing.audit.tags import Tag
from sharing.collections.access import load_collection
from sharing.collections.adding import NewCollection, add_collection
from sharing.errors import Invalid, NotPermitted, NotVisible
from sharing.exchange import peers
from sharing.exchange.peers import Cursor
from sharing.readers import load_reader
from sharing.rules.policy import default_policy
from tests.factory import World
from tests.feeds.peers.conftest import Reading
from tests.feeds.test_references import note
from tests.harness import processes, sqlite
from tests.hub.taxii.conftest import ROOT, Client, envelope, indicator


def answer(*objects: dict[str, Any], last: str = "", **more: Any) -> tuple[int, dict[str, str], bytes]:
    """A page as a server sends it."""
    body = {**more, "objects": list(objects)} if objects else more
    return 200, {"X-TAXII-Date-Added-Last": last} if last else {}, json.dumps(body).encode()


# Another hub of ours, over a real socket ------------------------------------------------------------------------------


class Other:
    """A served hub with a collection that a poster fills and a key for whoever reads it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        url = sqlite.copy(sqlite.migrated_template(upgrade), folder / "hub.sqlite3")
        self.world = World(url, folder, start=datetime.now(UTC))
        office = self.world.person(self.world.secretariat("Secretariat abroad"), Role.COORDINATOR, username="poster")
        self.hub = processes.start_serve(folder / "hub-data", folder, env=processes.on_database(url))
        self.key = self.world.key(office)
        self.client = Client(self.hub.url, self.key)
        with self.world.writing() as session:
            made = add_collection(
                session,
                self.world.command(),
                NewCollection(
                    ident=uuid4(),
                    title="Abroad",
                    title_ja="海外",
                    kind=CollectionKind.ADDED,
                    writers=("secretariat:electricity",),
                ),
                context=self.world.context(),
            )
            self.ident = str(made.id)

    @property
    def url(self) -> str:
        return f"{self.hub.url}{ROOT}collections/{self.ident}/"

    def close(self) -> None:
        self.hub.stop()
        self.world.close()


@pytest.fixture
def other(tmp_path: Path):
    made = Other(tmp_path / "other")
    yield made
    made.close()


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
    from feeds.stix.build import to_bytes
    from tests.feeds.stix.editions import FULL, build_edition
    from tests.feeds.stix.mapping import read_report

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


# What waits and what does not -----------------------------------------------------------------------------------------


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


def test_the_first_date_alone_is_a_place_as_well(reading: Reading, odd):
    """As medallion answers where a page holds one object."""
    one = indicator(Label.GREEN)

    def serve(query: dict[str, str], _number: int):
        status, _, body = answer() if "added_after" in query else answer(one)
        return status, {"X-TAXII-Date-Added-First": "2026-11-20T00:00:00.000001Z"}, body

    reading.meets(odd(serve).url)
    assert [reading.pulls().objects for _ in range(2)] == [1, 0]


# Servers with faults --------------------------------------------------------------------------------------------------


def test_pages_are_followed_with_what_the_server_gives(reading: Reading, odd):
    """`next` where there is one; else the last date; never our own clock."""
    objects = [indicator(Label.GREEN) for _ in range(5)]

    def serve(query: dict[str, str], _number: int):
        if "added_after" in query:
            return answer()
        place = int(query.get("next", "0"))
        more = {"more": True, "next": str(place + 1)} if place < 4 else {"more": False}
        return answer(objects[place], last=f"2026-11-20T00:00:00.00000{place + 1}Z", **more)

    server = odd(serve)
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.pages, pulled.published, pulled.failure) == (5, 5, "")
    assert reading.sees(reading.office) == objects
    assert [query.get("next") for query in server.asked] == [None, "1", "2", "3", "4"]
    assert reading.pulls().objects == 0
    assert server.asked[-1]["added_after"] == "2026-11-20T00:00:00.000005Z"


def test_a_round_goes_on_at_the_exact_page_after_a_failure(reading: Reading, odd):
    """The third page fails once: the first two are not asked for again."""
    objects = [indicator(Label.GREEN) for _ in range(4)]
    broken = [True]

    def serve(query: dict[str, str], _number: int):
        place = int(query.get("next", "0"))
        if place == 2 and broken:
            broken.clear()
            return 503, {"Retry-After": "120"}, b"{}"
        more = {"more": True, "next": str(place + 1)} if place < 3 else {}
        return answer(objects[place], last=f"2026-11-20T00:00:00.00000{place + 1}Z", **more)

    server = odd(serve)
    reading.meets(server.url)
    assert "503" in reading.pulls().failure
    assert reading.peer().due_at == reading.world.now + timedelta(seconds=120)
    assert reading.pulls().published == 2
    assert [query.get("next", "0") for query in server.asked] == ["0", "1", "2", "2", "3"]
    assert reading.sees(reading.office) == objects


@pytest.mark.parametrize("said", [{"more": True}, *({"more": True, "next": way} for way in ("same", "", "a\x00b", 5))])
def test_endless_pages_end(reading: Reading, odd, said):
    """`more` without a way on, or with one that leads nowhere: the round ends by itself."""
    one = indicator(Label.GREEN)
    server = odd(lambda _query, _number: answer(one, last="2026-11-20T00:00:00.000001Z", **said))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert pulled.done and len(server.asked) <= 4
    assert reading.sees(reading.office) == [one]
    assert "gives no way to it" in pulled.failure, "what lies behind was never read, and nobody was told"
    assert reading.peer().failure == pulled.failure


def test_a_place_in_the_future_is_not_kept(reading: Reading, odd):
    """One such date, and nothing that was added until then would ever have been read."""
    first, second = indicator(Label.GREEN), indicator(Label.GREEN)

    def serve(query: dict[str, str], number: int):
        if number == 1:
            return answer(first, last="9999-12-31T23:59:59.999999Z")
        return answer() if "added_after" in query else answer(first, second, last="2026-11-20T00:00:00.000001Z")

    reading.meets(odd(serve).url)
    assert "in the future" in reading.pulls().failure
    assert reading.peer().added_after == ""
    assert reading.pulls().failure == ""
    assert reading.sees(reading.office) == [first, second]


@pytest.mark.parametrize("listed", [None, {"a": 1}, "objects"])
def test_an_envelope_whose_objects_are_no_list_moves_nothing(reading: Reading, odd, listed):
    """It counted as an empty page, and its date as the place to go on after."""
    body = json.dumps({"objects": listed}).encode()
    dates = {"X-TAXII-Date-Added-Last": "2026-11-20T00:00:00.000001Z"}
    reading.meets(odd(lambda _query, _number: (200, dates, body)).url)
    assert "no envelope" in reading.pulls().failure
    assert reading.peer().added_after == ""


def test_a_byte_order_mark_is_passed_over(reading: Reading, odd):
    """Some servers write one before each answer; nothing of them could be read."""
    one = indicator(Label.GREEN)
    status, headers, body = answer(one)
    reading.meets(odd(lambda _query, _number: (status, headers, BOM_UTF8 + body)).url)
    assert reading.pulls().published == 1
    assert reading.sees(reading.office) == [one]


def test_a_server_that_always_finds_a_next_has_to_wait_for_its_turn(reading: Reading, odd):
    server = odd(lambda _query, number: answer(more=True, next=str(number)))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.pages, pulled.done) == (PAGES_A_ROUND, False)
    assert reading.peer().next_page == str(PAGES_A_ROUND)


def test_a_next_that_the_server_forgot_is_read_again_from_the_last_date(reading: Reading, odd):
    objects = [indicator(Label.GREEN) for _ in range(2)]

    def serve(query: dict[str, str], number: int):
        if number == 1:
            return answer(objects[0], last="2026-11-20T00:00:00.000001Z", more=True, next="lost")
        if query.get("next") == "lost":
            return 400, {}, b"{}"
        return answer(*objects, last="2026-11-20T00:00:00.000002Z")

    server = odd(serve)
    reading.meets(server.url)
    assert reading.pulls().failure == ""
    assert reading.sees(reading.office) == objects


@pytest.mark.parametrize(
    "served, said",
    [
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "redirect"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "taxii+json"),
        ((200, {}, b"{"), "JSON"),
        ((200, {}, b"[]"), "object"),
        ((200, {}, b'{"objects":[{"id":"a","id":"b"}]}'), "twice"),
        ((200, {}, b'{"objects":5}'), ""),
        ((500, {}, b""), "500"),
        ((404, {}, b""), "404"),
        ((200, {"Content-Length": "500"}, b'{"objects":[]}'), "middle"),
    ],
)
def test_what_is_no_answer_is_said_in_words(reading: Reading, odd, served, said):
    server = odd(lambda _query, _number: served)
    reading.meets(server.url)
    pulled = reading.pulls()
    assert said in pulled.failure
    assert reading.sees(reading.office) == []
    assert len(server.asked) == 1


def test_a_huge_answer_is_given_up(reading: Reading, odd, monkeypatch):
    monkeypatch.setattr("feeds.peers.connection.LARGEST_ANSWER", 10_000)
    server = odd(lambda _query, _number: (200, {}, b'{"x":"' + b"a" * 20_000 + b'"}'))
    reading.meets(server.url)
    assert "at most 10000 bytes" in reading.pulls().failure


# Addresses ------------------------------------------------------------------------------------------------------------


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


def test_nothing_is_sent_to_an_address_that_is_not_listed(database_url: str, tmp_path: Path, odd):
    """Also where a name leads there: what counts is the other end of the open connection."""
    world = World(database_url, tmp_path)
    inside = Reading(world)
    server = odd(lambda _query, _number: answer(indicator(Label.GREEN)))
    inside.meets(server.url.replace("127.0.0.1", "localhost"), key="a secret")
    assert "peer_networks" in inside.pulls().failure
    assert server.asked == []
    world.close()


# Adding and places ----------------------------------------------------------------------------------------------------


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


def page_with(last: str = "", **more: Any) -> Envelope:
    made = Envelope(more)
    made.last = last
    return made


@pytest.mark.parametrize(
    "cursor, page, following, goes_on",
    [
        (("", "", ""), page_with("2026-01-01T00:00:01Z"), ("2026-01-01T00:00:01Z", "", ""), False),
        (("a", "", ""), page_with(), ("a", "", ""), False),
        (("", "", ""), page_with("junk"), ("", "", ""), False),
        (
            ("2026-01-01T00:00:02Z", "", ""),
            page_with("2026-01-01T00:00:01Z"),
            ("2026-01-01T00:00:02Z", "", ""),
            False,
        ),
        (("", "", ""), page_with("2026-01-01T00:00:01Z", more=True, next="n"), ("", "n", "2026-01-01T00:00:01Z"), True),
        (("", "n", ""), page_with(more=True, next="n"), ("", "", ""), False),
        (("", "", ""), page_with("2026-01-01T00:00:01Z", more=True), ("2026-01-01T00:00:01Z", "", ""), True),
        (("", "", ""), page_with(more="yes", next="n"), ("", "", ""), False),
    ],
)
def test_places(cursor, page, following, goes_on):
    assert follow(Cursor(*cursor), page) == (Cursor(*following), goes_on)


def test_a_next_of_any_length_is_not_kept():
    with pytest.raises(PeerError):
        follow(Cursor("", "", ""), page_with(more=True, next="n" * 10_000))


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
