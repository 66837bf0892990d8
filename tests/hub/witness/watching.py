"""Witnesses in the test's own process, and what is done to a hub that they watch."""

import http.server
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from crypto import keys
from crypto.cosignature import WitnessKey
from hub.keys.secrets import load_secrets
from hub.wiring import Hub
from hub.witness.judging import Witness
from hub.witness.server import WitnessServer
from hub.witness.state import State
from models.session import Database
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.cosignatures import list_witnesses, load_newest_note
from sharing.audit.record import Event, record
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag
from sharing.audit.witnesses import add_witness
from sharing.units import Units
from tests.factory import World


class Watchers:
    """Witnesses in this process, each behind a real socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[WitnessServer | http.server.ThreadingHTTPServer] = []

    def join(self, world: World, count: int = 1) -> None:
        """More witnesses that watch this hub, every second one with ML-DSA-44."""
        with world.reading() as session:
            origin = load_log_head(session).checkpoint.origin
        for number in range(len(self.servers), len(self.servers) + count):
            pem = keys.generate_mldsa44() if number % 2 else keys.generate_ed25519()
            key = WitnessKey.from_pem(pem, f"w{number}.example")
            logs = world.hub.secrets.log_verifying_keys(origin)
            clock = lambda: int(world.now.timestamp())  # noqa: E731
            witness = Witness(key, State(self.folder / f"state{number}"), logs, clock)
            self.serve(world, key, WitnessServer(("127.0.0.1", 0), witness, quiet=True))

    def serve(self, world: World, key: WitnessKey, server: http.server.ThreadingHTTPServer) -> None:
        """A server that the hub asks from now on."""
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.servers.append(server)
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with world.writing() as session:
            add_witness(session, world.command(), key.verifying_key.vkey, url, context=world.context())

    def close(self) -> None:
        """Stop them all."""
        for server in self.servers:
            server.shutdown()
            server.server_close()


def grow(world: World, count: int = 1) -> None:
    """Entries that say nothing, and a checkpoint."""
    with world.writing() as session:
        for _ in range(count):
            record(session, Event(Tag.HUB_START, world.command()), world.context())
    world.advance(seconds=20)
    with world.hub.units.database.writing() as session:
        publish_checkpoint(session, world.hub.secrets.log_signers, world.now, at_once=True)


def newest(world: World) -> bytes:
    """What /log/<year>/checkpoint shows."""
    with world.reading() as session:
        return load_newest_note(session, load_log_head(session).shard).note


def problems(world: World) -> dict[str, str]:
    """What each witness said last."""
    with world.reading() as session:
        return {each.name: each.problem for each in list_witnesses(session)}


def put_back(world: World, copy: Path) -> None:
    """Restore the file of an embedded database, as from a backup."""
    path = Path(str(world.hub.units.database.engine.url.database))
    world.hub.units.database.close()
    for more in ("-wal", "-shm"):
        Path(f"{path}{more}").unlink(missing_ok=True)
    shutil.copy(copy, path)
    old = world.hub.units
    units = Units(Database(f"sqlite:///{path}"), old.now, old.random_bytes, old.position_clock)
    world.hub = Hub(world.hub.settings, load_secrets(world.hub.settings.secrets), units)


def keep(world: World, copy: Path) -> None:
    """A backup of an embedded database."""
    with closing(sqlite3.connect(str(world.hub.units.database.engine.url.database))) as source:
        source.execute("VACUUM INTO ?", (str(copy),))


def closing_nothing(hub: Hub) -> "closing[Hub]":
    """The hub of the test, which the command must not close."""

    class Open:
        def __enter__(self) -> Hub:
            return hub

        def __exit__(self, *_: object) -> None: ...

    return Open()  # type: ignore[return-value]
