"""Whatever is published to whomever: lists and trends say what a slow and simple reading of the same history says."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.vocabulary import Form, Label
from sharing.analytics import Span, fiscal_year_of, quarter_of
from tests.sharing.reading.town import Town

TOKENS = ("members", "sector:electricity", "secretariat:water", "council", "government:nco", "secretariat:electricity")
READERS = {
    "grid": {"members", "secretariat:electricity"},
    "rival": {"members", "sector:electricity"},
    "water": {"members", "secretariat:water"},
    "council": {"council"},
    "nco": {"government:nco"},
}
DAYS = (date(2026, 3, 31), date(2026, 4, 1), date(2026, 8, 15), date(2026, 12, 31), date(2027, 1, 1))


@dataclass(frozen=True)
class Step:
    """One publication: one form of one report."""

    report: int
    form: Form
    label: Label
    event_type: str
    noticed_on: date
    audience: tuple[str, ...]


steps = st.lists(
    st.builds(
        Step,
        report=st.integers(0, 3),
        form=st.sampled_from([Form.NAMED, Form.ANONYMISED, Form.ORIGINAL]),
        label=st.sampled_from(list(Label)),
        event_type=st.sampled_from(["E00", "E30", "E49", "E99"]),
        noticed_on=st.sampled_from(DAYS),
        audience=st.lists(st.sampled_from(TOKENS), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    max_size=14,
)


def naive(history: list[Step], tokens: set[str]) -> list[Step]:
    """The reports that somebody with these tokens sees: newest of each form, none RED, fullest of each report."""
    chosen: dict[int, tuple[int, int, Step]] = {}
    newest: dict[tuple[int, Form], tuple[int, Step]] = {}
    for number, step in enumerate(history):
        if tokens & set(step.audience):
            newest[step.report, step.form] = (number, step)
    for (report, form), (number, step) in newest.items():
        if step.label is Label.RED:
            continue
        rank = (form.fullness, number, step)
        if report not in chosen or rank[:2] > chosen[report][:2]:
            chosen[report] = rank
    return [step for _, _, step in chosen.values()]


def check(town: Town, history: list[Step], as_of: dict[str, int | None]) -> None:
    for name, tokens in READERS.items():
        table = town.trends(getattr(town, name), as_of=as_of.get(name))
        expected: Counter[tuple[str, int]] = Counter(
            (step.event_type, quarter_of(step.noticed_on.month))
            for step in naive(history, tokens)
            if fiscal_year_of(step.noticed_on.year, step.noticed_on.month) == 2026
        )
        found = {(row.code, place + 1): count for row in table.rows for place, count in enumerate(row.counts) if count}
        assert found == dict(expected), name
        assert table.total == sum(expected.values())


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_trends_equal_a_naive_count(kind: str, request: pytest.FixtureRequest):
    """Over random histories, on both databases, for every reader, now and as of a position in the past."""
    from tests.harness import postgres, sqlite

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps, steps)
    def run(before: list[Step], after: list[Step]) -> None:
        with TemporaryDirectory() as folder:
            if kind == "sqlite":
                url = sqlite.copy(sqlite.migrated_template(_upgrade), Path(folder) / "hub.sqlite3")
                play(Town(url, Path(folder)), before, after)
                return
            server = request.getfixturevalue("postgres_server")
            with postgres.fresh_database(server, postgres.migrated_template(server, _upgrade)) as url:
                play(Town(url, Path(folder)), before, after)

    run()


def play(town: Town, before: list[Step], after: list[Step]) -> None:
    """Publish a history, note the tables, publish more, and compare both."""
    try:
        reports = [uuid4() for _ in range(4)]
        publish(town, reports, before, 1)
        then: dict[str, int | None] = {name: town.position(getattr(town, name)) for name in READERS}
        check(town, before, {})
        publish(town, reports, after, 1 + len(before))
        check(town, before + after, {})
        check(town, before, then)
        assert town.trends(town.grid, span=Span.YEAR).total >= town.trends(town.grid).total
        for name, tokens in READERS.items():
            assert len(town.editions(getattr(town, name))) == len(naive(before + after, tokens))
    finally:
        town.close()


def publish(town: Town, reports: list[UUID], history: list[Step], first: int) -> None:
    for number, step in enumerate(history, first):
        town.publish(
            (step.form, step.label),
            report=reports[step.report],
            number=number,
            event_type=step.event_type,
            noticed_on=step.noticed_on,
            audience=step.audience,
        )


def _upgrade(url: str) -> None:
    from models.session import upgrade

    upgrade(url)
