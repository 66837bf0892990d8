"""Holds those who take large answers to their time: whoever takes next to nothing of one is cut off.

An answer is made whole, and the server underneath keeps what its client has not taken, for as long as the connection
stands; some dozens of such connections would fill the memory. It knows no limit for that either, so the connection is
told by what the system counts for it: bytes that wait to be sent, and how many were taken meanwhile.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hub.security.silent_senders import LEAST_RATE, LOOKS, Count, End, cut_connection, list_counts
from hub.security.slow_bodies import end_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LEAST_BYTES: Final = 256 * 1024
"""An answer of so many is looked after; smaller ones the system itself takes."""

Look = tuple[float, dict[int, Count]]


@dataclass
class Takers:
    """Looks after the large answers of one worker; it sleeps while nothing waits to be taken."""

    silence: float
    """Seconds in which so much must be taken as the least rate brings."""
    counts: Callable[[frozenset[End]], dict[int, Count]] = list_counts
    cut: Callable[[int], None] = cut_connection
    _ends: set[End] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_noted: bool = False
    _runs: bool = False

    def note(self, environ: "WSGIEnvironment") -> None:
        """Look after a large answer that is about to leave."""
        with self._lock:
            self._ends.add(end_of(environ))
            self._is_noted = True
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, name="watch-answers", daemon=True).start()

    def _run(self) -> None:
        seen: list[Look] = []
        while True:
            time.sleep(self.silence / LOOKS)
            now = time.monotonic()
            with self._lock:
                ends, was_noted, self._is_noted = frozenset(self._ends), self._is_noted, False
            waiting = {inode: count for inode, count in self.counts(ends).items() if count.waiting}
            with self._lock:
                if not waiting and not was_noted and not self._is_noted:
                    self._ends.clear()
                    self._runs = False
                    return
            seen = [each for each in seen if now - each[0] <= 2 * self.silence]
            for inode, count in waiting.items():
                if self._takes_nothing(inode, count, seen, now):
                    self.cut(inode)
            seen.append((now, waiting))

    def _takes_nothing(self, inode: int, count: Count, seen: list[Look], now: float) -> bool:
        """Whether something waited at every look for long enough, and next to nothing of it was taken."""
        for at, looked in reversed(seen):
            then = looked.get(inode)
            if then is None:
                return False
            if now - at >= self.silence * (1 - 1 / LOOKS):
                return count.sent - then.sent < LEAST_RATE * self.silence
        return False
