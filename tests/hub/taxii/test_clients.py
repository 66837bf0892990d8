"""The clients that are out there, with their habits: the field's own library, and what others are known to do."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from requests import PreparedRequest
from requests.auth import AuthBase
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

from models.vocabulary import Label
from tests.hub.taxii.conftest import ROOT, Door, envelope, indicator


class Bearer(AuthBase):
    """A key, as the library's callers add it."""

    def __init__(self, key: str | None) -> None:
        self.key = key

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.key}"
        return request


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The library logs what it does at every page."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def collection(door: Door, ident: str) -> Collection:
    return Collection(f"{door.hub.url}{ROOT}collections/{ident}/", auth=Bearer(door.poster.key))


def test_from_discovery_to_objects(door: Door):
    """Server, default root, collections, a post whose status it polls, and every object back."""
    where = door.collection("Library", default_label=Label.GREEN)
    server = Server(f"{door.hub.url}/taxii2/", auth=Bearer(door.poster.key))
    root = server.default
    assert root.url == f"{door.hub.url}{ROOT}"
    (found,) = [each for each in root.collections if each.id == where]
    posted = [indicator() for _ in range(25)]
    status = found.add_objects({"objects": posted})
    assert (status.status, status.success_count, len(status.successes)) == ("complete", 25, 25)
    status.refresh()
    pages = [page.get("objects", []) for page in as_pages(found.get_objects, per_request=7)]
    assert [len(page) for page in pages] == [7, 7, 7, 4]
    assert [each for page in pages for each in page] == posted
    records = [each for page in as_pages(found.get_manifest, per_request=7) for each in page.get("objects", [])]
    assert [each["id"] for each in records] == [each["id"] for each in posted]
    assert found.get_object(posted[3]["id"])["objects"] == [posted[3]]


def test_basic_login_with_the_key(door: Door):
    """User name and API key, as products ask for them."""
    root = ApiRoot(f"{door.hub.url}{ROOT}", user="coordinator", password=door.poster.key)
    assert door.open in [each.id for each in root.collections]


def test_polling_with_the_last_header(door: Door):
    """A poller that keeps nothing but the last date gets each object once."""
    where = door.collection("Poller", default_label=Label.GREEN)
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(5):
        expected = door.poster.add(where, *[indicator() for _ in range(3)])
        answer = door.poster.get(f"collections/{where}/objects/", params={**after, "limit": "100"})
        assert [each["id"] for each in answer.json()["objects"]] == expected
        seen += expected
        after = {"added_after": answer.headers["X-TAXII-Date-Added-Last"]}
    # The library strips zeros at the end of the fraction.
    short = after["added_after"].rstrip("Z").rstrip("0").rstrip(".") + "Z"
    assert door.poster.get(f"collections/{where}/objects/", params={"added_after": short}).content == b"{}"
    assert len(set(seen)) == 15


def test_a_poster_that_sends_bundles(door: Door):
    """A bundle, the media type of STIX, and a blank in `Accept`."""
    bundle = json.dumps({"type": "bundle", "id": f"bundle--{indicator()['id'][11:]}", "objects": [indicator()]})
    answer = door.poster.ask(
        "POST",
        f"{ROOT}collections/{door.open}/objects/",
        data=bundle.encode(),
        headers={"Content-Type": "application/stix+json; version=2.1", "Accept": "application/taxii+json; version=2.1"},
    )
    assert answer.status_code == 202
    assert answer.json()["success_count"] == 1


def test_the_inbox_holds_what_the_collections_hold(door: Door):
    """One feed for whoever polls only one: the same bytes, at the same positions."""
    where = door.collection("Feed", default_label=Label.GREEN)
    one = indicator()
    door.poster.add(where, one)
    found = [
        door.other.get(f"collections/{each}/manifest/", params={"match[id]": one["id"]}) for each in (where, "inbox")
    ]
    assert found[0].content == found[1].content
    assert door.other.post("inbox", envelope(one)).status_code == 403
