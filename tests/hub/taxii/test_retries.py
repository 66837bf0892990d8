"""A post whose answer was lost: sent again it has the same end; with a name it has the same answer too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from models.vocabulary import Label
from tests.hub.taxii.conftest import Client, Door, envelope, indicator
from tests.hub.taxii.tools import ids, objects_of


def test_t50_a_named_post_is_done_once(door: Door):
    """T-50: the same bytes of status each time, one entry in the trail; also where something was refused."""
    where = door.collection("Named posts", default_label=Label.GREEN)
    body, name = envelope(indicator(), indicator(labels=[])), str(uuid4())
    first = door.poster.post(where, body, **{"Idempotency-Key": name})
    tags = door.world.tags()
    for _ in range(3):
        again = door.poster.post(where, body, **{"Idempotency-Key": name})
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["Location"] == first.headers["Location"]
    assert door.world.tags() == tags
    assert door.poster.get(f"status/{first.json()['id']}/").content == first.content


def test_t50_a_name_belongs_to_one_post_of_one_poster(door: Door):
    """T-50: another body or collection is a conflict; another poster's name is another name."""
    where, elsewhere = (door.collection("Conflict", default_label=Label.GREEN) for _ in range(2))
    name, body = {"Idempotency-Key": str(uuid4())}, envelope(indicator())
    assert door.poster.post(where, body, **name).status_code == 202
    assert door.poster.post(where, envelope(indicator()), **name).status_code == 409
    assert door.poster.post(elsewhere, body, **name).status_code == 409
    assert len(ids(door.poster.get(objects_of(where)))) == 1
    assert door.other.post(where, envelope(indicator()), **name).status_code == 202


def test_t50_the_same_name_from_many_at_once(door: Door):
    """T-50: an impatient client sends the same post eight times at once: one is done, all have one answer."""
    where = door.collection("At once", default_label=Label.GREEN)
    body, name = envelope(*[indicator() for _ in range(20)]), {"Idempotency-Key": str(uuid4())}
    clients = [Client(door.hub.url, door.poster.key) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda client: client.post(where, body, **name), clients))
    assert {each.status_code for each in answers} == {202}
    assert len({each.json()["id"] for each in answers}) == 1


@pytest.mark.parametrize("name", ["x" * 256, "\u00e9"])
def test_what_is_no_name(door: Door, name: str):
    """400, before the body is read."""
    answer = door.poster.post(door.open, envelope(indicator()), **{"Idempotency-Key": name})
    assert answer.status_code == 400
