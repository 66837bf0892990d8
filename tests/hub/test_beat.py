"""The beat: what is held leaves on it, and after it no work is left that could tell something."""

from collections.abc import Iterable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from werkzeug.test import Client

import hub.security.beat
from hub.security.beat import BEAT_SECONDS, WATCH, Beat, Watch, seconds_to_beat


class Body:
    """The body of an answer that notes when it is made and closed."""

    def __init__(self, happened: list[str]) -> None:
        self.happened = happened

    def __iter__(self) -> Iterator[bytes]:
        self.happened.append("made")
        yield b"not "
        yield b"there"

    def close(self) -> None:
        self.happened.append("closed")

    def __del__(self) -> None:
        self.happened.append("freed")


@pytest.fixture
def happened() -> Iterator[list[str]]:
    """What happens, in order."""
    found: list[str] = []
    with patch.object(hub.security.beat, "wait_until", lambda _due: found.append("beat")):
        yield found


def app_of(happened: list[str], *, held: bool) -> Beat:
    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        environ[WATCH].held = held
        start_response("404 NOT FOUND", [("Content-Type", "text/plain")])
        return Body(happened)

    return Beat(answer)


def test_all_work_is_done_before_the_beat(happened: list[str]) -> None:
    """Also what closing does and what is given back: a difference in either was told by its microseconds."""
    answer = Client(app_of(happened, held=True)).get("/")
    assert (answer.status_code, answer.text) == (404, "not there")
    assert happened == ["made", "closed", "freed", "beat"]


def test_what_is_not_held_leaves_as_it_is_made(happened: list[str]) -> None:
    """A long body is not gathered."""
    answer = app_of(happened, held=False)({}, lambda *_: None)
    assert isinstance(answer, Body)
    assert happened == []


def test_a_held_answer_leaves_on_a_beat() -> None:
    """However long the search took, what a client measures is a whole number of beats."""
    for elapsed in (0.0, 0.0001, 0.0021, 0.00999, 0.0101, 0.0312):
        beats = (elapsed + seconds_to_beat(elapsed)) / BEAT_SECONDS
        assert abs(beats - round(beats)) < 1e-9
        assert 0 < seconds_to_beat(elapsed) <= BEAT_SECONDS


def test_logs_and_counts_are_told_whole_beats_too() -> None:
    """Who reads them may not know either."""
    beats = Watch(held=True).seconds / BEAT_SECONDS
    assert abs(beats - round(beats)) < 1e-6
