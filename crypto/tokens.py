"""A rule: the random words people and programs carry: API keys, invitation codes, reference numbers (整理番号)."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Callable

from crypto.errors import BadReference, ReferenceFault
from crypto.hashing import keyed_hash

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""32 characters that survive the telephone: no I, L, O (they are read as 1, 1, 0) and no U."""

API_KEY_PREFIX = "chk_"
"""Lets people and secret scanners recognize a key that leaked."""

API_KEY_BYTES = 32
"""256 bits: a plain keyed hash is enough to store it, no slow password hash."""

INVITATION_CHARACTERS = 20
"""100 bits, in five groups of four."""

REFERENCE_CHARACTERS = 8
"""40 random bits; a ninth character checks them."""

MAX_TYPED_CHARACTERS = 64
"""What people type is short; longer input is not examined."""

_READ_AS = str.maketrans("OIL", "011")
_HYPHENS = "-‐‑‒–—―−ー_."
_PRIMITIVE = 0b100101  # x^5 + x^2 + 1


def new_api_key(random_bytes: Callable[[int], bytes]) -> str:
    """`chk_` and 52 lower-case base32 characters."""
    return API_KEY_PREFIX + base64.b32encode(random_bytes(API_KEY_BYTES)).decode("ascii").rstrip("=").lower()


def api_key_digest(hmac_key: bytes, api_key: str) -> bytes:
    """What is stored and looked up instead of the key; any text has one, so that unknown keys cost the same."""
    return keyed_hash(hmac_key, "api-key", api_key.encode("utf-8", "surrogatepass"))


def new_invitation_code(random_bytes: Callable[[int], bytes]) -> str:
    """A code to print in a letter, such as `K7QM-4TX2-0DPA-9VEH-31YZ`."""
    return _grouped(_draw(INVITATION_CHARACTERS, random_bytes))


def normalise_code(text: str) -> str:
    """The printed form of what somebody typed: case, width, blanks, hyphens and look-alikes no longer matter.

    Never raises; what cannot be a code comes out as something that no code equals.
    """
    return _grouped(_tidy(text[: 2 * MAX_TYPED_CHARACTERS]))


def new_reference(random_bytes: Callable[[int], bytes]) -> str:
    """A new reference number, such as `K7QM-4TX2-P`: eight random characters and one that checks them."""
    drawn = _draw(REFERENCE_CHARACTERS, random_bytes)
    return _grouped(drawn + _check_character(drawn))


def parse_reference(text: str) -> str:
    """The reference number somebody typed, in the form `new_reference` gives.

    Case, width, blanks and hyphens do not matter; O is read as 0, I and L as 1. Every single wrong character and
    every swap of two neighbours is found.

    Raises:
        BadReference: it cannot be one; `fault` says why.
    """
    expected = REFERENCE_CHARACTERS + 1
    if len(text) > MAX_TYPED_CHARACTERS:
        raise BadReference(f"expected {expected} characters, found far more", ReferenceFault.LENGTH)
    typed = _tidy(text)
    for place, sign in enumerate(typed, start=1):
        if sign not in ALPHABET:
            message = f"expected digits and letters of reference numbers, found another sign at place {place}"
            raise BadReference(message, ReferenceFault.CHARACTER, place)
    if len(typed) != expected:
        raise BadReference(f"expected {expected} characters, found {len(typed)}", ReferenceFault.LENGTH)
    if _check_character(typed[:-1]) != typed[-1]:
        message = "the last character does not fit the others: one is wrong, or two are swapped"
        raise BadReference(message, ReferenceFault.CHECK)
    return _grouped(typed)


def _check_character(characters: str) -> str:
    """The sum, in the field of 32 elements, of each character times 2 to the power of its distance from the end.

    All these weights are different and none is 0: one changed character, or two swapped ones, always change the sum.
    """
    total = 0
    for sign in characters:
        total = _double(total ^ ALPHABET.index(sign))
    return ALPHABET[total]


def _double(element: int) -> int:
    doubled = element << 1
    return doubled ^ _PRIMITIVE if doubled & 0b100000 else doubled


def _draw(count: int, random_bytes: Callable[[int], bytes]) -> str:
    return "".join(ALPHABET[byte & 31] for byte in random_bytes(count))


def _tidy(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in plain if not sign.isspace() and sign not in _HYPHENS).translate(_READ_AS)


def _grouped(characters: str) -> str:
    return "-".join(characters[at : at + 4] for at in range(0, len(characters), 4))
