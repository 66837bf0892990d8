"""The description of the REST door: whole, stable, and the same as what a person has read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hub.api.conftest import Place

SNAPSHOT = Path(__file__).parent / "openapi.json"


@pytest.fixture
def document(place: Place) -> dict[str, Any]:
    answer = place.stranger().get("openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.data)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any], list[dict[str, Any]]]]:
    """Each operation: method, path, what is said of it, all its parameters."""
    return [
        (method, path, said, shared.get("parameters", []) + said.get("parameters", []))
        for path, shared in document["paths"].items()
        for method, said in shared.items()
        if method != "parameters"
    ]


def test_the_document_is_the_one_that_was_read(document: dict[str, Any]):
    """Programs rely on it: a change is read by a person, who then saves the new one beside this test."""
    assert document == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_every_operation_is_described(document: dict[str, Any]):
    """A summary in both languages, a name of its own, what it answers when the key is bad or the hub busy."""
    names = [said["operationId"] for _, _, said, _ in operations(document)]
    assert len(names) == len(set(names)) > 15
    for method, path, said, parameters in operations(document):
        where = f"{method} {path}"
        assert said["summary"].isascii(), where
        assert not said["x-summary-ja"].isascii(), where
        assert {"400", "401", "406", "503"} <= set(said["responses"]), where
        assert ("{" in path) <= ("404" in said["responses"]), where
        assert ("requestBody" in said) == (method in {"post", "patch"}), where
        if "requestBody" in said:
            assert {"403", "413", "415", "422"} <= set(said["responses"]), where
        for each in parameters:
            assert each["description"], (where, each["name"])
            assert each["schema"], (where, each["name"])


def test_every_member_says_what_it_is(document: dict[str, Any]):
    for name, schema in document["components"]["schemas"].items():
        for member, said in schema["properties"].items():
            inner = said.get("items", said)
            assert "description" in said or "$ref" in inner or "allOf" in said, f"{name}.{member}"


def test_every_reference_leads_somewhere_and_nothing_is_left_over(document: dict[str, Any]):
    text = json.dumps(document)
    for kind in ("schemas", "responses"):
        for name in document["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text, name
    for reference in set(text.split('"$ref": "')[1:]):
        _, _, kind, name = reference.split('"')[0].split("/")
        assert name in document["components"][kind]


def test_the_security_schemes_are_stated(document: dict[str, Any]):
    assert document["security"] == [{"bearer": []}, {"basic": []}]
    assert {scheme["scheme"] for scheme in document["components"]["securitySchemes"].values()} == {"bearer", "basic"}


def test_the_document_needs_no_page_from_elsewhere(place: Place):
    """No pages with scripts of others; the hub runs in closed networks."""
    assert "://" not in place.stranger().get("openapi.json").text
    for path in ("docs", "swagger-ui", "redoc", "rapidoc"):
        assert place.stranger().get(path).status_code == 404


def test_two_builds_say_the_same(place: Place):
    from hub.api.application import build

    first, second = (build(place.world.hub).test_client().get("/api/v1/openapi.json").data for _ in range(2))
    assert first == second
