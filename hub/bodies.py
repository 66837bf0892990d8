"""Holds slow senders to their share: however many dribble their bodies, half of a worker's threads go on answering.

A thread that reads a body waits for as long as its sender likes; the server underneath knows no limit for that. So only
some threads read bodies at a time, and whoever finds no place is told to come back. Who answers without reading the
body (no key, too large, another type) takes no place. A proxy in front that buffers bodies keeps slow senders out.
"""

from collections.abc import Iterable
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Final

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

    def __init__(self, app: "WSGIApplication", at_once: int = AT_ONCE) -> None:
        self._app = app
        self._places = BoundedSemaphore(at_once)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let the application read the body through a place, which is given back at the end at the latest."""
        if environ["REQUEST_METHOD"] in _WITHOUT:
            return self._app(environ, start_response)
        body = environ["wsgi.input"] = _Body(environ["wsgi.input"], self._places)
        try:
            return self._app(environ, start_response)
        finally:
            body.leave()


class _Body:
    """A request's body, read only from a place.

    Raises:
        Busy: every place is taken; nothing of the body was read.
    """

    def __init__(self, stream: Any, places: BoundedSemaphore) -> None:
        self._stream = stream
        self._places = places
        self._stands = False

    def read(self, size: int = -1) -> bytes:
        """As of any stream."""
        self._enter()
        part: bytes = self._stream.read(size)
        if not part:
            self.leave()
        return part

    def readline(self, size: int = -1) -> bytes:
        """As of any stream."""
        self._enter()
        line: bytes = self._stream.readline(size)
        return line

    def readlines(self, hint: int = -1) -> list[bytes]:
        """As of any stream."""
        self._enter()
        lines: list[bytes] = self._stream.readlines(hint)
        return lines

    def __iter__(self) -> Any:
        """As of any stream."""
        return iter(self.readline, b"")

    def leave(self) -> None:
        """Give the place back."""
        if self._stands:
            self._stands = False
            self._places.release()

    def _enter(self) -> None:
        if self._stands:
            return
        if not self._places.acquire(timeout=PATIENCE_SECONDS):
            raise Busy("too many bodies are being sent at this moment; send yours again")
        self._stands = True
