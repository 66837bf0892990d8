"""A rule: base64 with exactly one spelling for each byte string."""

from __future__ import annotations

import base64
import binascii


def encode_base64(data: bytes) -> str:
    """Standard alphabet, padded (RFC 4648, 4)."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode_base64(text: str) -> bytes | None:
    """The bytes, or None where the text is not exactly what `encode_base64` would write."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encode_base64(data) == text else None


def encode_base64url(data: bytes) -> str:
    """URL-safe alphabet, no padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes | None:
    """The bytes, or None where the text is not exactly what `encode_base64url` would write."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encode_base64url(data) == text else None
