"""Witnesses' cosignatures: their exact bytes, who counts, and what is refused."""

import base64

import pytest

from crypto import keys
from crypto.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from crypto.cosignature import WitnessKey, parse_answer, verify_cosignatures, verify_quorum
from crypto.errors import BadKey, BadNote, BadSignature
from crypto.keys import Algorithm, LogSigner, MlDsaLogSigner, VerifyingKey

ORIGIN = "hub.example/log/2026"
HEAD = Checkpoint(ORIGIN, 7, bytes(range(32)))
ED, ML = LogSigner.from_pem(keys.generate_ed25519(), ORIGIN), MlDsaLogSigner.from_pem(keys.generate_mldsa44(), ORIGIN)
LOG = [ED.verifying_key, ML.verifying_key]
ONE = WitnessKey.from_pem(keys.generate_ed25519(), "witness.example/one")
TWO = WitnessKey.from_pem(keys.generate_mldsa44(), "witness.example/two")
THREE = WitnessKey.from_pem(keys.generate_ed25519(), "witness.example/three")
WITNESSES = [witness.verifying_key for witness in (ONE, TWO, THREE)]
NOTE = sign_checkpoint(HEAD, [ED, ML])
NOW = 1_800_000_000


def cosigned(*witnesses, note=NOTE, seconds=NOW):
    return note + b"".join(witness.cosign(HEAD.text, seconds) for witness in witnesses)


def test_the_bytes_are_those_of_the_specification():
    """Key id, u64 seconds, then the signature over time and note text (Ed25519) or over the tree (ML-DSA-44)."""
    line = ONE.cosign(HEAD.text, NOW).decode()
    dash, name, spelled = line.rstrip("\n").split(" ")
    raw = base64.b64decode(spelled)
    assert (dash, name, raw[:4]) == ("—", "witness.example/one", ONE.verifying_key.key_id)
    assert (int.from_bytes(raw[4:12], "big"), len(raw)) == (NOW, 4 + 8 + 64)
    ONE.key.public_key().verify(raw[12:], b"cosignature/v1\ntime 1800000000\n" + HEAD.text)
    raw = base64.b64decode(TWO.cosign(HEAD.text, NOW).decode().split(" ")[2])
    assert (int.from_bytes(raw[4:12], "big"), len(raw)) == (NOW, 4 + 8 + 2420)
    name = TWO.name.encode()
    message = b"".join(
        (b"subtree/v1\n\0", bytes([len(name)]), name, NOW.to_bytes(8, "big"), bytes([len(ORIGIN)]), ORIGIN.encode())
    )
    message += bytes(8) + (7).to_bytes(8, "big") + HEAD.root
    TWO.key.public_key().verify(raw[12:], message)


def test_a_witness_key_is_spelled_like_others():
    assert ONE.verifying_key.vkey.split("+")[2].startswith("B")  # type 4
    assert VerifyingKey.parse(ONE.verifying_key.vkey) == ONE.verifying_key
    assert VerifyingKey.parse(TWO.verifying_key.vkey).algorithm is Algorithm.ML_DSA_44


def test_known_witnesses_are_found_and_others_passed_over():
    whole = cosigned(ONE, TWO, THREE)
    found = verify_cosignatures(whole, WITNESSES[:2])
    assert [(it.key.name, it.seconds) for it in found] == [("witness.example/one", NOW), ("witness.example/two", NOW)]
    assert found[0].line == ONE.cosign(HEAD.text, NOW)
    assert verify_checkpoint(whole, [*LOG, *WITNESSES]) == HEAD
    assert verify_cosignatures(NOTE, WITNESSES) == ()


