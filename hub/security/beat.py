"""Holds answers to a beat, so that nobody tells by the clock what is hidden: that there is no such thing, and searches.

To look for what is hidden takes longer than to look for what is not there, by microseconds or by a question to the
database; whoever measures many answers would see it. What such an answer takes, as seen from outside, is a whole number
of beats. It is handed out on the beat when all work for it is done: made, logged, closed and its memory given back;
none of that may come after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any

from flask import request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BEAT_SECONDS = 0.01
"""Several times what such answers take, on PostgreSQL too: where they took nearly a beat, the next one would tell."""
WATCH = "hub.watch"
"""Where the environment of a request holds its watch; an application inside the hub's own shares it."""


@dataclass
class Watch:
    """When a request began, and whether its answer leaves on the beat."""

    started: float = field(default_factory=perf_counter)
    held: bool = False

    @property
    def seconds(self) -> float:
        """What the request takes as seen from outside, were all work for it done now; log and counts tell no more."""
        elapsed = perf_counter() - self.started
        return elapsed + seconds_to_beat(elapsed) if self.held else elapsed


class Beat:
    """Stands before an application, outside of everything that works for an answer."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Start the watch; an answer that is held is taken whole, and handed out on the beat."""
        watch = environ[WATCH] = Watch()
        answer = self._app(environ, start_response)
        if not watch.held:
            return answer
        whole = _take(answer)
        del answer
        wait_until(watch.started + watch.seconds)
        return [whole]


def hold() -> None:
    """Let this answer leave on the beat: what is hidden was perhaps looked into for it."""
    request.environ[WATCH].held = True


def hold_if_missed(environ: "WSGIEnvironment", ids: Sequence[str], rows: Sequence[Any]) -> None:
    """Let an answer leave on the beat where it was asked for objects by id and some of them were not found."""
    if ids and len({row.stix_id for row in rows}) < len(set(ids)):
        environ[WATCH].held = True


def hold_if_nothing(watch: Watch, status: int) -> None:
    """Let an answer leave on the beat where it says of something that it is not there."""
    if status == HTTPStatus.NOT_FOUND:
        watch.held = True


def seconds_to_beat(elapsed: float) -> float:
    """How long an answer waits that took so long already."""
    return BEAT_SECONDS - elapsed % BEAT_SECONDS


def wait_until(due: float) -> None:
    """Return at this moment of the running clock, whenever the wait began."""
    sleep(max(due - perf_counter(), 0))


def _take(answer: Iterable[bytes]) -> bytes:
    """The whole body; what an answer does when it is closed is done."""
    try:
        return b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
