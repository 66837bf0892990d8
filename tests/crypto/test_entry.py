"""The bytes of entries: our published known answers, and everything that is not exactly such an entry."""

import base64
import collections
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import merkle
from crypto.canonical import canonical_json
from crypto.entry import (
    ABSENT_PART,
    MAX_LEAF_BYTES,
    PART_NAMES,
    LeafKind,
    build_leaf,
    build_object_tree,
    commit_part,
    object_leaf,
    parse_leaf,
    parts_root,
    rebuild_object_leaves,
    root_of_parts,
    spell_plain_leaf,
)
from crypto.errors import BadEntry
from crypto.hashing import sha256
from tests.crypto.consistency import consistency_proof

HASHES = st.binary(min_size=32, max_size=32)
BRIDGE = "hub.example/log/2026\n3\n" + base64.b64encode(bytes(32)).decode() + "\n"


def un64(text):
    return base64.b64decode(text, validate=True)


def test_known_parts(known):
    for entry in known["entries"]:
        assert tuple(entry["parts"]) == PART_NAMES
        made = []
        for name, part in entry["parts"].items():
            part_json = None if part["json"] is None else part["json"].encode()
            made.append(commit_part(name, un64(part["salt"]), part_json))
            assert made[-1] == un64(part["commitment"])
        assert parts_root(made) == un64(entry["c"])
        path = [un64(item) for item in entry["proof_of_part_decision"]]
        merkle.verify_inclusion(merkle.leaf_hash(made[3]), 3, 4, path, un64(entry["c"]))


def test_known_objects(known):
    seen = 0
    for entry in known["entries"]:
        placed = {}
        for item in entry.get("objects", ()):
            assert sha256(item["stored"].encode()) == un64(item["sha256"])
            leaf = placed[item["place"]] = object_leaf(un64(item["salt"]), un64(item["sha256"]))
            assert leaf == un64(item["leaf"])
            path = [un64(step) for step in item["proof"]]
            merkle.verify_inclusion(leaf, item["place"], entry["tree_size"], path, un64(entry["o"]))
        if placed:
            leaves = rebuild_object_leaves(entry["tree_size"], placed, un64(entry["padding"]))
            assert merkle.root(leaves) == un64(entry["o"])
        seen += len(placed)
    assert seen == 4


def test_known_entries(known):
    for entry in known["entries"]:
        raw = entry["entry"].encode()
        leaf = parse_leaf(raw)
        assert leaf.parts_root == un64(entry["c"])
        assert leaf.objects_root == (un64(entry["o"]) if "o" in entry else None)
        assert build_leaf(leaf.ts_ms, leaf.kind, leaf.parts_root, leaf.objects_root, leaf.bridge) == raw
        assert merkle.leaf_hash(raw) == un64(entry["leaf_hash"])
    assert {parse_leaf(entry["entry"].encode()).kind for entry in known["entries"]} == set(LeafKind) - {LeafKind.KEY}


def test_known_log(known):
    hashes = [un64(entry["leaf_hash"]) for entry in known["entries"]]
    roots = [un64(root) for root in known["log"]["roots"]]
    assert [merkle.root(hashes[:size]) for size in range(len(hashes) + 1)] == roots
    for case in known["log"]["inclusion"]:
        proof = tuple(un64(item) for item in case["proof"])
        assert merkle.inclusion_proof(hashes, case["index"]) == proof
    for case in known["log"]["consistency"]:
        proof = tuple(un64(item) for item in case["proof"])
        assert consistency_proof(hashes, case["old_size"]) == proof
        merkle.verify_consistency(case["old_size"], len(hashes), roots[case["old_size"]], roots[-1], proof)


def test_known_refusals(known):
    assert len(known["refused"]) >= 20
    for case in known["refused"]:
        with pytest.raises(BadEntry):
            parse_leaf(case["entry"].encode())


