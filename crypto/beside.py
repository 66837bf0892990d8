"""A rule: how an entry commits to what is kept beside it: rows it wrote, whom it concerns, what its objects are.

None of this is published. An entry's part `decision` holds, under `beside`, one hash a kind; whoever holds the rows
can compute them again. The formats are for ever, as those of entries are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from msgspec import Struct

from crypto.canonical import canonical_json
from crypto.errors import BadEntry
from crypto.merkle import leaf_hash, root

SALT_BYTES = 32
"""So that nobody can guess a row from its commitment."""

GONE = b"null"
"""What a row is committed as when the operation deleted it."""

_ROW_PREFIX = b"hub/row/v1\x00"
_BESIDE_PREFIX = b"hub/beside/v1\x00"


class RowSeal(Struct, frozen=True):
    """The state in which an operation left a row; `number` counts the states of that row from 1."""

    table: str
    key: str
    number: int
    digest: bytes

    @property
    def line(self) -> bytes:
        """As it stands in the tree of an entry's rows."""
        return canonical_json([self.table, self.key, self.number, self.digest.hex()])


def commit_row(salt: bytes, table: str, row_json: bytes) -> bytes:
    """SHA-256("hub/row/v1" ‖ 0x00 ‖ salt ‖ table ‖ 0x00 ‖ the row as canonical JSON, or `null` where it is gone).

    Raises:
        BadEntry: the salt is not 32 bytes long.
    """
    if len(salt) != SALT_BYTES:
        raise BadEntry(f"expected a salt of {SALT_BYTES} bytes, found {len(salt)}")
    return sha256(b"".join((_ROW_PREFIX, salt, table.encode(), b"\x00", row_json))).digest()


def rows_root(seals: Iterable[RowSeal]) -> bytes:
    """RFC 6962 root over the lines of the seals, sorted."""
    return root([leaf_hash(line) for line in sorted(seal.line for seal in seals)])


def commit_beside(salts: Sequence[bytes], what: str, body: bytes) -> bytes:
    """SHA-256("hub/beside/v1" ‖ 0x00 ‖ what ‖ 0x00 ‖ the salts of all parts in their order ‖ body).

    The salts keep it from being guessed by whoever is shown one part alone.
    """
    return sha256(b"".join((_BESIDE_PREFIX, what.encode(), b"\x00", *salts, body))).digest()


def subjects_body(subjects: Iterable[tuple[str, str]]) -> bytes:
    """Whom an entry concerns, each once, in one order."""
    return canonical_json([list(pair) for pair in sorted(set(subjects))])
