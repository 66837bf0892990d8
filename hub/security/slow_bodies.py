"""Holds slow senders to their share: however many dribble their bodies, half of a worker's threads go on answering.

A thread that reads a body waits for its sender; the server underneath knows no limit for that. So only some threads
read bodies at a time, and whoever finds no place is told to come back. Who answers without reading the body (no key,
too large, another type) takes no place; the server underneath ends a connection on which something was left unread, so
its client is told, and does not send its next request there. Who falls silent is cut off
(`hub.security.silent_senders`). A proxy in front that buffers bodies keeps slow senders out.
"""

import time
from collections.abc import Iterable
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Final

from hub.security.silent_senders import PIECE, Coming, End, Watch
from sharing.errors import Busy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AT_ONCE: Final = 8
"""Bodies that one worker reads at a time: half of its threads."""

PATIENCE_SECONDS: Final = 0.5
"""How long a body waits for a place: those of a burst are read in milliseconds each."""

_WITHOUT: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class BodyGate:
    """Stands before an application and gives out the places."""

    def __init__(self, app: "WSGIApplication", at_once: int = AT_ONCE, *, silence: float) -> None:
        self._app = app
        self._places = BoundedSemaphore(at_once)
        self._watch = Watch(silence)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let the application read the body through a place, which is given back at the end at the latest."""
        length = _length(environ)
        if length == 0 and environ["REQUEST_METHOD"] in _WITHOUT:
            return self._app(environ, start_response)
        body = environ["wsgi.input"] = _Body(environ["wsgi.input"], self._places, self._watch, end_of(environ), length)
        try:
            return self._app(environ, _telling(start_response, body) if _ends_unread(environ) else start_response)
        finally:
            body.leave()


def _length(environ: "WSGIEnvironment") -> int | None:
    """How long the body is said to be; nothing where that is not known."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    stated = environ.get("CONTENT_LENGTH") or "0"
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 16 else None


def _ends_unread(environ: "WSGIEnvironment") -> bool:
    """Whether the server underneath ends such connections and says nothing; others see to it, and forbid the header."""
    return environ.get("SERVER_SOFTWARE") == "Granian"


def _telling(start_response: "StartResponse", body: "_Body") -> "StartResponse":
    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        told = [*headers, ("Connection", "close")] if body.is_left else headers
        return start_response(status, told, *more)

    return start


def end_of(environ: "WSGIEnvironment") -> End:
    """The two ends of the connection itself: at the other one perhaps a proxy."""
    straight = environ.get("werkzeug.proxy_fix.orig", {})
    port = str(straight.get("SERVER_PORT") or environ.get("SERVER_PORT") or "")
    address = str(straight.get("REMOTE_ADDR") or environ.get("REMOTE_ADDR") or "")
    return address, int(port) if port.isdigit() else 0


class _Body:
    """A request's body, read only from a place.

    Raises:
        Busy: every place is taken; nothing of the body was read.
    """

    def __init__(self, stream: Any, places: BoundedSemaphore, watch: Watch, end: End, length: int | None) -> None:
        self._stream = stream
        self._length = length
        self._received = 0
        self._ended = False
        self._places = places
        self._watch = watch
        self._end = end
        self._coming: Coming | None = None

    @property
    def is_left(self) -> bool:
        """Whether something of it was not read."""
        return not self._ended and self._received != self._length

    def read(self, size: int = -1) -> bytes:
        """As of any stream; in pieces, so that it shows whether the sender still sends."""
        coming = self._enter()
        parts: list[bytes] = []
        while size:
            part: bytes = self._stream.read(PIECE if size < 0 else min(size, PIECE))
            if not part:
                self._ended = True
                self.leave()
                break
            self._note(coming, len(part))
            parts.append(part)
            size -= len(part) if size > 0 else 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readline(self, size: int = -1) -> bytes:
        """As of any stream."""
        coming = self._enter()
        line: bytes = self._stream.readline(size)
        self._note(coming, len(line))
        return line

    def readlines(self, hint: int = -1) -> list[bytes]:
        """As of any stream."""
        self._enter()
        lines: list[bytes] = self._stream.readlines(hint)
        self._received += sum(map(len, lines))
        return lines

    def __iter__(self) -> Any:
        """As of any stream."""
        return iter(self.readline, b"")

    def leave(self) -> None:
        """Give the place back."""
        if self._coming is not None:
            self._watch.end(self._coming)
            self._coming = None
            self._places.release()

    def _note(self, coming: Coming, size: int) -> None:
        self._received += size
        coming.moved, coming.received = time.monotonic(), coming.received + size

    def _enter(self) -> Coming:
        if self._coming is not None:
            return self._coming
        if not self._places.acquire(timeout=PATIENCE_SECONDS):
            raise Busy("too many bodies are being sent at this moment; send yours again")
        self._coming = self._watch.begin(self._end)
        return self._coming
