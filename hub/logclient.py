"""A door outwards: reads a log over HTTP (C2SP tlog-tiles), so that it can be checked without trusting its hub."""

import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from crypto.errors import CryptoError
from crypto.keys import VerifyingKey
from crypto.tree_head import parse_checkpoint_text
from crypto.verify_entry import StoredEntry
from hub.log import SHARD, tile_path

BUNDLE: Final = 256
TIMEOUT_SECONDS: Final = 20
LARGEST_ANSWER: Final = BUNDLE * (2 + 65_535)
"""No tile, bundle or checkpoint is larger."""


class CannotFetch(Exception):
    """The log cannot be read over HTTP; the message says what was expected and found."""


@dataclass(frozen=True)
class RemoteLog:
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

    def vkeys(self) -> list[str]:
        """The keys that the log itself names; trust in them must come from elsewhere."""
        return self.fetch("vkeys").decode("utf-8", "replace").split()

    def checkpoints(self, keys: Sequence[VerifyingKey]) -> dict[str, bytes]:
        """The newest checkpoint of each shard that has a key, oldest shard first."""
        shards = dict.fromkeys(key.name for key in keys if SHARD.fullmatch(_shard(key.name)))
        return {name: self.fetch(f"{_shard(name)}/checkpoint") for name in shards}

    def entries(self, origin: str, size: int) -> Iterator[StoredEntry]:
        """The entries of a shard, bundle by bundle; what they commit to stays with the hub."""
        shard = _shard(origin)
        for first in range(0, size, BUNDLE):
            count = min(BUNDLE, size - first)
            path = f"{shard}/tile/entries/{tile_path(first // BUNDLE)}" + (f".p/{count}" if count < BUNDLE else "")
            for offset, leaf in enumerate(_split(self.fetch(path), count, path)):
                yield StoredEntry(shard, first + offset, leaf, parts=None)

    def fetch(self, path: str) -> bytes:
        """One resource of the log.

        Raises:
            CannotFetch: it does not answer, not with 200, or with too much.
        """
        url = f"{self.base}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked in `at`
                body: bytes = answer.read(LARGEST_ANSWER + 1)
        except urllib.error.HTTPError as error:
            raise CannotFetch(f"{url}: expected 200, found {error.code}") from error
        except OSError as error:
            raise CannotFetch(f"{url}: expected an answer, found {getattr(error, 'reason', error)}") from error
        if len(body) > LARGEST_ANSWER:
            raise CannotFetch(f"{url}: expected at most {LARGEST_ANSWER} bytes, found more")
        return body


def signed_size(note: bytes) -> int:
    """How many entries a checkpoint covers, to know what to fetch; whether it holds is checked later."""
    try:
        return parse_checkpoint_text(b"\n".join(note.split(b"\n")[:3]) + b"\n").size
    except CryptoError:
        return 0


def _shard(origin: str) -> str:
    return origin.rpartition("/")[2]


def _split(bundle: bytes, count: int, path: str) -> list[bytes]:
    leaves: list[bytes] = []
    place = 0
    while place + 2 <= len(bundle):
        length = int.from_bytes(bundle[place : place + 2], "big")
        leaves.append(bundle[place + 2 : place + 2 + length])
        place += 2 + length
    if len(leaves) != count or place != len(bundle):
        raise CannotFetch(f"{path}: expected {count} whole entries, found {len(leaves)}")
    return leaves
