"""A small post of a program that posted before is asked, judged and written in one: it counts as any other does."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from feeds.stix.markings import TLP2_IDS
from hub.taxii import bodies, posting
from models.account import ApiKey
from models.audit import AuditEntry
from models.collection import Collection, CollectionRight
from models.stix_object import StixObject
from models.vocabulary import Label
from sharing.collections.api_roots import LEAST_CONTENT, RootRules, add_api_root
from tests.factory import World
from tests.hub.taxii.conftest import ROOT, TAXII, envelope, indicator, note, program_inside

UUIDS = r"[0-9a-f]{8}-[0-9a-f-]{27}"
FEED = f"{ROOT}collections/electricity/objects/"


@pytest.fixture
def world(postgres_hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(postgres_hub_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(world: World) -> FlaskClient:
    """A program that has posted before."""
    world.operator("Operator")
    client = program_inside(world)
    assert post(client, envelope(indicator())).status_code == 202
    return client


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which way each post took."""
    taken: list[str] = []
    for name in ("_post", "_post_at_once"):
        monkeypatch.setattr(posting._Desk, name, _noting(getattr(posting._Desk, name), name, taken))
    return taken


def _noting(method: Any, name: str, taken: list[str]) -> Callable[..., Any]:
    def call(*given: Any) -> Any:
        taken.append(name)
        return method(*given)

    return call


def post(client: FlaskClient, body: bytes, path: str = FEED, **more: Any) -> TestResponse:
    """Post as a program does."""
    return client.post(path, data=body, content_type=TAXII, **more)


def stored(world: World) -> tuple[int, int]:
    """How many entries and objects the hub holds."""
    with world.reading() as session:
        entries = session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
        return entries, session.execute(select(func.count()).select_from(StixObject)).scalar_one()


def incident(**more: Any) -> dict[str, Any]:
    """An object that tells what happened."""
    made = note(Label.GREEN, type="incident", id=f"incident--{uuid4()}", name="Outage", **more)
    return {name: value for name, value in made.items() if name not in {"content", "object_refs"}}


