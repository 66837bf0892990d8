"""A rule: which passwords are accepted, and how they are stored (argon2id, RFC 9106)."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD = 12
"""Characters; length is what protects, so there are no rules about kinds of characters (NIST SP 800-63B)."""

MAX_PASSWORD = 256
"""Characters; longer input is refused before it costs anything."""

# 19 MiB twice over in one lane: OWASP's recommendation, about 20 ms here, so that a burst of sign-ins stays affordable.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""Compared with where there is no account: the same work as for a real one, and no password fits it."""


class PasswordFault(StrEnum):
    """Why a password is not accepted."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    IS_USER_NAME = "is the user name"


def find_password_faults(password: str, user_name: str) -> tuple[PasswordFault, ...]:
    """Everything that is wrong with a new password; nothing when it may be used."""
    plain = _normalized(password[: MAX_PASSWORD + 1])
    faults: list[PasswordFault] = []
    if len(plain) < MIN_PASSWORD:
        faults.append(PasswordFault.TOO_SHORT)
    if len(password) > MAX_PASSWORD or len(plain) > MAX_PASSWORD:
        faults.append(PasswordFault.TOO_LONG)
    if plain.casefold().strip() == _normalized(user_name).casefold().strip():
        faults.append(PasswordFault.IS_USER_NAME)
    return tuple(faults)


def hash_password(password: str) -> str:
    """What is stored. Full-width and half-width spellings are one password (NFKC)."""
    return _HASHER.hash(_to_bytes(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without a stored hash the answer is no, after the same work."""
    real = stored is not None and stored != DUMMY_HASH
    try:
        fits = _HASHER.verify(stored if stored is not None else DUMMY_HASH, _to_bytes(password[: MAX_PASSWORD + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return fits and real and len(password) <= MAX_PASSWORD


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other costs than today's; then hash again at the next sign-in."""
    try:
        return _HASHER.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def _normalized(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _to_bytes(password: str) -> bytes:
    return _normalized(password).encode("utf-8", "surrogatepass")
