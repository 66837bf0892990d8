"""To look for what is hidden asks the database as often as to look for what is not there, or the answer is held.

At every route that takes a name of it, for readers who may not know: what waits for the beat may have taken longer.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event

import hub.security.beat
from models.vocabulary import Label
from tests.factory import START
from tests.leaks import verbs
from tests.leaks.asking import TAXII, Ask
from tests.leaks.copies import Copy
from tests.leaks.hidden import THINGS
from tests.leaks.pairs import BETWEEN, Stage
from tests.leaks.still import standing_still
from tests.leaks.timing import ABSENT_OBJECT, ABSENT_REPORT, absent_reference
from tests.leaks.worlds import Ground

pytestmark = pytest.mark.leaks

POST = "POST /taxii2/<root>/collections/<ident>/objects/"
TITLE = "競合他社の変電所が停止していること"
"""Long enough to be looked for."""
SHARE = 4
"""Of all readers one in so many asks each thing."""


@dataclass(frozen=True)
class Work:
    """What an answer took."""

    held: bool
    asked: int
    """Statements that the database was sent."""


@dataclass
class Watching:
    """Counts what is done in this thread; helpers write their notes when they come to it."""

    asked: int = 0
    held: int = 0
    thread: int = field(default_factory=threading.get_ident)

    def meet(self, connection: Any, *_: object) -> None:
        """Listen to a connection of the pool."""
        connection.set_trace_callback(self.note)

    def note(self, _statement: str) -> None:
        """One more; what the index of words asks for itself is among them."""
        self.asked += threading.get_ident() == self.thread

    def wait(self, _due: float) -> None:
        """In place of the wait for the beat."""
        self.held += 1

    def work_for(self, stage: Stage, copy: Copy) -> dict[tuple[str, Ask], Work]:
        """Send everything that names the hidden thing, each as a quarter of the readers, whose turns change."""
        for engine in copy.hub.units.database.engines:
            event.listen(engine, "checkout", self.meet)
        found: dict[tuple[str, Ask], Work] = {}
        for turn, ask in enumerate(each for each in stage.asks if each.hidden):
            for name in list(stage.readers)[turn % SHARE :: SHARE]:
                self.asked = self.held = 0
                stage.answer(copy, name, ask, copy.now + turn * BETWEEN)
                found[name, ask] = Work(self.held > 0, self.asked)
        return found


@pytest.mark.parametrize("name", ["amber", "post"])
def test_hidden_and_absent_ask_as_often(sqlite_ground: Ground, name: str) -> None:
    """Of a report and of an object that a machine posted."""
    hidden = next(each for each in THINGS if each.name == name)
    stage = Stage(sqlite_ground, [hidden])
    watching = Watching()
    with standing_still(START), patch.object(hub.security.beat, "wait_until", watching.wait), closing(stage):
        stage.write_requests()
        with sqlite_ground.world() as (copy, _):
            absent = watching.work_for(stage, copy)
        with stage.world_of(hidden) as copy:
            there = watching.work_for(stage, copy)
    innocent = {key: work for key, work in there.items() if hidden.innocent(key[0])}
    told = Counter(
        ask.route
        for (reader, ask), work in innocent.items()
        if work != absent[reader, ask] and not (work.held and absent[reader, ask].held)
    )
    assert sum(work.held for work in innocent.values()) > 50, "expected most answers to be held, found few"
    assert not told, f"how long these take tells of what is hidden: {dict(told)}"


def test_a_post_that_names_what_is_hidden_asks_as_often(sqlite_ground: Ground) -> None:
    """In a reference, and in a text by id, by number and by title: as often as where it names what nobody has."""
    hidden = next(each for each in THINGS if each.name == "amber")
    stage = Stage(sqlite_ground, [hidden])
    watching = Watching()
    with standing_still(START), sqlite_ground.world(hidden) as (copy, ids):
        for engine in copy.hub.units.database.engines:
            event.listen(engine, "checkout", watching.meet)
        verbs.files(copy, sqlite_ground.base.actor("rival reporter"), TITLE, Label.AMBER)
        there = ids.objects[0], ids.references[0], TITLE
        absent = ABSENT_OBJECT, absent_reference(ids.references[0]), TITLE[::-1]
        copy.disclosures.release()

        def asked(number: int, names: tuple[str, str, str]) -> int:
            body = b'{"objects":[' + _note(number, *names) + b"]}"
            ask = Ask(POST, "/taxii2/hub/collections/water/objects/", body=body, content_type=TAXII)
            watching.asked = 0
            answer = stage.answer(copy, "water secretariat", ask, copy.now + number * BETWEEN)
            status = json.loads(answer.body)
            assert (answer.status, status["success_count"]) == (202, 1), status
            return watching.asked

        for number in range(2):  # whatever is found out once a process
            asked(number, absent)
        counts = {asked(2 + number, (absent, there)[number % 2]) for number in range(4)}
    assert len(counts) == 1, f"expected as many statements for each, found {counts}"


def _note(number: int, ident: str, reference: str, title: str) -> bytes:
    value = json.loads(verbs.indicator(number, Label.GREEN))
    for name in ("pattern", "pattern_type", "valid_from", "name"):
        del value[name]
    told = {"content": f"see {ident}, {reference} and {title}", "object_refs": [ident]}
    return json.dumps(value | told | {"type": "note", "id": f"note--{ABSENT_REPORT[:-4]}{number:04d}"}).encode()
