"""Holds the signing keys of the log: made, stored as PKCS#8 PEM, named and used as C2SP signed-note says.

A witness's keys are in `crypto.cosignature`; both are verified here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from crypto.encoding import decode_base64, encode_base64
from crypto.errors import BadKey, BadNote, BadSignature
from crypto.tree_head import check_name, cosigned_message, parse_checkpoint_text, subtree_message

KEY_ID_BYTES = 4
"""A key id is a hint, not a proof: 32 bits of a hash (C2SP signed-note)."""

SECONDS_BYTES = 8
"""A cosignature or ML-DSA-44 signature stands behind the u64 time it claims; a log may claim 0, "no time"."""


class Algorithm(IntEnum):
    """The signature type byte of C2SP signed-note: a log signs with 1 and 6, a witness with 4 or 6."""

    ED25519 = 0x01
    COSIGNATURE_ED25519 = 0x04
    ML_DSA_44 = 0x06

    @property
    def timed(self) -> bool:
        """Whether the time of signing stands before the signature, and under it."""
        return self is not Algorithm.ED25519


PUBLIC_KEY_BYTES = {Algorithm.ED25519: 32, Algorithm.COSIGNATURE_ED25519: 32, Algorithm.ML_DSA_44: 1312}
"""Raw public keys as they stand in a vkey."""


class NoteSigner(Protocol):
    """Whatever can put its line under a checkpoint: a key in memory now, a signer process or a token later."""

    @property
    def algorithm(self) -> Algorithm:
        """The signature type byte."""

    @cached_property
    def verifying_key(self) -> VerifyingKey:
        """The public half."""

    @property
    def vkey(self) -> str:
        """The public key in its C2SP spelling."""

    def sign_note_line(self, text: bytes) -> bytes:
        """The signature line over a checkpoint's text, with its newline."""


