"""Rule: what a reader asks of a feed, and the sealed cursor that carries the question on."""

from typing import Any, Final

import msgspec

from crypto.errors import NotSealed
from crypto.sealing import CursorSealer
from sharing.errors import BadCursor
from sharing.rules.matching import Match

LAST: Final = "last"
FIRST: Final = "first"
ALL: Final = "all"

_PLAIN_VERSIONS: Final = ((LAST,), (ALL,))


class Question(msgspec.Struct, frozen=True, array_like=True):
    """Filters of a page. Empty means no filter; several fields must all hold."""

    after: int = 0
    """Only what has a higher position (`added_after`)."""
    ids: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    versions: tuple[str | int, ...] = (LAST,)
    """`last`, `first`, `all`, or versions as microseconds."""
    spec_versions: tuple[str, ...] = ()
    fullest: bool = False
    """Of several editions of a report only the fullest that the reader may see."""
    highest: int = 4
    """No label stricter than this rank; digests and statistics never hold RED."""
    until: int = 0
    """Only positions below this, where it is not 0: windows are half-open."""

    matches: tuple[Match, ...] = ()
    """Filters on properties that stand in the bytes only."""

    @property
    def filters_rows(self) -> bool:
        """Whether rows must be looked at before they count."""
        return bool(self.types or self.spec_versions or self.highest < 4)

    @property
    def is_plain(self) -> bool:
        """Whether nothing but position, and last or all versions, decides."""
        return not (self.ids or self.filters_rows or self.fullest or self.matches) and self.versions in _PLAIN_VERSIONS


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where a reader stands in a feed: everything that the next page needs, so that any process can give it."""

    question: Question
    position: int
    horizon: int
    limit: int


_DECODER: Final = msgspec.msgpack.Decoder(Cursor)


def seal_cursor(sealer: CursorSealer, cursor: Cursor, reader_key: bytes, feed: int) -> str:
    """The `next` of a page: the same view gives the same text."""
    return sealer.seal(msgspec.msgpack.encode(cursor), _context(reader_key, feed))


def open_cursor(sealer: CursorSealer, text: str, reader_key: bytes, feed: int) -> Cursor:
    """Open a `next`.

    Raises:
        BadCursor: it was changed, or given to another reader or for another feed.
    """
    try:
        return _DECODER.decode(sealer.open(text, _context(reader_key, feed)))
    except (NotSealed, msgspec.DecodeError) as error:
        raise BadCursor("this `next` was not given to you for this collection; start again without it") from error


def check_repeated(cursor: Cursor, given: dict[str, Any]) -> None:
    """Filters repeated beside `next` must be those that it carries; those left out are taken from it.

    Raises:
        BadCursor: a filter differs.
    """
    for name, value in given.items():
        if getattr(cursor.question, name) != value:
            raise BadCursor("the filters beside `next` differ from its own; leave them out or start again")


def _context(reader_key: bytes, feed: int) -> bytes:
    return b"feed\0" + feed.to_bytes(4, "big") + reader_key
