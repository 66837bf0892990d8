"""Operation: proofs from the log in the database: an entry stands in a tree, a tree is a beginning of another.

Hashes come from tiles of 256; the roots of full tiles are remembered by whoever asks, so a proof reads a few rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.orm import Session

from crypto.errors import BadProof
from crypto.merkle import node_hash, root
from sharing.audit.tiles import Roots, Tiles

_TILE_HEIGHT = 8


@dataclass(frozen=True)
class Prover:
    """Makes proofs of one shard."""

    session: Session
    shard: str
    known: Roots
    """Roots of full tiles, kept from one call to the next."""

    @cached_property
    def _tiles(self) -> Tiles:
        return Tiles(self.session, self.shard, self.known)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The audit path of an entry in the tree over the first `size` (RFC 6962, 2.1.1).

        Raises:
            BadProof: there is no such entry in it.
            NotVisible: the log does not reach so far.
        """
        if not 0 <= index < size:
            raise BadProof(f"expected an index below {size}, found {index}")
        return tuple(self.root_of(start, end) for start, end in _siblings(index, size))

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Proof that the tree over the first `old` is a beginning of that over `new` (RFC 6962, 2.1.2).

        Raises:
            BadProof: the old tree is the larger one.
            NotVisible: the log does not reach so far.
        """
        if not 0 <= old <= new:
            raise BadProof(f"expected an old size up to {new}, found {old}")
        return tuple(self.root_of(start, end) for start, end in _steps(old, new))

    def root_of(self, start: int, end: int) -> bytes:
        """The root over the entries from `start` to before `end`, a range that a proof names.

        Raises:
            NotVisible: the log does not reach so far.
        """
        count = end - start
        if count == 1 or not count & (count - 1):
            level, height = divmod(count.bit_length() - 1, _TILE_HEIGHT)
            tiles = self._tiles
            if level == 0:
                return tiles.leaf_node(start, height)
            name = (self.shard, start, count)
            found = self.known.ranges.get(name)
            if found is None:
                found = root(tiles.hashes(level, start >> (_TILE_HEIGHT * level), 1 << height))
                self.known.keep_range(name, found)
            return found
        middle = start + _left(count)
        return node_hash(self.root_of(start, middle), self.root_of(middle, end))


def _siblings(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The ranges of an audit path, nearest first."""
    found: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return reversed(found)


def _steps(old: int, new: int) -> Iterator[tuple[int, int]]:
    """The ranges of a consistency proof, in its order."""
    found: list[tuple[int, int]] = []
    start, end, known = 0, new, True
    while old not in {0, end}:
        middle = start + _left(end - start)
        if old <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, known = middle, False
    if not known:  # otherwise this is the old root itself, which the verifier holds
        found.append((start, end))
    return reversed(found)


def _left(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
