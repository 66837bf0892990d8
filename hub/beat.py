"""Holds answers that there is no such thing to a beat, so that nobody tells by the clock what is hidden.

To look for what is hidden costs some microseconds more than to look for what is not there; whoever measures many
answers would see it. What such an answer takes, as seen from outside, is a whole number of beats.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from time import perf_counter, sleep
from typing import Any

from flask import Response, request

BEAT_SECONDS = 0.005
WATCH = "hub.watch"
"""Where the environment of a request holds its watch; an application inside the hub's own shares it."""


@dataclass
class Watch:
    """When a request began, and whether its answer misses something that was asked for by id."""

    started: float = field(default_factory=perf_counter)
    missed: bool = False

    @property
    def elapsed(self) -> float:
        """Seconds since the request began."""
        return perf_counter() - self.started


def hold_if_missed(ids: Sequence[str], rows: Sequence[Any]) -> None:
    """Let this answer leave on the beat where it was asked for objects by id and some of them were not found."""
    if ids and len({row.stix_id for row in rows}) < len(set(ids)):
        request.environ[WATCH].missed = True


def keep_beat(watch: Watch, response: Response) -> None:
    """Wait, where the answer says of something that it is not there."""
    if watch.missed or response.status_code == HTTPStatus.NOT_FOUND:
        sleep(seconds_to_beat(watch.elapsed))


def seconds_to_beat(elapsed: float) -> float:
    """How long an answer waits that took so long already."""
    return BEAT_SECONDS - elapsed % BEAT_SECONDS
