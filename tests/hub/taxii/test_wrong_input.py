"""Whatever is sent: an answer that says what was expected, never a failure, and nothing half-written."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import text

from feeds.reasons.reason import join, read
from models.vocabulary import Label
from tests.hub.taxii.conftest import ROOT, TAXII, Door, envelope, indicator


def counts(door: Door) -> dict[str, int]:
    with door.world.reading() as session:
        return {
            name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in ("objects", "grants", "audit_entries", "audit_parts", "post_statuses", "regrants")
        }


ONE = envelope(indicator())
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b'{"objects":[',
    "not an object": b"[]",
    "a text": b'"x"',
    "no objects": b"{}",
    "an empty list": b'{"objects":[]}',
    "objects that are no list": b'{"objects":{}}',
    "not UTF-8": ONE.replace(b"host", b"\xff\xfe"),
    "UTF-16": ONE.decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + ONE,
    "a key twice": ONE.replace(b'"type"', b'"id": "x", "type"'),
    "the list twice": ONE[:-1] + b', "objects": []}',
    "NaN": ONE.replace(b'"type"', b'"x": NaN, "type"'),
    "infinity": ONE.replace(b'"type"', b'"x": 1e999, "type"'),
    "a huge number": ONE.replace(b'"type"', b'"x": ' + b"9" * 5000 + b', "type"'),
    "half a surrogate pair": ONE.replace(b"host", b"\\ud800"),
    "10,000 levels": b'{"objects":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "10,000 levels in an object": b'{"objects":[{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}]}",
    "too many objects": b'{"objects":[' + b",".join([b"{}"] * 10_001) + b"]}",
}


@pytest.mark.parametrize("what", BODIES)
def test_t48_t51_a_body_that_is_unusable_as_a_whole(door: Door, what: str):
    """T-48, T-51: 4xx with words; nothing is stored, not even a status."""
    before = counts(door)
    answer = door.poster.post(door.open, BODIES[what])
    assert answer.status_code == 400
    assert "expected" in answer.json()["description"]
    assert counts(door) == before


OBJECTS: dict[str, dict[str, Any]] = {
    "nothing in it": {},
    "no id": {key: each for key, each in indicator().items() if key != "id"},
    "an id of another type": indicator(id=f"malware--{uuid4()}"),
    "a type that is a number": indicator(type=7),
    "a very long type": indicator(type="x-" + "a" * 300, id=f"x-{'a' * 300}--{uuid4()}"),
    "a time without zone": indicator(modified="2026-11-01T00:00:00"),
    "a day that is none": indicator(created="2026-02-30T00:00:00Z"),
    "a time with many digits": indicator(modified="2026-11-01T00:00:00." + "1" * 100 + "Z"),
    "a NUL": indicator(name="a\x00b"),
    "a forged label": {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
        "created": "2022-10-01T00:00:00.000Z",
        "name": "TLP:CLEAR",
        "definition_type": "statement",
        "definition": {"statement": "all may read"},
    },
    "markings that are a text": indicator(object_marking_refs="TLP:GREEN"),
    "a selector that leads nowhere": indicator(
        granular_markings=[{"selectors": ["nowhere"], "marking_ref": f"marking-definition--{uuid4()}"}]
    ),
    "an exercise": indicator(labels=["exercise"]),
    "a bundle in an envelope": {"type": "bundle", "id": f"bundle--{uuid4()}", "objects": []},
}


@pytest.mark.parametrize("what", OBJECTS)
def test_one_unusable_object_is_its_own_failure(door: Door, what: str):
    """Even where the collection is lenient; the good one beside it is stored."""
    good = indicator()
    answer = door.poster.post(door.open, envelope(OBJECTS[what], good))
    assert answer.status_code == 202
    found = answer.json()
    assert (found["success_count"], found["failure_count"]) == (1, 1)
    assert "expected" in found["failures"][0]["message"]
    assert {"id", "version"} <= set(found["failures"][0])


def test_refusals_have_codes_with_what_fills_them_in(door: Door):
    """An error in the fields that the specification has for it, a status beside each message; the English stays."""
    error = door.poster.get(f"collections/{door.open}/objects/", params={"limit": "0"}).json()
    assert (error["error_code"], error["details"]) == ("limit", {"value": "0"})
    assert error["description"].endswith("expected limit to be a whole number from 1, found 0")
    bare = door.poster.get("collections/nowhere/objects/").json()
    assert bare["error_code"] == "nothing-here" and "details" not in bare
    good, bad = indicator(), indicator(created="yesterday")
    door.poster.add(door.open, good)
    status = door.poster.post(door.open, envelope(good, bad)).json()
    assert status["successes"][0]["x_reasons"] == [{"code": "repeated"}]
    (failure,) = status["failures"]
    assert failure["x_reasons"][0]["code"] == "form"
    for detail in (*status["successes"], failure):
        assert join(read(detail["x_reasons"])) == detail["message"]


def test_what_is_no_json_is_said_in_whole_words(door: Door):
    """What the parser says ends in "at" for some faults, and so did the place: "at at character"."""
    error = door.poster.post(door.open, b'{"objects":["\t"]}').json()
    assert error["description"] == "Not JSON: expected JSON, found Invalid control character at character 13"


def test_members_of_the_list_that_are_no_objects(door: Door):
    """Each is answered for by its place."""
    answer = door.poster.post(door.open, b'{"objects":[1, null, "x", []]}')
    assert answer.status_code == 202
    assert [each["id"] for each in answer.json()["failures"]] == [f"objects/{place}" for place in range(4)]


def test_a_time_in_the_future_and_the_past(door: Door):
    """Versions are what publishers write; the feed's order is the hub's own."""
    door.poster.add(
        door.open,
        indicator(created="0001-01-01T00:00:00.000Z", modified="9999-12-31T23:59:59.999Z"),
    )


def test_a_hidden_id_is_free_to_use(door: Door):
    """Another publisher's id, hidden from the poster, is accepted as if it had never been used; the copy is its own."""
    where = door.collection("Copies", default_label=Label.GREEN)
    hidden = indicator(Label.AMBER_STRICT)
    door.poster.add(where, hidden)
    mine = {**hidden, "pattern": "[domain-name:value = 'other.example']"}
    door.other.add(where, mine)
    answer = door.other.get(f"collections/{where}/objects/{hidden['id']}/")
    assert answer.json()["objects"] == [mine]


