"""The REST door: wrong requests, failures, and the door as one application among others."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import hub.api
from hub.app import create_app
from sharing.permissions import Permission
from tests.hub.api.conftest import Place
from tests.hub.api.tools import PROBLEM


@pytest.mark.parametrize("language", ["ja", "en"])
def test_errors_have_one_shape_in_both_languages(place: Place, language: str):
    caller = place.caller("hanako", **{"Accept-Language": language})
    answers = {
        400: caller.get("feeds/inbox/objects", limit="x"),
        401: place.stranger().get("me", headers={"Accept-Language": language}),
        404: caller.get("none"),
        405: caller.call("DELETE", "me"),
        406: caller.get("me", headers={"Accept": "text/html"}),
        413: caller.post("reports", data=b" " * (5 * 1024 * 1024), content_type="application/json"),
        415: caller.post("reports", data="label=x", content_type="application/x-www-form-urlencoded"),
        422: caller.post("preview", {}),
    }
    answers[403] = place.with_scopes(place.people["hanako"], Permission.FEED_READ).get(
        "trends", headers={"Accept-Language": language}
    )
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.content_type == PROBLEM
        assert answer.headers["Content-Language"] == language
        body = answer.json
        assert set(body) == {"type", "title", "status", "detail", "faults"}
        assert body["status"] == status
        assert body["type"].startswith("urn:ceptoar-hub:problem:")
        assert body["title"].isascii() == (language == "en")
    assert answers[405].headers["Allow"]
    assert answers[400].json["faults"] == [
        {"field": "limit", "code": "not-a-number", "expected": "a whole number", "found": ""}
    ]


TWO_MEANINGS = [
    (b'{"label":"TLP:RED","label":"TLP:GREEN"}', 400),
    (b'{"label":NaN}', 400),
    (b"\xff\xfe", 400),
    (b'{"label":"\\ud800"}', 400),
    (b"[" * 10_000, 400),
    (b"{}{}", 400),
    (b"", 400),
    (b'{"label":' + b"9" * 400 + b"}", 400),
    (b"[]", 422),
    (b"null", 422),
    (b'{"label":"TLP:GREEN","consent_nco":1}', 422),
    (b'{"label":"TLP:GREEN","consent_nco":"true"}', 422),
    (b'{"label":"TLP:GREEN","more":true}', 422),
]
WRONG_QUERIES = [
    "limit=0",
    "limit=1001",
    "limit=1.5",
    "limit=%EF%BC%91",
    "type=a,,b&type=c",
    "unknown=1",
    "added_after=today",
    "id=%00",
    "next=%00",
    "next=zz",
    "highest_label=RED",
    "version=newest",
    "limit=" + "9" * 30,
]


def test_json_with_two_meanings_is_refused(place: Place):
    caller = place.caller("hanako")
    for body, status in TWO_MEANINGS:
        answer = caller.post("preview", data=body, content_type="application/json")
        assert answer.status_code == status, body[:40]
        assert answer.json["faults"]


def test_parameters_are_read_strictly(place: Place):
    caller = place.caller("hanako")
    for query in WRONG_QUERIES:
        answer = caller.call("GET", f"feeds/inbox/objects?{query}")
        assert answer.status_code == 400, query
        assert answer.content_type == PROBLEM


def test_odd_addresses_get_no_redirect_and_no_page(place: Place):
    caller = place.caller("hanako")
    for path in ("", "/", "/me", "me/", "me//", "../v1/me", "%2e%2e/", "feeds//objects"):
        answer = caller.get(path)
        assert answer.status_code == 404, path
        assert answer.content_type == PROBLEM
    bare = place.app.test_client().get("/api/v1")
    assert (bare.status_code, bare.content_type) == (404, PROBLEM)


def test_other_methods_are_refused(place: Place):
    caller = place.caller("hanako")
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        answer = caller.call(method, "reports")
        assert answer.status_code == 405, method
        assert answer.content_type == PROBLEM


def test_a_failure_shows_only_its_number(place: Place, monkeypatch: pytest.MonkeyPatch):
    def fail(*_given: Any) -> Any:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("hub.api.directory.list_sectors", fail)
    answer = place.caller("hanako").get("sectors")
    assert answer.status_code == 500
    assert answer.json["instance"].startswith("urn:incident:")
    assert "hunter2" not in answer.text


def test_a_start_does_not_build_the_door(place: Place):
    """What describes it is imported at the first request, once, also where many come at once."""
    door = place.app.view_functions["api"]
    assert isinstance(door, hub.api.Door)
    assert door._inner is None
    built: list[Any] = []
    threads = [threading.Thread(target=lambda: built.append(door.application())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(each) for each in built}) == 1


def test_the_door_hangs_no_hook_on_the_others(place: Place):
    place.caller("hanako").get("me")
    outer = create_app(place.world.hub, page_groups=(), machine_doors=(hub.api,))
    for app in (outer, place.app):
        assert not app.before_request_funcs.get(None)
        assert not app.after_request_funcs.get(None)
        assert "flask-smorest" not in app.extensions


def test_the_counts_name_the_route_that_answered(place: Place):
    caller = place.caller("hanako")
    caller.get("codes/event-types")
    counted = place.app.extensions["metrics"].render().decode()
    assert 'route="/api/v1/codes/<name>"' in counted
