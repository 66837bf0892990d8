"""A served hub on each database: two worker processes behind a real socket, posters and readers of several kinds."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from flask.testing import FlaskClient

from feeds.stix.markings import TLP2_IDS
from hub.app import create_app
from models.session import upgrade
from models.vocabulary import CollectionKind, Label, Role
from sharing.collections.adding import NewCollection, add_collection
from tests.conftest import BOTH
from tests.factory import World
from tests.harness import postgres, processes, sqlite

TAXII = "application/taxii+json;version=2.1"
ROOT = "/taxii2/hub/"
_numbers = itertools.count(1)


def indicator(label: Label | None = Label.GREEN, **more: Any) -> dict[str, Any]:
    """An indicator that no other test has posted."""
    number = next(_numbers)
    made: dict[str, Any] = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid4()}",
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
        "pattern": f"[domain-name:value = 'host-{number}.example']",
        "pattern_type": "stix",
        "valid_from": "2026-11-01T00:00:00Z",
    }
    if label is not None:
        made["object_marking_refs"] = [TLP2_IDS[label]]
    return {**made, **more}


def note(label: Label, *refs: str, **more: Any) -> dict[str, Any]:
    """An object that names others."""
    made = {**indicator(label), "type": "note", "id": f"note--{uuid4()}", "content": "text", "object_refs": list(refs)}
    return {name: value for name, value in made.items() if name not in _OF_INDICATORS} | more


_OF_INDICATORS = ("pattern", "pattern_type", "valid_from")


def envelope(*objects: dict[str, Any]) -> bytes:
    """The body of a post."""
    return json.dumps({"objects": objects}, ensure_ascii=False).encode()


def program_inside(world: World) -> FlaskClient:
    """A program of a secretariat that posts and reads, served by this process itself."""
    key = world.key(world.person(world.secretariat("Secretariat"), Role.COORDINATOR))
    client = create_app(world.hub).test_client()
    client.environ_base |= {"HTTP_AUTHORIZATION": f"Bearer {key}", "HTTP_ACCEPT": TAXII}
    return client


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub on each database, for tests that ask it inside this process."""
    made = World(hub_url, tmp_path)
    yield made
    made.close()


class Client:
    """One caller with its key; every answer is looked at for what must hold of all answers."""

    def __init__(self, base: str, key: str | None) -> None:
        self.base = base
        self.http = requests.Session()
        self.http.headers = {"Accept": TAXII}  # type: ignore[assignment]
        self.key = key
        if key is not None:
            self.http.headers["Authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, *, headers: dict[str, str | None] | None = None, **more: Any) -> Any:
        """One request; the answer is TAXII whatever happens, and carries neither cookie nor validator (T-01, T-55)."""
        answer = self.http.request(method, self.base + path, headers=headers, timeout=60, **more)
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        assert answer.headers["Content-Type"] == TAXII
        assert not {"Set-Cookie", "ETag"} & set(answer.headers)
        if method != "OPTIONS":
            assert answer.headers["Cache-Control"] == "no-store", "a proxy on the way kept what was not for it"
        if answer.status_code >= 400 and method != "HEAD":
            error = answer.json()
            assert error["title"]
            assert error["http_status"] == str(answer.status_code)
        return answer

    def get(self, path: str, **more: Any) -> Any:
        """GET below the API root."""
        return self.ask("GET", ROOT + path, **more)

    def post(self, ident: str, body: bytes, content_type: str = TAXII, **headers: str) -> Any:
        """POST to a collection."""
        path = f"{ROOT}collections/{ident}/objects/"
        return self.ask("POST", path, data=body, headers={"Content-Type": content_type, **headers})

    def add(self, ident: str, *objects: dict[str, Any]) -> list[str]:
        """Post objects that must all be taken; their ids."""
        answer = self.post(ident, envelope(*objects))
        assert answer.status_code == 202, answer.text
        assert answer.json()["success_count"] == len(objects), answer.text
        return [each["id"] for each in objects]

    def pages(self, path: str, *, keep: bool = False, **query: Any) -> Iterator[Any]:
        """Every page, following `next`; the other parameters are dropped unless `keep`."""
        answer = self.get(path, params=query)
        while True:
            assert answer.status_code == 200, answer.text
            page = answer.json()
            yield answer
            if not page.get("more"):
                assert "next" not in page
                return
            answer = self.get(path, params={**(query if keep else {}), "next": page["next"]})


class Door:
    """A served hub and its callers."""

    def __init__(self, world: World, hub: processes.HubProcess) -> None:
        self.world = world
        self.hub = hub
        self.secretariat = world.secretariat("Electricity secretariat")
        self.water = world.secretariat("Water secretariat", "water")
        self.operator = world.operator("Operator")
        self.coordinator = world.person(self.secretariat, Role.COORDINATOR, username="coordinator")
        self.poster = self.client(self.coordinator)
        self.other = self.client(world.person(self.water, Role.COORDINATOR, username="water"))
        self.member = self.client(world.person(self.operator, Role.READER, username="reader"))
        self.anonymous = Client(hub.url, None)
        self.open = self.collection("Open", default_label=Label.GREEN, lenient=True)
        self.strict = self.collection("Strict", highest_label=Label.GREEN)

    def client(self, person: Any, *scopes: Any) -> Client:
        """A caller with a new key."""
        return Client(self.hub.url, self.world.key(person, *scopes))

    def collection(self, title: str, **more: Any) -> str:
        """A collection that both secretariats write and whose grants alone decide who reads."""
        ident = uuid4()
        given = {"readers": (), "writers": ("secretariat:electricity", "secretariat:water"), **more}
        with self.world.writing() as session:
            add_collection(
                session,
                self.world.command(),
                NewCollection(
                    ident=ident, title=f"{title} {next(_numbers)}", title_ja=title, kind=CollectionKind.ADDED, **given
                ),
                context=self.world.context(),
            )
        return str(ident)


@contextmanager
def open_door(kind: str, folder: Path) -> Iterator[Door]:
    """A door on this kind of database."""
    with ExitStack() as stack:
        if kind == "sqlite":
            url = sqlite.copy(sqlite.migrated_template(upgrade), folder / "hub.sqlite3")
        else:
            server = postgres.shared_server()
            template = postgres.migrated_template(server, upgrade)
            url = stack.enter_context(postgres.fresh_database(server, template))
        world = World(url, folder, start=datetime.now(UTC))
        stack.callback(world.close)
        words = ("--workers", "2")
        hub = processes.start_serve(folder / "hub-data", folder, *words, env=processes.on_database(url))
        stack.callback(hub.stop)
        yield Door(world, hub)


Doors = Callable[[str], Door]


@pytest.fixture(scope="session")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """A door on each of the two databases, opened for whoever comes first and shared by all who leave it standing."""
    opened: dict[str, Door] = {}
    with ExitStack() as stack:

        def open_once(kind: str) -> Door:
            if kind not in opened:
                opened[kind] = stack.enter_context(open_door(kind, tmp_path_factory.mktemp("taxii")))
            return opened[kind]

        yield open_once


@pytest.fixture(scope="module", params=BOTH)
def door(request: pytest.FixtureRequest, doors: Doors) -> Door:
    """A door that other modules use too: each test posts objects of its own into collections of its own."""
    return doors(request.param)


@pytest.fixture(scope="module", params=BOTH)
def new_door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A door that no other module has used: for memory that is measured, or where what others posted would show."""
    with open_door(request.param, tmp_path_factory.mktemp("taxii")) as opened:
        yield opened
