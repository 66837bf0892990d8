"""DELETE: what its publisher takes back is gone for every reader, stays in the ledger, and tells nothing of others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label, Role
from sharing.disclosures import list_disclosures_of_object
from sharing.permissions import Permission
from tests.harness import processes
from tests.hub.taxii.conftest import ROOT, Client, Door, envelope, indicator
from tests.hub.taxii.tools import ids, manifest_of, objects_of


def delete(client: Client, where: str, stix_id: str, **query: str) -> Any:
    params = {f"match[{name}]": value for name, value in query.items()}
    return client.ask("DELETE", f"{ROOT}{objects_of(where)}{stix_id}/", params=params)


def versions_of(one: dict[str, Any], days: int = 3) -> list[dict[str, Any]]:
    return [{**one, "modified": f"2026-11-{day:02}T00:00:00.000Z"} for day in range(1, days + 1)]


def test_t53_all_versions_go(door: Door):
    """T-53: in the collection and the inbox, for every reader; one that it is not stays; a second time it is absent."""
    where = door.collection("Delete", default_label=Label.GREEN)
    one, other = indicator(), indicator()
    door.poster.add(where, *versions_of(one), other)
    assert delete(door.poster, where, one["id"]).status_code == 200
    for client in (door.poster, door.other):
        for feed in (where, "inbox"):
            assert client.get(f"{objects_of(feed)}{one['id']}/").status_code == 404
            assert client.get(f"{objects_of(feed)}{one['id']}/versions/").status_code == 404
            assert one["id"] not in ids(client.get(manifest_of(feed), params={"match[id]": one["id"]}))
        assert ids(client.get(objects_of(where), params={"match[version]": "all"})) == [other["id"]]
    assert delete(door.poster, where, one["id"]).status_code == 404


def test_t53_the_versions_that_are_named(door: Door):
    """T-53: with `match[version]` only those; the newest that is left is the last one then."""
    where = door.collection("Named", default_label=Label.GREEN)
    one = indicator()
    versions = versions_of(one, 4)
    door.poster.add(where, *versions)

    def left() -> list[str]:
        answer = door.other.get(f"{objects_of(where)}{one['id']}/", params={"match[version]": "all"})
        return [each["modified"] for each in answer.json()["objects"]]

    assert delete(door.poster, where, one["id"], version="last").status_code == 200
    assert left() == [each["modified"] for each in versions[:3]]
    for client in (door.poster, door.other):
        gone = client.get(f"{objects_of(where)}{one['id']}/", params={"match[version]": versions[3]["modified"]})
        assert gone.status_code == 404, "what was deleted is to be fetched with 404 (5.7), in a version too"
    assert ids(door.other.get(objects_of(where))) == [one["id"]]
    assert delete(door.poster, where, one["id"], version=f"first,{versions[1]['modified']}").status_code == 200
    assert left() == [versions[2]["modified"]]
    assert delete(door.poster, where, one["id"], version="2020-01-01T00:00:00Z").status_code == 404
    assert delete(door.poster, where, one["id"], version="all,last").status_code == 400
    assert delete(door.poster, where, one["id"], spec_version="2.0").status_code == 404
    assert delete(door.poster, where, one["id"], colour="red").status_code == 400


@pytest.mark.parametrize("name", ["added_after", "limit", "next", "match[id]"])
def test_a_bound_that_does_not_hold_here_deletes_nothing(door: Door, name: str):
    """`added_after` was passed over, and every version went, not those that were added since."""
    where = door.collection("Bounds", default_label=Label.GREEN)
    one = indicator()
    door.poster.add(where, *versions_of(one))
    value = "2026-11-27T00:00:00Z" if name == "added_after" else "1"
    answer = door.poster.ask("DELETE", f"{ROOT}{objects_of(where)}{one['id']}/", params={name: value})
    assert answer.status_code == 400 and answer.json()["description"].endswith(f"found {name}")
    assert len(door.poster.get(f"{objects_of(where)}{one['id']}/versions/").json()["versions"]) == 3


@pytest.mark.parametrize(
    ("reads", "writes", "status"), [(False, False, 404), (True, False, 403), (False, True, 403), (True, True, 200)]
)
def test_t16_rights(door: Door, reads: bool, writes: bool, status: int):
    """T-16: neither right: the collection is not there; one of two: refused; both: done."""
    where = door.collection("Rights", default_label=Label.GREEN)
    one = indicator()
    door.poster.add(where, one)
    scopes = [Permission.TRENDS_READ]
    scopes += [Permission.FEED_READ] if reads else []
    scopes += [Permission.FEED_PUBLISH] if writes else []
    assert delete(door.client(door.coordinator, *scopes), where, one["id"]).status_code == status
    assert bool(ids(door.other.get(objects_of(where)))) is (status != 200)


def test_anothers_is_answered_like_what_never_was(door: Door):
    """The same bytes for an object of another's that one sees, one that one does not, and none; nothing happens."""
    where = door.collection("Others", default_label=Label.GREEN)
    seen, hidden = indicator(Label.GREEN), indicator(Label.AMBER_STRICT)
    door.poster.add(where, seen, hidden)
    answers = [delete(door.other, where, each) for each in (seen["id"], hidden["id"], f"indicator--{uuid4()}", "x")]
    assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}
    assert ids(door.poster.get(objects_of(where))) == [seen["id"], hidden["id"]]


