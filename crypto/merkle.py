"""A rule: the Merkle tree of RFC 6962, its roots and its proofs (algorithms as RFC 9162, 2.1, states them)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crypto.errors import BadProof

HASH_BYTES = 32
"""SHA-256."""

MAX_SIZE = 2**63 - 1
"""Tree sizes travel as 64-bit numbers, and other programs read them as signed."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962, 2.1)."""

_sha256 = hashlib.sha256


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return _sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return _sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in the order of the log.

    Raises:
        BadProof: one of them is not 32 bytes long.
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    _check_hashes(leaf_hashes)
    level: Sequence[bytes] = leaf_hashes
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path of one leaf, nearest sibling first (RFC 6962, 2.1.1).

    Raises:
        BadProof: there is no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise BadProof(f"expected an index below {len(leaf_hashes)}, found {index}")
    _check_hashes(leaf_hashes)
    path: list[bytes] = []
    level: Sequence[bytes] = leaf_hashes
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):  # the last of an odd level rises alone and has none
            path.append(level[sibling])
        level = _parents(level)
        index >>= 1
    return tuple(path)


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf hash stands at `index` of the tree with this size and root (RFC 9162, 2.1.3.2).

    Raises:
        BadProof: it does not, or a value cannot be right (index, hash lengths, length of the path).
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise BadProof(f"expected an index below the tree's size, found {index} of {size}")
    _check_hashes((leaf_hash, root, *proof))
    place, last, computed = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise BadProof(f"expected a shorter path, found {len(proof)} hashes")
        if place & 1 or place == last:
            computed = node_hash(sibling, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise BadProof(f"expected a longer path, found {len(proof)} hashes")
    if computed != root:
        raise BadProof("expected the path to lead to the root, found another hash")


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the old tree is a beginning of the new one (RFC 9162, 2.1.4.2).

    Every tree begins with the empty one: from size 0 the old root must be the empty root and the proof empty.

    Raises:
        BadProof: it is not, or a value cannot be right.
    """
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise BadProof(f"expected the new tree to be no smaller, found {new_size} after {old_size}")
    _check_hashes((old_root, new_root, *proof))
    if old_size in (0, new_size):
        _verify_trivial(old_size, new_size, old_root, new_root, proof)
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:  # a full tree: its own root is where the proof starts
        path.insert(0, old_root)
    if not path:
        raise BadProof("expected a proof, found none")
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof(f"expected a shorter proof, found {len(proof)} hashes")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise BadProof(f"expected a longer proof, found {len(proof)} hashes")
    if (old, new) != (old_root, new_root):
        raise BadProof("expected the proof to lead to both roots, found other hashes")


@dataclass(frozen=True)
class Frontier:
    """A tree reduced to what is needed to go on: its size and the roots of its full subtrees, largest first."""

    size: int = 0
    subtrees: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise BadProof(f"expected a tree size, found {self.size}")
        if len(self.subtrees) != self.size.bit_count():
            raise BadProof(f"expected {self.size.bit_count()} subtrees, found {len(self.subtrees)}")
        _check_hashes(self.subtrees)

    def append(self, leaf_hash: bytes) -> Frontier:
        """The frontier after one more leaf hash."""
        return self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The frontier after more leaf hashes, in their order."""
        level = list(leaf_hashes)
        _check_hashes(level)
        size = self.size + len(level)
        standing = list(self.subtrees)
        rising: list[bytes] = []  # new subtrees, smallest first
        height = 0
        while level:
            if self.size >> height & 1:
                level.insert(0, standing.pop())
            if len(level) & 1:
                rising.append(level.pop())
            level = _parents(level)
            height += 1
        return Frontier(size, (*standing, *reversed(rising)))

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        if not self.subtrees:
            return EMPTY_ROOT
        computed = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            computed = node_hash(left, computed)
        return computed

    def to_bytes(self) -> bytes:
        """u64 size ‖ the subtrees' roots, largest first."""
        return self.size.to_bytes(8, "big") + b"".join(self.subtrees)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Frontier:
        """Read what `to_bytes` wrote.

        Raises:
            BadProof: it is something else.
        """
        if len(raw) < 8 or len(raw) % HASH_BYTES != 8:
            raise BadProof(f"expected 8 bytes and whole hashes, found {len(raw)} bytes")
        hashes = tuple(raw[at : at + HASH_BYTES] for at in range(8, len(raw), HASH_BYTES))
        return cls(int.from_bytes(raw[:8], "big"), hashes)


def _parents(level: Sequence[bytes]) -> list[bytes]:
    """One level up; the last of an odd level rises as it is, which gives the tree of RFC 6962."""
    pairs = iter(level)
    above = [_sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
    if len(level) & 1:
        above.append(level[-1])
    return above


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for length in set(map(len, hashes)) - {HASH_BYTES}:
        raise BadProof(f"expected hashes of {HASH_BYTES} bytes, found one of {length}")


def _verify_trivial(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """From nothing, or to itself: no hash may be needed."""
    if proof:
        raise BadProof(f"expected no proof between sizes {old_size} and {new_size}, found {len(proof)} hashes")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise BadProof("expected the empty root for size 0, found another")
    if old_size == new_size and old_root != new_root:
        raise BadProof("expected one root for one size, found two")
