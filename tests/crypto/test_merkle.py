"""The tree: published vectors, a second implementation straight from the definition, and every small tree."""

import base64
import hashlib
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import merkle
from crypto.errors import BadProof
from crypto.merkle import EMPTY_ROOT, Frontier, inclusion_proof, verify_consistency, verify_inclusion
from tests.crypto.consistency import consistency_proof

LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(70)]

NOT_OURS = {
    "additional/sizes-are-equal-one-and-proof-is-empty": "its two roots are texts of 12 bytes; ours must have 32",
}
"""Vectors that other libraries accept and this one refuses, and why."""


def defined_root(hashes):
    """RFC 6962, 2.1, word for word."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return merkle.node_hash(defined_root(hashes[:split]), defined_root(hashes[split:]))


def unpack(spelled):
    return base64.b64decode(spelled or "")


def holds(check, *arguments):
    try:
        check(*arguments)
    except BadProof:
        return False
    return True


def test_attack_18_published_inclusion_vectors(vectors):
    cases = vectors("merkle-inclusion.json")
    assert len(cases) == 98
    for case in cases:
        proof = [unpack(item) for item in case["proof"] or ()]
        leaf, root = unpack(case["leafHash"]), unpack(case["root"])
        held = holds(verify_inclusion, leaf, case["leafIdx"], case["treeSize"], proof, root)
        assert held is not case["wantErr"], case["case"]


def test_attack_18_published_consistency_vectors(vectors):
    cases = vectors("merkle-consistency.json")
    assert len(cases) == 98
    for case in cases:
        proof = [unpack(item) for item in case["proof"] or ()]
        roots = unpack(case["root1"]), unpack(case["root2"])
        held = holds(verify_consistency, case["size1"], case["size2"], *roots, proof)
        assert held is (case["case"] not in NOT_OURS and not case["wantErr"]), case["case"]


def test_the_exceptions_are_real(vectors):
    cases = {case["case"]: case for case in vectors("merkle-consistency.json")}
    for name in NOT_OURS:
        assert not cases[name]["wantErr"]
        assert len(unpack(cases[name]["root1"])) != 32


@pytest.mark.parametrize("size", range(len(LEAVES)))
def test_roots_of_all_small_trees(size):
    assert merkle.root(LEAVES[:size]) == defined_root(LEAVES[:size])


def test_every_inclusion_in_all_small_trees():
    for size in range(1, 34):
        tree = merkle.root(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(LEAVES[:size], index)
            verify_inclusion(LEAVES[index], index, size, proof, tree)
            for wrong in range(size):
                if wrong != index:
                    assert not holds(verify_inclusion, LEAVES[index], wrong, size, proof, tree)


def test_every_consistency_in_all_small_trees():
    roots = [merkle.root(LEAVES[:size]) for size in range(34)]
    for new in range(34):
        for old in range(new + 1):
            proof = consistency_proof(LEAVES[:new], old)
            verify_consistency(old, new, roots[old], roots[new], proof)
            if 0 < old < new:
                assert not holds(verify_consistency, old, new, roots[old - 1], roots[new], proof)
                assert not holds(verify_consistency, old, new, roots[old], roots[new - 1], proof)


@given(st.integers(1, 70), st.data())
def test_no_bent_proof_holds(size, data):
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    tree, before = merkle.root(LEAVES[:size]), merkle.root(LEAVES[:old])
    path, chain = list(inclusion_proof(LEAVES[:size], index)), list(consistency_proof(LEAVES[:size], old))
    for proof, check in (
        (path, lambda bent: verify_inclusion(LEAVES[index], index, size, bent, tree)),
        (chain, lambda bent: verify_consistency(old, size, before, tree, bent)),
    ):
        check(proof)
        extra = data.draw(st.sampled_from(LEAVES))
        assert not holds(check, [*proof, extra])
        assert not holds(check, [extra, *proof])
        if proof:
            at = data.draw(st.integers(0, len(proof) - 1))
            flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
            assert not holds(check, proof[:-1])
            assert not holds(check, [*proof[:at], flipped, *proof[at + 1 :]])
            assert not holds(check, [*proof[:at], proof[at][:-1], *proof[at + 1 :]])


def test_impossible_values_are_refused():
    tree = merkle.root(LEAVES[:2])
    for index, size in ((0, 0), (2, 2), (-1, 2), (0, 2**63)):
        assert not holds(verify_inclusion, LEAVES[0], index, size, [LEAVES[1]], tree)
    assert not holds(verify_inclusion, LEAVES[0][:31], 0, 2, [LEAVES[1]], tree)
    assert not holds(verify_inclusion, LEAVES[0], 0, 2, [LEAVES[1]], tree[:31])
    assert not holds(verify_consistency, 2, 1, tree, LEAVES[0], [])
    assert not holds(verify_consistency, 2, 2, tree, LEAVES[0], [])
    assert not holds(verify_consistency, 1, 2, LEAVES[0], LEAVES[0], [])
    assert not holds(verify_consistency, 0, 2, tree, tree, [])
    assert not holds(verify_consistency, 0, 2, EMPTY_ROOT, tree, [LEAVES[0]])
    verify_consistency(0, 2, EMPTY_ROOT, tree, [])
    with pytest.raises(BadProof):
        inclusion_proof(LEAVES[:2], 2)
    with pytest.raises(BadProof):
        inclusion_proof([], 0)
    with pytest.raises(BadProof):
        merkle.root([b"short"])


@given(st.lists(st.integers(0, 9), max_size=9))
def test_a_frontier_grows_in_any_steps(steps):
    frontier, taken = Frontier(), 0
    for step in steps:
        grown = frontier.extend(LEAVES[taken % 60 : taken % 60 + step])
        one_by_one = frontier
        for leaf in LEAVES[taken % 60 : taken % 60 + step]:
            one_by_one = one_by_one.append(leaf)
        assert grown == one_by_one
        frontier, taken = grown, taken + step
        assert frontier.size == taken
        assert Frontier.from_bytes(frontier.to_bytes()) == frontier
    assert len(frontier.to_bytes()) == 8 + 32 * taken.bit_count()


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_frontier_has_the_root_of_its_leaves(first, second):
    first, second = sorted((first, second))
    frontier = Frontier().extend(LEAVES[:first]).extend(LEAVES[first:second])
    assert frontier.root == defined_root(LEAVES[:second])


@pytest.mark.parametrize(
    "raw", [b"", bytes(7), bytes(9), bytes(7) + b"\x01", bytes(8 + 32), b"\xff" * 8 + bytes(32 * 64)]
)
def test_a_bent_frontier_is_refused(raw):
    with pytest.raises(BadProof):
        Frontier.from_bytes(raw)


@pytest.mark.slow
def test_a_million_leaves_take_about_a_second():
    leaves = [os.urandom(32)] * 1_000_000
    started = time.perf_counter()
    tree = merkle.root(leaves)
    took = time.perf_counter() - started
    assert Frontier().extend(leaves).root == tree
    assert took < 6, "generous: machines that run tests are busy"
