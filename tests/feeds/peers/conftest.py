"""Hubs that read from others: the reading hub is the test's own, the others answer on real sockets."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from feeds.peers.pull import Pulled
from hub.peering import pull_peer, seal_key
from models.peer import Peer
from models.vocabulary import Door, Label, Role, Tier
from sharing.collections.access import load_collection
from sharing.exchange import peers
from sharing.exchange.peers import NewPeer
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import ALL, Question
from tests.factory import World

LOOPBACK = ("127.0.0.0/8",)
TAXII = "application/taxii+json;version=2.1"


class Reading:
    """A hub with a secretariat, a member, and a foreign organization whose server it reads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.abroad = world.organization(Tier.FOREIGN, "Sharing centre abroad")
        self.office = world.person(world.secretariat("電力セプター事務局"), Role.COORDINATOR)
        self.water_office = world.person(world.secretariat("水道セプター事務局", "water"), Role.COORDINATOR)
        self.member = world.person(world.operator("青葉電力株式会社"), Role.READER)

    def meets(self, url: str, *, key: str = "", name: str = "abroad", **more: Any) -> None:
        """Add a peer."""
        given = {"floor": Label.GREEN, "let_on": Label.GREEN, "collection": "electricity", **more}
        new = NewPeer(name=name, organization_id=self.abroad.id, url=url, **given)
        ident = uuid4()
        with self.world.writing() as session:
            sealed = seal_key(self.world.hub, ident, key)
            context = self.world.context()
            peers.add_peer(session, self.world.command(), new, ident=ident, key_sealed=sealed, context=context)

    def pulls(self, name: str = "abroad") -> Pulled:
        """One round."""
        return pull_peer(self.world.hub, name, Door.JOB)

    def peer(self, name: str = "abroad") -> Peer:
        """The peer's row."""
        with self.world.reading() as session:
            found = peers.load_peer(session, name)
            session.expunge_all()
            return found

    def sees(self, actor: Any, feed: str = "inbox") -> list[dict[str, Any]]:
        """What somebody reads of a feed."""
        return [json.loads(raw) for raw in self.bytes_of(actor, feed)]

    def bytes_of(self, actor: Any, feed: str = "inbox") -> list[bytes]:
        """The exact bytes of what somebody reads."""
        with self.world.reading() as session:
            reader = load_reader(session, actor)
            number = load_collection(session, reader, feed).feed
            got = page(session, reader, number, Question(versions=(ALL,)), sealer=self.world.hub.secrets.cursor)
        return [row.body for row in got.rows]


@pytest.fixture
def reading(hub_url: str, tmp_path: Path) -> Iterator[Reading]:
    """A fresh hub that may read peers on this machine."""
    world = World(hub_url, tmp_path, peer_networks=LOOPBACK)
    yield Reading(world)
    world.close()


Answer = Callable[[dict[str, str], int], tuple[int, dict[str, str], bytes]]
"""Query and number of the request → status, headers, body."""


class OddServer:
    """A server that answers as a test says."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                outer.asked.append(query)
                outer.headers.append(dict(self.headers))
                outer.paths.append(urlsplit(self.path).path)
                status, headers, body = answer(query, len(outer.asked))
                self.send_response(status)
                for name, value in {"Content-Type": TAXII, "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """The address of its one collection."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/api/collections/{uuid4()}/"

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def odd() -> Iterator[Callable[[Answer], OddServer]]:
    """Makes odd servers, and stops them."""
    made: list[OddServer] = []

    def make(answer: Answer) -> OddServer:
        made.append(OddServer(answer))
        return made[-1]

    yield make
    for each in made:
        each.close()
