"""Another hub of ours that is read or sent to, over a real socket, and a page as a server of others sends it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from models.session import upgrade
from models.vocabulary import CollectionKind, Role
from sharing.collections.adding import NewCollection, add_collection
from tests.factory import World
from tests.harness import processes, sqlite
from tests.hub.taxii.conftest import ROOT, Client


def answer(*objects: dict[str, Any], last: str = "", **more: Any) -> tuple[int, dict[str, str], bytes]:
    """A page as a server sends it."""
    body = {**more, "objects": list(objects)} if objects else more
    return 200, {"X-TAXII-Date-Added-Last": last} if last else {}, json.dumps(body).encode()


class Other:
    """A served hub with a collection that a poster fills and a key for whoever reads it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        url = sqlite.copy(sqlite.migrated_template(upgrade), folder / "hub.sqlite3")
        self.world = World(url, folder, start=datetime.now(UTC))
        office = self.world.person(self.world.secretariat("Secretariat abroad"), Role.COORDINATOR, username="poster")
        self.hub = processes.start_serve(folder / "hub-data", folder, env=processes.on_database(url))
        self.key = self.world.key(office)
        self.client = Client(self.hub.url, self.key)
        with self.world.writing() as session:
            made = add_collection(
                session,
                self.world.command(),
                NewCollection(
                    ident=uuid4(),
                    title="Abroad",
                    title_ja="海外",
                    kind=CollectionKind.ADDED,
                    writers=("secretariat:electricity",),
                ),
                context=self.world.context(),
            )
            self.ident = str(made.id)

    @property
    def url(self) -> str:
        return f"{self.hub.url}{ROOT}collections/{self.ident}/"

    def close(self) -> None:
        self.hub.stop()
        self.world.close()


@pytest.fixture
def other(tmp_path: Path):
    made = Other(tmp_path / "other")
    yield made
    made.close()
