"""A door outwards: reads a log as files (C2SP tlog-tiles), over HTTP or from a folder, to check it without its hub."""

import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.merkle import HASH_BYTES, root
from crypto.rotation import Rotation, parse_rotations
from crypto.tree_head import parse_checkpoint_text
from crypto.verify import Finding
from crypto.verify_run import Run, check_leaves
from sharing.audit.check.shared import in_order
from sharing.audit.tiles import LARGEST, SHARD, WIDTH, tile_path

TIMEOUT_SECONDS: Final = 20

BUNDLES_AT_ONCE: Final = 8
"""Bundles that one process or thread reads and checks at a time."""

ALONE: Final = 20_000
"""Logs in a folder up to this size are checked in one process: starting others would take longer."""

CONNECTIONS: Final = 8
"""Requests that are under way to one hub at a time."""


class CannotFetch(Exception):
    """Something of the log cannot be read; `fault` says whether that is the log's fault or may be the way's."""

    def __init__(self, message: str, *, fault: bool = False) -> None:
        super().__init__(message)
        self.fault = fault


class LogSource(ABC):
    """A log as files, wherever they lie. Picklable, so that several processes can read."""

    @abstractmethod
    def fetch(self, path: str) -> bytes:
        """One resource of the log.

        Raises:
            CannotFetch: it is not there (a fault of the log), or cannot be read.
        """

    @abstractmethod
    def pool(self, entries: int) -> Executor | None:
        """Who reads a log of this size; None where it is not worth while to share the work."""

    def vkeys(self) -> list[str]:
        """The keys that the log itself names; trust in them must come from elsewhere."""
        return self.fetch("vkeys").decode("utf-8", "replace").split()

    def rotations(self) -> list[Rotation]:
        """The changes of keys that the log shows; none where the copy has no such list.

        Raises:
            CannotFetch: they cannot be read.
        """
        try:
            return parse_rotations(self.fetch("rotations"))
        except CannotFetch as error:
            if not error.fault:
                raise
            return []
        except CryptoError as error:
            raise CannotFetch(f"rotations: {error}", fault=True) from error

    def checkpoints(self, keys: Sequence[VerifyingKey]) -> dict[str, bytes]:
        """The newest checkpoint of each shard that has a key and that the log knows, oldest shard first."""
        names = {key.name for key in keys if SHARD.fullmatch(shard_of(key.name))}
        found: dict[str, bytes] = {}
        for name in sorted(names, key=_age):
            try:
                found[name] = self.fetch(f"{shard_of(name)}/checkpoint")
            except CannotFetch as error:
                if not error.fault:
                    raise
        return found


