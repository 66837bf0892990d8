"""Whoever holds the database, or one of the log's keys, bends the log: each way is found, and said in words."""

import dataclasses

import pytest

from crypto import keys, merkle
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.errors import BadNote, BadProof
from crypto.keys import MlDsaLogSigner
from tests.crypto.small_logs import HOST, bend, make_entry, make_log, signer_of
from tests.crypto.whole_logs import verify_log

ML = MlDsaLogSigner.from_pem(keys.generate_mldsa44(), HOST + "2026")
BOTH = [signer_of("2026"), ML]
KEYS = [signer.verifying_key for signer in BOTH]


def head(entries):
    return Checkpoint(HOST + "2026", len(entries), merkle.root([merkle.leaf_hash(entry.leaf) for entry in entries]))


def found(entries, note):
    return [(it.index, it.what) for it in verify_log(entries, [note], KEYS).findings]


@pytest.fixture
def log():
    return make_log()


@pytest.fixture
def note(log):
    return sign_checkpoint(head(log), BOTH)


def renumbered(entries):
    return [dataclasses.replace(entry, index=index) for index, entry in enumerate(entries)]


def test_attack_insert(log, note):
    entries = renumbered([*log[:4], make_entry("2026", 4, said={"n": "forged"}), *log[4:]])
    ((index, what),) = found(entries, note)
    assert (index, "something from entry 0 to 11 was changed" in what) == (0, True)


def test_attack_insert_is_named_by_its_index_where_the_published_hashes_are_at_hand(log, note):
    published = [merkle.leaf_hash(entry.leaf) for entry in log]
    entries = renumbered([*log[:4], make_entry("2026", 4, said={"n": "forged"}), *log[4:]])[:12]
    entries = [dataclasses.replace(it, leaf_hash=hashed) for it, hashed in zip(entries, published, strict=True)]
    assert found(entries, note)[0] == (4, "the entry does not have the hash that the log published for it")


def test_attack_delete(log, note):
    assert found([*log[:4], *log[5:]], note)[0] == (4, "expected entry 4, found 5")
    whats = [what for _, what in found(renumbered([*log[:4], *log[5:]]), note)]
    assert whats == ["a signed checkpoint covers 12 entries, only 11 are stored"]


def test_attack_reorder(log, note):
    log[4], log[5] = log[5], log[4]
    whats = {what for _, what in found(renumbered(log), note)}
    assert any(what.startswith("time falls") for what in whats)
    assert any("is not the signed one" in what for what in whats)


def test_attack_swapped_salts(log, note):
    """Of two parts of one entry, and of two objects: nothing else changed, and yet neither fits."""
    parts = dict(log[3].parts)
    (one, said), (two, nothing) = parts["decision"], parts["actor"]
    bend(log, 3, parts={**parts, "decision": (two, said), "actor": (one, nothing)})
    first, second, *rest = log[7].objects
    swapped = [(first[0], second[1], *first[2:]), (second[0], first[1], *second[2:]), *rest]
    bend(log, 7, objects=swapped)
    assert found(log, note) == [
        (3, "the parts are not those that the entry commits to (c)"),
        (7, "the objects are not those that the entry commits to (o)"),
    ]


@pytest.mark.parametrize("kept", [BOTH[:1], BOTH[1:]])
def test_attack_stripped_signature(log, kept):
    """A checkpoint from which one of its two signatures was taken is no checkpoint."""
    (*_, (index, what)) = found(log, sign_checkpoint(head(log), kept))
    assert index is None
    assert "signature of hub.example/log/2026 with its key of type" in what


def test_attack_forgery_with_the_ed25519_key_alone(log):
    """The key was stolen, or computed one day: the second signature is missing, or is somebody else's."""
    bend(log, 3, leaf=make_entry("2026", 3, said={"n": "forged"}).leaf)
    stranger = MlDsaLogSigner.from_pem(keys.generate_mldsa44(), HOST + "2026")
    for signers in ([BOTH[0]], [BOTH[0], stranger]):
        whats = [what for _, what in found(log, sign_checkpoint(head(log), signers))]
        assert any("with its key of type 6 (ML_DSA_44) too, found none" in what for what in whats)
        assert "no signed checkpoint covers this shard" in whats


def test_attack_index_out_of_range(log):
    hashes = [merkle.leaf_hash(entry.leaf) for entry in log]
    proof = merkle.inclusion_proof(hashes, 11)
    for index in (12, 2**63, -1):
        with pytest.raises(BadProof, match="expected an index below the tree's size"):
            merkle.verify_inclusion(hashes[11], index, 12, proof, merkle.root(hashes))
        with pytest.raises(BadProof, match="expected an index below 12"):
            merkle.inclusion_proof(hashes, index)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n12\n", b"\n012\n"),
        (b"\n12\n", b"\n+12\n"),
        (b"\n12\n", b"\n12\r\n"),
        (b"\n\n", b"\nextension\n\n"),
        ("— ".encode(), b"-- "),
        (b"=\n", b"=\n\n"),
        (b"hub.example", b"hub.Example"),
    ],
)
def test_attack_a_note_that_is_not_canonical(log, note, old, new):
    """Another spelling of the same is refused; it could be signed as one thing and read as another."""
    whats = [what for _, what in found(log, note.replace(old, new, 1))]
    assert any(what.startswith("a checkpoint does not hold: ") for what in whats)


def test_attack_a_number_for_which_there_is_no_tree():
    with pytest.raises(BadNote):
        Checkpoint(HOST + "2026", 2**63, bytes(32))
