"""Full tiles as files of a hub that runs: written when they are full, served, healed, and never believed."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from hub.app import create_app
from hub.cli import main
from hub.cli.common import settings_of
from hub.log.tilefiles import TileFiles
from hub.scheduler.ticks import Ticks
from sharing.audit.proofs import Prover
from sharing.audit.tiles import Roots
from tests.factory import World
from tests.hub.witness.watching import grow

TILE, BUNDLE = "2026/tile/0/000", "2026/tile/entries/001"


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A hub, on each of the databases, with a log of more than two full tiles."""
    made = World(hub_url, tmp_path)
    grow(made, 600)
    yield made
    made.close()


def door(world: World) -> FlaskClient:
    """The log as anybody reads it, from a process that begins."""
    world.hub.__dict__.pop("tile_files", None)
    return create_app(world.hub, page_groups=(), machine_doors=("hub.log.door",)).test_client()


def files_of(world: World) -> TileFiles:
    """The files as the hub keeps them."""
    found = world.hub.tile_files
    assert found is not None
    return found


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fills up in the middle of a file."""
    whole = Path.write_bytes

    def fills(file: Path, content: bytes) -> int:
        whole(file, content[: len(content) // 2])
        raise OSError(28, "No space left on device", str(file))

    monkeypatch.setattr(Path, "write_bytes", fills)


def test_the_job_writes_what_became_full(world: World, tmp_path: Path) -> None:
    """After a checkpoint, full tiles and bundles lie where any web server finds them; parts of tiles do not."""
    ticks = Ticks(world.hub, "here")
    ticks.lease()
    ticks.second()
    ticks.stop()
    folder = tmp_path / "hub-data" / "log"
    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert written == {f"2026/tile/{kind}/{number}" for kind in ("entries", "0") for number in ("000", "001")}
    assert (folder / TILE).stat().st_mode & 0o777 == 0o644
    with world.reading() as session:
        true = {path: door(world).get(f"/log/{path}").data for path in written}
        assert not list(files_of(world).check(session))
    assert {path: (folder / path).read_bytes() for path in written} == true


def test_a_file_is_served_without_the_database_once_it_was_compared(world: World, tmp_path: Path) -> None:
    """The first answer compares; the next ones come from the file, with the headers of what never changes."""
    client = door(world)
    assert not (tmp_path / "hub-data" / "log" / TILE).exists()
    first = client.get(f"/log/{TILE}")
    assert (tmp_path / "hub-data" / "log" / TILE).read_bytes() == first.data
    client.get(f"/log/{TILE}")
    with world.hub.units.database.writing() as session:
        session.execute(text("UPDATE audit_entries SET leaf_hash = leaf WHERE log_index = 3"))
    again = client.get(f"/log/{TILE}")
    assert again.data == first.data
    assert again.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/log/2026/tile/0/002").status_code == 404


@pytest.mark.parametrize("damage", ["changed", "cut", "empty", "longer"])
def test_a_file_that_somebody_changed_is_found_never_served_and_written_anew(
    world: World, tmp_path: Path, damage: str
) -> None:
    """Also while the hub runs, and proofs never knew of it."""
    client = door(world)
    for path in (TILE, BUNDLE):
        client.get(f"/log/{path}")
    true = {path: client.get(f"/log/{path}").data for path in (TILE, BUNDLE)}
    with world.reading() as session:
        before = Prover(session, "2026", Roots()).inclusion(5, 600)
    for path in (TILE, BUNDLE):
        file, raw = tmp_path / "hub-data" / "log" / path, true[path]
        bent = {"changed": raw[:100] + bytes([raw[100] ^ 1]) + raw[101:], "cut": raw[:-9], "empty": b""}
        file.write_bytes(bent.get(damage, raw + bytes(1_000)))
    with world.reading() as session:
        found = {(it.shard, it.what.partition(":")[0]): it.index for it in files_of(world).check(session)}
        assert Prover(session, "2026", Roots()).inclusion(5, 600) == before
    assert found.keys() == {("2026", TILE), ("2026", BUNDLE)}
    if damage == "changed":
        assert found["2026", TILE] == 3
        assert found["2026", BUNDLE] == 257
    for path in (TILE, BUNDLE):
        assert client.get(f"/log/{path}").data == true[path]
        assert (tmp_path / "hub-data" / "log" / path).read_bytes() == true[path]


def test_a_full_disk_loses_nothing(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a tile: no half file, the answer comes from the database, and later the file is there."""
    client = door(world)
    with monkeypatch.context() as full:
        full_disk(full)
        assert files_of(world).write_new()
        served = client.get(f"/log/{TILE}").data
        grow(world, 300)
        assert client.get("/log/2026/tile/0/002").status_code == 200
    assert not [path for path in (tmp_path / "hub-data" / "log").rglob("*") if path.is_file()]
    assert files_of(world).write_new()
    assert (tmp_path / "hub-data" / "log" / TILE).read_bytes() == served
    assert len([path for path in (tmp_path / "hub-data" / "log").rglob("*") if path.is_file()]) == 6


def test_several_write_the_same_files(world: World, tmp_path: Path) -> None:
    """Whoever comes second writes the same; nobody ever reads a half one."""
    clients = [TileFiles(tmp_path / "hub-data" / "log", world.hub.units, Roots()) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(TileFiles.write_new, clients))
    with world.reading() as session:
        assert not list(clients[0].check(session))
    assert not list((tmp_path / "hub-data" / "log").rglob("*.new"))


def test_none_are_kept_where_the_settings_say_so(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`log_files = "off"`; another folder must be named in full."""
    monkeypatch.setenv("CEPTOAR_HUB_LOG_FILES", "off")
    assert settings_of(tmp_path).log_files is None
    monkeypatch.setenv("CEPTOAR_HUB_LOG_FILES", "log")
    assert main(["log", "verify", str(tmp_path)]) == 2
    monkeypatch.setenv("CEPTOAR_HUB_LOG_FILES", "/srv/log")
    assert settings_of(tmp_path).log_files == Path("/srv/log")
    object.__setattr__(world.hub.settings, "log_files", None)
    assert door(world).get(f"/log/{TILE}").status_code == 200
    assert not (tmp_path / "hub-data" / "log").exists()


def test_verify_of_a_data_folder_names_the_file(
    sqlite_hub_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log itself is whole; the copy that somebody bent is named with its first bad entry."""
    world = World(sqlite_hub_url, tmp_path)
    grow(world, 600)
    monkeypatch.setattr("hub.wiring.open_hub", lambda _settings: world.hub)
    assert files_of(world).write_new()
    file = tmp_path / "hub-data" / "log" / TILE
    raw = bytearray(file.read_bytes())
    raw[44 * 32] ^= 1
    file.write_bytes(raw)
    capsys.readouterr()
    assert main(["log", "verify", str(tmp_path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["first_bad"]["index"] == 44
    assert TILE in told["first_bad"]["what"]
    assert len(told["findings"]) == 1