PATHS = (
    "collections/%00/objects/",
    "collections/..%2f..%2f/objects/",
    "collections/{open}/objects/%00/",
    "collections/{open}/objects/" + "a" * 3000 + "/",
    "collections/{open}/objects/?match[id]=%00",
    "collections/{open}/objects/?match[type]=%00",
    "collections/{open}/objects/?%ff=1",
    "collections/{open}/objects/?match[id]=%ff",
    "collections/{open}/objects/?match[id]=" + "x," * 600 + "x",
    "collections/{open}/objects/?" + "&".join(f"a{n}=1" for n in range(200)),
    "collections/{open}/objects/?added_after=0000-00-00T00:00:00Z",
    "collections/{open}/objects/?added_after=9999-12-31T23:59:59.999999Z",
    "collections/{open}/objects/?next=%00",
    "collections/{open}/objects/?next=" + "A" * 5000,
    "collections/{open}/objects/?next=日本",
    "status/%00/",
    "status/日本/",
)


@pytest.mark.parametrize("path", PATHS)
def test_strange_addresses(door: Door, path: str):
    """An answer of TAXII below 500; `ask` looks at the rest."""
    assert door.poster.get(path.replace("{open}", door.open)).status_code in {200, 400, 404}


def send(door: Door, headers: dict[str, str], body: Any, *, chunked: bool = False) -> tuple[int, Any, bytes]:
    """A post whose headers say what they like."""
    connection = http.client.HTTPConnection(urlsplit(door.hub.url).netloc, timeout=30)
    try:
        path = f"{ROOT}collections/{door.open}/objects/"
        key = {"Authorization": f"Bearer {door.poster.key}", "Content-Type": TAXII, "Accept": TAXII}
        connection.request("POST", path, body, {**key, **headers}, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_t48_a_body_that_says_it_is_too_large(door: Door):
    """T-48: refused before a byte is read."""
    limit = door.poster.get("").json()["max_content_length"]
    status, headers, body = send(door, {"Content-Length": str(limit + 1)}, b"")
    assert status == 413
    assert headers["Content-Type"] == TAXII
    assert json.loads(body)["http_status"] == "413"


@pytest.mark.slow
def test_t48_at_the_limit_and_over_it(door: Door):
    """T-48: blanks up to the limit are accepted, one more byte is not."""
    limit = door.poster.get("").json()["max_content_length"]
    raw = envelope(indicator())
    status, _, _ = send(door, {}, raw + b" " * (limit - len(raw)))
    assert status == 202
    try:
        status, _, _ = send(door, {}, raw + b" " * (limit - len(raw) + 1))
    except (BrokenPipeError, ConnectionResetError):
        return  # refused while it was still being sent
    assert status == 413


def test_a_body_in_chunks(door: Door):
    """A body that does not say how long it is."""
    raw = envelope(indicator())
    parts = iter([raw[:100], raw[100:]])
    status, _, body = send(door, {"Transfer-Encoding": "chunked"}, parts, chunked=True)
    assert status == 202, body
