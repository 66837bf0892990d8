"""Holds the connections of one conversation to a time of its own: who drips keeps each single wait short, for ever.

The libraries time every wait for a byte, and none the whole; a thread that waits can only be freed by cutting the line
that it waits on.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Lines:
    """The lines that were opened; all are cut when time is up."""

    def __init__(self) -> None:
        self.is_cut = False
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()

    def add(self, line: Any) -> None:
        """Note a line by a handle of our own: TLS takes the first one over."""
        with self._lock:
            self._open.append(socket.socket(fileno=os.dup(line.fileno())))
        if self.is_cut:
            self.cut()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What is asked and answered here ends by then."""
        timer = threading.Timer(seconds, self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def cut(self) -> None:
        """End every line; whoever reads from one finds its end."""
        with self._lock:
            self.is_cut = True
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the handles."""
        with self._lock:
            for each in self._open:
                each.close()
            self._open.clear()
