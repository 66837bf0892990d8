"""Rule: cut the objects of a bundle or envelope out of a stream, each with its exact bytes.

A bundle of gigabytes is never held whole. What is cut out here is judged by intake like any post; this only finds where
an object begins and ends, and refuses a file in which that cannot be told.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from feeds.errors import FeedError

CHUNK: Final = 1024 * 1024
LARGEST_OBJECT: Final = 8 * 1024 * 1024
"""Bytes of one object, as intake takes them."""

_OUTSIDE: Final = re.compile(rb'["{}\[\]]')
_INSIDE: Final = re.compile(rb'["\\]')
_BETWEEN: Final = re.compile(rb"[\s,]*")


class FileError(FeedError):
    """A file cannot be read as what it should be."""

    title = "The file could not be read"


def split_objects(stream: BinaryIO) -> Iterator[bytes]:
    """The objects of the list named `objects` at the top of a JSON document, or the document itself without one.

    Raises:
        FileError: it is no JSON object, ends too early or goes on, has two such lists, or an object is too large.
    """
    cutter = _Cutter()
    while part := stream.read(CHUNK):
        yield from cutter.feed(part)
    yield from cutter.end()


class _Cutter:
    """Follows strings and brackets; remembers the one object that it is in, and nothing before it."""

    def __init__(self) -> None:
        self._held = b""
        self._place = 0
        self._depth = 0
        self._in_text = False
        self._text_from = 0
        self._last_text = b""
        self._list_depth = 0
        self._object_from = -1
        self._after = -1
        self._found_list = False
        self._closed_at = -1

    def feed(self, part: bytes) -> Iterator[bytes]:
        """Take a piece of the file, and give the objects that ended in it."""
        self._held += part
        while (found := (_INSIDE if self._in_text else _OUTSIDE).search(self._held, self._place)) is not None:
            sign, at = found[0], found.start()
            self._place = at + 1
            if self._in_text:
                if sign == b"\\":
                    if self._place == len(self._held):
                        self._place = at  # what is escaped comes with the next piece
                        break
                    self._place += 1
                else:
                    self._in_text = False
                    self._last_text = self._held[self._text_from : at] if self._depth == 1 else b""
                continue
            if sign == b'"':
                self._in_text, self._text_from = True, self._place
            elif sign in b"{[":
                self._open(sign, at)
            else:
                closed = self._close(sign, at)
                if closed is not None:
                    yield closed
        else:
            self._place = len(self._held)
        if self._is_closed and self._held[self._closed_at :].strip():
            raise FileError("nothing after the JSON object", "something else")
        self._forget()

    @property
    def _is_closed(self) -> bool:
        """Whether the document has ended."""
        return self._closed_at >= 0

    def end(self) -> Iterator[bytes]:
        """The document itself, where it held no list of objects.

        Raises:
            FileError: it ended in the middle.
        """
        if self._depth or self._in_text or not self._is_closed:
            raise FileError("a whole JSON object", "an end in the middle, or something else")
        if not self._found_list:
            yield self._held.strip()

    def _open(self, sign: bytes, at: int) -> None:
        if self._depth == 0 and (self._is_closed or sign == b"[" or self._held[:at].strip()):
            raise FileError("one JSON object", "something before, beside or instead of it")
        self._depth += 1
        if self._list_depth and self._depth == self._list_depth + 1:
            self._between(at)
            if sign == b"[":
                raise FileError("objects in the list `objects`", "a list")
            self._object_from = at
        elif sign == b"[" and self._depth == 2 and self._last_text == b"objects":
            if self._found_list:
                raise FileError("the list `objects` once", "another one, of which nothing would be read")
            self._list_depth, self._found_list, self._after = 2, True, at + 1

    def _close(self, sign: bytes, at: int) -> bytes | None:
        self._depth -= 1
        if self._depth < 0:
            raise FileError("matching brackets", "one too many")
        if self._depth == 0:
            self._closed_at = at + 1
        if self._list_depth and self._depth == self._list_depth and self._object_from >= 0:
            found = self._held[self._object_from : at + 1]
            self._object_from, self._after = -1, at + 1
            return found
        if self._list_depth and self._depth == self._list_depth - 1:
            self._between(at)
            self._list_depth = 0
        return None

    def _between(self, at: int) -> None:
        if _BETWEEN.fullmatch(self._held, self._after, at) is None:
            raise FileError("objects in the list `objects`", "something else between them")

    def _forget(self) -> None:
        """Drop what was handed on; keep the object, text or gap that is open."""
        if not self._found_list:
            kept = 0
        elif self._object_from >= 0:
            kept = self._object_from
        else:
            kept = min(
                self._after if self._list_depth else self._place, self._text_from if self._in_text else self._place
            )
        if len(self._held) - kept > LARGEST_OBJECT + CHUNK:
            raise FileError(f"objects of at most {LARGEST_OBJECT} bytes", "a larger one")
        self._held = self._held[kept:]
        self._place -= kept
        self._text_from -= kept
        self._after -= kept
        if self._object_from >= 0:
            self._object_from -= kept
        if self._is_closed:
            self._closed_at = max(0, self._closed_at - kept)
