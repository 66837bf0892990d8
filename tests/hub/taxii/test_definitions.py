"""Definitions go where the objects go that name them, unless they are marked themselves."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label
from tests.hub.taxii.conftest import Door, indicator

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