def test_a_quorum_counts_each_witness_once():
    again = WitnessKey.from_pem(keys.generate_mldsa44(), ONE.name)
    known = [*WITNESSES, again.verifying_key]
    assert len(verify_quorum(cosigned(ONE, TWO), WITNESSES, 2)) == 2
    with pytest.raises(BadSignature, match="expected 2 of 3 known witnesses"):
        verify_quorum(cosigned(ONE, again), known, 2)
    with pytest.raises(BadSignature):
        verify_quorum(NOTE, WITNESSES, 1)


def test_a_cosignature_holds_for_its_tree_and_time_only():
    other = Checkpoint(ORIGIN, 8, HEAD.root)
    for witness in (ONE, TWO):
        with pytest.raises(BadSignature):
            verify_cosignatures(NOTE + witness.cosign(other.text, NOW), WITNESSES)
        line = witness.cosign(HEAD.text, NOW).decode()
        raw = base64.b64decode(line.split(" ")[2])
        for bent in (raw[:4] + (NOW + 1).to_bytes(8, "big") + raw[12:], raw[:4] + bytes(8) + raw[12:], raw[:-1]):
            changed = f"— {witness.name} {base64.b64encode(bent).decode()}\n".encode()
            with pytest.raises(BadSignature):
                verify_cosignatures(NOTE + changed, WITNESSES)
        for seconds in (0, -1, 2**63):
            with pytest.raises(BadNote):
                witness.cosign(HEAD.text, seconds)
        with pytest.raises(BadNote):
            witness.cosign(b"no checkpoint\n", NOW)


def test_an_answer_is_believed_for_the_asked_witness_only():
    answer = b"".join(witness.cosign(HEAD.text, NOW) for witness in (TWO, ONE))
    assert parse_answer(answer, HEAD.text, ONE.verifying_key).line == ONE.cosign(HEAD.text, NOW)
    for wrong, fault in (
        (THREE.cosign(HEAD.text, NOW), BadSignature),
        (b"<html>it works</html>", BadNote),
        (b"", BadNote),
        (b"\xff\n", BadNote),
        (answer.replace(b"\n", b"\r\n"), BadNote),
        (answer * 10, BadNote),
    ):
        with pytest.raises(fault):
            parse_answer(wrong, HEAD.text, ONE.verifying_key)


def test_a_logs_key_is_no_witness():
    with pytest.raises(BadKey):
        verify_cosignatures(NOTE, [ED.verifying_key])
    other_kind = WitnessKey.from_pem(keys.generate_ed25519(), "w.example")
    assert "key=" not in repr(other_kind)


def test_a_forgery_with_the_ed25519_key_alone_is_found():
    """Whoever stole, or one day breaks, the Ed25519 key cannot sign for a log that also has an ML-DSA-44 key."""
    forged = Checkpoint(ORIGIN, 7, bytes(32))
    with pytest.raises(BadSignature, match="type 6"):
        verify_checkpoint(sign_checkpoint(forged, [ED]), LOG)
    with pytest.raises(BadSignature, match="type 1"):
        verify_checkpoint(sign_checkpoint(forged, [ML]), LOG)
    stripped = NOTE.split(b"\n\n")[0] + b"\n\n" + ED.sign_note_line(HEAD.text)
    with pytest.raises(BadSignature, match="type 6"):
        verify_checkpoint(stripped, LOG)


def test_while_keys_are_changed_one_of_each_kind_is_enough():
    """Old and new keys stand under one origin; a reader who knows only the old, or both, believes the note."""
    new_ed = LogSigner.from_pem(keys.generate_ed25519(), ORIGIN)
    new_ml = MlDsaLogSigner.from_pem(keys.generate_mldsa44(), ORIGIN)
    new = [new_ed.verifying_key, new_ml.verifying_key]
    both = sign_checkpoint(HEAD, [new_ed, new_ml, ED, ML])
    for known in (LOG, new, [*LOG, *new]):
        assert verify_checkpoint(both, known) == HEAD
    assert verify_checkpoint(NOTE, [*LOG, *new]) == HEAD
    with pytest.raises(BadSignature):
        verify_checkpoint(NOTE, new)
