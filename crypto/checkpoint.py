"""A rule: signed notes around checkpoints (C2SP signed-note, tlog-checkpoint), written and read in one exact form."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from crypto.encoding import decode_base64
from crypto.errors import BadNote, BadSignature
from crypto.keys import KEY_ID_BYTES, Algorithm, NoteSigner, VerifyingKey
from crypto.tree_head import Checkpoint, check_name, parse_checkpoint_text

__all__ = ["Checkpoint", "Note", "NoteSignature", "parse_note", "sign_checkpoint", "verify_checkpoint"]

MAX_NOTE_BYTES = 1_000_000
"""As in the reference implementation; ten ML-DSA witnesses make 36 KB."""

MAX_SIGNATURES = 100
"""As in the reference implementation: more lines are refused before any is verified."""

_DASH = "— "


class NoteSignature(Struct, frozen=True):
    """One line under a note, not verified: who is said to have signed, with which key, and the signature."""

    name: str
    key_id: bytes
    signature: bytes


class Note(Struct, frozen=True):
    """A text that ends with a newline, and the signature lines under it; nothing here is verified."""

    text: bytes
    signatures: tuple[NoteSignature, ...]


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[NoteSigner]) -> bytes:
    """The note of a checkpoint with one line for each signer, in their order.

    Raises:
        BadNote: there is nobody to sign.
    """
    if not signers:
        raise BadNote("expected at least one signer")
    text = checkpoint.text
    return text + b"\n" + b"".join(signer.sign_note_line(text) for signer in signers)


def parse_note(raw: bytes) -> Note:
    """Take a note apart without believing it.

    Raises:
        BadNote: not UTF-8, control characters, no signatures, a line in another form, or one key twice.
    """
    if len(raw) > MAX_NOTE_BYTES:
        raise BadNote(f"expected at most {MAX_NOTE_BYTES} bytes, found {len(raw)}")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadNote("expected UTF-8, found other bytes") from None
    if any(sign < " " and sign != "\n" for sign in whole):
        raise BadNote("expected no control characters but newlines")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not text or not lines.endswith("\n"):
        raise BadNote("expected a text, an empty line, and signature lines")
    spelled = lines[:-1].split("\n")
    if len(spelled) > MAX_SIGNATURES:
        raise BadNote(f"expected at most {MAX_SIGNATURES} signatures, found {len(spelled)}")
    signatures = tuple(_parse_line(line) for line in spelled)
    if len({(line.name, line.key_id) for line in signatures}) != len(signatures):
        raise BadNote("expected each key once, found one twice")
    return Note((text + "\n").encode(), signatures)


def verify_checkpoint(raw: bytes, keys: Sequence[VerifyingKey], *, required: int = 1) -> Checkpoint:
    """The checkpoint, once the log itself is known to have signed it.

    Of each kind of key that is given under the log's own name at least one must have signed, and at least `required`
    keys in all: whoever holds the log's Ed25519 key alone cannot speak for a log that also has an ML-DSA-44 key.
    (Of one kind there are two while keys are changed.) A line of a key that is not given is passed over. A line of a
    given key must verify, whoever's it is. Keys of other names (witnesses) count for nothing here: quorums are a rule
    of their own, `crypto.cosignature`.

    Raises:
        BadNote: not a checkpoint in its exact form.
        BadSignature: too few of the keys signed, or a line of theirs does not verify.
    """
    note = parse_note(raw)
    checkpoint = parse_checkpoint_text(note.text)
    known = {(key.name, key.key_id): key for key in keys}
    signed: list[Algorithm] = []
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        key.verify(line.signature, note.text)
        if key.name == checkpoint.origin:
            signed.append(key.algorithm)
    if len(signed) < max(required, 1):
        raise BadSignature(
            f"expected {max(required, 1)} known signature(s) of {checkpoint.origin}, found {len(signed)}"
        )
    for kind in sorted({key.algorithm for key in keys if key.name == checkpoint.origin} - set(signed)):
        raise BadSignature(
            f"expected a signature of {checkpoint.origin} with its key of type {kind:d} ({kind.name}) too, found none"
        )
    return checkpoint


def _parse_line(line: str) -> NoteSignature:
    if not line.startswith(_DASH):
        raise BadNote("expected a signature line, found another")
    name, blank, spelled = line[len(_DASH) :].partition(" ")
    check_name(name)
    raw = decode_base64(spelled) if blank else None
    if raw is None or len(raw) <= KEY_ID_BYTES:
        raise BadNote("expected a key id and a signature in standard base64")
    return NoteSignature(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])
