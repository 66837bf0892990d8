"""A hub as a target: a served process that somebody who means harm speaks to byte by byte."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from models.vocabulary import Role
from sharing.collections.access import load_collection
from tests.factory import World
from tests.harness import processes
from tests.hub.taxii.conftest import ROOT, TAXII, Client

SOON = 8.0
"""Seconds in which others are answered, on a machine that is busy with other tests."""


class Target:
    """A served hub of one worker, with a poster."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        world = World(url, folder)
        person = world.person(world.secretariat("Secretariat"), Role.COORDINATOR)
        self.key = world.key(person)
        with world.reading() as session:
            self.ident = str(load_collection(session, world.reader(session, person), "electricity").collection.id)
        self.hub = processes.start_serve(
            folder / "hub-data", folder, "--workers", "1", env={**processes.on_database(url), **settings}
        )
        self.client = Client(self.hub.url, self.key)
        self.path = f"{ROOT}collections/{self.ident}/objects/"
        world.close()

    def line(self, raw: bytes) -> socket.socket:
        """Send bytes, and leave the connection open."""
        made = socket.create_connection(("127.0.0.1", self.hub.port), timeout=SOON)
        with suppress(ConnectionError):
            made.sendall(raw)
        return made

    def says(self, raw: bytes) -> bytes:
        """The first line of what is answered; nothing where the line is cut."""
        with self.line(raw) as made, suppress(ConnectionError):
            return made.recv(4096).split(b"\r\n", 1)[0]
        return b""

    def head(self, length: object, *, path: str = "", content_type: str = TAXII, more: str = "") -> bytes:
        """The head of a post."""
        return (
            f"POST {path or self.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.key}\r\nAccept: */*\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {length}\r\n{more}\r\n"
        ).encode()


@pytest.fixture
def target(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Target]:
    """A fresh target."""
    made = Target(sqlite_hub_url, tmp_path)
    yield made
    made.hub.kill()
