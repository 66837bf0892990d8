"""Operation: how a person goes down a feed, newest first: where they stand, and what is sealed for the next page."""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

import msgspec

from crypto.errors import NotSealed
from crypto.sealing import CursorSealer
from sharing.errors import BadCursor
from sharing.readers import Reader
from sharing.reading import grants
from sharing.reading.grants import Row, View

_END: Final = 2**63 - 1

Asked = TypeVar("Asked")


class Place(msgspec.Struct, Generic[Asked], frozen=True, array_like=True):
    """Where a person stands: what was asked, the lowest position seen, and the horizon of the first page."""

    asked: Asked
    position: int
    horizon: int


class Downwards(Generic[Asked]):
    """One way of going down; what one way sealed opens none of the others."""

    def __init__(self, name: bytes, asked: type[Asked]) -> None:
        self._name = name
        self._decoder = msgspec.msgpack.Decoder(Place[asked])  # type: ignore[valid-type]

    def open(self, sealer: CursorSealer, token: str, reader: Reader, feed: int) -> Place[Asked]:
        """The place where an earlier page ended.

        Raises:
            BadCursor: the token was not given to this reader for this feed.
        """
        try:
            return self._decoder.decode(sealer.open(token, self._context(reader, feed)))
        except (NotSealed, msgspec.DecodeError) as error:
            raise BadCursor("this `next` was not given to you for this collection; start again without it") from error

    def seal(self, sealer: CursorSealer, place: Place[Asked], reader: Reader, feed: int) -> str:
        """The token by which this reader goes on in this feed."""
        return sealer.seal(msgspec.msgpack.encode(place), self._context(reader, feed))

    def _context(self, reader: Reader, feed: int) -> bytes:
        return self._name + b"\0" + feed.to_bytes(4, "big") + reader.key


def begin(view: View, asked: Asked, until: int) -> Place[Asked]:
    """Above the newest that this reader may see, or below `until` where that is not 0."""
    horizon = grants.highest_position(view)
    return Place(asked, min(until or _END, horizon + 1), horizon)


def find_end(rows: Sequence[Row], reached: int, *, exhausted: bool, limit: int) -> int | None:
    """Where a page of these rows ends, perhaps one more than it takes; None where nothing is left below."""
    if exhausted and len(rows) <= limit:
        return None
    return rows[limit - 1].position if len(rows) >= limit else reached
