"""A rule: what publishers sign: their objects, the manifest of a submission, and what they say of their keys.

Signatures are over canonical JSON (RFC 8785) of the bytes as they were written, read strictly: a name twice, NaN, an
integer beyond 2^53 or a lone surrogate is refused, since two programs could read it differently. Each kind of
signature stands behind a prefix of its own, so that none can be taken for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from crypto.canonical import canonical_json, parse_strict
from crypto.encoding import decode_base64, encode_base64, encode_base64url
from crypto.errors import BadKey, BadSignature, NotCanonical

OBJECT_PREFIX: Final = b"hub/stix-sig/v1\x00"
MANIFEST_PREFIX: Final = b"hub/stix-manifest/v1\x00"
KEY_PREFIX: Final = b"hub/signing-key/v1\x00"

ED25519: Final = "Ed25519"
"""The one algorithm now; signatures and keys name theirs, so that another can stand beside it later."""

NONCE_BYTES: Final = 16
KEY_BYTES: Final = 32

MOST_LISTED: Final = 10_000
"""Objects of one manifest: as many as a post may hold."""


@dataclass(frozen=True)
class PublisherKey:
    """The public half of a publisher's signing key."""

    public: bytes
    algorithm: str = ED25519

    def __post_init__(self) -> None:
        if self.algorithm != ED25519:
            raise BadKey(f"expected a key of the algorithm {ED25519}, found another")
        if len(self.public) != KEY_BYTES:
            raise BadKey(f"expected {KEY_BYTES} bytes of public key, found {len(self.public)}")

    @classmethod
    def parse(cls, text: str) -> PublisherKey:
        """Read `Ed25519:base64`.

        Raises:
            BadKey: another form, or an algorithm that is not known here.
        """
        algorithm, _, spelled = text.strip().partition(":")
        raw = decode_base64(spelled)
        if raw is None:
            raise BadKey(f"expected a public key such as {ED25519}:… in base64")
        return cls(raw, algorithm)

    @property
    def text(self) -> str:
        """The spelling that `parse` reads."""
        return f"{self.algorithm}:{encode_base64(self.public)}"

    @property
    def thumbprint(self) -> str:
        """The JWK thumbprint (RFC 7638 over the OKP members of RFC 8037): by this a signature names its key."""
        jwk = {"crv": self.algorithm, "kty": "OKP", "x": encode_base64url(self.public)}
        return encode_base64url(sha256(canonical_json(jwk)).digest())

    def verify(self, prefix: bytes, value: object, signature: bytes) -> None:
        """Check a signature over a value that was read strictly.

        Raises:
            BadSignature: it is not this key's signature of this value, of this kind.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, prefix + canonical_json(value))
        except (InvalidSignature, ValueError, NotCanonical):
            raise BadSignature("expected a signature of this key over this content, found another") from None


@dataclass(frozen=True)
class PublisherSigner:
    """A publisher's private key, wherever it is kept: in memory now, behind PKCS#11 later."""

    key: Ed25519PrivateKey = field(repr=False, compare=False)

    @property
    def public(self) -> PublisherKey:
        """The public half."""
        return PublisherKey(self.key.public_key().public_bytes_raw())

    def sign(self, prefix: bytes, value: object) -> bytes:
        """Sign a value that was read strictly.

        Raises:
            NotCanonical: it has no canonical form.
        """
        return self.key.sign(prefix + canonical_json(value))


def hash_object(value: object) -> str:
    """The hash of an object in manifests: SHA-256 of its canonical form, in hexadecimal.

    Raises:
        NotCanonical: it has no canonical form.
    """
    return sha256(canonical_json(value)).hexdigest()


class Listed(Struct, frozen=True):
    """One object of a manifest."""

    id: str
    modified: str | None
    hash: str


class Manifest(Struct, frozen=True):
    """What is submitted, for whom, once, and when: nothing can be dropped, added, changed or sent again unnoticed."""

    audience: str
    nonce: str
    signed_at: datetime
    objects: tuple[Listed, ...]

    def document(self) -> dict[str, Any]:
        """The value that is signed."""
        return {
            "audience": self.audience,
            "nonce": self.nonce,
            "signed_at": spell_time(self.signed_at),
            "objects": [{"id": each.id, "modified": each.modified, "hash": each.hash} for each in self.objects],
        }

    @classmethod
    def parse(cls, value: object) -> Manifest:
        """Read a manifest; what `document` would not write is refused.

        Raises:
            NotCanonical: it is anything else.
        """
        try:
            manifest = cls._read(value)
        except (KeyError, TypeError, ValueError):
            raise NotCanonical("expected a manifest with audience, nonce, signed_at and objects") from None
        if manifest.document() != value or not 1 <= len(manifest.objects) <= MOST_LISTED:
            raise NotCanonical("expected a manifest with exactly these members, found others")
        if len({(each.id, each.modified) for each in manifest.objects}) != len(manifest.objects):
            raise NotCanonical("expected each version once in a manifest, found one twice")
        return manifest

    @classmethod
    def _read(cls, value: Any) -> Manifest:
        listed = tuple(Listed(_text(it["id"]), _optional(it["modified"]), _text(it["hash"])) for it in value["objects"])
        nonce = _text(value["nonce"])
        if len(bytes.fromhex(nonce)) != NONCE_BYTES or nonce != nonce.lower():
            raise ValueError("nonce")
        return cls(_text(value["audience"]), nonce, parse_time(_text(value["signed_at"])), listed)


def list_object(value: Mapping[str, Any]) -> Listed:
    """What a manifest says of an object.

    Raises:
        NotCanonical: it has no canonical form.
    """
    modified = value.get("modified", value.get("created"))
    return Listed(str(value.get("id")), modified if isinstance(modified, str) else None, hash_object(value))


def key_statement(do: str, organization: str, key: PublisherKey, at: datetime, **more: str) -> dict[str, Any]:
    """What is said of a key, and signed: by itself when it is registered, by old and new when it is replaced."""
    return {"do": do, "organization": organization, "key": key.text, "at": spell_time(at), **more}


def read_signed(raw: bytes) -> Any:
    """The value of signed bytes, read strictly.

    Raises:
        NotCanonical: they could be read in two ways.
    """
    return parse_strict(raw)


def spell_time(at: datetime) -> str:
    """A time as signed documents write it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """Read what `spell_time` wrote.

    Raises:
        ValueError: it is written otherwise.
    """
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)