@given(st.integers(0, 2**53 - 1), st.sampled_from(LeafKind), HASHES, st.none() | HASHES, st.booleans())
def test_every_entry_is_canonical_json_and_reads_back(ts_ms, kind, parts, objects, bridged):
    bridge = BRIDGE if bridged and kind is LeafKind.SHARD else None
    raw = build_leaf(ts_ms, kind, parts, objects, bridge)
    spelled = {"v": 1, "ts": ts_ms, "k": kind.value, "c": base64.b64encode(parts).decode()}
    if objects is not None:
        spelled["o"] = base64.b64encode(objects).decode()
    if bridge is not None:
        spelled["p"] = bridge
    assert raw == canonical_json(spelled)
    leaf = parse_leaf(raw)
    assert (leaf.ts_ms, leaf.kind, leaf.parts_root, leaf.objects_root, leaf.bridge) == (
        ts_ms,
        kind,
        parts,
        objects,
        bridge,
    )


@given(st.binary(max_size=120), st.integers(0, 130), st.integers(0, 255))
def test_no_changed_byte_passes_unseen(junk, at, byte):
    """Whatever parses is exactly what would be written for the same values."""
    raw = bytearray(build_leaf(1, "event", bytes(32), bytes(32)))
    raw[at % len(raw)] = byte
    for candidate in (bytes(raw), junk):
        try:
            leaf = parse_leaf(candidate)
        except BadEntry:
            continue
        assert build_leaf(leaf.ts_ms, leaf.kind, leaf.parts_root, leaf.objects_root, leaf.bridge) == candidate


@pytest.mark.parametrize(
    "values",
    [
        (-1, "event", bytes(32), None),
        (2**53, "event", bytes(32), None),
        (1, "login", bytes(32), None),
        (1, "event", bytes(31), None),
        (1, "event", bytes(32), bytes(33)),
        (1, "event", bytes(32), None, BRIDGE),
        (1, "shard", bytes(32), None, "no checkpoint"),
        (1, "shard", bytes(32), None, "\ud800"),
    ],
)
def test_what_cannot_be_an_entry_is_not_written(values):
    with pytest.raises(BadEntry):
        build_leaf(*values)


def test_the_longest_entry_fits_its_length_field():
    origin = "x" * 255
    bridge = f"{origin}\n{2**63 - 1}\n{base64.b64encode(bytes(32)).decode()}\n"
    assert len(build_leaf(2**53 - 1, "shard", bytes(32), bytes(32), bridge)) < 1000 < MAX_LEAF_BYTES


def test_an_oversized_entry_is_refused_before_it_is_read():
    with pytest.raises(BadEntry, match="at most"):
        parse_leaf(b" " * (MAX_LEAF_BYTES + 1))
    with pytest.raises(BadEntry):
        parse_leaf(b"[" * 60_000)


def test_an_absent_part_looks_like_any_other():
    salt = bytes(range(32))
    assert commit_part("actor", salt, None) == commit_part("actor", salt, b"null")
    assert commit_part("actor", salt, None) != commit_part("decision", salt, None)


@pytest.mark.parametrize(("name", "salt"), [("stranger", bytes(32)), ("actor", bytes(31)), ("actor", b"")])
def test_parts_need_their_name_and_salt(name, salt):
    with pytest.raises(BadEntry):
        commit_part(name, salt, b"{}")


def test_the_root_needs_all_four_parts_in_order():
    four = [bytes([number]) * 32 for number in range(4)]
    assert parts_root(four) != parts_root(four[::-1])
    for wrong in (four[:3], [*four, four[0]], [*four[:3], b"short"]):
        with pytest.raises(BadEntry):
            parts_root(wrong)


