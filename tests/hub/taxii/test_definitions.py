"""Definitions go where the objects go that name them, unless they are marked themselves."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label
from tests.hub.taxii.conftest import Door, envelope, indicator

RED = TLP2_IDS[Label.RED]
GREEN = TLP2_IDS[Label.GREEN]


def statement(**more: Any) -> dict[str, Any]:
    """A marking that states something and says nothing of readers."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid4()}",
        "created": "2026-11-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Measured at the northern works"},
        **more,
    }


MARKED = {
    "as a whole": {"object_marking_refs": [RED]},
    "in a part": {"granular_markings": [{"marking_ref": RED, "selectors": ["definition.statement"]}]},
}


@pytest.mark.parametrize("how", MARKED)
@pytest.mark.parametrize("together", [True, False])
def test_a_definition_that_is_marked_itself_is_held_as_it_says(door: Door, how: str, together: bool):
    """It was given to all readers of whatever named it later, and of a part's marks nothing was left beside a name."""
    marked = statement(**MARKED[how])
    naming = indicator(object_marking_refs=[GREEN, marked["id"]])
    if together:
        door.poster.add(door.open, marked, naming)
    else:
        door.poster.add(door.open, marked)
        door.poster.add(door.open, naming)
    seen = door.member.get(f"collections/{door.open}/objects/", params={"match[id]": f"{marked['id']},{naming['id']}"})
    assert [each["id"] for each in seen.json()["objects"]] == [naming["id"]]
    assert door.member.get(f"collections/inbox/objects/{marked['id']}/").status_code == 404


@pytest.mark.parametrize("together", [True, False])
def test_a_bare_definition_goes_where_its_objects_go(door: Door, together: bool):
    """Also where it was posted alone, into a collection that knows no label for it."""
    shelf, bare = door.collection("Shelf"), statement()
    naming = indicator(object_marking_refs=[GREEN, bare["id"]])
    posts = [[bare, naming]] if together else [[bare], [naming]]
    for objects in posts:
        door.poster.add(shelf, *objects)
    seen = door.member.get(f"collections/{shelf}/objects/", params={"match[id]": f"{bare['id']},{naming['id']}"})
    assert {each["id"] for each in seen.json()["objects"]} == {bare["id"], naming["id"]}


def extension(**more: Any) -> dict[str, Any]:
    """An extension's definition, as producers send it: without a label."""
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": f"extension-definition--{uuid4()}",
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
        "created_by_ref": f"identity--{uuid4()}",
        "name": "More of it",
        "schema": "https://example.com/more.json",
        "version": "1.0",
        "extension_types": ["property-extension"],
        **more,
    }


def extended(definition: dict[str, Any]) -> dict[str, Any]:
    """What an object holds that this extension says more of."""
    return {"extensions": {definition["id"]: {"extension_type": "property-extension", "x": 1}}}


def test_bare_definitions_come_in_beside_what_names_them(door: Door):
    """A collection up to GREEN without a default refused every statement that producers send beside GREEN objects."""
    more, deeper = extension(), extension()
    bare, chained = statement(), statement(**extended(deeper))
    naming = indicator(object_marking_refs=[GREEN, bare["id"], chained["id"]], **extended(more))
    every = [deeper, bare, naming, chained, more]
    ids = door.poster.add(door.strict, *every)
    seen = door.member.get(f"collections/{door.strict}/objects/", params={"match[id]": ",".join(ids)}).json()
    assert {each["id"] for each in seen["objects"]} == set(ids)


def test_a_bare_definition_that_nothing_names_stays_out(door: Door):
    """Alone, beside what does not name it, beside what is refused, or named by one of these only."""
    refused = indicator(object_marking_refs=[RED])
    lone, beside, chained = statement(), statement(), extension()
    refused["object_marking_refs"].append(lone["id"])
    beside = statement(**extended(chained))
    answer = door.poster.post(door.strict, envelope(lone, refused, beside, chained, indicator())).json()
    assert answer["success_count"] == 1
    assert {each["id"] for each in answer["failures"]} == {each["id"] for each in (lone, refused, beside, chained)}
    assert all("TLP:GREEN" in each["message"] for each in answer["failures"])


