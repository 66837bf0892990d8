"""Holds when this server last worked for somebody, so that what nobody waits for can give way to it."""

import mmap
import struct
import time
from collections.abc import Callable
from typing import Final

_MOMENT: Final = struct.Struct("d")


class Traffic:
    """The last moment at which a request came or its answer was made, in whichever worker of one server.

    The workers divide from the process that made this, and go on sharing its page of memory. The moment fits into one
    word of it, which is written and read whole.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._page = mmap.mmap(-1, mmap.PAGESIZE)  # zero at first: long ago

    def note(self) -> None:
        """Somebody is being worked for."""
        _MOMENT.pack_into(self._page, 0, self._clock())

    @property
    def quiet_seconds(self) -> float:
        """How long nobody has come."""
        (last,) = _MOMENT.unpack_from(self._page)
        return max(self._clock() - float(last), 0.0)