def test_a_copy_of_anothers_goes_alone(door: Door):
    """Two publishers posted the same id: who deletes deletes its own; readers of both get the other's now."""
    where = door.collection("Two copies", default_label=Label.GREEN)
    one = indicator()
    mine = {**one, "description": "seen here too"}
    door.poster.add(where, one)
    door.other.add(where, mine)
    assert door.member.get(objects_of(where)).json()["objects"] == [one]
    assert delete(door.poster, where, one["id"]).status_code == 200
    assert door.member.get(objects_of(where)).json()["objects"] == [mine]
    assert delete(door.other, where, one["id"]).status_code == 200
    assert door.member.get(objects_of(where)).content == b"{}"


def test_what_another_collection_grants_stays(door: Door):
    """Posted to two collections and deleted from one: the other has it, and so has the inbox."""
    first, second = (door.collection(name, default_label=Label.GREEN) for name in ("First", "Second"))
    one = indicator()
    door.poster.add(first, one)
    door.poster.add(second, one)
    assert delete(door.poster, first, one["id"]).status_code == 200
    assert ids(door.other.get(objects_of(first))) == []
    assert ids(door.other.get(objects_of(second))) == [one["id"]]
    assert ids(door.other.get(objects_of("inbox"), params={"match[id]": one["id"]})) == [one["id"]]
    assert delete(door.poster, second, one["id"]).status_code == 200
    assert ids(door.other.get(objects_of("inbox"), params={"match[id]": one["id"]})) == []


def test_posted_again_it_returns_at_a_new_place(door: Door):
    """Who polled past the deletion gets it again, once; the poster is told so."""
    where = door.collection("Again", default_label=Label.GREEN)
    one, other = indicator(), indicator()
    door.poster.add(where, one, other)
    last = door.other.get(objects_of(where)).headers["X-TAXII-Date-Added-Last"]
    delete(door.poster, where, one["id"])
    assert door.other.get(objects_of(where), params={"added_after": last}).content == b"{}"
    answer = door.poster.post(where, envelope(one)).json()
    assert answer["successes"][0]["message"] == "posted before; it has entered this collection with this post"
    assert ids(door.other.get(objects_of(where), params={"added_after": last})) == [one["id"]]
    assert ids(door.other.get(objects_of(where), params={"match[version]": "all"})) == [other["id"], one["id"]]
    again = door.poster.post(where, envelope(one)).json()
    assert again["successes"][0]["message"] == "posted before; nothing was changed"
    assert delete(door.poster, where, one["id"]).status_code == 200
    assert ids(door.other.get(objects_of(where))) == [other["id"]]


def test_pages_go_on_over_a_deletion(door: Door):
    """A reader in the middle of the feed gets all the others, each once."""
    where = door.collection("Middle", default_label=Label.GREEN)
    posted = [indicator() for _ in range(9)]
    door.poster.add(where, *posted)
    found: list[str] = []
    for number, page in enumerate(door.other.pages(objects_of(where), limit=2)):
        found += ids(page)
        if number == 1:
            for place in (3, 4, 8):
                delete(door.poster, where, posted[place]["id"])
    assert found == [each["id"] for place, each in enumerate(posted) if place not in {4, 8}]


def test_t54_it_is_gone_for_a_process_that_starts_afterwards(door: Door, tmp_path: Path):
    """T-54: nothing of a deletion is kept in the memory of a process."""
    where = door.collection("Restart", default_label=Label.GREEN)
    one, other = indicator(), indicator()
    door.poster.add(where, one, other)
    delete(door.poster, where, one["id"])
    settings = door.world.hub.settings
    anew = processes.start_serve(settings.data, tmp_path, env=processes.on_database(settings.database_url))
    try:
        client = Client(anew.url, door.other.key)
        assert client.get(f"{objects_of(where)}{one['id']}/").status_code == 404
        for path in (objects_of(where), manifest_of(where)):
            assert ids(client.get(path, params={"match[version]": "all"})) == [other["id"]]
    finally:
        anew.stop()


