"""A rule: witnesses' cosignatures under a checkpoint (C2SP tlog-cosignature), made, read and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from msgspec import Struct

from crypto.checkpoint import Note, parse_note
from crypto.errors import BadKey, BadNote, BadSignature
from crypto.keys import (
    SECONDS_BYTES,
    Algorithm,
    VerifyingKey,
    load_private_key,
    note_line,
)
from crypto.tree_head import cosigned_message, parse_checkpoint_text, subtree_message

__all__ = ["Cosignature", "Cosigner", "WitnessKey", "verify_cosignatures", "verify_quorum"]

LARGEST_ANSWER_LINES = 16
"""A witness answers with one line, or with a few where it has several keys."""


class Cosigner(Protocol):
    """Whatever can put a witness's line under a checkpoint: a key in memory now, a token later."""

    @property
    def verifying_key(self) -> VerifyingKey:
        """The public half."""

    def cosign(self, text: bytes, seconds: int) -> bytes:
        """The cosignature line over a checkpoint's text at this time, with its newline."""


class Cosignature(Struct, frozen=True):
    """A witness's word that holds: who saw the tree, and when it says that it did."""

    key: VerifyingKey
    seconds: int
    line: bytes


@dataclass(frozen=True)
class WitnessKey:
    """A witness's key in memory, Ed25519 (0x04) or ML-DSA-44 (0x06)."""

    name: str
    key: Ed25519PrivateKey | MLDSA44PrivateKey = field(repr=False, compare=False)

    @classmethod
    def from_pem(cls, pem: bytes, name: str, passphrase: bytes | None = None) -> WitnessKey:
        """Open the key.

        Raises:
            BadKey: not such a key, or the passphrase does not open it.
        """
        return cls(name, load_private_key(pem, passphrase))

    @property
    def verifying_key(self) -> VerifyingKey:
        """The public half."""
        kind = Algorithm.ML_DSA_44 if isinstance(self.key, MLDSA44PrivateKey) else Algorithm.COSIGNATURE_ED25519
        return VerifyingKey(self.name, kind, self.key.public_key().public_bytes_raw())

    def cosign(self, text: bytes, seconds: int) -> bytes:
        """`— name base64(key id ‖ u64 seconds ‖ signature)`.

        Raises:
            BadNote: the text is no checkpoint, or the time is none: a witness must say when.
        """
        checkpoint = parse_checkpoint_text(text)
        if not 0 < seconds < 2**63:
            raise BadNote(f"expected a time after 1970, found {seconds}")
        if isinstance(self.key, MLDSA44PrivateKey):
            signature = self.key.sign(subtree_message(self.name, seconds, checkpoint))
        else:
            signature = self.key.sign(cosigned_message(seconds, text))
        return note_line(self.verifying_key, seconds.to_bytes(SECONDS_BYTES, "big") + signature)


def check_witness_key(key: VerifyingKey) -> None:
    """Refuse a key that cannot be a witness's.

    Raises:
        BadKey: it is of a kind that only logs sign with.
    """
    if not key.algorithm.timed:
        raise BadKey("expected a witness's key (type 4 or 6), found a log's Ed25519 key (type 1)")


def verify_cosignatures(raw: bytes, witnesses: Sequence[VerifyingKey]) -> tuple[Cosignature, ...]:
    """Those of the given witnesses who cosigned a checkpoint; a line of an unknown key is passed over.

    The log's own signatures are not looked at here: `crypto.checkpoint.verify_checkpoint` does that.

    Raises:
        BadNote: not a checkpoint in its exact form.
        BadSignature: a line of a given witness does not verify, or says no time.
    """
    note = parse_note(raw)
    parse_checkpoint_text(note.text)
    return tuple(_verified(note, witnesses))


def verify_quorum(raw: bytes, witnesses: Sequence[VerifyingKey], needed: int) -> tuple[Cosignature, ...]:
    """The cosignatures of a checkpoint, where at least `needed` of the given witnesses signed it, each counted once.

    A witness is its name: two keys of one name are one witness.

    Raises:
        BadNote: not a checkpoint in its exact form.
        BadSignature: too few cosigned, or a line of a given witness does not verify.
    """
    found = verify_cosignatures(raw, witnesses)
    names = {each.key.name for each in found}
    if len(names) < needed:
        known = len({key.name for key in witnesses})
        raise BadSignature(f"expected {needed} of {known} known witnesses to have cosigned, found {len(names)}")
    return found


def parse_answer(answer: bytes, text: bytes, key: VerifyingKey) -> Cosignature:
    """The line of one known witness out of its answer to `add-checkpoint`; lines of other keys are passed over.

    Raises:
        BadNote: the answer is not signature lines.
        BadSignature: the witness's line is missing or does not verify.
    """
    if answer.count(b"\n") > LARGEST_ANSWER_LINES:
        raise BadNote(f"expected at most {LARGEST_ANSWER_LINES} lines")
    found = verify_cosignatures(text + b"\n" + answer, [key])
    if not found:
        raise BadSignature(f"expected a cosignature of {key.name}, found none of that key")
    return found[0]


def _verified(note: Note, witnesses: Sequence[VerifyingKey]) -> list[Cosignature]:
    known = {(key.name, key.key_id): key for key in witnesses}
    found: list[Cosignature] = []
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        check_witness_key(key)
        key.verify(line.signature, note.text)
        seconds = int.from_bytes(line.signature[:SECONDS_BYTES], "big")
        if seconds == 0:
            raise BadSignature(f"expected a time in the cosignature of {key.name}, found none")
        found.append(Cosignature(key, seconds, note_line(key, line.signature)))
    return found
