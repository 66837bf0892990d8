"""A rule: bytes in, fingerprints out; plain, and keyed so that only the hub can compute them."""

from __future__ import annotations

import hashlib
import hmac
import uuid

from crypto.errors import BadKey

HASH_BYTES = 32
"""Every hash of this package is SHA-256."""

MIN_HASH_KEY = 16
"""Shorter keys could be guessed; the hub's own have 32 bytes."""


def sha256(data: bytes) -> bytes:
    """SHA-256 of the bytes."""
    return hashlib.sha256(data).digest()


def keyed_hash(key: bytes, purpose: str, *parts: bytes) -> bytes:
    """HMAC-SHA256 over purpose and parts, each behind its length as u64: no two lists of parts look alike.

    The purpose keeps uses of one key apart ("api-key", "edition"); it is part of what is hashed.

    Raises:
        BadKey: the key is shorter than 16 bytes.
    """
    if len(key) < MIN_HASH_KEY:
        raise BadKey(f"expected a key of at least {MIN_HASH_KEY} bytes, found {len(key)}")
    message = b"".join(len(part).to_bytes(8, "big") + part for part in (purpose.encode(), *parts))
    return hmac.digest(key, message, "sha256")


def keyed_uuid(key: bytes, purpose: str, *parts: bytes) -> uuid.UUID:
    """A UUID of version 4 form: the same parts give the same one, and without the key it looks random."""
    return uuid.UUID(bytes=keyed_hash(key, purpose, *parts)[:16], version=4)
