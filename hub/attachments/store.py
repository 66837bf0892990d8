"""Holds the files of reports on the disk: one a file, sealed chunk by chunk, in a folder that only the hub reads.

The database says which files there are; here lie only bytes under their ids. Memory stays at a chunk or two whatever
the size. A file that arrives in parts holds whole chunks until its end, so a cut in the middle of one loses that one.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Protocol
from uuid import UUID

from crypto.errors import NotSealed
from crypto.file_seal import CHUNK, RECORD, ChunkSealer, FileSealer, sealed_size
from hub.logs import get_logger
from sharing.errors import Conflict

_FOLDER: Final = 0o700
_FILE: Final = 0o600


class Damaged(Exception):
    """A file is missing, was changed, or was sealed with another key; the message names its id."""


class Source(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""


class AttachmentFiles:
    """The files of one hub in one folder; several processes may share it."""

    def __init__(self, folder: Path, sealer: FileSealer) -> None:
        self._folder = folder
        self._sealer = sealer

    def open_new(self, ident: UUID) -> "NewFile":
        """A new file that is written from its beginning to its end."""
        path = self._path(ident)
        self._make(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)
        return NewFile(os.fdopen(descriptor, "wb"), self._sealer.of(ident.bytes))

    def begin(self, ident: UUID) -> None:
        """A place for a file that arrives in parts."""
        path = self._path(ident)
        self._make(path.parent)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE))

    def arrived(self, ident: UUID, size: int) -> int:
        """How much of a file that arrives in parts is here: where its sender goes on.

        Raises:
            Damaged: there is no such file.
        """
        try:
            return _arrived(self._path(ident).stat().st_size, size)
        except OSError as error:
            raise Damaged(str(ident)) from error

    def append(self, ident: UUID, offset: int, size: int, source: Source) -> int:
        """Add what a sender sends from an offset on; how much is here then, in whole chunks unless it is the end.

        Raises:
            Conflict: another part arrives just now, or the file goes on elsewhere.
            Damaged: there is no such file.
        """
        with self._locked(ident) as file:
            here = _arrived(os.fstat(file.fileno()).st_size, size)
            if offset != here:
                raise Conflict(f"the file goes on at {here}")
            sealer = self._sealer.of(ident.bytes)
            file.truncate(here // CHUNK * RECORD if here < size else sealed_size(size))
            file.seek(0, os.SEEK_END)
            while here < size:
                part = _read_up_to(source, min(CHUNK, size - here))
                if len(part) < min(CHUNK, size - here):
                    break
                file.write(sealer.seal(part, here // CHUNK, last=here + len(part) == size))
                here += len(part)
            file.flush()
            os.fsync(file.fileno())
            return here

    def read(self, ident: UUID, size: int) -> Iterator[bytes]:
        """The bytes of a file, checked chunk by chunk.

        Raises:
            Damaged: it is missing, was changed or cut, or was sealed with another key.
        """
        sealer = self._sealer.of(ident.bytes)
        try:
            with self._path(ident).open("rb") as file:
                if os.fstat(file.fileno()).st_size != sealed_size(size):
                    raise Damaged(str(ident))
                last = (size - 1) // CHUNK
                for index in range(last + 1):
                    yield sealer.open(file.read(RECORD), index, last=index == last)
        except (OSError, NotSealed) as error:
            get_logger().error("attachment_damaged", file=str(ident), exc_info=error)
            raise Damaged(str(ident)) from error

    def problem(self, ident: UUID, size: int) -> str:
        """What is wrong with a file by a quick look; empty where nothing is."""
        path = self._path(ident)
        try:
            found = path.stat().st_size
        except OSError:
            return "missing"
        if found != sealed_size(size):
            return "of another size than was stored"
        try:
            next(self.read(ident, size))
        except Damaged:
            return "changed, or sealed with another key"
        return ""

    def remove(self, ident: UUID) -> None:
        """Take a file away; one that is gone already stays gone."""
        self._path(ident).unlink(missing_ok=True)

    def ids(self) -> Iterator[UUID]:
        """The ids of all files that lie here."""
        for path in self._folder.glob("*/*"):
            try:
                yield UUID(path.name)
            except ValueError:
                continue

    def age(self, ident: UUID) -> float:
        """When a file was last written, in seconds since 1970; now is later.

        Raises:
            Damaged: there is no such file.
        """
        try:
            return self._path(ident).stat().st_mtime
        except OSError as error:
            raise Damaged(str(ident)) from error

    def _path(self, ident: UUID) -> Path:
        return self._folder / ident.hex[:2] / str(ident)

    def _make(self, folder: Path) -> None:
        self._folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        folder.mkdir(mode=_FOLDER, exist_ok=True)

    @contextmanager
    def _locked(self, ident: UUID) -> Iterator[IO[bytes]]:
        try:
            file = self._path(ident).open("r+b")
        except OSError as error:
            raise Damaged(str(ident)) from error
        with file:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Conflict("another part of this file arrives just now") from error
            yield file


class NewFile:
    """A file while it is written; whole only once it was finished."""

    def __init__(self, file: Any, sealer: ChunkSealer) -> None:
        self._file, self._sealer = file, sealer
        self._waiting = bytearray()
        self._index = 0

    def write(self, part: bytes) -> None:
        """Add bytes."""
        self._waiting += part
        while len(self._waiting) > CHUNK:  # the last chunk is marked, so one always waits
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """Write the end, and see it on the disk."""
        if self._waiting:
            self._seal(bytes(self._waiting), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def drop(self) -> None:
        """Let go of a file that is not wanted; whoever made it takes it away."""
        self._file.close()

    def _seal(self, part: bytes, *, last: bool) -> None:
        self._file.write(self._sealer.seal(part, self._index, last=last))
        self._index += 1


def _arrived(stored: int, size: int) -> int:
    """What a file of this size has of itself, by the size of what is stored; half a chunk does not count."""
    return size if stored == sealed_size(size) else stored // RECORD * CHUNK


def _read_up_to(source: Source, count: int) -> bytes:
    """So many bytes, or what there is before the end."""
    parts = bytearray()
    while len(parts) < count:
        part = source.read(count - len(parts))
        if not part:
            break
        parts += part
    return bytes(parts)
