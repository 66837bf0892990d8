"""Absent and hidden take the same time, as far as the pairs of requests can tell; and what would be told is found."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter, perf_counter_ns
from typing import Any
from unittest.mock import patch

import pytest

from hub.security.beat import Beat
from tests.leaks.timing import PAIRS, Route, Told, compare, told
from tests.leaks.worlds import Ground

pytestmark = pytest.mark.leaks

_INBOX = "/taxii2/hub/collections/inbox"
MANIFEST = Route(
    "GET /taxii2/<root>/collections/<ident>/manifest/", f"{_INBOX}/manifest/?match[id]={{}}".format, "object"
)
ROUTES = (
    Route("GET /reports/<uuid:report_id>/", "/reports/{}/".format, "report"),
    Route("GET /api/v1/reports/<reference>", "/api/v1/reports/{}".format, "reference"),
    Route("GET /api/v1/objects/<stix_id>", "/api/v1/objects/{}".format, "object"),
    Route("GET /reports/<uuid:report_id>/recall", "/reports/{}/recall".format, "report"),
    Route("GET /taxii2/<root>/collections/<ident>/objects/<stix_id>/", f"{_INBOX}/objects/{{}}/".format, "object"),
    Route("GET /taxii2/<root>/collections/<ident>/objects/", f"{_INBOX}/objects/?match[id]={{}}".format, "object"),
    MANIFEST,
    Route("GET /api/v1/feeds/<feed>/objects", "/api/v1/feeds/inbox/objects?id={}".format, "object"),
    Route("GET /api/v1/feeds/<feed>/search", "/api/v1/feeds/inbox/search?q={}".format, "reference"),
)
LONGER_SECONDS = 0.0003
"""What is planted before the beat: as much as a question more to PostgreSQL."""


@pytest.fixture(scope="module")
def on_sqlite(sqlite_ground: Ground) -> Iterator[Told]:
    """One world for all routes; none of them changes anything."""
    with told(sqlite_ground) as there:
        yield there


@pytest.fixture(scope="module")
def on_postgres(postgres_ground: Ground) -> Iterator[Told]:
    """The same on the other database."""
    with told(postgres_ground) as there:
        yield there


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("route", ROUTES, ids=[each.rule for each in ROUTES])
def test_absent_and_hidden_take_the_same_time(
    request: pytest.FixtureRequest, database: str, route: Route, record_property: Callable[[str, object], None]
) -> None:
    """For a rival, who may not know of the report."""
    there: Told = request.getfixturevalue(f"on_{database}")
    with there.asking(route) as asked:
        found = asked.compare()
    record_property("said", f"timing, {database}, {route.rule}: {found}")
    assert not found.tells, f"absent and hidden can be told apart at {route.rule}: {found}"


def test_more_work_is_told_after_the_beat_and_not_before(
    on_sqlite: Told, record_property: Callable[[str, object], None]
) -> None:
    """The search may take longer; but where work is left after the beat, as when something is freed or logged too late,
    the statistic finds it: by 300 pairs twice of what half of them differ by anyway, by more pairs as much less.
    """
    with on_sqlite.asking(MANIFEST) as asked:
        beat = asked.copy.app.wsgi_app
        assert isinstance(beat, Beat), f"expected nothing outside of the beat, found {beat}"
        late = 2 * asked.compare().spread / 1e9 * math.sqrt(300 / PAIRS)
        with patch.object(beat, "_app", _more_work(beat._app, asked.hidden, LONGER_SECONDS)):
            before = asked.compare()
        with patch.object(asked.copy.app, "wsgi_app", _more_work(beat, asked.hidden, late)):
            after = asked.compare()
    record_property("said", f"timing, {LONGER_SECONDS * 1e6:.0f} µs planted before the beat: {before}")
    record_property("said", f"timing, {late * 1e6:.0f} µs planted after the beat: {after}")
    assert not before.tells, f"the beat does not hide what was planted before it: {before}"
    assert after.tells, f"expected what was planted after the beat to be found: {after}"


def _more_work(app: Any, hidden: str, seconds: float) -> Callable[..., Iterable[bytes]]:
    """An application that is busy a little longer where it was asked for this."""

    def working(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = app(environ, start_response)
        end = perf_counter() + (seconds if hidden in environ["QUERY_STRING"] else 0)
        while perf_counter() < end:
            pass
        return answer

    return working


def test_the_statistic_finds_a_difference() -> None:
    """A tenth more of work is found, and the same work is not taken for another."""

    def work(rounds: int) -> int:
        begin = perf_counter_ns()
        sum(range(rounds))
        return perf_counter_ns() - begin

    assert compare(lambda: work(20_000), lambda: work(23_000), 300).tells
    assert not compare(lambda: work(20_000), lambda: work(20_000), 300).tells
