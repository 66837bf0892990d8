"""Receipts and promises: what holds, and every way in which a file can be wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import keys
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.cosignature import WitnessKey
from crypto.encoding import decode_base64, encode_base64
from crypto.entry import PART_NAMES, build_leaf, build_object_tree, commit_part, object_leaf, parts_root
from crypto.errors import BadProof, BadReceipt, BadSignature, CryptoError
from crypto.hashing import sha256
from crypto.keys import LogSigner, MlDsaLogSigner
from crypto.merkle import inclusion_proof, leaf_hash, root
from crypto.promise import Promise, check_kept, check_withheld, sign_promise, verify_promise
from crypto.receipt import ObjectShown, PartShown, Receipt, build_receipt, parse_receipt, verify_receipt

LOG, ORIGIN = "hub.example/log", "hub.example/log/2026"
NOW = 1_800_000_000
ED_PEM, ML_PEM = keys.generate_ed25519(), keys.generate_mldsa44()


def signers(origin=ORIGIN):
    return [LogSigner.from_pem(ED_PEM, origin), MlDsaLogSigner.from_pem(ML_PEM, origin)]


PROMISER = LogSigner.from_pem(keys.generate_ed25519(), f"{LOG}/promise")
WITNESSES = [WitnessKey.from_pem(keys.generate_ed25519(), f"w{number}.example") for number in range(3)]
KNOWN = [
    *(it.verifying_key for it in signers()),
    PROMISER.verifying_key,
    *(it.verifying_key for it in WITNESSES),
]
PARTS = {
    "actor": b'{"action":"report:version:file","organization":"power"}',
    "recipients": b"null",
    "objects": b'{"count":3}',
    "decision": b'{"label":"TLP:AMBER"}',
}
SALTS = {name: bytes([place]) * 32 for place, name in enumerate(PART_NAMES)}
BODIES = [b'{"id":"a"}', b'{"id":"b"}', b'{"id":"c"}']
OBJECT_SALTS = [bytes([9 + place]) * 32 for place in range(3)]
OBJECT_LEAVES = [object_leaf(salt, sha256(body)) for salt, body in zip(OBJECT_SALTS, BODIES, strict=True)]
TREE = build_object_tree(OBJECT_LEAVES, random_bytes=lambda count: bytes(range(256))[:count].ljust(count, b"\7"))
LEAF = build_leaf(
    (NOW - 100) * 1000,
    "event",
    parts_root([commit_part(name, SALTS[name], PARTS[name]) for name in PART_NAMES]),
    TREE.root,
)
INDEX, SIZE = 5, 1000
LEAVES = [leaf_hash(LEAF if place == INDEX else b"other %d" % place) for place in range(SIZE)]
HEAD = Checkpoint(ORIGIN, SIZE, root(LEAVES))
COSIGNED = b"".join(witness.cosign(HEAD.text, NOW) for witness in WITNESSES)
NOTE = sign_checkpoint(HEAD, signers()) + COSIGNED
SHOWN = {name: PartShown(SALTS[name], PARTS[name]) for name in PART_NAMES}


def object_shown(which):
    place = TREE.places[which]
    leaves = [b""] * TREE.size
    padding = iter(TREE.padding[at : at + 32] for at in range(0, len(TREE.padding), 32))
    for at in range(TREE.size):
        leaves[at] = OBJECT_LEAVES[TREE.places.index(at)] if at in TREE.places else next(padding)
    path = inclusion_proof(leaves, place)
    return ObjectShown(OBJECT_SALTS[which], sha256(BODIES[which]), place, TREE.size, path)


PLAIN = Receipt(INDEX, inclusion_proof(LEAVES, INDEX), NOTE, LEAF)
RAW = build_receipt(PLAIN)


def with_extra(raw, change):
    """The same file with other extra data."""
    head, _, rest = raw.partition(b"\nindex ")
    extra = json.loads(decode_base64(head.split(b"extra ")[1].decode()))
    change(extra)
    spelled = encode_base64(json.dumps(extra, separators=(",", ":"), sort_keys=True).encode())
    return head.split(b"extra ")[0] + b"extra " + spelled.encode() + b"\nindex " + rest


def test_a_receipt_proves_its_entry_offline_and_is_small():
    """Inclusion, both signatures of the log, three Ed25519 cosignatures; below 10 KB."""
    proven = verify_receipt(RAW, KNOWN, now=NOW)
    assert (proven.checkpoint, proven.index, proven.leaf_hash) == (HEAD, INDEX, leaf_hash(LEAF))
    assert (proven.witnessed, proven.witnesses) == (3, 3)
    assert {it.seconds for it in proven.cosignatures} == {NOW}
    assert parse_receipt(RAW) == PLAIN
    whole = build_receipt(Receipt(INDEX, PLAIN.path, NOTE, LEAF, SHOWN, object_shown(1)))
    assert len(RAW) < 10_000
    assert len(whole) < 10_000
    assert not any(part in RAW for part in (b"report", b"power", b"AMBER"))


def test_parts_may_be_disclosed_one_by_one():
    """What is not shown stays a commitment; what is shown must lead to the root."""
    one = {n: SHOWN[n] if n == "decision" else commit_part(n, SALTS[n], PARTS[n]) for n in PART_NAMES}
    raw = build_receipt(Receipt(INDEX, PLAIN.path, NOTE, LEAF, one))
    assert verify_receipt(raw, KNOWN, now=NOW).parts == {"decision": {"label": "TLP:AMBER"}}
    assert b"power" not in decode_base64(raw.split(b"extra ")[1].split(b"\n")[0].decode())
    swapped = dict(SHOWN) | {"actor": PartShown(SALTS["decision"], PARTS["actor"])}
    changed = dict(SHOWN) | {"decision": PartShown(SALTS["decision"], b'{"label":"TLP:GREEN"}')}
    for parts in (swapped, changed):
        with pytest.raises(BadProof, match="not those that the entry commits to"):
            verify_receipt(build_receipt(Receipt(INDEX, PLAIN.path, NOTE, LEAF, parts)), KNOWN, now=NOW)


def test_objects_are_proven_one_by_one_and_tell_nothing_of_their_siblings():
    """Only hashes of the others stand in the file; neither their bytes, nor salts, nor the sender."""
    for which in range(3):
        raw = build_receipt(Receipt(INDEX, PLAIN.path, NOTE, LEAF, {}, object_shown(which)))
        proven = verify_receipt(raw, KNOWN, now=NOW)
        assert (proven.object_sha256, proven.parts) == (sha256(BODIES[which]), {})
        told = decode_base64(raw.split(b"extra ")[1].split(b"\n")[0].decode()).decode()
        for other in {0, 1, 2} - {which}:
            assert encode_base64(OBJECT_SALTS[other]) not in told
            assert encode_base64(sha256(BODIES[other])) not in told
        assert "power" not in told
    other_bytes = object_shown(0)
    wrong = ObjectShown(other_bytes.salt, sha256(BODIES[1]), other_bytes.place, other_bytes.tree_size, other_bytes.path)
    with pytest.raises(BadProof):
        verify_receipt(build_receipt(Receipt(INDEX, PLAIN.path, NOTE, LEAF, {}, wrong)), KNOWN, now=NOW)


@pytest.mark.parametrize("origin", ["other.example/log/2026", "hub.example/log/2025", "hub.example/log/2026-2"])
def test_a_receipt_of_another_log_or_year_is_told(origin):
    """Even with the same keys: a key speaks for one shard."""
    note = sign_checkpoint(Checkpoint(origin, SIZE, HEAD.root), signers(origin))
    with pytest.raises(BadSignature, match="another log, or another year"):
        verify_receipt(build_receipt(Receipt(INDEX, PLAIN.path, note, LEAF)), KNOWN, now=NOW)


def test_a_cut_receipt_is_told_wherever_it_was_cut():
    last_line = RAW.rindex("— ".encode())
    for end in [*range(0, len(RAW), 97), len(RAW) - 1]:
        if RAW[end - 1 : end] == b"\n" and end > RAW.index(b"\n\n") + 120:
            continue  # whole lines of witnesses may be missing: fewer witnesses, still a receipt
        with pytest.raises(CryptoError):
            verify_receipt(RAW[:end], KNOWN, now=NOW)
    assert verify_receipt(RAW[:last_line], KNOWN, now=NOW).witnessed == 2


def test_a_converted_receipt_says_that_it_was_converted():
    for raw in (RAW.replace(b"\n", b"\r\n"), RAW.replace(b"\n", b"\r", 1)):
        with pytest.raises(BadReceipt, match="carriage returns: the file was converted"):
            verify_receipt(raw, KNOWN, now=NOW)


def test_a_receipt_from_the_future_is_not_believed():
    """Of a wrong clock there or here: both are said."""
    with pytest.raises(BadReceipt, match="ahead of this machine's clock"):
        verify_receipt(RAW, KNOWN, now=NOW - 1000)
    assert verify_receipt(RAW, KNOWN, now=NOW - 200).index == INDEX
    later = build_leaf((NOW + 10_000) * 1000, "event", bytes(32), None)
    head = Checkpoint(ORIGIN, 1, leaf_hash(later))
    with pytest.raises(BadReceipt, match="ahead"):
        verify_receipt(build_receipt(Receipt(0, (), sign_checkpoint(head, signers()), later)), KNOWN, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda extra: extra.pop("leaf"),
        lambda extra: extra.update(v=2),
        lambda extra: extra.update(more=1),
        lambda extra: extra.update(leaf="AAAA"),
        lambda extra: extra.update(leaf=7),
        lambda extra: extra.update(parts={"actor": {"commitment": "AAAA"}}),
        lambda extra: extra.update(parts={name: {"salt": "AA", "json": "{}"} for name in PART_NAMES}),
        lambda extra: extra.update(parts=dict.fromkeys(PART_NAMES, 7)),
        lambda extra: extra.update(object={"salt": "AAAA"}),
        lambda extra: extra.update(object={"salt": "", "sha256": "", "place": "0", "size": 1, "path": []}),
        lambda extra: extra.update(object={"salt": "", "sha256": "", "place": 0, "size": 1, "path": [1]}),
    ],
)
def test_bent_extra_data_is_refused_in_words(change):
    with pytest.raises(CryptoError, match="expected"):
        verify_receipt(with_extra(RAW, change), KNOWN, now=NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"index 5", b"index 05"),
        (b"index 5", b"index -5"),
        (b"index 5", b"index 6"),
        (b"index 5", b"index 1000"),
        (b"index 5", b"index 99999999999999999999"),
        (b"index 5\n", b""),
        (b"tlog-proof@v1", b"tlog-proof@v2"),
    ],
)
def test_other_spellings_and_places_are_refused(old, new):
    with pytest.raises(CryptoError):
        verify_receipt(RAW.replace(old, new), KNOWN, now=NOW)


@given(st.integers(0, len(RAW) - 1), st.integers(0, 255))
def test_no_changed_byte_is_believed(at, byte):
    """But in a line whose key nobody knows, and such a line then counts for nothing."""
    changed = RAW[:at] + bytes([byte]) + RAW[at + 1 :]
    if changed == RAW:
        return
    try:
        proven = verify_receipt(changed, KNOWN, now=NOW)
    except CryptoError:
        return
    assert proven.witnessed < 3
    assert proven.leaf_hash == leaf_hash(LEAF)


def test_the_log_must_sign_with_both_keys():
    """A receipt under the Ed25519 key alone, or whose ML-DSA line was stripped, proves nothing."""
    note = sign_checkpoint(HEAD, signers()[:1])
    with pytest.raises(BadSignature, match="type 6"):
        verify_receipt(build_receipt(Receipt(INDEX, PLAIN.path, note, LEAF)), KNOWN, now=NOW)


PROMISE = Promise(LOG, "leaf", leaf_hash(LEAF), (NOW - 100) * 1000, 60)
PROMISED = sign_promise(PROMISE, PROMISER)


def test_a_promise_is_kept_by_the_receipt_of_its_entry():
    assert verify_promise(PROMISED, KNOWN) == PROMISE
    proven = verify_receipt(RAW, KNOWN, now=NOW)
    check_kept(PROMISE, proven)
    early = Promise(LOG, "commitment", proven.leaf.parts_root, PROMISE.ts_ms, 60)
    check_kept(verify_promise(sign_promise(early, PROMISER), KNOWN), proven)
    for other in (Promise(LOG, "leaf", bytes(32), 1, 60), Promise("x.example/log", "leaf", PROMISE.hashed, 1, 60)):
        with pytest.raises(BadProof):
            check_kept(other, proven)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"within 60", b"within 61"),
        (b"within 60", b"within 060"),
        (b"leaf ", b"seed "),
        (b"\n", b"\r\n"),
        (b"v1", b"v2"),
    ],
)
def test_a_bent_promise_is_refused(old, new):
    with pytest.raises(CryptoError):
        verify_promise(PROMISED.replace(old, new, 1), KNOWN)
    with pytest.raises(BadSignature):
        verify_promise(PROMISED, KNOWN[:2])
    for end in range(0, len(PROMISED), 13):
        with pytest.raises(CryptoError):
            verify_promise(PROMISED[:end], KNOWN)


def test_attack_8_a_promise_is_given_and_the_leaf_withheld():
    """The promise and the whole signed tree that reaches past its time prove it, offline, to anybody."""
    hidden = Promise(LOG, "leaf", leaf_hash(b"withheld"), (NOW - 1000) * 1000, 60)
    assert verify_promise(sign_promise(hidden, PROMISER), KNOWN) == hidden
    entries = [build_leaf((NOW - 2000 + 500 * place) * 1000, "event", bytes([place]) * 32, None) for place in range(4)]
    times = [(NOW - 2000 + 500 * place) * 1000 for place in range(4)]
    head = Checkpoint(ORIGIN, 4, root([leaf_hash(entry) for entry in entries]))
    check_withheld(hidden, head, entries, times)
    kept = Promise(LOG, "leaf", leaf_hash(entries[1]), hidden.ts_ms, 60)
    early = Checkpoint(ORIGIN, 2, root([leaf_hash(entry) for entry in entries[:2]]))
    for promise, tree, under, at in (
        (kept, head, entries, times),
        (hidden, head, entries[:3], times[:3]),
        (hidden, early, entries[:2], times[:2]),
        (Promise("x.example/log", "leaf", hidden.hashed, hidden.ts_ms, 60), head, entries, times),
    ):
        with pytest.raises(BadProof):
            check_withheld(promise, tree, under, at)
