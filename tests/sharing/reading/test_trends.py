"""Trends: numbers of what the reader may open, each report once, that add up and can be repeated."""

import csv
import io
from datetime import date

import pytest

from models.vocabulary import Form, Label, Role
from sharing.analytics import (
    Period,
    Span,
    TableWords,
    current_fiscal_year,
    fiscal_year_of,
    quarter_of,
    write_csv,
)
from sharing.errors import NotPermitted
from tests.sharing.reading.town import Town

GREEN = (Form.ANONYMISED, Label.GREEN)
WORDS = TableWords(
    title="題",
    scope="範囲",
    event_type="事象の類型",
    total="合計",
    as_of="位置",
    policy="方針",
    periods=("第1四半期", "第2四半期", "第3四半期", "第4四半期"),
)


@pytest.mark.parametrize(
    ("day", "year", "quarter"),
    [
        (date(2026, 3, 31), 2025, 4),
        (date(2026, 4, 1), 2026, 1),
        (date(2026, 6, 30), 2026, 1),
        (date(2026, 7, 1), 2026, 2),
        (date(2026, 10, 1), 2026, 3),
        (date(2026, 12, 31), 2026, 3),
        (date(2027, 1, 1), 2026, 4),
        (date(2027, 3, 31), 2026, 4),
    ],
)
def test_the_fiscal_year_begins_in_april(day: date, year: int, quarter: int):
    """年度 and its quarters."""
    assert (fiscal_year_of(day.year, day.month), quarter_of(day.month)) == (year, quarter)
    assert current_fiscal_year(day) == year


def counts(table) -> dict[str, tuple[int, ...]]:
    return {row.code: row.counts for row in table.rows if row.total}


def test_the_table_has_the_eight_types_and_adds_up(town: Town):
    """The rows of the published table in its order; each column and each row adds up to the same total."""
    for event_type, day in [
        ("E30", date(2026, 4, 1)),
        ("E30", date(2026, 9, 30)),
        ("E00", date(2027, 3, 31)),
        ("E30", date(2026, 3, 31)),
    ]:
        town.publish(GREEN, event_type=event_type, noticed_on=day)
    table = town.trends(town.water)
    assert [row.code for row in table.rows] == ["E00", "E10", "E20", "E30", "E41", "E42", "E43", "E49"]
    assert counts(table) == {"E30": (1, 1, 0, 0), "E00": (0, 0, 0, 1)}
    assert table.totals == (1, 1, 0, 1)
    assert table.total == sum(table.totals) == sum(row.total for row in table.rows) == 3
    assert table.years == (2026, 2025)


def test_the_table_by_year_puts_fiscal_years_side_by_side(town: Town):
    """Five fiscal years, the last being the one asked for."""
    town.publish(GREEN, noticed_on=date(2025, 3, 31))
    town.publish(GREEN, noticed_on=date(2026, 4, 1))
    table = town.trends(town.water, 2026, Span.YEAR)
    assert table.periods == tuple(Period(year) for year in (2022, 2023, 2024, 2025, 2026))
    assert table.totals == (0, 0, 1, 0, 1)


def test_an_unknown_code_stands_on_its_own_row(town: Town):
    """It is neither lost nor counted as その他."""
    town.publish(GREEN, event_type="E77")
    table = town.trends(town.water)
    assert [(row.code, row.known, row.total) for row in table.rows][-1] == ("E77", False, 1)
    assert table.total == 1
    assert next(row for row in table.rows if row.code == "E49").total == 0


def test_each_counts_what_it_may_see(town: Town):
    """A report is counted once though two forms are visible; RED and exercises never; others' AMBER not at all."""
    town.publish((Form.NAMED, Label.AMBER), GREEN)
    town.publish((Form.NAMED, Label.AMBER))
    town.publish((Form.NAMED, Label.RED), audience=("secretariat:electricity",))
    town.publish(GREEN, exercise=True)
    assert town.trends(town.grid).total == 2
    assert town.trends(town.rival).total == 1
    assert town.trends(town.water).total == 1
    assert town.trends(town.council).total == 1


def test_a_table_can_be_repeated(town: Town):
    """As of its position it says the same after later reports, versions and corrections of a type."""
    report = town.publish(GREEN, event_type="E49")
    before = town.trends(town.water)
    town.advance(days=1)
    town.publish(GREEN, report=report, number=2, event_type="E41")
    town.publish(GREEN)
    again = town.trends(town.water, as_of=before.as_of)
    assert again == before
    assert counts(town.trends(town.water)) == {"E41": (0, 0, 1, 0), "E30": (0, 0, 1, 0)}


def test_the_position_tells_of_nothing_hidden(town: Town):
    """The stated position is the reader's own highest: what it may not see does not move it."""
    town.publish(GREEN)
    before = town.trends(town.water)
    town.publish((Form.NAMED, Label.AMBER))
    assert town.trends(town.water) == before
    assert town.trends(town.water, as_of=before.as_of + 10**15) == before
    assert town.trends(town.water, as_of=0).total == 0


def test_who_may_not_read_trends_is_refused(town: Town):
    """An auditor and a manager count nothing."""
    with pytest.raises(NotPermitted):
        town.trends(town.auditor)
    with pytest.raises(NotPermitted):
        town.trends(town.person(town.power.organization, Role.MANAGER))


def test_the_csv_is_the_same_each_time_and_runs_nothing(town: Town):
    """UTF-8 with its mark, CRLF, position and policy in it, and no cell that a spreadsheet takes for a formula."""
    town.publish(GREEN, event_type="=1+1")
    town.publish(GREEN, event_type="E30")
    table = town.trends(town.water)
    raw = write_csv(table, WORDS)
    assert raw == write_csv(town.trends(town.water, as_of=table.as_of), WORDS)
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    cells = [cell for line in lines for cell in line]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert ["方針", table.policy_version] in lines
    assert lines[-1] == ["", "合計", "0", "0", "2", "0", "2"]
    assert raw.count(b"\n") == raw.count(b"\r\n")
