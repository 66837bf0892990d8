"""Holds the one error family of this package; messages say what was expected and found, never a secret."""

from __future__ import annotations

from enum import StrEnum


class CryptoError(Exception):
    """Something handed to this package is not what it must be."""


class NotCanonical(CryptoError):
    """JSON that is malformed, ambiguous, or not in its one canonical form."""


class OtherSpelling(NotCanonical):
    """JSON with one meaning, in another spelling than its canonical one."""


class BadSignature(CryptoError):
    """A signature is missing or does not verify."""


class BadProof(CryptoError):
    """A Merkle proof, or a value that goes into one, does not hold."""


class BadNote(CryptoError):
    """A signed note or a checkpoint is not in its exact form."""


class BadEntry(CryptoError):
    """A log entry, or a value that goes into one, is not in its exact form."""


class BadPolicy(CryptoError):
    """A policy file, or a verifier's memory, is not in its exact form."""


class BadReceipt(CryptoError):
    """A receipt or a promise is not in its exact form, or speaks of a time to come."""


class NotSealed(CryptoError):
    """A sealed value was not sealed by this key for this context, or was changed since."""


class BadKey(CryptoError):
    """A key has the wrong length, kind or form, or the passphrase does not open it."""


class ReferenceFault(StrEnum):
    """What is wrong with a reference number that somebody typed or read out."""

    LENGTH = "length"
    CHARACTER = "character"
    CHECK = "check"


class BadReference(CryptoError):
    """A reference number cannot be right; `fault` says why, `place` (from 1) where, if that is known."""

    def __init__(self, message: str, fault: ReferenceFault, place: int | None = None) -> None:
        super().__init__(message)
        self.fault = fault
        self.place = place
