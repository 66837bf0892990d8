"""Holds full tiles and entry bundles as files: written when they become full, served, and never believed.

The database is the truth. A file is compared with it before it is first served, and again whenever the file was
touched since; one that is missing or differs is written anew. Losing them is no harm.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from crypto.verify import Finding
from hub.logs import get_logger
from sharing.audit.checkpoints import list_shards, load_checkpoint
from sharing.audit.tiles import LARGEST, WIDTH, Named, Roots, count_full
from sharing.errors import NotVisible
from sharing.units import Units

PROVED: Final = 20_000
"""Files that a process remembers to have compared; of others it reads the database once more."""

AT_ONCE: Final = 200
"""Files that are written in one go: a hub whose log was long before catches up in the background."""

MODE: Final = 0o644
"""Whoever serves them may be another user; nothing in them is secret."""

Stamp = tuple[int, int, int, int]
"""What changes whenever a file does: inode, size, time of its content, time of its inode (which nobody sets)."""


class TileFiles:
    """The files of one hub in one folder; several processes may share it."""

    def __init__(self, folder: Path, units: Units, known: Roots) -> None:
        self._folder, self._units, self._known = folder, units, known
        self._proved: OrderedDict[str, Stamp] = OrderedDict()
        self._done: dict[tuple[str, str], int] = {}
        self._failed = ""
        self._lock = threading.Lock()

    def load(self, named: Named) -> bytes:
        """A full tile, from its file where that was found to hold what the database says.

        Raises:
            NotVisible: the signed log does not reach so far.
        """
        found, stamp = self._read(named.path)
        with self._lock:
            known = self._proved.get(named.path)
        if found is not None and stamp is not None and stamp == known:
            return found
        with self._units.reading() as session:
            true = named.load(session, self._known)
        if found != true:
            if found is not None:
                get_logger().warning("tile_file_differed", path=named.path)
            self._write(named.path, true)
        elif stamp is not None:
            self._prove(named.path, stamp)
        return true

    def write_new(self) -> bool:
        """Write what became full since the last time; True where nothing is left to do."""
        left = AT_ONCE
        with self._units.reading() as session:
            for named in _list_full(session, self._done):
                if not (self._folder / named.path).is_file():
                    if left == 0:
                        return False
                    left -= 1
                    if not self._write(named.path, named.load(session, self._known)):
                        return True  # the disk says no: the next checkpoint tries again
                self._done[named.shard, named.kind] = named.number + 1
        return True

    def check(self, session: Session) -> Iterator[Finding]:
        """Each file that is there against the database; what is missing is written when it is needed."""
        for named in _list_full(session, {}):
            found, _ = self._read(named.path)
            if found is not None and found != (true := named.load(session, self._known)):
                under = 1 if named.kind == "entries" else WIDTH ** int(named.kind)
                yield Finding(named.shard, _first_bad(named, found, true) * under, f"{named.path}: {_DIFFERS}")

    def _read(self, path: str) -> tuple[bytes | None, Stamp | None]:
        """The bytes and the stamp under which they were read; no stamp where the file changed meanwhile."""
        try:
            with (self._folder / path).open("rb") as file:
                before = _stamp(os.fstat(file.fileno()))
                found = file.read(LARGEST + 1)
                after = _stamp(os.fstat(file.fileno()))
        except OSError:
            return None, None
        return found, before if before == after else None

    def _write(self, path: str, content: bytes) -> bool:
        """Put a file in its place in one step, whoever else does the same; a full disk leaves what was there."""
        file = self._folder / path
        fresh = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.new")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                fresh.write_bytes(content)
                fresh.chmod(MODE)
                fresh.replace(file)
            except OSError:
                fresh.unlink(missing_ok=True)
                raise
        except OSError as error:
            if self._failed != path:  # the same one is tried again with each checkpoint
                get_logger().warning("tile_file_not_written", path=path, why=error.strerror)
            self._failed = path
            return False
        self._failed = ""
        return True

    def _prove(self, path: str, stamp: Stamp) -> None:
        with self._lock:
            self._proved[path] = stamp
            self._proved.move_to_end(path)
            while len(self._proved) > PROVED:
                self._proved.popitem(last=False)


_DIFFERS: Final = "this file does not hold what the log holds; the hub writes it anew when it is asked for it"


def _list_full(session: Session, done: Mapping[tuple[str, str], int]) -> Iterator[Named]:
    """Every full tile and bundle of the signed log, but for the first so many of each kind that are `done`."""
    for shard in list_shards(session):
        try:
            size = load_checkpoint(session, shard).size
        except NotVisible:
            continue
        for kind, count in count_full(size):
            for number in range(done.get((shard, kind), 0), count):
                yield Named(shard, kind, number)


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _first_bad(named: Named, found: bytes, true: bytes) -> int:
    """The number of the first entry or hash of a tile that differs."""
    one, two = (_pieces(named, content) for content in (found, true))
    same = next((at for at, (left, right) in enumerate(zip(one, two, strict=False)) if left != right), len(one))
    return named.number * WIDTH + min(same, WIDTH - 1)


def _pieces(named: Named, content: bytes) -> Sequence[bytes]:
    if named.kind != "entries":
        return [content[at : at + 32] for at in range(0, len(content), 32)]
    pieces: list[bytes] = []
    at = 0
    while at < len(content) and len(pieces) < WIDTH:
        length = int.from_bytes(content[at : at + 2], "big")
        pieces.append(content[at : at + 2 + length])
        at += 2 + length
    return pieces