def statement() -> dict[str, Any]:
    """A definition without a label of its own."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid4()}",
        "created": "2026-11-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
    }


def story() -> Iterator[bytes]:
    """Posts that each rest on those before; every kind of answer is among them."""
    first, secret = indicator(Label.GREEN), indicator(Label.AMBER)
    yield envelope(first, secret)
    yield envelope(first)
    yield envelope({**first, "confidence": 5})
    yield envelope({**first, "modified": "2026-11-02T00:00:00.000Z"})
    yield envelope(note(Label.GREEN, first["id"]))
    yield envelope(note(Label.GREEN, secret["id"]), note(Label.GREEN, first["id"]))
    yield envelope(indicator(Label.GREEN, description=f"See {secret['id']}."), indicator(Label.CLEAR))
    yield envelope(indicator(Label.GREEN, description="See E-2026-0001."))
    yield envelope(indicator(None))
    yield envelope(indicator(Label.RED), {"type": "indicator"}, indicator(Label.GREEN, id="indicator--x"))
    bare = statement()
    yield envelope(bare, indicator(Label.GREEN, object_marking_refs=[TLP2_IDS[Label.GREEN], bare["id"]]))
    yield envelope(statement())
    part = {"marking_ref": TLP2_IDS[Label.AMBER], "selectors": ["description"]}
    yield envelope(indicator(Label.GREEN, description="inside", granular_markings=[part]))
    yield envelope(*(indicator(label) for label in Label))


def told(client: FlaskClient) -> list[Any]:
    """What a story is answered, with its ids and times by their order."""
    answers = []
    for body in story():
        answer = post(client, body)
        text = json.dumps({**answer.json, "request_timestamp": ""})
        for number, found in enumerate(dict.fromkeys(re.findall(UUIDS, body.decode() + text))):
            text = text.replace(found, f"id-{number}")
        answers.append((answer.status_code, text))
    return answers


def test_every_answer_is_the_same_by_either_way(
    world: World, client: FlaskClient, ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """New, repeated, contradicting, naming what is stricter, without a label, refused, settled, redacted."""
    before = stored(world)
    at_once = told(client)
    between = stored(world)
    assert ways == ["_post_at_once"] * len(at_once)
    ways.clear()
    monkeypatch.setattr(bodies, "LIGHT", 0)
    assert told(client) == at_once
    assert set(ways) == {"_post"}
    after = stored(world)
    assert [late - early for early, late in zip(between, after, strict=True)] == [
        late - early for early, late in zip(before, between, strict=True)
    ]
    assert {accepted for status, accepted in at_once if status != 202} == set()
    whole = " ".join(text for _, text in at_once)
    for said in ("TLP:AMBER", 'failure_count": 1', 'failure_count": 2'):
        assert said in whole


def test_what_tells_a_story_or_is_named_takes_the_longer_way(client: FlaskClient, ways: list[str]) -> None:
    """Titles of reports are looked through; the name of a post is looked up before it is taken."""
    assert post(client, envelope(incident(description="Long. " * 20))).json["success_count"] == 1
    body = envelope(indicator())
    named = {"Idempotency-Key": "one"}
    first = post(client, body, headers=named)
    assert post(client, body, headers=named).json["id"] == first.json["id"]
    assert post(client, envelope(indicator(description="x" * bodies.LIGHT))).json["success_count"] == 1
    assert "_post_at_once" not in ways and len(ways) == 4


def test_whoever_may_no_longer_post_is_refused_and_nothing_stays(world: World, client: FlaskClient) -> None:
    """Its rights, the collection and its key count as they are now, not as they were when it came last."""

    def refused(status: int, body: bytes | None = None) -> None:
        before = stored(world)
        for _ in range(2):  # the second time it is a stranger
            answer = post(client, body if body is not None else envelope(indicator()))
            assert answer.status_code == status, answer.text
        assert stored(world) == before

    def change(statement: Any) -> None:
        with world.writing() as session:
            session.execute(statement)

    feed = select(Collection.feed).where(Collection.alias == "electricity").scalar_subquery()
    rights = update(CollectionRight).where(CollectionRight.feed == feed, CollectionRight.writes)
    refused(400, b'{"objects": [')
    assert post(client, envelope(indicator())).status_code == 202

    change(rights.values(writes=False))
    refused(403)
    refused(403, b'{"objects": [')
    change(update(CollectionRight).where(CollectionRight.feed == feed).values(writes=True))
    assert post(client, envelope(indicator())).status_code == 202

    change(update(Collection).where(Collection.alias == "electricity").values(outside_hub=True))
    refused(404)
    refused(404, b'{"objects": [')
    change(update(Collection).where(Collection.alias == "electricity").values(outside_hub=None))
    assert post(client, envelope(indicator())).status_code == 202

    change(update(ApiKey).values(revoked_at=world.hub.clock()))
    refused(401)
    refused(401, b'{"objects": [')


def test_a_collections_rules_are_those_of_now(world: World, client: FlaskClient, ways: list[str]) -> None:
    """What it takes was changed since the last post: the new rule judges this one."""
    with world.writing() as session:
        session.execute(update(Collection).where(Collection.alias == "electricity").values(types="malware"))
    answer = post(client, envelope(indicator()))
    assert (answer.status_code, answer.json["failure_count"]) == (202, 1)
    assert "malware" in answer.json["failures"][0]["message"]
    assert ways == ["_post_at_once"]


@pytest.mark.parametrize("make", [indicator, lambda **more: incident(**more)], ids=["at once", "the longer way"])
def test_a_root_that_takes_less_is_heeded_either_way(
    world: World, client: FlaskClient, make: Callable[..., dict[str, Any]], ways: list[str]
) -> None:
    """What is small for the hub is too large for it; the body was read before it was known how much is taken."""
    with world.writing() as session:
        feed = session.execute(select(Collection.id).where(Collection.alias == "electricity")).scalar_one()
        rules = RootRules("Small", "小", collections=frozenset({feed}), max_content_length=LEAST_CONTENT)
        add_api_root(session, world.command(), "small", rules, context=world.context())
    path = FEED.replace("/hub/", "/small/")
    assert post(client, envelope(indicator()), path).status_code == 202
    before = stored(world)
    large = envelope(make(description="Long. " * 2_000))
    assert LEAST_CONTENT < len(large) < bodies.LIGHT
    assert post(client, large, path).status_code == 413
    assert stored(world) == before
    assert ways[1:] == ["_post_at_once" if make is indicator else "_post"]


def test_a_body_that_ends_early_is_refused(world: World, client: FlaskClient) -> None:
    """It said that it was longer."""
    before = stored(world)
    answer = client.post(
        FEED, input_stream=None, data=b"{}", content_type=TAXII, environ_overrides={"CONTENT_LENGTH": "99"}
    )
    assert answer.status_code == 400
    assert stored(world) == before


def test_the_status_and_promise_are_kept(client: FlaskClient) -> None:
    """As of any post."""
    answer = post(client, envelope(indicator()))
    assert answer.headers["Ceptoar-Hub-Promise"]
    again = client.get(answer.headers["Location"])
    assert again.json == answer.json
    assert UUID(answer.json["id"])
