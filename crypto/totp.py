"""A rule: second factors by time (TOTP, RFC 6238), each code good once."""

from __future__ import annotations

import base64
import hmac
import os
import unicodedata
from collections.abc import Callable
from datetime import datetime

import pyotp

SEED_BYTES = 20
"""160 bits, the length of SHA-1's output, which authenticator apps expect."""

STEP_SECONDS = 30
"""The step that authenticator apps assume."""

DIGITS = 6
"""The length that authenticator apps assume."""

DRIFT_STEPS = (0, -1, 1)
"""A telephone's clock may be half a minute off, and typing takes time."""


def new_seed(random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """A new seed in base32, as people may type it into an app."""
    return base64.b32encode(random_bytes(SEED_BYTES)).decode("ascii")


def provisioning_uri(seed: str, account: str, issuer: str) -> str:
    """The `otpauth://` address for the QR code."""
    return pyotp.TOTP(seed, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=issuer)


def verify_totp(seed: str, code: str, at: datetime, last_step: int | None = None) -> int | None:
    """The time step whose code this is, to be stored as the new `last_step`; None when it is not accepted.

    A code of `last_step` or before was used already: whoever looked over a shoulder cannot use it again.
    """
    if at.tzinfo is None:
        raise ValueError("expected a time with its zone, found a naive one")
    typed = "".join(unicodedata.normalize("NFKC", code[:32]).split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    now = int(at.timestamp()) // STEP_SECONDS
    codes = pyotp.HOTP(seed, digits=DIGITS)
    accepted: int | None = None
    for step in (now + drift for drift in DRIFT_STEPS):
        fits = hmac.compare_digest(codes.at(step), typed)  # all steps are computed, whichever fits
        if fits and accepted is None and (last_step is None or step > last_step):
            accepted = step
    return accepted
