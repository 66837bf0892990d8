"""The checks of TAXII 2.1, by number: posts and their status, on both databases over real sockets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label
from tests.hub.taxii.conftest import ROOT, Door, envelope, indicator
from tests.hub.taxii.tools import ids, objects_of


def test_t44_t45_t47_mixed_posts(door: Door):
    """T-44, T-45, T-47: each object is answered for, the counts fit the lists, and what is stored is what was said."""
    where = door.collection("Mixed", default_label=Label.GREEN)
    good, bad, worse = indicator(), indicator(labels=[]), indicator(id="indicator--nonsense")
    answer = door.poster.post(where, envelope(good, bad, worse))
    assert answer.status_code == 202
    found = answer.json()
    assert (found["total_count"], found["success_count"], found["failure_count"], found["pending_count"]) == (
        3,
        1,
        2,
        0,
    )
    assert [each["id"] for each in found["successes"]] == [good["id"]]
    assert [each["id"] for each in found["failures"]] == [bad["id"], worse["id"]]
    assert "/labels: expected not empty, found empty" in found["failures"][0]["message"]
    assert "pendings" not in found
    assert found["status"] == "complete"
    assert ids(door.poster.get(objects_of(where))) == [good["id"]]


def test_t46_t50_duplicates(door: Door):
    """T-46, T-50: a post repeated after a lost answer changes nothing and is no error."""
    where = door.collection("Twice", default_label=Label.GREEN)
    one = indicator()
    for _ in range(3):
        assert door.poster.add(where, one) == [one["id"]]
    assert ids(door.poster.get(objects_of(where), params={"match[version]": "all"})) == [one["id"]]
    other = door.poster.post(where, envelope({**one, "name": "another content"})).json()
    assert other["failure_count"] == 1
    assert "posted before" in other["failures"][0]["message"]


def test_t46_duplicates_in_one_post(door: Door):
    """T-46: also where one was written in another order: in the same post alone it was refused as another content."""
    where = door.collection("Twice at once", default_label=Label.GREEN)
    one = indicator()
    turned, changed = dict(reversed(one.items())), {**one, "name": "another content"}
    found = door.poster.post(where, envelope(one, one, turned, changed)).json()
    assert (found["success_count"], found["failure_count"]) == (3, 1)
    assert "posted before" in found["failures"][0]["message"]
    assert door.poster.get(objects_of(where), params={"match[version]": "all"}).json() == {"objects": [one]}


def test_t49_t17_status(door: Door):
    """T-49, T-17: found where `Location` says, for whoever posted; unknown, malformed and another's are one answer."""
    answer = door.poster.post(door.open, envelope(indicator(), indicator(labels=[], id="x")))
    path = f"{ROOT}status/{answer.json()['id']}/"
    assert answer.headers["Location"] == path
    assert door.poster.ask("GET", path).content == answer.content
    refused = [door.other.ask("GET", path), door.poster.get(f"status/{uuid4()}/"), door.poster.get("status/x/")]
    assert {(each.status_code, each.content) for each in refused} == {(404, refused[0].content)}


def test_t49_an_old_status_is_gone(door: Door):
    """T-49: after a day, not before."""
    idents = [door.poster.post(door.open, envelope(indicator())).json()["id"] for _ in range(2)]
    now = datetime.now(UTC)
    for ident, age in zip(idents, (timedelta(hours=24), timedelta(hours=26)), strict=True):
        with door.world.writing() as session:
            sqlite = session.get_bind().dialect.name == "sqlite"
            at = (now - age).strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else now - age
            session.execute(
                text("UPDATE post_statuses SET created_at = :at WHERE id = :id"),
                {"at": at, "id": UUID(ident).hex if sqlite else ident},
            )
    assert [door.poster.get(f"status/{ident}/").status_code for ident in idents] == [200, 404]


def test_t52_labels_in_the_status(door: Door):
    """T-52: missing, contradicting, unknown and too strict are told, and the safe thing was done."""
    objects = [
        indicator(None),
        indicator(object_marking_refs=[TLP2_IDS[Label.GREEN], TLP2_IDS[Label.AMBER]]),
        indicator(object_marking_refs=[f"marking-definition--{uuid4()}"]),
    ]
    found = door.poster.post(door.open, envelope(*objects)).json()
    told = [each["message"] for each in found["successes"]]
    assert "default TLP:GREEN applies" in told[0]
    assert "the strictest applies, TLP:AMBER" in told[1]
    assert "kept as TLP:AMBER+STRICT" in told[2]
    assert [ids(door.other.get(objects_of(door.open), params={"match[id]": each["id"]})) for each in objects] == [
        [objects[0]["id"]],
        [],
        [],
    ]
    strict = door.poster.post(door.strict, envelope(indicator(Label.AMBER), indicator(None))).json()
    assert strict["failure_count"] == 2
    assert "expected at most TLP:GREEN" in strict["failures"][0]["message"]


def test_bytes_come_back_as_they_were_posted(door: Door):
    """The stored bytes are the truth: blanks, order and escapes stay."""
    where = door.collection("Bytes", default_label=Label.GREEN)
    one = indicator()
    raw = envelope({**one, "description": "変電所の保護リレー"}).replace(b": ", b" :\t")
    start = raw.index(b"[") + 1
    assert door.poster.post(where, raw).json()["success_count"] == 1
    assert door.poster.get(objects_of(where)).content == b'{"objects":[' + raw[start:-2] + b"]}"
