"""The seal of files: every chunk opens in its own place of its own file, and nowhere else."""

from __future__ import annotations

import os

import pytest

from crypto.errors import BadKey, NotSealed
from crypto.file_seal import CHUNK, RECORD, FileSealer, sealed_size

SEALER = FileSealer(bytes(range(32)))
ONE = SEALER.of(b"one")


@pytest.mark.parametrize("size", [1, 100, CHUNK - 1, CHUNK])
def test_a_chunk_comes_back(size: int) -> None:
    plain = os.urandom(size)
    sealed = ONE.seal(plain, 3, last=True)
    assert ONE.open(sealed, 3, last=True) == plain
    assert len(sealed) == sealed_size(size)
    assert plain not in sealed or size < 4
    assert ONE.seal(plain, 3, last=True) != sealed


def test_it_opens_nowhere_else() -> None:
    """Another place, another end, another file, another key, a changed or cut record."""
    sealed = ONE.seal(b"x" * 100, 0, last=False)
    changed = bytes([sealed[0] ^ 1]) + sealed[1:]
    for sealer, record, index, last in (
        (ONE, sealed, 1, False),
        (ONE, sealed, 0, True),
        (SEALER.of(b"two"), sealed, 0, False),
        (FileSealer(bytes(32)).of(b"one"), sealed, 0, False),
        (ONE, changed, 0, False),
        (ONE, sealed[:-1], 0, False),
        (ONE, b"", 0, False),
        (ONE, sealed + b"\0" * RECORD, 0, False),
    ):
        with pytest.raises(NotSealed):
            sealer.open(record, index, last=last)


def test_sizes() -> None:
    assert [sealed_size(size) for size in (0, 1, CHUNK, CHUNK + 1)] == [0, 29, RECORD, RECORD + 29]
    for wrong in (b"", b"x" * (CHUNK + 1)):
        with pytest.raises(NotSealed):
            ONE.seal(wrong, 0, last=True)
    with pytest.raises(BadKey):
        FileSealer(b"short")
    assert "00" not in repr(FileSealer(bytes(32)))
