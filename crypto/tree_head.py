"""Holds the checkpoint: one log at one size (C2SP tlog-checkpoint), and the two byte strings that are signed for it."""

from __future__ import annotations

from dataclasses import dataclass

from crypto.encoding import decode_base64, encode_base64
from crypto.errors import BadNote
from crypto.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE

MAX_NAME_BYTES = 255
"""Key names and origins are written behind one length byte in the signed subtree message."""


@dataclass(frozen=True)
class Checkpoint:
    """A log (its origin), how many entries it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_name(self.origin)
        if not 0 <= self.size <= MAX_SIZE:
            raise BadNote(f"expected a tree size, found {self.size}")
        if len(self.root) != HASH_BYTES:
            raise BadNote(f"expected a root of {HASH_BYTES} bytes, found {len(self.root)}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise BadNote("expected the empty root for size 0, found another")

    @property
    def text(self) -> bytes:
        """The note text: origin, size and root, a line each. This hub writes no extension lines."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n".encode()


def parse_checkpoint_text(text: bytes) -> Checkpoint:
    """Read the three lines of a checkpoint.

    Extension lines are refused: an ML-DSA-44 signature does not cover them, so nobody could vouch for them.

    Raises:
        BadNote: the text is anything but three exact lines.
    """
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise BadNote("expected UTF-8, found other bytes") from None
    if len(lines) != 4 or lines[3]:
        raise BadNote("expected three lines (origin, size, root), each ended")
    origin, digits, root_text = lines[:3]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19) or str(int(digits)) != digits:
        raise BadNote("expected a decimal tree size without leading zeros")
    root = decode_base64(root_text)
    if root is None:
        raise BadNote("expected a root in standard base64")
    return Checkpoint(origin, int(digits), root)


def subtree_message(key_name: str, seconds: int, checkpoint: Checkpoint) -> bytes:
    """What an ML-DSA-44 key signs for a whole tree (C2SP tlog-cosignature): not the note text."""
    return b"".join(
        (
            b"subtree/v1\n\x00",
            _behind_length(key_name),
            seconds.to_bytes(8, "big"),
            _behind_length(checkpoint.origin),
            (0).to_bytes(8, "big"),
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def cosigned_message(seconds: int, text: bytes) -> bytes:
    """What an Ed25519 witness signs (C2SP tlog-cosignature): its time, then the whole note text."""
    return b"cosignature/v1\ntime %d\n" % seconds + text


def check_name(name: str) -> None:
    """A key name or origin: not empty, no blank, no plus, no control character (C2SP signed-note).

    Raises:
        BadNote: it cannot stand in a note.
    """
    if not name or any(sign == "+" or sign.isspace() or not sign.isprintable() for sign in name):
        raise BadNote("expected a name without blanks, pluses and control characters")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise BadNote(f"expected a name of at most {MAX_NAME_BYTES} bytes")


def log_of(origin: str) -> str:
    """A log without its shard: each shard is a name of its own for the same log and the same keys."""
    return origin.rpartition("/")[0] or origin


def _behind_length(name: str) -> bytes:
    raw = name.encode()
    return len(raw).to_bytes(1, "big") + raw
