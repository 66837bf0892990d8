"""A door: the search learns what machines posted while nobody waits for the hub; where somebody always does, in time.

A thousand objects take a fifth of a second of a worker that may be answering, and on SQLite the turn to write.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from hub.wiring import Hub
from sharing.reading.search_index import behind_since, catch_up, find_behind

QUIET_SECONDS: Final = 0.1
"""So long nobody came: the next who does finds a part of the index being written at most."""

LATEST_SECONDS: Final = 30
"""What was published longer ago than this is indexed also while requests come."""

REST: Final = 4
"""How many times as long as it worked it rests then: it takes at most a fifth of one core from them."""


class Indexing:
    """Lets the search catch up with the log, a part at a time."""

    def __init__(self, hub: Hub, wait: Callable[[float], object]) -> None:
        self._hub = hub
        self._wait = wait

    def run(self, is_wanted: Callable[[], bool]) -> None:
        """Index what waits, as long as this is wanted and nobody is in the way who came later than it."""
        while is_wanted():
            with self._hub.reading() as session:
                since = behind_since(session)
                late = since is not None and self._hub.units.now_us(session) - since > LATEST_SECONDS * 1_000_000
            quiet = self._hub.traffic.quiet_seconds >= QUIET_SECONDS
            if since is None or not (quiet or late):
                return
            worked = self._index_a_part()
            if not quiet:
                self._wait(REST * worked)

    def _index_a_part(self) -> float:
        started = perf_counter()
        with self._hub.reading() as session:
            behind = find_behind(session)
        if behind is not None:
            with self._hub.units.database.writing() as session:
                catch_up(session, behind)
        return perf_counter() - started
