"""What clients ask most is answered without the framework, and exactly as with it. On both databases."""

import json
import re
from typing import Any
from unittest.mock import patch

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.app import HubApplication
from hub.taxii import pages
from hub.taxii.straight import Straight
from models.vocabulary import Label
from tests.factory import World
from tests.hub.taxii.conftest import ROOT, TAXII, envelope, indicator, program_inside

FEED = f"{ROOT}collections/electricity/objects/"
MANIFEST = f"{ROOT}collections/electricity/manifest/"
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ABSENT = "indicator--3b6f4e2a-9a1c-4c55-8a52-6c1f3c1d0e11"


@pytest.fixture
def client(world: World) -> FlaskClient:
    """A program that posts and reads, inside this process."""
    world.operator("Operator")
    return program_inside(world)


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that reached the framework."""
    found: list[str] = []
    dispatch = HubApplication.full_dispatch_request

    def note(app: HubApplication, *given: Any) -> Any:
        found.append("framework")
        return dispatch(app, *given)

    monkeypatch.setattr(HubApplication, "full_dispatch_request", note)
    return found


def post(client: FlaskClient, *objects: dict[str, Any]) -> list[str]:
    """Objects that are taken; their ids."""
    answer = client.post(FEED, data=envelope(*objects), content_type=TAXII)
    assert answer.status_code == 202, answer.text
    return [each["id"] for each in objects]


def told(answer: TestResponse) -> tuple[int, dict[str, str], str]:
    """All of an answer but what differs from one request to the next."""
    headers = {name: value for name, value in answer.headers.items() if name != "Ceptoar-Hub-Promise"}
    blank = {name: UUIDS.sub("ID", value) for name, value in headers.items()}
    body = re.sub(r'"error_id":"[^"]*"', "", TIMES.sub("TIME", UUIDS.sub("ID", answer.text)))
    return answer.status_code, blank, body


def test_what_is_asked_most_needs_no_framework(client: FlaskClient, entered: list[str]) -> None:
    """Posts, pages, manifests and single objects."""
    ids = post(client, indicator(Label.GREEN), indicator(Label.AMBER))
    for path in (FEED, f"{FEED}?limit=1", f"{FEED}?match[type]=indicator", f"{FEED}{ids[0]}/", MANIFEST):
        assert client.get(path).status_code == 200
    assert client.get(FEED.rstrip("/")).status_code == 200  # the spelling is mended before
    assert entered == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", FEED),
        ("OPTIONS", FEED),
        ("PUT", FEED),
        ("DELETE", MANIFEST),
        ("GET", f"{FEED}{ABSENT}/versions/"),
        ("GET", f"{FEED}%C3%A9/"),
        ("GET", f"{ROOT}collections/electricity/nothing/"),
        ("GET", f"{ROOT}collections//objects/"),
        ("GET", "/taxii2/"),
        ("GET", ROOT),
    ],
)
def test_the_rest_is_left_to_it(client: FlaskClient, entered: list[str], method: str, path: str) -> None:
    """Whatever is not plainly one of these."""
    client.open(path, method=method)
    assert entered == ["framework"]


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", FEED, {}),
    ("GET", f"{FEED}?limit=2", {}),
    ("GET", f"{FEED}?added_after=2100-01-01T00:00:00Z", {}),
    ("GET", f"{FEED}?added_after=yesterday", {}),
    ("GET", f"{FEED}?next=nonsense", {}),
    ("GET", f"{FEED}?limit=0", {}),
    ("GET", f"{FEED}?what=ever", {}),
    ("GET", f"{FEED}?match[id]={ABSENT}", {}),
    ("GET", f"{FEED}{ABSENT}/", {}),
    ("GET", f"{FEED}?limit=1", {"headers": {"Accept": "text/html"}}),
    ("GET", FEED, {"headers": {"Authorization": "Bearer nobody"}}),
    ("GET", FEED, {"headers": {"Host": "a b"}}),
    ("GET", MANIFEST, {}),
    ("GET", f"{MANIFEST}?match[version]=all", {}),
    ("GET", f"{ROOT}collections/no-such/objects/", {}),
    ("GET", "/taxii2/no-such/collections/electricity/objects/", {}),
    ("POST", FEED, {"data": b"[]", "content_type": TAXII}),
    ("POST", FEED, {"data": b"{", "content_type": TAXII}),
    ("POST", FEED, {"data": b"{}", "content_type": "text/plain"}),
    ("POST", FEED, {"data": b"{}", "content_type": TAXII, "headers": {"Content-Encoding": "gzip"}}),
    ("POST", FEED, {"data": envelope({"type": "indicator"}), "content_type": TAXII}),
    ("POST", MANIFEST, {"data": b"{}", "content_type": TAXII}),
    ("POST", f"{ROOT}collections/no-such/objects/", {"data": b"{}", "content_type": TAXII}),
]


def test_either_way_answers_alike(world: World, client: FlaskClient) -> None:
    """Status, headers and body, of what is right and of what is wrong; and the same is noted of each."""
    post(client, *(indicator(label) for label in (Label.GREEN, Label.AMBER, Label.RED)))
    notes: list[Any] = []
    with patch.object(world.hub.notes, "add", notes.append):
        straight = [told(client.open(path, method=method, **more)) for method, path, more in REQUESTS]
        of_straight = list(notes)
        notes.clear()
        client.application.extensions["straight"].clear()
        by_framework = [told(client.open(path, method=method, **more)) for method, path, more in REQUESTS]
    assert straight == by_framework
    assert of_straight == notes  # the clock of the tests stands still
    assert {200, 202, 400, 401, 404, 405, 406, 415} <= {status for status, _, _ in straight}


def test_hosts_that_are_not_the_hubs_are_refused(world: World, client: FlaskClient) -> None:
    """As in production, where only its own names are taken."""
    client.application.config["TRUSTED_HOSTS"] = ["hub.example"]
    assert client.get(FEED, headers={"Host": "elsewhere.example"}).status_code == 400
    assert client.get(FEED, headers={"Host": "hub.example:8443"}).status_code == 200


def test_a_failure_is_told_and_logged_once(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its number, in the door's own media type, under its route; what it was about is said nowhere."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("very secret")

    monkeypatch.setattr(pages, "page_for_machines", fail)
    answer = client.get(FEED)
    assert (answer.status_code, answer.content_type) == (500, TAXII)
    said = capsys.readouterr().err
    failures = [json.loads(line) for line in said.splitlines() if '"failure"' in line and '"event":"failure"' in line]
    assert [(each["route"], each["request_id"]) for each in failures] == [
        ("/taxii2/<root>/collections/<ident>/objects/", answer.json["error_id"])
    ]
    assert "very secret" not in said + answer.text


def test_a_straight_answer_is_counted_under_its_route(client: FlaskClient) -> None:
    """As every other is."""
    assert any(isinstance(door, Straight) for door in client.application.extensions["straight"])
    post(client, indicator(Label.GREEN))
    client.get(f"{FEED}{ABSENT}/")
    counted = client.application.extensions["metrics"].render().decode()
    assert 'method="POST",route="/taxii2/<root>/collections/<ident>/objects/",status="202"} 1.0' in counted
    assert 'method="GET",route="/taxii2/<root>/collections/<ident>/objects/<stix_id>/",status="404"} 1.0' in counted
