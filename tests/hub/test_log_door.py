"""The log's door: checkpoint, keys and tiles exactly as C2SP tlog-tiles writes them."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from crypto.checkpoint import verify_checkpoint
from crypto.keys import VerifyingKey
from crypto.merkle import leaf_hash, root
from hub.app import create_app
from sharing.audit.checkpoints import publish_checkpoint
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.audit.tiles import tile_path
from tests.factory import World

ENTRIES = 600


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A hub whose signed log has two full tiles and a part of a third, and ten entries that are not signed yet."""
    folder = tmp_path_factory.mktemp("log")
    from models.session import upgrade

    upgrade(f"sqlite:///{folder / 'hub.sqlite3'}")
    world = World(f"sqlite:///{folder / 'hub.sqlite3'}", folder)
    add(world, ENTRIES - len(world.tags()))
    with world.hub.units.database.writing() as session:
        publish_checkpoint(session, world.hub.secrets.log_signers, world.now)
    add(world, 10)
    app = create_app(world.hub, page_groups=(), machine_doors=("hub.log.door",))
    assert "disclosures" not in vars(world.hub)
    yield app.test_client()
    world.close()


def add(world: World, count: int) -> None:
    """Entries that say nothing."""
    with world.writing() as session:
        for _ in range(count):
            record(session, Event(Tag.HUB_START, world.command()), world.context())


def leaves(client: FlaskClient) -> list[bytes]:
    """Every signed entry, from the bundles."""
    found: list[bytes] = []
    for path in ("000", "001", "002.p/88"):
        bundle = client.get(f"/log/2026/tile/entries/{path}").data
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            found.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
    return found


def test_the_checkpoint_holds_and_is_never_cached_for_long(client: FlaskClient) -> None:
    """The short address leads to this year's shard; the note verifies with the published key."""
    moved = client.get("/log/checkpoint")
    assert (moved.status_code, moved.headers["Location"]) == (307, "2026/checkpoint")
    answer = client.get("/log/2026/checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    keys = [VerifyingKey.parse(line) for line in client.get("/log/vkeys").text.split()]
    head = verify_checkpoint(answer.data, keys)
    assert (head.origin, head.size) == ("hub.test/log/2026", ENTRIES)
    assert root([leaf_hash(leaf) for leaf in leaves(client)]) == head.root


def test_tiles_hold_the_hashes_of_the_tree(client: FlaskClient) -> None:
    """Level 0 are the leaves, level 1 the roots of full tiles; full and partial tiles agree."""
    hashes = [leaf_hash(leaf) for leaf in leaves(client)]
    full = client.get("/log/2026/tile/0/001")
    assert full.data == b"".join(hashes[256:512])
    assert full.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in full.headers["Cache-Control"]
    assert client.get("/log/2026/tile/0/001.p/3").data == b"".join(hashes[256:259])
    assert client.get("/log/2026/tile/0/002.p/88").data == b"".join(hashes[512:])
    upper = root(hashes[:256]) + root(hashes[256:512])
    assert client.get("/log/2026/tile/1/000.p/2").data == upper
    assert client.get("/log/2026/tile/1/000.p/2").data == upper


@pytest.mark.parametrize(
    "path",
    [
        "0/002",
        "0/002.p/89",
        "0/002.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/0",
        "0/0000",
        "0/x000/001",
        "00/000",
        "1/000",
        "1/000.p/3",
        "2/000.p/1",
        "64/000",
        "-1/000",
        "0/999",
        "entries/002",
        "entries/003.p/1",
        "entries/000.p/",
        "0/x000001",
    ],
)
def test_what_is_not_there_or_misspelt_is_404(client: FlaskClient, path: str) -> None:
    """Nothing beyond the signed size, nothing empty, one spelling for each tile."""
    assert client.get(f"/log/2026/tile/{path}").status_code == 404


def test_other_shards_are_404(client: FlaskClient) -> None:
    """A shard that was never opened."""
    assert client.get("/log/1999/checkpoint").status_code == 404
    assert client.get("/log/1999/tile/0/000.p/1").status_code == 404


def test_numbers_are_spelled_in_threes() -> None:
    """The example of the specification."""
    assert tile_path(1234067) == "x001/x234/067"
    assert tile_path(0) == "000"
    assert tile_path(1000) == "x001/000"