@given(st.integers(1, 70))
def test_an_object_tree_can_be_rebuilt_and_proves_each_object(count):
    leaves = [object_leaf(bytes([number]) * 32, bytes(32)) for number in range(count)]
    tree = build_object_tree(leaves, random_bytes=os.urandom)
    assert tree.size == 1 << (count - 1).bit_length()
    assert len(set(tree.places)) == count
    rebuilt = rebuild_object_leaves(tree.size, dict(zip(tree.places, leaves, strict=True)), tree.padding)
    assert merkle.root(rebuilt) == tree.root
    for leaf, place in zip(leaves, tree.places, strict=True):
        merkle.verify_inclusion(leaf, place, tree.size, merkle.inclusion_proof(rebuilt, place), tree.root)


def test_every_arrangement_is_equally_likely():
    """24 arrangements, 12,000 draws: 500 each; a chi-square of 60 at 23 degrees of freedom is one in 30,000."""
    leaves = [bytes([number]) * 32 for number in range(4)]
    drawn = collections.Counter(build_object_tree(leaves, random_bytes=os.urandom).places for _ in range(12_000))
    assert len(drawn) == 24
    assert sum((count - 500) ** 2 / 500 for count in drawn.values()) < 60


def test_words_that_would_favour_low_places_are_thrown_away():
    """Of 2^32 words, the highest for a bound of 3 is one too many: it must be drawn again."""
    served = [b"\xff\xff\xff\xff" * 3, bytes(32)]

    def random_bytes(count):
        return served.pop(0) if served and len(served[0]) == count else b"\x01\0\0\0" * (count // 4)

    leaves = [bytes([number]) * 32 for number in range(3)]
    tree = build_object_tree(leaves, random_bytes=random_bytes)
    # first bound 4 divides 2^32 and takes the word (place 3); bound 3 refuses two words and takes 1
    assert tree.places[:2] == (3, 2)


def test_a_tree_that_does_not_fit_is_refused():
    leaf = bytes(32)
    for size, placed, padding in (
        (3, {0: leaf, 1: leaf, 2: leaf}, b""),
        (0, {}, b""),
        (2, {0: leaf}, b""),
        (2, {0: leaf, 1: leaf}, leaf),
        (2, {0: leaf, 2: leaf}, b""),
        (2, {-1: leaf, 0: leaf}, b""),
        (2, {0: leaf}, leaf[:31]),
        (2, {0: leaf[:31]}, leaf),
    ):
        with pytest.raises(BadEntry):
            rebuild_object_leaves(size, placed, padding)
    for leaves in ([], [b"short"]):
        with pytest.raises(BadEntry):
            build_object_tree(leaves, random_bytes=os.urandom)


def test_a_thousand_objects_cost_little():
    leaves = [bytes([number & 255]) * 32 for number in range(1000)]
    costs = []
    for _ in range(5):
        started = time.perf_counter()
        build_object_tree(leaves, random_bytes=os.urandom)
        costs.append(time.perf_counter() - started)
    assert min(costs) < 0.01, "two milliseconds are meant; busy machines get five times that"


def test_the_quick_spellings_agree_with_the_exact_ones() -> None:
    """What checks millions of entries computes the same root and the same leaf as what makes them."""
    bodies = (b'{"action":"test"}', ABSENT_PART, b'["\xe7\x95\x8c"]', b"{}")
    parts = [(sha256(name.encode()), body) for name, body in zip(PART_NAMES, bodies, strict=True)]
    exact = parts_root([commit_part(name, *part) for name, part in zip(PART_NAMES, parts, strict=True)])
    assert root_of_parts(parts) == exact
    for kind in (LeafKind.EVENT, LeafKind.KEY, LeafKind.POLICY):
        for ts_ms in (0, 1_795_000_000_000):
            assert spell_plain_leaf(ts_ms, kind.value, exact) == build_leaf(ts_ms, kind.value, exact, None)
    for wrong in (parts[:3], [*parts, parts[0]], [(b"short", b"{}"), *parts[1:]]):
        with pytest.raises(BadEntry):
            root_of_parts(wrong)
