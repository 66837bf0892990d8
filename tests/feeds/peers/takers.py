"""Servers that take what is sent to them, and a hub that sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from feeds.intake.border import read_post
from feeds.intake.taking import take_in
from feeds.peers.push import Pushed
from hub.peering import seal_key, send_push
from models.audit import AuditEntry
from models.push import Push
from models.vocabulary import Role
from sharing.audit.tags import Tag
from sharing.collections.access import load_collection
from sharing.exchange import pushes, sending
from sharing.exchange.pushes import NewPush
from sharing.readers import load_reader
from tests.factory import World
from tests.feeds.peers.conftest import TAXII

Says = Callable[["Taker", list[dict[str, Any]]], "tuple[int, dict[str, Any]] | None"]


@dataclass
class Taker:
    """A server that takes posts; what it says of one is up to the test, else it takes all."""

    says: Says = lambda _taker, _objects: None
    taken: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    url: str = ""

    def post(self, body: bytes, key: str) -> tuple[int, dict[str, Any]]:
        objects = json.loads(body)["objects"]
        self.bodies.append(body)
        self.keys.append(key)
        said = self.says(self, objects)
        if said is not None:
            return said
        self.taken += objects
        return 202, {"id": str(uuid4()), "status": "complete", "total_count": len(objects), "failure_count": 0}


@pytest.fixture
def taker() -> Iterator[Taker]:
    """A server on a real socket."""
    made = Taker()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.headers = dict(self.headers)
            self._answer(*made.post(body, self.headers["Idempotency-Key"]))

        def do_GET(self) -> None:
            self._answer(200 if self.headers["Accept"] == TAXII else 406, made.status)

        def _answer(self, status: int, value: dict[str, Any]) -> None:
            if status == 0:  # the line breaks
                self.close_connection = True
                return
            body = json.dumps(value).encode()
            self.send_response(status)
            for name, each in (("Content-Type", TAXII), ("Content-Length", str(len(body)))):
                self.send_header(name, each)
            if "retry" in value:
                self.send_header("Retry-After", value["retry"])
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/api/collections/{uuid4()}/"
    yield made
    server.shutdown()
    server.server_close()


class Sending:
    """A hub with two secretariats, a member, and an organization that is sent what it may read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.office = world.person(world.secretariat("電力セプター事務局"), Role.COORDINATOR)
        self.target = world.operator("青葉電力株式会社")
        self.person = world.person(self.target, Role.READER)
        self.reporter = world.person(self.target, Role.REPORTER)
        self.stranger = world.person(world.operator("赤坂電力株式会社"), Role.READER)

    def adds(self, url: str, *, key: str = "", agreed: bool = True, **more: Any) -> None:
        """Add the push, and let its organization agree."""
        new = NewPush(**{"name": "aoba", "organization_id": self.target.id, "url": url, **more})
        ident = uuid4()
        with self.world.writing() as session:
            sealed = seal_key(self.world.hub, ident, key)
            context = self.world.context()
            pushes.add_push(session, self.world.command(), new, ident=ident, key_sealed=sealed, context=context)
        if agreed:
            with self.world.writing() as session:
                pushes.agree_push(session, self.person, "aoba", context=self.world.context())

    def posts(self, *objects: dict[str, Any], actor: Any = None, collection: str = "electricity") -> None:
        """Publish as the secretariat, or as somebody else, does."""
        actor = actor or self.office
        with self.world.writing() as session:
            opened = load_collection(session, load_reader(session, actor), collection)
            post = read_post(json.dumps({"objects": objects}).encode(), opened.collection)
            policy, context = self.world.hub.policy(session), self.world.context()
            answers = take_in(session, actor, post, policy=policy, context=context).answers
        assert all(each.accepted for each in answers), answers

    def sends(self) -> Pushed:
        """One round."""
        return send_push(self.world.hub, "aoba")

    def row(self) -> Push:
        """The push's row."""
        with self.world.reading() as session:
            found = sending.load_push(session, "aoba")
            session.expunge_all()
            return found

    def count(self, tag: Tag) -> int:
        """How many entries the trail has of a kind."""
        with self.world.reading() as session:
            query = select(func.count()).select_from(AuditEntry).where(AuditEntry.tag == tag)
            return session.execute(query).scalar_one()

    def standing(self) -> pushes.PushStanding:
        """As the administrator's list has it."""
        with self.world.reading() as session:
            (found,) = pushes.list_pushes(session, self.world.command(), self.world.hub.secrets.cursor)
        return found
