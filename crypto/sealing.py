"""Holds the two seals: deterministic for cursors that readers carry, randomized for secrets that the hub stores."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from crypto.encoding import decode_base64url, encode_base64url
from crypto.errors import BadKey, NotSealed

MAX_TOKEN_CHARACTERS = 8192
"""Cursors travel in URLs; a longer one is not even decoded."""

SECRET_VERSION = b"\x01"
"""First byte of a stored secret: AES-256-GCM with a random nonce of 12 bytes."""

_NONCE_BYTES = 12
_TAG_BYTES = 16


@dataclass(frozen=True)
class CursorSealer:
    """AES-SIV (RFC 5297): the same plain text in the same context gives the same token, so pages stay comparable."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) not in (32, 64):
            raise BadKey(f"expected a key of 32 or 64 bytes, found {len(self.key)}")

    def seal(self, plain: bytes, context: bytes) -> str:
        """A URL-safe token that only this key opens, and only for the same context.

        Raises:
            NotSealed: there is nothing to seal, or too much for a URL.
        """
        if not plain:
            raise NotSealed("expected something to seal, found nothing")
        token = encode_base64url(AESSIV(self.key).encrypt(plain, [context]))
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise NotSealed(f"expected a token of at most {MAX_TOKEN_CHARACTERS} characters, found {len(token)}")
        return token

    def open(self, token: str, context: bytes) -> bytes:
        """What was sealed.

        Raises:
            NotSealed: another key, another context, changed, cut, or another spelling of the same bytes.
        """
        sealed = decode_base64url(token) if len(token) <= MAX_TOKEN_CHARACTERS else None
        if sealed is None or len(sealed) <= _TAG_BYTES:
            raise NotSealed("expected a token of this hub, found something else")
        try:
            return AESSIV(self.key).decrypt(sealed, [context])
        except InvalidTag:
            raise NotSealed("expected a token of this hub for this use, found another") from None


@dataclass(frozen=True)
class SecretSealer:
    """AES-256-GCM with random nonces, for secrets at rest (TOTP seeds, peers' passwords); the context names the row."""

    key: bytes = field(repr=False)
    random_bytes: Callable[[int], bytes] = field(default=os.urandom, repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != 32:
            raise BadKey(f"expected a key of 32 bytes, found {len(self.key)}")

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """version ‖ nonce ‖ cipher text; sealing twice gives two different results."""
        nonce = self.random_bytes(_NONCE_BYTES)
        return SECRET_VERSION + nonce + AESGCM(self.key).encrypt(nonce, plain, SECRET_VERSION + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed.

        Raises:
            NotSealed: another key, another context, changed or cut.
        """
        if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != SECRET_VERSION:
            raise NotSealed("expected a sealed secret, found something else")
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return AESGCM(self.key).decrypt(nonce, body, SECRET_VERSION + context)
        except InvalidTag:
            raise NotSealed("expected a secret sealed with this key for this use, found another") from None
