"""Holds how a process tells hours in which nobody wrote from a clock that leapt: by the machine's own running clock."""

import time
from collections.abc import Callable

from hub.wiring import Hub
from models.moments import microseconds_of
from sharing.audit.integrate import LEAP_US
from sharing.audit.state import accept_clock, note_clock


def running_seconds() -> float:
    """Seconds that passed on this machine, asleep or not; nobody can set this clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Steady:
    """Both clocks as they stood when this process last knew that the time was right."""

    def __init__(self, hub: Hub, running: Callable[[], float] = running_seconds) -> None:
        self._hub = hub
        self._running = running
        self._known_us = self._wall_us()
        self._known_at = running()

    def meet(self) -> None:
        """Note the time, however long nobody could, where the running clock explains it.

        Raises:
            ClockLeap: the clock is more than an hour past what it could be.
        """
        ran = self._running()
        with self._hub.units.database.writing() as session:
            now_us = self._hub.units.now_us(session)
            expected = self._known_us + int((ran - self._known_at) * 1_000_000)
            if abs(now_us - expected) <= LEAP_US:
                accept_clock(session, now_us)
            else:
                note_clock(session, now_us)
        self._known_us, self._known_at = now_us, ran

    def _wall_us(self) -> int:
        return microseconds_of(self._hub.clock())
