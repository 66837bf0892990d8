"""Holds the seal of files at rest: chunks under a key of each file's own, so that memory stays small at any size.

A chunk is AES-256-GCM with a random nonce: nonce, cipher text, tag. What is authenticated besides is the chunk's place
and whether it is the last, so that nobody can reorder, repeat or cut a file unseen. The key of a file is derived
(HKDF-SHA256, RFC 5869) from the hub's key and the file's id.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import BadKey, NotSealed

CHUNK: Final = 64 * 1024
"""Bytes of a file that are sealed together."""
_NONCE: Final = 12
_TAG: Final = 16
RECORD: Final = _NONCE + CHUNK + _TAG
"""Bytes that a whole chunk takes when it is sealed."""
_PURPOSE: Final = b"ceptoar-hub attachment v1\0"


@dataclass(frozen=True)
class FileSealer:
    """The hub's key for files."""

    key: bytes = field(repr=False)
    random_bytes: Callable[[int], bytes] = field(default=os.urandom, repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != 32:
            raise BadKey(f"expected a key of 32 bytes, found {len(self.key)}")

    def of(self, file_id: bytes) -> ChunkSealer:
        """What seals one file; an id is used for one file only."""
        derived = HKDF(SHA256(), 32, salt=None, info=_PURPOSE + file_id).derive(self.key)
        return ChunkSealer(AESGCM(derived), self.random_bytes)


@dataclass(frozen=True)
class ChunkSealer:
    """Seals and opens the chunks of one file."""

    _cipher: AESGCM = field(repr=False)
    _random_bytes: Callable[[int], bytes] = field(repr=False)

    def seal(self, plain: bytes, index: int, *, last: bool) -> bytes:
        """A chunk as it is stored.

        Raises:
            NotSealed: there is nothing to seal, or more than a chunk.
        """
        if not 0 < len(plain) <= CHUNK:
            raise NotSealed(f"expected 1 to {CHUNK} bytes, found {len(plain)}")
        nonce = self._random_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, _beside(index, last=last))

    def open(self, sealed: bytes, index: int, *, last: bool) -> bytes:
        """What was sealed.

        Raises:
            NotSealed: another key, another place, changed or cut.
        """
        if not _NONCE + _TAG < len(sealed) <= RECORD:
            raise NotSealed(f"expected at most {RECORD} bytes of a sealed chunk, found {len(sealed)}")
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _beside(index, last=last))
        except InvalidTag:
            raise NotSealed("expected a chunk sealed for this place of this file, found another") from None


def sealed_size(size: int) -> int:
    """How many bytes a file of this size takes when it is sealed."""
    whole, rest = divmod(size, CHUNK)
    return whole * RECORD + (_NONCE + rest + _TAG if rest else 0)


def _beside(index: int, *, last: bool) -> bytes:
    return index.to_bytes(8, "big") + (b"\x01" if last else b"\x00")