@dataclass(frozen=True)
class VerifyingKey:
    """A public key with the name it signs under."""

    name: str
    algorithm: Algorithm
    public: bytes

    def __post_init__(self) -> None:
        try:
            check_name(self.name)
        except BadNote as error:
            raise BadKey(str(error)) from None
        if len(self.public) != PUBLIC_KEY_BYTES[self.algorithm]:
            raise BadKey(f"expected {PUBLIC_KEY_BYTES[self.algorithm]} bytes of public key, found {len(self.public)}")

    @classmethod
    def parse(cls, vkey: str) -> VerifyingKey:
        """Read `name+8 hex digits+base64(type ‖ public key)`.

        Raises:
            BadKey: another form, an unknown type, or a key id that is not this key's.
        """
        pieces = vkey.split("+", 2)
        raw = decode_base64(pieces[2]) if len(pieces) == 3 else None
        if not raw:
            raise BadKey("expected a vkey: name+id+base64")
        try:
            algorithm = Algorithm(raw[0])
        except ValueError:
            raise BadKey(f"expected a key of type 1, 4 or 6, found type {raw[0]}") from None
        key = cls(pieces[0], algorithm, raw[1:])
        if key.key_id.hex() != pieces[1]:
            raise BadKey("expected the key id of this name and key, found another")
        return key

    @cached_property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4]."""
        hashed = hashlib.sha256(self.name.encode() + b"\n" + bytes((self.algorithm,)) + self.public)
        return hashed.digest()[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The spelling that `parse` reads."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes((self.algorithm,)) + self.public)}"

    def verify(self, signature: bytes, text: bytes) -> None:
        """Check a signature, as it stands behind the key id, for a note text.

        Raises:
            BadSignature: it is not this key's signature of this text.
            BadNote: the key is ML-DSA-44, which signs checkpoints only, and the text is none.
        """
        seconds, bare = int.from_bytes(signature[:SECONDS_BYTES], "big"), signature[SECONDS_BYTES:]
        try:
            if self.algorithm is Algorithm.ED25519:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
            elif self.algorithm is Algorithm.COSIGNATURE_ED25519:
                Ed25519PublicKey.from_public_bytes(self.public).verify(bare, cosigned_message(seconds, text))
            else:
                message = subtree_message(self.name, seconds, parse_checkpoint_text(text))
                MLDSA44PublicKey.from_public_bytes(self.public).verify(bare, message)
        except (InvalidSignature, ValueError):
            raise BadSignature(f"expected a signature of {self.name} over this text, found another") from None
        except UnsupportedAlgorithm:
            raise BadKey(f"this machine's OpenSSL cannot verify {self.algorithm.name}") from None


@dataclass(frozen=True)
class _LogKey:
    """A private key of the log with its public half. Its name is the shard's origin."""

    algorithm: ClassVar[Algorithm]

    origin: str
    key: Ed25519PrivateKey | MLDSA44PrivateKey = field(repr=False, compare=False)

    @cached_property
    def verifying_key(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey(self.origin, self.algorithm, self.key.public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        """The public half in its C2SP spelling."""
        return self.verifying_key.vkey


@dataclass(frozen=True)
class LogSigner(_LogKey):
    """The log's Ed25519 key (type 0x01): signs the note text."""

    algorithm = Algorithm.ED25519

    key: Ed25519PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_pem(cls, pem: bytes, origin: str, passphrase: bytes | None = None) -> LogSigner:
        """Open the key.

        Raises:
            BadKey: not such a key, or the passphrase does not open it.
        """
        return cls(origin, load_ed25519(pem, passphrase))

    def sign_note_line(self, text: bytes) -> bytes:
        """`— origin base64(key id ‖ 64 bytes)`."""
        return note_line(self.verifying_key, self.key.sign(text))


@dataclass(frozen=True)
class MlDsaLogSigner(_LogKey):
    """The log's ML-DSA-44 key (type 0x06): signs the tree itself, claiming no time."""

    algorithm = Algorithm.ML_DSA_44

    key: MLDSA44PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_pem(cls, pem: bytes, origin: str, passphrase: bytes | None = None) -> MlDsaLogSigner:
        """Open the key.

        Raises:
            BadKey: not such a key, or the passphrase does not open it.
        """
        return cls(origin, load_mldsa44(pem, passphrase))

    def sign_note_line(self, text: bytes) -> bytes:
        """`— origin base64(key id ‖ u64 0 ‖ 2,420 bytes)`.

        Raises:
            BadNote: the text is no checkpoint.
        """
        signature = self.key.sign(subtree_message(self.origin, 0, parse_checkpoint_text(text)))
        return note_line(self.verifying_key, bytes(SECONDS_BYTES) + signature)


def note_line(key: VerifyingKey, signature: bytes) -> bytes:
    """A signature line as it stands under a note."""
    return f"— {key.name} {encode_base64(key.key_id + signature)}\n".encode()


def require_mldsa() -> None:
    """Try ML-DSA-44 once, since a distribution's own OpenSSL may lack it.

    Raises:
        BadKey: this machine cannot sign and verify with it; says what to do.
    """
    try:
        key = MLDSA44PrivateKey.from_seed_bytes(bytes(32))
        key.public_key().verify(key.sign(b"feature test"), b"feature test")
    except (UnsupportedAlgorithm, InvalidSignature):
        raise BadKey(
            "expected an OpenSSL with ML-DSA-44 (3.5 or newer) under the package `cryptography`, found one without: "
            "install `cryptography` as the wheel that its project publishes instead of the distribution's build"
        ) from None


def generate_ed25519(passphrase: bytes | None = None) -> bytes:
    """A new Ed25519 private key as PKCS#8 PEM, encrypted where a passphrase is given."""
    return _to_pem(Ed25519PrivateKey.generate(), passphrase)


def load_ed25519(pem: bytes, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """Open a PEM that `generate_ed25519` wrote.

    Raises:
        BadKey: not such a key, or the passphrase does not open it.
    """
    key = _from_pem(pem, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("expected an Ed25519 private key, found another kind")
    return key


def generate_mldsa44(passphrase: bytes | None = None) -> bytes:
    """A new ML-DSA-44 private key as PKCS#8 PEM (its seed), encrypted where a passphrase is given.

    Raises:
        BadKey: this machine's OpenSSL has no ML-DSA.
    """
    try:
        return _to_pem(MLDSA44PrivateKey.generate(), passphrase)
    except UnsupportedAlgorithm:
        raise BadKey("this machine's OpenSSL has no ML-DSA-44") from None


def load_mldsa44(pem: bytes, passphrase: bytes | None = None) -> MLDSA44PrivateKey:
    """Open a PEM that `generate_mldsa44` wrote.

    Raises:
        BadKey: not such a key, or the passphrase does not open it.
    """
    key = _from_pem(pem, passphrase)
    if not isinstance(key, MLDSA44PrivateKey):
        raise BadKey("expected an ML-DSA-44 private key, found another kind")
    return key


def load_private_key(pem: bytes, passphrase: bytes | None = None) -> Ed25519PrivateKey | MLDSA44PrivateKey:
    """Open a PEM of either kind.

    Raises:
        BadKey: another kind of key, or the passphrase does not open it.
    """
    key = _from_pem(pem, passphrase)
    if not isinstance(key, Ed25519PrivateKey | MLDSA44PrivateKey):
        raise BadKey("expected an Ed25519 or ML-DSA-44 private key, found another kind")
    return key


def _to_pem(key: Ed25519PrivateKey | MLDSA44PrivateKey, passphrase: bytes | None) -> bytes:
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        if not passphrase:
            raise BadKey("expected a passphrase that is not empty, or none at all")
        locked = serialization.BestAvailableEncryption(passphrase)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


def _from_pem(pem: bytes, passphrase: bytes | None) -> object:
    try:
        return serialization.load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("expected a PKCS#8 PEM that this passphrase opens") from None
