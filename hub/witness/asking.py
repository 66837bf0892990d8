"""Rule: the words of tlog-witness: what `add-checkpoint` carries, and where a witness shows what it last cosigned."""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from crypto.checkpoint import MAX_NOTE_BYTES
from crypto.encoding import decode_base64, encode_base64
from crypto.errors import BadNote
from crypto.merkle import HASH_BYTES, MAX_SIZE

MOST_PROOF_LINES: Final = 63
"""As the specification says: no tree is higher."""

MOST_BYTES: Final = MAX_NOTE_BYTES + 64 * 64
"""A note, and a proof in front of it."""

SIZE_TYPE: Final = "text/x.tlog.size"
"""The content type of the size in a 409."""

SHARD: Final = re.compile(r"[0-9]{4}(?:-[1-9][0-9]?)?")
"""A shard is a year, or after a declared loss the next of that year."""


class Asked(Struct, frozen=True):
    """The body of `add-checkpoint`, taken apart and not believed."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes


def build_request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body of `add-checkpoint`."""
    lines = [f"old {old}", *(encode_base64(each) for each in proof), "", ""]
    return "\n".join(lines).encode() + note


def parse_request(body: bytes) -> Asked:
    """Take the body of `add-checkpoint` apart.

    Raises:
        BadNote: it is in another form.
    """
    head, blank, note = body.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not blank or not lines[0].startswith("old ") or len(lines) > MOST_PROOF_LINES + 1:
        raise BadNote(f"expected `old <size>`, at most {MOST_PROOF_LINES} hashes, an empty line and a checkpoint")
    proof = tuple(decode_base64(line) or b"" for line in lines[1:])
    if any(len(each) != HASH_BYTES for each in proof):
        raise BadNote("expected hashes of 32 bytes in base64 between the size and the empty line")
    return Asked(parse_size(lines[0].removeprefix("old ")), proof, note)


def parse_size(digits: str) -> int:
    """A tree size in its one spelling.

    Raises:
        BadNote: another spelling, or too large.
    """
    fine = digits.isascii() and digits.isdigit() and len(digits) <= 19 and str(int(digits)) == digits
    if not fine or int(digits) > MAX_SIZE:
        raise BadNote("expected a tree size without leading zeros")
    return int(digits)


def checkpoint_path(origin: str) -> str:
    """Where a witness shows what it last cosigned of a log."""
    return f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
