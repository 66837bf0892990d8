"""Consistency proofs over leaf hashes as RFC 6962 defines them; the hub makes its own of the log's tiles."""

from collections.abc import Sequence

from crypto.merkle import root


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """That the tree over the first `old_size` leaves is a beginning of this one (RFC 6962, 2.1.2).

    From size 0, and between equal sizes, there is nothing to prove and the proof is empty.
    """
    assert 0 <= old_size <= len(leaf_hashes)
    return () if old_size == 0 else _subproof(leaf_hashes, old_size, known=True)


def _subproof(leaves: Sequence[bytes], old_size: int, *, known: bool) -> tuple[bytes, ...]:
    if old_size == len(leaves):
        return () if known else (root(leaves),)  # the verifier holds the old root itself
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if old_size <= middle:
        return (*_subproof(leaves[:middle], old_size, known=known), root(leaves[middle:]))
    return (*_subproof(leaves[middle:], old_size - middle, known=False), root(leaves[:middle]))