def test_t54_the_trail_and_the_ledger_keep_it(door: Door):
    """T-54: one entry with who, what and its hash; who was given it before is still told; the bytes stay."""
    where = door.collection("Ledger", default_label=Label.GREEN)
    one = indicator()
    door.poster.add(where, *versions_of(one, 2))
    given = ids(door.client(door.world.person(door.water, Role.READER)).get(objects_of(where)))
    assert given == [one["id"]]
    tags = door.world.tags()
    delete(door.poster, where, one["id"])
    assert [tag for tag in door.world.tags()[len(tags) :] if "disclose" not in tag] == ["feed:objects:delete"]
    with door.world.reading() as session:
        named = session.execute(
            text("SELECT count(*) FROM audit_subjects WHERE kind = 'object' AND subject = :id"), {"id": one["id"]}
        ).scalar_one()
        kept = session.execute(text("SELECT count(*) FROM objects WHERE stix_id = :id"), {"id": one["id"]}).scalar_one()
    assert (named, kept) == (1, 2)
    _until_logged(door, one["id"])


def _until_logged(door: Door, stix_id: str) -> None:
    """Disclosures below AMBER are written within a second."""
    import time

    for _ in range(40):
        with door.world.reading() as session:
            readers = {each.organization_id for each in list_disclosures_of_object(session, door.coordinator, stix_id)}
        if door.water.id in readers:
            return
        time.sleep(0.1)
    raise AssertionError("expected the disclosure before the deletion to be told, found it gone")


def test_the_forms_that_were_made_of_it_go_along(new_door: Door):
    """Readers of the wider parts have only these: after the delete, which answered 200, they still read all of them."""
    door = new_door  # elsewhere somebody has posted a marking, which then goes with whatever names it
    where = door.collection("Forms", default_label=Label.GREEN)
    marks = [
        {"marking_ref": TLP2_IDS[Label.RED], "selectors": ["description"]},
        {"marking_ref": TLP2_IDS[Label.AMBER], "selectors": ["name"]},
    ]
    first = indicator(name="a name", description="for a few", granular_markings=marks)
    second = {**first, "modified": "2026-11-02T00:00:00.000Z", "confidence": 50}
    address = {
        "type": "ipv4-addr",
        "spec_version": "2.1",
        "id": f"ipv4-addr--{uuid4()}",
        "value": "192.0.2.7",
        "x_found_by": "a few",
        "object_marking_refs": [TLP2_IDS[Label.GREEN]],
        "granular_markings": [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["x_found_by"]}],
    }
    beside = indicator()
    door.poster.add(where, first, second, address, beside)

    def seen(client: Client) -> list[dict[str, Any]]:
        answer = client.get(f"collections/{where}/objects/", params={"match[version]": "all"})
        return [each for each in answer.json().get("objects", ()) if each["id"] != beside["id"]]

    assert Counter(each["type"] for each in seen(door.member)) == {
        "indicator": 2,
        "ceptoar-signature": 2,
        "ipv4-addr": 1,
    }
    assert Counter(each["type"] for each in seen(door.poster))["relationship"] == 4
    assert delete(door.poster, where, first["id"], version="first").status_code == 200
    (form,) = [each for each in seen(door.member) if each["type"] == "indicator"]
    assert form["confidence"] == 50
    assert Counter(each["type"] for each in seen(door.poster))["relationship"] == 2
    assert delete(door.poster, where, address["id"]).status_code == 200
    assert {each["type"] for each in seen(door.member)} == {"indicator", "ceptoar-signature"}
    assert delete(door.poster, where, first["id"]).status_code == 200
    assert seen(door.member) == seen(door.poster) == []
    assert door.member.get(f"collections/inbox/objects/{form['id']}/").status_code == 404
    assert door.member.get(f"collections/{where}/objects/{beside['id']}/").status_code == 200
    door.poster.add(where, second)
    assert Counter(each["type"] for each in seen(door.member)) == {"indicator": 1, "ceptoar-signature": 1}


def test_what_ends_a_form_goes_along_and_is_not_said_of_what_was_deleted(door: Door):
    """Readers of the form see it revoked, then gone; a form that was gone before is not brought back to be ended."""
    marks = [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["description"]}]
    red = [TLP2_IDS[Label.RED]]
    indicators = {"match[type]": "indicator"}
    for deleted_first in (False, True):
        where = door.collection("Ending")
        first = indicator(description="for a few", granular_markings=marks)
        door.poster.add(where, first)
        (form,) = ids(door.member.get(objects_of(where), params=indicators))
        if deleted_first:
            assert delete(door.poster, where, first["id"]).status_code == 200
        raised = {**first, "modified": "2026-11-02T00:00:00.000Z", "object_marking_refs": red}
        del raised["granular_markings"]
        door.poster.add(where, raised)
        seen = door.member.get(objects_of(where), params=indicators).json().get("objects", [])
        assert [(each["id"], each["revoked"]) for each in seen] == ([] if deleted_first else [(form, True)])
        assert delete(door.poster, where, first["id"]).status_code == 200
        assert door.member.get(objects_of(where), params={"match[version]": "all"}).json() == {}
        assert door.member.get(f"{objects_of(where)}{form}/").status_code == 404