@dataclass(frozen=True)
class RemoteLog(LogSource):
    """The log behind an address: of a hub, of its /log/ or of a copy of that."""

    base: str

    @classmethod
    def at(cls, url: str) -> "RemoteLog":
        """The log of a hub's address.

        Raises:
            CannotFetch: it is no http or https address.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CannotFetch(f"expected http:// or https:// and a host, found {url[:80]!r}")
        base = url.rstrip("/")
        return cls(base if base.endswith("/log") else f"{base}/log")

    def fetch(self, path: str) -> bytes:
        """One resource over HTTP."""
        url = f"{self.base}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked in `at`
                body: bytes = answer.read(LARGEST + 1)
        except urllib.error.HTTPError as error:
            raise CannotFetch(f"{url}: expected 200, found {error.code}", fault=error.code in {404, 410}) from error
        except (OSError, ValueError) as error:
            raise CannotFetch(f"{url}: expected an answer, found {getattr(error, 'reason', error)}") from error
        return _limited(body, url)

    def pool(self, entries: int) -> Executor | None:
        """Several requests at a time: waiting for answers takes longer than checking them."""
        return ThreadPoolExecutor(CONNECTIONS) if entries > WIDTH else None


@dataclass(frozen=True)
class FolderLog(LogSource):
    """A log that `log export` wrote, or any copy of /log/ as files."""

    folder: Path

    @classmethod
    def find(cls, folder: Path) -> "FolderLog | None":
        """The log in a folder, or in its subfolder `log`; None where there is none."""
        return next((cls(each) for each in (folder, folder / "log") if (each / "vkeys").is_file()), None)

    def fetch(self, path: str) -> bytes:
        """One file."""
        file = self.folder / path
        try:
            with file.open("rb") as opened:
                return _limited(opened.read(LARGEST + 1), str(file))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise CannotFetch(f"{file}: expected a file, found none", fault=True) from error
        except OSError as error:
            raise CannotFetch(f"{file}: expected a file that can be read, found: {error.strerror}") from error

    def pool(self, entries: int) -> Executor | None:
        """All cores."""
        return ProcessPoolExecutor(cpu_count() or 1, get_context("spawn")) if entries > ALONE else None


class Portion(NamedTuple):
    """Bundles of one shard that are read together: entries from `first` to before `end`."""

    shard: str
    first: int
    end: int


class PortionRead(Struct, frozen=True):
    """What a portion came to: its entries, the roots of its full tiles, and what could not be had."""

    runs: tuple[Run, ...]
    roots: bytes
    problem: Finding | None = None


@dataclass
class Reading:
    """All shards of a log, read in their order; what is wrong with the files themselves is gathered here."""

    source: LogSource
    sizes: dict[str, int]
    findings: list[Finding] = field(default_factory=list)

    def runs(self) -> Iterator[Run]:
        """The entries, checked alone, for `verify_runs`.

        Raises:
            CannotFetch: the log cannot be reached.
        """
        for origin, size in self.sizes.items():
            shard = shard_of(origin)
            step = WIDTH * BUNDLES_AT_ONCE
            portions = [Portion(shard, first, min(first + step, size)) for first in range(0, size, step)]
            roots, bent = bytearray(), False
            with _workers(self.source.pool(size)) as pool:
                for _, read in in_order(pool, portions, _Reader(self.source), CONNECTIONS * 2):
                    yield from read.runs
                    roots += read.roots
                    bent = bent or any(run.findings for run in read.runs)
                    if read.problem is not None:
                        self.findings.append(read.problem)
                        break
                else:
                    if not bent:  # else the tiles above differ too; the entry says why
                        self._check_upper(shard, bytes(roots))

    def _check_upper(self, shard: str, roots: bytes) -> None:
        """Tiles above the lowest level hold the roots of those below; proofs are made from them."""
        level = 1
        while roots:
            below = [roots[at : at + HASH_BYTES] for at in range(0, len(roots), HASH_BYTES)]
            above = bytearray()
            for first in range(0, len(below), WIDTH):
                expected = below[first : first + WIDTH]
                path = _tile(shard, str(level), first // WIDTH, len(expected))
                self._compare(shard, path, (first, WIDTH**level), b"".join(expected))
                above += root(expected) if len(expected) == WIDTH else b""
            roots, level = bytes(above), level + 1

    def _compare(self, shard: str, path: str, place: tuple[int, int], expected: bytes) -> None:
        """One tile against what it must hold; `place` is its first hash, and how many entries stand under each."""
        first, under = place
        try:
            found = self.source.fetch(path)
        except CannotFetch as error:
            if not error.fault:
                raise
            self.findings.append(Finding(shard, first * under, str(error)))
            return
        if found != expected:
            same = next((at for at, (one, two) in enumerate(zip(found, expected, strict=False)) if one != two), 0)
            index = (first + same // HASH_BYTES) * under
            self.findings.append(Finding(shard, index, f"{path} does not hold the roots of the tiles below it"))


class _Reader(Struct, frozen=True):
    """Reads and checks a portion, in whichever process or thread."""

    source: LogSource

    def __call__(self, portion: Portion) -> PortionRead:
        runs: list[Run] = []
        roots: list[bytes] = []
        for first in range(portion.first, portion.end, WIDTH):
            count = min(WIDTH, portion.end - first)
            try:
                leaves, hashes = self._entries(portion.shard, first, count)
            except CannotFetch as error:
                if not error.fault:
                    raise
                return PortionRead(tuple(runs), b"".join(roots), Finding(portion.shard, first, str(error)))
            runs.append(check_leaves(portion.shard, first, leaves, hashes))
            if count == WIDTH:
                roots.append(root(hashes))
        return PortionRead(tuple(runs), b"".join(roots))

    def _entries(self, shard: str, first: int, count: int) -> tuple[list[bytes], list[bytes]]:
        path = _tile(shard, "entries", first // WIDTH, count)
        leaves = _split(self.source.fetch(path), count, path)
        path = _tile(shard, "0", first // WIDTH, count)
        hashes = self.source.fetch(path)
        if len(hashes) != count * HASH_BYTES:
            raise CannotFetch(f"{path}: expected {count} hashes, found {len(hashes)} bytes", fault=True)
        return leaves, [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def signed_size(note: bytes) -> int:
    """How many entries a checkpoint covers, to know what to fetch; whether it holds is checked later."""
    try:
        return parse_checkpoint_text(b"\n".join(note.split(b"\n")[:3]) + b"\n").size
    except CryptoError:
        return 0


def shard_of(origin: str) -> str:
    """The last part of an origin."""
    return origin.rpartition("/")[2]


def _age(origin: str) -> tuple[str, int, int]:
    log, _, shard = origin.rpartition("/")
    year, _, number = shard.partition("-")
    return log, int(year), int(number or 1)


def _tile(shard: str, kind: str, number: int, count: int) -> str:
    return f"{shard}/tile/{kind}/{tile_path(number)}" + (f".p/{count}" if count < WIDTH else "")


def _limited(body: bytes, where: str) -> bytes:
    if len(body) > LARGEST:
        raise CannotFetch(f"{where}: expected at most {LARGEST} bytes, found more", fault=True)
    return body


def _split(bundle: bytes, count: int, path: str) -> list[bytes]:
    leaves: list[bytes] = []
    place = 0
    while place + 2 <= len(bundle):
        length = int.from_bytes(bundle[place : place + 2], "big")
        leaves.append(bundle[place + 2 : place + 2 + length])
        place += 2 + length
    if len(leaves) != count or place != len(bundle):
        raise CannotFetch(f"{path}: expected {count} whole entries, found {len(leaves)}", fault=True)
    return leaves


@contextmanager
def _workers(pool: Executor | None) -> Iterator[Executor | None]:
    if pool is None:
        yield None
        return
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