@pytest.mark.parametrize("where", ["strict", "shelf"])
def test_what_a_refused_object_names_is_not_opened_by_it(door: Door, where: str):
    """An object that refers to something stricter is refused late; the marking that it named went out."""
    ident = door.strict if where == "strict" else door.collection("Shelf without label")
    secret = indicator(object_marking_refs=[RED])
    door.poster.add(door.collection("Secrets"), secret)
    bare = statement()
    leaking = indicator(object_marking_refs=[GREEN, bare["id"]], x_seen_ref=secret["id"])
    answer = door.poster.post(ident, envelope(bare, leaking)).json()
    assert leaking["id"] in {each["id"] for each in answer["failures"]}
    taken = {each["id"] for each in answer.get("successes", ())}
    assert taken == (set() if where == "strict" else {bare["id"]})
    assert door.member.get(f"collections/{ident}/objects/{bare['id']}/").status_code == 404


CONTRADICTING = {
    "other content": {"pattern": "[domain-name:value = 'other.example']"},
    "other creator": {"created_by_ref": f"identity--{uuid4()}", "modified": "2026-11-02T00:00:00.000Z"},
}


@pytest.mark.parametrize("how", CONTRADICTING)
@pytest.mark.parametrize("where", ["strict", "shelf", "shelf, posted before"])
def test_what_contradicts_an_earlier_version_opens_nothing(door: Door, where: str, how: str):
    """That is found out while it is published, after the marking had been held as widely as what names it."""
    ident = door.strict if where == "strict" else door.collection(f"Shelf {uuid4()}")
    first, bare = indicator(object_marking_refs=[GREEN]), statement()
    door.poster.add(ident, first, *([bare] if "before" in where else []))
    contradicting = {**first, "object_marking_refs": [GREEN, bare["id"]], **CONTRADICTING[how]}
    answer = door.poster.post(ident, envelope(bare, contradicting, indicator())).json()
    failures = {each["id"]: [reason["code"] for reason in each["x_reasons"]] for each in answer["failures"]}
    assert failures.pop(first["id"]) == [how.replace(" ", "-")]
    assert list(failures) == ([bare["id"]] if where == "strict" else [])
    assert door.member.get(f"collections/{ident}/objects/{bare['id']}/").status_code == 404
    assert (door.poster.get(f"collections/{ident}/objects/{bare['id']}/").status_code == 404) is (where == "strict")
    naming = indicator(object_marking_refs=[GREEN, bare["id"]])
    door.poster.add(ident, bare, naming)
    assert door.member.get(f"collections/{ident}/objects/{bare['id']}/").status_code == 200


def test_a_statement_that_was_posted_before_is_known(door: Door):
    """A bundle in parts names its copyright in each and defines it in one: all the others were held as unknown."""
    earlier, never = statement(), f"marking-definition--{uuid4()}"
    door.poster.add(door.open, earlier)
    labelled = indicator(object_marking_refs=[GREEN, earlier["id"]])
    bare = indicator(object_marking_refs=[earlier["id"]])
    odd = indicator(object_marking_refs=[GREEN, never])
    closed = indicator(object_marking_refs=[earlier["id"], never])
    told = door.poster.post(door.open, envelope(labelled, bare, odd, closed)).json()["successes"]
    codes = [[reason["code"] for reason in each.get("x_reasons", ())] for each in told]
    assert codes == [[], ["default-label"], ["unknown-beside"], ["unknown-marking"]]
    ids = ",".join(each["id"] for each in (labelled, bare, odd, closed))
    seen = door.member.get(f"collections/{door.open}/objects/", params={"match[id]": ids}).json()["objects"]
    assert [each["id"] for each in seen] == [each["id"] for each in (labelled, bare, odd)]


def test_what_another_calls_a_statement_opens_nothing(door: Door):
    """Its id could be that of a marking by which the poster means to close its objects."""
    anothers = statement(object_marking_refs=[GREEN])
    door.other.add(door.open, anothers)
    assert door.poster.get(f"collections/{door.open}/objects/{anothers['id']}/").status_code == 200
    answer = door.poster.post(door.open, envelope(indicator(object_marking_refs=[anothers["id"]]))).json()
    assert [each["code"] for each in answer["successes"][0]["x_reasons"]] == ["unknown-marking"]


def test_labels_are_the_same_in_capitals(door: Door):
    """A UUID has no case: RED in capitals beside GREEN was no label, and the object went out as GREEN."""
    shouted = f"marking-definition--{RED.removeprefix('marking-definition--').upper()}"
    (ident,) = door.poster.add(door.open, indicator(object_marking_refs=[GREEN, shouted]))
    assert door.member.get(f"collections/{door.open}/objects/{ident}/").status_code == 404
    forged = statement(id=shouted)
    (failure,) = door.poster.post(door.open, envelope(forged)).json()["failures"]
    assert "published definition" in failure["message"]
