"""Whatever is sent, right or wrong: the answer is one that the description names, as JSON, never a 5xx."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from tests.hub.api.conftest import REPORT, Caller, Place

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    (method, path, said, shared.get("parameters", []) + said.get("parameters", []))
    for path, shared in DOCUMENT["paths"].items()
    for method, said in shared.items()
    if method != "parameters"
]
EACH = 10
"""Requests to each operation: by chance alone some are never asked."""
ODD = [
    "",
    " ",
    "null",
    "-1",
    "0",
    "1e9",
    "9" * 40,
    "\x00",
    "\u202e",
    "あ",
    "'; DROP TABLE reports;--",
    "%",
    "../..",
    "x" * 5000,
]
TEXT = st.sampled_from(ODD) | st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
BROKEN = [b"", b"[", b"{}{}", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b'"\\ud800"', b"[" * 300]
RAW = st.sampled_from(BROKEN) | st.binary(max_size=60)
TYPES = ["application/json", "text/plain", "", "application/xml"]


def resolved(schema: Any) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema: references followed, `nullable` spelled out."""
    if isinstance(schema, list):
        return [resolved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        kind, name = schema["$ref"].split("/")[-2:]
        return resolved(DOCUMENT["components"][kind][name])
    found = {name: resolved(value) for name, value in schema.items() if name not in {"nullable", "example"}}
    # A closed list names null itself: `nullable` opens the type, not the list.
    nullable = schema.get("nullable") is True and None in schema.get("enum", [None])
    return {"anyOf": [found, {"type": "null"}]} if nullable else found


def values_of(schema: Any, example: Any = None) -> st.SearchStrategy[Any]:
    """Values that a schema allows, as far as its words go."""
    schema = resolved(schema)
    if example is not None:
        return st.just(example)
    if "anyOf" in schema:
        return st.none() | values_of(schema["anyOf"][0])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        members = {name: values_of(inner) for name, inner in schema.get("properties", {}).items()}
        needed = set(schema.get("required", []))
        return st.fixed_dictionaries(
            {name: value for name, value in members.items() if name in needed},
            optional={name: value for name, value in members.items() if name not in needed},
        )
    if kind == "array":
        return st.lists(values_of(schema["items"]), max_size=3)
    if kind == "integer":
        return st.integers(schema.get("minimum", 0), schema.get("maximum", 10_000))
    if kind == "boolean":
        return st.booleans()
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if schema.get("format") == "date-time":
        return st.just("2026-11-20T11:00:00+09:00")
    return st.text(max_size=20)


@st.composite
def requests(draw: Any, operation: Any, known: dict[str, list[str]], people: list[str]) -> dict[str, Any]:
    """A request to an operation, with values that are right, known, or wrong."""
    method, path, said, parameters = operation
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {"Accept-Language": draw(st.sampled_from(["ja", "en", "fr;q=x", "*"]))}
    for each in parameters:
        right = values_of(each["schema"], each.get("example"))
        value = draw(st.sampled_from(known.get(each["name"], ["none"])) | right.map(_word) | TEXT)
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", quote(value, safe="") or "x")
        elif each["in"] == "query" and draw(st.booleans()):
            query += [(each["name"], value)] * draw(st.sampled_from([1, 1, 1, 2]))
        elif each["in"] == "header" and draw(st.booleans()):
            headers[each["name"]] = value.encode("ascii", "replace").decode().translate(dict.fromkeys(range(32), 63))
    if draw(st.integers(0, 9)) == 0:
        query.append((draw(TEXT), draw(TEXT)))
    if draw(st.integers(0, 4)) == 0:
        headers["Accept"] = draw(st.sampled_from(["text/html", "text/csv", "*/*", "application/json;q=0", ";;,"]))
    request = {"method": method.upper(), "path": path, "query": query, "headers": headers, "said": said}
    request["who"] = draw(st.sampled_from(["hanako", "office", *people, None]))
    if "requestBody" in said:
        ((media, content),) = said["requestBody"]["content"].items()
        drawn = bodies(content) if media == TYPES[0] else RAW
        request["body"], headers["Content-Type"] = draw(drawn), draw(st.sampled_from([media] * 8 + TYPES))
    return request


def bodies(content: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Bodies: as shown, with members put wrong, as the schema allows, any JSON, and what is no JSON."""
    filing = st.uuids().map(lambda ident: REPORT | {"submission": str(ident)})
    example = content.get("example")
    shown = filing if example is None or "event_type" in example else st.just(example)
    names = st.sampled_from(sorted(resolved(content["schema"])["properties"]))
    mended = st.builds(lambda one, two: {**one, **two}, shown, st.dictionaries(names, JSON, min_size=1, max_size=2))
    written = [shown, shown, mended, values_of(content["schema"]), JSON]
    return st.sampled_from([*written, RAW]).flatmap(
        lambda chosen: chosen if chosen is RAW else chosen.map(lambda value: json.dumps(value).encode())
    )


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _question(office: Caller, hanako: Caller, reference: str) -> str:
    """A question of the secretariat that the sender has answered."""
    said = {"text": "影響の範囲を伺えますか。", "label": "TLP:AMBER"}
    asked = str(office.post(f"reports/{reference}/questions", said).json["id"])
    assert hanako.post(f"questions/{asked}/answer", said).status_code == 204
    return asked


def check(answer: Any, said: dict[str, Any]) -> None:
    """The answer is one that the description names, in the shape that it names."""
    status = str(answer.status_code)
    assert answer.status_code < 500, answer.text
    assert status in said["responses"], f"{status} is not described: {answer.text}"
    described = said["responses"][status]
    content = resolved(described).get("content", {})
    if answer.status_code == 204:
        assert answer.data == b""
        return
    media = answer.content_type.split(";")[0]
    assert media in content
    if media == "text/csv":
        return
    if resolved(described)["content"][media]["schema"].get("format") == "binary":
        assert answer.data.startswith((b"%PDF-", b"PK")), "a document or a workbook"
        return
    value = json.loads(answer.data)
    wrong = best_match(Draft202012Validator(content[media]["schema"]).iter_errors(value))
    assert wrong is None, f"{wrong.json_path}: {wrong.message}"


def test_every_answer_is_described(place: Place):
    """Some requests to each operation, built from the document, with a world in which there is something to find."""
    hanako, office = place.caller("hanako"), place.caller("office")
    reference = hanako.files(indicators=[{"kind": "domain-name", "value": "bad.example.jp"}])
    page = office.get("feeds/inbox/objects", limit=1).json
    proposal = office.post(f"reports/{reference}/proposals", {"label": "TLP:GREEN", "number": 1}).json["id"]
    known = {
        "reference": [reference],
        "stix_id": [page["items"][0]["id"]],
        "feed": ["inbox", "electricity", "none"],
        "name": ["event-types", "sectors", "roles"],
        "proposal_id": [proposal, str(uuid4())],
        "list_id": [hanako.post("lists", {"name": "隣接事業者"}).json["id"], str(uuid4())],
        "inquiry_id": [_question(office, hanako, reference), str(uuid4())],
        "digest_id": [str(uuid4())],
        "next": [page["next"]],
        "added_after": [page["items"][0]["date_added"]],
        "as_of": [page["items"][0]["date_added"], "9999-12-31T23:59:59.999999Z"],
        "type": ["incident", "incident,indicator"],
        "fiscal_year": ["2026", "1990"],
    }
    people = sorted(place.people)
    reached: set[tuple[str, int]] = set()

    def run(request: dict[str, Any]) -> None:
        caller = place.caller(request["who"]) if request["who"] else place.stranger()
        target = request["path"].removeprefix("/api/v1/")
        if request["query"]:
            target += "?" + urlencode(request["query"])
        note(f"{request['who']} {request['method']} {target} {request.get('body', b'')[:300]!r}")
        answer = caller.call(request["method"], target, headers=request["headers"], data=request.get("body"))
        reached.add((request["said"]["operationId"], answer.status_code))
        if answer.status_code == 404 and "404" not in request["said"]["responses"]:
            raise AssertionError("an operation without path parameters does not answer 404")
        check(answer, request["said"])

    quiet: dict[str, Any] = {"deadline": None, "derandomize": True, "database": None}
    rules = settings(max_examples=EACH, suppress_health_check=list(HealthCheck), **quiet)
    for operation in OPERATIONS:
        rules(given(requests(operation, known, people))(run))()
    assert {name for name, _ in reached} == {said["operationId"] for _, _, said, _ in OPERATIONS}
    assert {200, 400, 401, 403, 404, 422} <= {status for _, status in reached}


def test_right_requests_are_answered_as_described(place: Place):
    """Every operation once with what its document shows: the successes are checked against their schemas too."""
    hanako, boss, office = (place.caller(name) for name in ("hanako", "boss", "office"))
    reference = hanako.files()
    wish = {"label": "TLP:GREEN", "number": 1}
    final = REPORT | {"submission": str(uuid4()), "kind": "final"}
    proposal = office.post(f"reports/{reference}/proposals", wish).json["id"]
    stix = office.get("feeds/inbox/objects").json["items"][0]["id"]
    digest = boss.get(f"proposals/{proposal}").json["digest"]
    calls: list[tuple[Caller, str, Any, str]] = [
        (hanako, "me", None, "read_me"),
        (office, "organizations", None, "read_organizations"),
        (hanako, "sectors", None, "read_sectors"),
        (hanako, "codes/cause-types", None, "read_codes"),
        (office, "feeds", None, "read_feeds"),
        (office, "feeds/inbox/objects", None, "read_feed"),
        (office, f"objects/{stix}", None, "read_object"),
        (hanako, "reports", None, "read_reports"),
        (hanako, f"reports/{reference}", None, "read_report"),
        (hanako, "reports", REPORT | {"submission": str(uuid4())}, "create_report"),
        (hanako, "preview", {"label": "TLP:GREEN"}, "preview_report"),
        (office, f"reports/{reference}/proposals/draft", wish, "draft"),
        (boss, f"proposals/{proposal}", None, "read_proposal"),
        (boss, f"proposals/{proposal}/approve", {"digest": digest}, "approve"),
        (hanako, f"reports/{reference}/versions", final, "create_version"),
        (office, f"questions/{_question(office, hanako, reference)}", None, "read_question"),
        (hanako, "questions", None, "read_questions"),
        (office, "trends", None, "read_trends"),
        (office, "digests", None, "read_digests"),
    ]
    said = {operation["operationId"]: operation for _, _, operation, _ in OPERATIONS}
    for caller, path, body, name in calls:
        answer = caller.get(path) if body is None else caller.post(path, body)
        assert answer.status_code < 300, (name, answer.text)
        check(answer, said[name])
