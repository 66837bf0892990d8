"""Files of reports where a hub is kept: backups and their proof, doctor, and the sweep of what belongs to nobody."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from hub.attachments.care import UNKNOWN_FOR, sweep_files
from hub.attachments.incoming import Incoming
from hub.attachments.uploading import keep
from models.session import upgrade
from models.vocabulary import Role
from sharing.attachments.uploads import NewUpload
from tests.factory import World
from tests.harness import sqlite
from tests.harness.processes import run
from tests.hub.commands import answer
from tests.sharing.whole import Recorded, sign

CONTENT = "11時05分 受付が止まった。\n".encode() * 5_000
"""More than one sealed piece."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a hub with one file on a draft to be."""
    folder = tmp_path / "hub-data"
    folder.mkdir(mode=0o700)
    upgrade(sqlite.url_of(folder / "hub.sqlite3"))
    world = Recorded(sqlite.url_of(folder / "hub.sqlite3"), tmp_path)
    hanako = world.person(world.operator("青葉電力株式会社"), Role.REPORTER)
    incoming = Incoming(world.hub, world.hub.context().new_id())
    incoming.write(CONTENT)
    keep(world.hub, hanako, incoming, NewUpload("記録.txt", len(CONTENT)))
    sign(world)
    world.close()
    return folder


def the_file(folder: Path) -> Path:
    (found,) = (path for path in folder.glob("*/*") if path.is_file())
    return found


def doctor_of_files(data: Path) -> dict[str, str]:
    said = json.loads(run("doctor", "--data", str(data), "--json", check=False).stdout)
    (found,) = (each for each in said["checks"] if each["name"] == "files")
    return dict(found)


def test_a_backup_holds_them_sealed_and_proves_them(data: Path, tmp_path: Path) -> None:
    """Every byte is held against its hash; one that was changed, or is gone, is named by its id."""
    out = tmp_path / "backup"
    answer(run("backup", str(out), "--data", str(data), "--json"))
    copy = the_file(out / "attachments")
    assert CONTENT[:60] not in copy.read_bytes() and copy.stat().st_mode & 0o077 == 0
    told = answer(run("restore", str(out), "--data", str(tmp_path / "one"), "--verify", "--json"))
    assert (told["verified"], told["wrong"]) == (True, [])
    sealed = bytearray(copy.read_bytes())
    sealed[-1] ^= 1
    copy.write_bytes(sealed)
    for spoil, name in ((lambda: None, "changed"), (copy.unlink, "gone")):
        spoil()
        done = run("restore", str(out), "--data", str(tmp_path / name), "--verify", "--json", check=False)
        assert done.returncode == 1
        assert any(copy.name in each for each in json.loads(done.stdout)["wrong"])


def test_doctor_tells_of_one_that_is_missing(data: Path) -> None:
    assert "1 of reports" in doctor_of_files(data)["found"] and not doctor_of_files(data)["todo"]
    path = the_file(data / "attachments")
    path.unlink()
    assert path.name in doctor_of_files(data)["todo"]


def test_what_belongs_to_nobody_goes_once_it_is_old(data: Path, tmp_path: Path) -> None:
    """What the database knows stays however old it is; what may be just arriving stays too."""
    world = World(sqlite.url_of(data / "hub.sqlite3"), tmp_path)
    known = the_file(data / "attachments")
    left, young = world.hub.context().new_id(), world.hub.context().new_id()
    for ident in (left, young):
        world.hub.attachments.begin(ident)
    old = time.time() - UNKNOWN_FOR - 60
    paths = [path for path in (data / "attachments").glob("*/*") if path.name != str(young)]
    for path in paths:
        os.utime(path, (old, old))
    assert sweep_files(world.hub) == 1
    assert {str(ident) for ident in world.hub.attachments.ids()} == {known.name, str(young)}
    world.close()
