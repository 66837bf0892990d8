"""Keys: published vectors for the primitives, and the C2SP names and forms around them."""

import base64
import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from crypto import keys
from crypto.errors import BadKey, BadNote, BadSignature
from crypto.keys import Algorithm, LogSigner, MlDsaLogSigner, VerifyingKey

ORIGIN = "hub.example/log/2026"
TEXT = f"{ORIGIN}\n1\n{base64.b64encode(bytes(32)).decode()}\n".encode()


@pytest.fixture(scope="module")
def ed():
    return LogSigner.from_pem(keys.generate_ed25519(), ORIGIN)


@pytest.fixture(scope="module")
def ml():
    return MlDsaLogSigner.from_pem(keys.generate_mldsa44(), ORIGIN)


def test_attack_18_published_ed25519_vectors(vectors):
    """All 151 agree, malleable and non-canonical ones included: there is no exception to list."""
    ran = 0
    for group in vectors("wycheproof-ed25519.json")["testGroups"]:
        key = VerifyingKey("test", Algorithm.ED25519, bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            try:
                key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
                found = "valid"
            except BadSignature:
                found = "invalid"
            assert found == case["result"], (case["tcId"], case["comment"])
            ran += 1
    assert ran == 151


def test_attack_18_published_mldsa44_vectors(vectors):
    """The primitive below our signatures; the vectors sign free texts, so they cannot go through a checkpoint."""
    ran = 0
    for group in vectors("wycheproof-mldsa44-verify.json")["testGroups"]:
        for case in group["tests"]:
            try:
                key = MLDSA44PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]))
                context = bytes.fromhex(case.get("ctx", ""))
                key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]), context)
                found = "valid"
            except (InvalidSignature, ValueError):
                found = "invalid"
            assert found == case["result"], (case["tcId"], case["comment"])
            ran += 1
    assert ran == 180


def test_a_vkey_is_spelled_as_the_specification_says(ed, ml):
    for signer, kind in ((ed, b"\x01"), (ml, b"\x06")):
        public = signer.key.public_key().public_bytes_raw()
        key_id = hashlib.sha256(ORIGIN.encode() + b"\n" + kind + public).digest()[:4]
        assert signer.vkey == f"{ORIGIN}+{key_id.hex()}+{base64.b64encode(kind + public).decode()}"
        assert VerifyingKey.parse(signer.vkey) == signer.verifying_key
        assert signer.verifying_key.vkey == signer.vkey


def test_the_published_example_of_go_is_read():
    """The key in the documentation of golang.org/x/mod/sumdb/note: another program's spelling."""
    key = VerifyingKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert (key.name, key.algorithm, key.key_id.hex()) == ("PeterNeumann", Algorithm.ED25519, "c74f20a3")


def test_a_bent_vkey_is_refused(ed):
    name, key_id, public = ed.vkey.split("+", 2)
    raw = base64.b64decode(public)
    for bent in (
        "",
        name,
        f"{name}+{key_id}",
        f"+{key_id}+{public}",
        f"other+{key_id}+{public}",
        f"{name}+{key_id.upper() if key_id.upper() != key_id else '00000000'}+{public}",
        f"{name}+{key_id}+{public.rstrip('=')}=A",
        f"{name}+{key_id}+{public}\n",
        f"{name}+{key_id}+" + base64.b64encode(raw[:-1]).decode(),
        f"{name}+{key_id}+" + base64.b64encode(b"\x02" + raw[1:]).decode(),
        f"a b+{key_id}+{public}",
    ):
        with pytest.raises(BadKey):
            VerifyingKey.parse(bent)


def test_signatures_hold_for_their_text_only(ed, ml):
    other = TEXT.replace(b"\n1\n", b"\n2\n")
    for signer in (ed, ml):
        line = signer.sign_note_line(TEXT).decode()
        dash, name, spelled = line.rstrip("\n").split(" ")
        raw = base64.b64decode(spelled, validate=True)
        assert (dash, name, raw[:4]) == ("—", ORIGIN, signer.verifying_key.key_id)
        signer.verifying_key.verify(raw[4:], TEXT)
        for signature, text in ((raw[4:], other), (raw[4:-1], TEXT), (raw[5:], TEXT), (b"", TEXT)):
            with pytest.raises(BadSignature):
                signer.verifying_key.verify(signature, text)


def test_mldsa_covers_the_time_and_the_name(ml):
    raw = base64.b64decode(ml.sign_note_line(TEXT).split(b" ")[2])
    assert len(raw) == 4 + 8 + 2420
    assert raw[4:12] == bytes(8)
    with pytest.raises(BadSignature):
        ml.verifying_key.verify(bytes(7) + b"\x01" + raw[12:], TEXT)
    renamed = VerifyingKey("other.example", Algorithm.ML_DSA_44, ml.verifying_key.public)
    with pytest.raises(BadSignature):
        renamed.verify(raw[4:], TEXT)


def test_mldsa_signs_checkpoints_only(ml):
    with pytest.raises(BadNote):
        ml.sign_note_line(b"free text\n")


@pytest.mark.parametrize(
    ("generate", "load"), [(keys.generate_ed25519, keys.load_ed25519), (keys.generate_mldsa44, keys.load_mldsa44)]
)
def test_a_passphrase_locks_the_file(generate, load):
    locked = generate(b"correct horse")
    assert b"ENCRYPTED PRIVATE KEY" in locked
    assert load(locked, b"correct horse").private_bytes_raw()
    assert load(generate()).private_bytes_raw() != load(generate()).private_bytes_raw()
    for pem, passphrase in ((locked, None), (locked, b"wrong"), (generate(), b"needless"), (b"no key", None)):
        with pytest.raises(BadKey):
            load(pem, passphrase)
    with pytest.raises(BadKey):
        generate(b"")


def test_one_kind_of_key_is_not_taken_for_the_other():
    with pytest.raises(BadKey):
        keys.load_ed25519(keys.generate_mldsa44())
    with pytest.raises(BadKey):
        keys.load_mldsa44(keys.generate_ed25519())


def test_no_key_shows_in_a_log_line(ed, ml):
    for signer in (ed, ml):
        assert "key=" not in repr(signer)
