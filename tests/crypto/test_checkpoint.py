"""Checkpoints: signed twice, read in one exact form, believed only with a known key of the log's own name."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crypto import keys
from crypto.checkpoint import Checkpoint, parse_note, sign_checkpoint, verify_checkpoint
from crypto.errors import BadNote, BadSignature, CryptoError
from crypto.keys import LogSigner, MlDsaLogSigner, VerifyingKey
from crypto.merkle import EMPTY_ROOT, leaf_hash
from crypto.tree_head import parse_checkpoint_text

ORIGIN = "hub.example/log/2026"
HEAD = Checkpoint(ORIGIN, 7, leaf_hash(b"seven"))
ED = LogSigner.from_pem(keys.generate_ed25519(), ORIGIN)
ML = MlDsaLogSigner.from_pem(keys.generate_mldsa44(), ORIGIN)
WITNESS = LogSigner.from_pem(keys.generate_ed25519(), "witness.example")
NOTE = sign_checkpoint(HEAD, [ED, ML])


def test_known_checkpoint(known):
    case = known["checkpoint"]
    verifying = [VerifyingKey.parse(vkey) for vkey in case["vkeys"]]
    head = verify_checkpoint(case["note"].encode(), verifying, required=2)
    assert head.text == case["text"].encode()
    assert (head.origin, head.size) == (known["origin"], len(known["entries"]))
    assert base64.b64encode(head.root).decode() == known["log"]["roots"][-1]


def test_ed25519_signs_the_same_bytes_each_time(known):
    case = known["checkpoint"]
    signer = LogSigner(known["origin"], Ed25519PrivateKey.from_private_bytes(base64.b64decode(case["ed25519_private"])))
    assert signer.vkey == case["vkeys"][0]
    assert signer.sign_note_line(case["text"].encode()).decode() in case["note"]


def test_both_signatures_can_be_demanded():
    both = [ED.verifying_key, ML.verifying_key]
    assert verify_checkpoint(NOTE, both, required=2) == HEAD
    for one in (ED, ML):
        assert verify_checkpoint(NOTE, [one.verifying_key]) == HEAD
        with pytest.raises(BadSignature):
            verify_checkpoint(sign_checkpoint(HEAD, [one]), both, required=2)


def test_unknown_lines_are_passed_over_and_witnesses_do_not_count():
    cosigned = sign_checkpoint(HEAD, [WITNESS, ED])
    assert verify_checkpoint(cosigned, [ED.verifying_key]) == HEAD
    assert verify_checkpoint(cosigned, [ED.verifying_key, WITNESS.verifying_key]) == HEAD
    with pytest.raises(BadSignature):
        verify_checkpoint(cosigned, [WITNESS.verifying_key])
    for known_keys in ([], [LogSigner.from_pem(keys.generate_ed25519(), ORIGIN).verifying_key]):
        with pytest.raises(BadSignature):
            verify_checkpoint(NOTE, known_keys)
    with pytest.raises(BadSignature):
        verify_checkpoint(NOTE, [], required=0)


def test_one_bad_known_signature_spoils_the_note():
    """A good Ed25519 line does not excuse a forged ML-DSA line under it."""
    text = NOTE.split(b"\n\n")[0]
    forged = Checkpoint(ORIGIN, 8, HEAD.root)
    mixed = text + b"\n\n" + ED.sign_note_line(HEAD.text) + ML.sign_note_line(forged.text)
    with pytest.raises(BadSignature):
        verify_checkpoint(mixed, [ED.verifying_key, ML.verifying_key])


@given(st.integers(0, len(NOTE) - 1), st.integers(0, 255))
def test_no_changed_byte_is_believed(at, byte):
    changed = NOTE[:at] + bytes([byte]) + NOTE[at + 1 :]
    if changed == NOTE:
        return
    with pytest.raises(CryptoError):
        verify_checkpoint(changed, [ED.verifying_key, ML.verifying_key], required=2)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw):
    for candidate in (raw, NOTE[:90] + raw, raw + NOTE):
        try:
            note = parse_note(candidate)
        except BadNote:
            continue
        assert candidate.startswith(note.text + b"\n")


LINE = ED.sign_note_line(HEAD.text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        HEAD.text,
        HEAD.text + b"\n",
        HEAD.text + LINE,
        HEAD.text + b"\n" + LINE[:-1],
        HEAD.text + b"\n" + LINE + b"\n",
        HEAD.text + b"\n" + LINE + LINE,
        HEAD.text + b"\n" + LINE.replace("—".encode(), b"-"),
        HEAD.text + b"\n" + LINE.replace(b"=\n", b"\n"),
        HEAD.text + b"\n" + LINE.replace(b"hub.example", b"hub+example"),
        HEAD.text + b"\n" + LINE.replace(b"\n", b"\r\n"),
        HEAD.text.replace(b"\n", b"\r\n") + b"\n" + LINE,
        b"\xff" + HEAD.text + b"\n" + LINE,
        b"\n\n" + LINE,
        HEAD.text + b"\n" + b"".join(LINE.replace(b"hub.", b"h%dub." % number) for number in range(101)),
        HEAD.text * 20_000 + b"\n" + LINE,
    ],
)
def test_other_forms_of_a_note_are_refused(raw):
    with pytest.raises(BadNote):
        parse_note(raw)


@pytest.mark.parametrize(
    "text",
    [
        HEAD.text + b"an extension\n",
        HEAD.text.replace(b"\n7\n", b"\n07\n"),
        HEAD.text.replace(b"\n7\n", b"\n+7\n"),
        HEAD.text.replace(b"\n7\n", b"\n-7\n"),
        HEAD.text.replace(b"\n7\n", "\n７\n".encode()),
        HEAD.text.replace(b"\n7\n", b"\n9223372036854775808\n"),
        HEAD.text.replace(b"\n7\n", b"\n0\n"),
        HEAD.text.replace(b"=\n", b"\n"),
        HEAD.text.replace(b"hub.example", b"hub example"),
        b"\n" + HEAD.text,
        HEAD.text[:40] + b"\n",
        HEAD.text[:70] + b"\n",
    ],
)
def test_a_signature_does_not_make_another_form_a_checkpoint(text):
    """Even signed by the real key: what is not exactly a checkpoint is none."""
    with pytest.raises(BadNote):
        verify_checkpoint(text + b"\n" + ED.sign_note_line(text), [ED.verifying_key])


def test_other_bytes_than_text_are_no_checkpoint():
    with pytest.raises(BadNote):
        parse_checkpoint_text(b"\xff\n1\n\n")


def test_impossible_checkpoints_cannot_be_made():
    for values in ((ORIGIN, -1, bytes(32)), (ORIGIN, 1, b""), ("", 1, bytes(32)), ("a b", 1, bytes(32))):
        with pytest.raises(BadNote):
            Checkpoint(*values)
    with pytest.raises(BadNote):
        Checkpoint("x" * 256, 1, bytes(32))
    with pytest.raises(BadNote):
        sign_checkpoint(HEAD, [])
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert verify_checkpoint(sign_checkpoint(empty, [ED, ML]), [ML.verifying_key]) == empty
