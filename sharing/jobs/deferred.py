"""Holds a helper that does a piece of work a little later, once, however often it is asked for meanwhile."""

import threading
from collections.abc import Callable


class Soon:
    """Work that can wait: asked for by many threads, done in one of its own."""

    def __init__(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        """Name the helper, say how long after the first question it works, and what it does; the work never fails."""
        self._name = name
        self._seconds = seconds
        self._work = work
        self._lock = threading.Lock()
        self._helper: _Helper | None = None

    def ask(self) -> None:
        """Have the work done soon: whatever was there before this call is seen by it."""
        helper = self._helper
        if helper is None or not helper.is_alive():  # not yet, or not in this process
            helper = self._begin()
        if not helper.wake.is_set():
            helper.wake.set()

    def close(self) -> None:
        """Do the work now and let the helper rest; the next question begins another one."""
        with self._lock:
            helper, self._helper = self._helper, None
        if helper is not None and helper.is_alive():
            helper.end.set()
            helper.wake.set()
            helper.join()
        self._work()

    def _begin(self) -> "_Helper":
        with self._lock:
            if self._helper is None or not self._helper.is_alive():
                self._helper = _Helper(self._name, self._seconds, self._work)
                self._helper.start()
            return self._helper


class _Helper(threading.Thread):
    def __init__(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.wake = threading.Event()
        self.end = threading.Event()
        self._seconds = seconds
        self._work = work

    def run(self) -> None:
        # The end is looked at after the wake is cleared: who ends sets the end first, so no wake is lost with it.
        while not self.end.is_set():
            self.wake.wait()
            self.end.wait(self._seconds)
            self.wake.clear()
            self._work()
