"""Holds the coarse brake against guessing from one address; each process has its own, in memory."""

import ipaddress
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from werkzeug.exceptions import TooManyRequests

MAX_FAILURES = 60
"""Wrong passwords and codes from one address; an office behind one address makes fewer, a guesser far more."""
SPAN = timedelta(minutes=10)
"""The time in which they are counted."""
MAX_ADDRESSES = 20_000
"""How many addresses are remembered; the one that failed longest ago is forgotten first."""
IPV6_PREFIX = 64
"""One household or office has a whole such network."""


@dataclass
class Throttle:
    """Failures by address, the latest last."""

    _failures: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, address: str | None, now: datetime) -> None:
        """Let an attempt through, or not.

        Raises:
            TooManyRequests: too many attempts from this address failed lately.
        """
        with self._lock:
            times = self._failures.get(_network(address))
            while times and times[0] <= now - SPAN:
                times.popleft()
            if times and len(times) >= MAX_FAILURES:
                raise TooManyRequests(retry_after=times[0] + SPAN)

    def failed(self, address: str | None, now: datetime) -> None:
        """Count a failed attempt."""
        name = _network(address)
        with self._lock:
            self._failures.setdefault(name, deque(maxlen=MAX_FAILURES)).append(now)
            self._failures.move_to_end(name)
            while len(self._failures) > MAX_ADDRESSES:
                self._failures.popitem(last=False)


def _network(address: str | None) -> str:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed)
