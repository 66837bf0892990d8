"""What is hidden changes no answer: every hidden thing, every reader who may not know of it, every route."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

import pytest

from tests.factory import START
from tests.leaks.answers import Answer
from tests.leaks.asking import Ask
from tests.leaks.declared import cut
from tests.leaks.hidden import KEEPERS, THINGS, Hidden
from tests.leaks.pairs import Answers, Covered, Found, Stage
from tests.leaks.requests import EXEMPT, TABLE
from tests.leaks.still import standing_still
from tests.leaks.wild import wild_things
from tests.leaks.worlds import Ground

pytestmark = pytest.mark.leaks

SHARES = 6
"""Each database is tried in so many tests; each has its part of the hidden things and of the common requests."""
THOROUGH = "WORLDS" in os.environ
"""`make leaks`: every reader sends every request on both databases; otherwise each gets the half of the common ones."""
FEWER = 4
"""Otherwise, of the requests that name a hidden thing, one in so many readers sends each; the next one by others."""
WORLDS = int(os.environ.get("WORLDS", "2"))
"""Random hidden things for each test, beside the named ones: `make leaks WORLDS=1000`."""
FEWEST = 50
"""Pairs of worlds that are compared on each database, however little time there is."""
SIGNED = re.compile("receipt|checkpoint")
"""Routes whose answers hold a checkpoint."""
TOLD = 12
"""Stories of a failure that are told in full; the rest is counted."""


def grounds() -> pytest.MarkDecorator:
    """Once on each database; the base world is made by whoever asks first."""
    return pytest.mark.parametrize("ground", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])


def ground_of(request: pytest.FixtureRequest, name: str) -> Ground:
    """The base world on this database."""
    found: Ground = request.getfixturevalue(f"{name}_ground")
    return found


def stories(found: Sequence[Found]) -> str:
    """A failure as it is told: one story for each route, then how many more there are."""
    by_route = {each.ask.route: each for each in reversed(found)}
    told = [str(each) for each in list(by_route.values())[:TOLD]]
    return "\n".join([f"{len(found)} answers differ, at {len(by_route)} routes:", *told])


def test_every_route_is_asked_or_exempt(request: pytest.FixtureRequest) -> None:
    """A new route needs a line in the table, or a reason; a line needs a route."""
    routes = set(ground_of(request, "sqlite").routes)
    assert routes - {*TABLE, *EXEMPT} == set(), (
        "routes without a line in tests/leaks/reading_requests.py or writing_requests.py"
    )
    assert {*TABLE, *EXEMPT} - routes == set(), "lines in tests/leaks/*_requests.py without a route"
    assert set(TABLE) & set(EXEMPT) == set()


def test_enough_worlds_are_compared() -> None:
    """Each hidden thing is a pair of worlds."""
    assert len(THINGS) + SHARES * WORLDS >= FEWEST


@grounds()
@pytest.mark.parametrize("share", range(SHARES))
def test_the_hidden_changes_no_answer(
    request: pytest.FixtureRequest, ground: str, share: int, record_property: Callable[[str, object], None]
) -> None:
    """Two worlds that differ in one hidden thing answer its innocent readers with the same bytes."""
    named = [replace(each, last=number % 2 == 0) for number, each in enumerate(THINGS[share::SHARES], start=share)]
    things: list[Hidden] = [*named, *wild_things(WORLDS, seed=share)]
    part = (share, SHARES, 1) if THOROUGH else (2 * share + (ground == "postgres"), 2 * SHARES, FEWER)
    stage = Stage(ground_of(request, ground), things, *part[:2], thin=part[2])
    covered, found = Covered(), []
    with standing_still(START), closing(stage):
        stage.prepare()
        for each in things:
            found += stage.compare(each, covered)
    record_property("said", f"leaks, {ground}, part {share + 1} of {SHARES}: {covered}")
    assert not found, stories(found)
    assert covered.routes == {ask.route for ask in stage.asks}, "every route of the table was compared"
    assert covered.readers == set(stage.readers) - KEEPERS, "every other reader was innocent of something"
    failed = {str(ask) for (_, ask), answer in stage.without.items() if answer.status >= 500}
    assert not failed, f"expected no failure inside the hub, found {failed}"


@pytest.mark.postgres
def test_the_same_world_answers_alike(request: pytest.FixtureRequest) -> None:
    """The ground of all this: two copies of one world, nothing hidden in either, differ in nothing."""
    ground = ground_of(request, "postgres")
    stage = Stage(ground, (), share=0, shares=SHARES)
    with standing_still(START):
        stage.prepare()
        with ground.world() as (copy, _):
            again = stage.answers(copy, {})
    assert _without_proofs(again) == _without_proofs(stage.without)


def _without_proofs(answers: Answers) -> dict[tuple[str, Ask], Answer]:
    """A proof carries a checkpoint that is signed for it: no draw of ours decides the chance in an ML-DSA signature."""
    return {
        (reader, ask): cut(ask.route, answer) if SIGNED.search(ask.route) else answer
        for (reader, ask), answer in answers.items()
    }
