"""Plans of reading: index ranges on both databases, never a walk through a feed, a scan of a table or a sort of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import getsource
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import Label, Role
from models.ways import Statement
from sharing.reading import driver, editions, grants, judge, ledger, newest, own, page, references, stored, titles, why
from sharing.reading.grants import View
from sharing.reading.judge import keep
from sharing.reading.question import ALL, FIRST, LAST, Question
from sharing.reports.titles import ask_filed
from tests.sharing.reading.town import Town

OBJECTS = 600


@pytest.fixture
def feed(town: Town) -> Town:
    """A feed that is large enough for statistics to mean something."""
    for label in (Label.CLEAR, Label.GREEN, Label.AMBER):
        town.indicator(label, OBJECTS // 3)
    with town.writing() as session:
        session.execute(text("ANALYZE"))
    return town


@contextmanager
def plans(session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Collect the plan of everything that reading asks meanwhile, as (SQL, plan)."""
    found: list[tuple[str, str]] = []
    ask = driver.fetch

    def explained(session: Session, sql: str, parameters: Any, *, kept: bool = False) -> list[tuple[Any, ...]]:
        if driver.is_sqlite(session):
            lines = [row[3] for row in ask(session, f"EXPLAIN QUERY PLAN {sql}", parameters)]
        else:
            lines = [str(row[0]) for row in ask(session, f"EXPLAIN {sql}", parameters)]
        found.append((sql, "\n".join(lines)))
        return ask(session, sql, parameters, kept=kept)

    for module in (grants, judge, references):
        monkeypatch.setattr(module, "walk", explained)
    yield found


def look(plan: str, *, sqlite: bool) -> None:
    """What no plan of reading may hold."""
    if sqlite:
        walks = [
            line for line in plan.splitlines() if re.match(r"SCAN (?!g$|g |json_each|j |n |w |f$|f |CONSTANT)", line)
        ]
        assert walks == [], plan
        assert not re.search(r"SCAN (grants|objects|o)\b", plan), plan
        for line in plan.splitlines():
            if re.search(r"SEARCH (grants|g) USING PRIMARY KEY", line):
                assert "feed=? AND token_id=? AND position" in line, plan
    else:
        assert "Seq Scan on grants" not in plan, plan
        assert "Seq Scan on objects" not in plan, plan


def test_a_page_merges_index_ranges(feed: Town, monkeypatch: pytest.MonkeyPatch):
    """A page and its horizon touch each token's range of the primary key and nothing else."""
    with feed.reading() as session:
        view = View(session, feed.reader(session, feed.grid).windows, INBOX_FEED)
        with plans(session, monkeypatch) as found:
            middle = grants.scan(view, 0, 2**62, OBJECTS // 2, light=None)[-1].position
            assert len(grants.scan(view, middle, 2**62, 100, light=100)) == 100
            assert len(grants.scan_slim(view, middle, 2**62, 100, grants.Given, light=100)) == 100
            assert grants.highest_position(view) > middle
        sqlite = view.on_sqlite
    assert len(found) == 4
    for sql, plan in found[1:]:
        look(plan, sqlite=sqlite)
        assert not re.search(r"token_id\s+IN", sql)
        if sqlite:
            assert "TEMP B-TREE" not in plan, plan
        else:
            assert "Index" in plan


def test_a_page_of_one_type_walks_past_nothing_else(feed: Town, monkeypatch: pytest.MonkeyPatch):
    """Three reports among hundreds of indicators: three rows are touched, a range a token and type, nothing sorted."""
    rare = [feed.indicator(Label.CLEAR, 1, kind="report")[0] for _ in range(3)]
    with feed.writing() as session:
        session.execute(text("ANALYZE"))
    touched: list[int] = []
    with feed.reading() as session:
        reader = feed.reader(session, feed.grid)
        view = View(session, reader.windows, INBOX_FEED)
        with plans(session, monkeypatch) as found:
            explained = grants.walk
            monkeypatch.setattr(grants, "walk", lambda *given: _counted(touched, explained(*given)))
            sealer = feed.sealer
            got = page.page(session, reader, INBOX_FEED, Question(types=("report", "malware")), sealer=sealer)
        sqlite = view.on_sqlite
    assert [row.stix_id for row in got.rows] == rare
    assert touched == [3]
    ((_, plan),) = found
    assert "uq_grants_type" in plan, plan
    assert "Filter" not in plan and "Seq Scan" not in plan, plan
    if sqlite:
        assert "TEMP B-TREE" not in plan, plan
        searched = [line for line in plan.splitlines() if "SEARCH grants" in line]
        assert len(searched) == 2 * len(view.windows)
        assert all("feed=? AND token_id=? AND type=? AND position" in line for line in searched), plan


def _counted(touched: list[int], rows: list[Any]) -> list[Any]:
    touched.append(len(rows))
    return rows


def test_judging_goes_object_by_object(feed: Town, monkeypatch: pytest.MonkeyPatch):
    """Probes of versions, copies and ids start from the objects in hand, not from the feed."""
    with feed.reading() as session:
        view = View(session, feed.reader(session, feed.grid).windows, INBOX_FEED)
        rows = grants.scan(view, 0, 2**62, 20, light=100)
        flagged = [row._replace(probe=1, superseded=True, report_id=1, fullness=1) for row in rows]
        horizon = rows[-1].position
        if not view.on_sqlite:  # a table of some hundred rows is read whole with good reason; a feed is not that small
            session.execute(text("SET LOCAL enable_seqscan = off"))
        with plans(session, monkeypatch) as found:
            for versions in ((LAST,), (FIRST,), (ALL,)):
                keep(view, Question(versions=versions, fullest=True), lambda: horizon, flagged)
            grants.of_ids(view, [row.stix_id for row in rows], 0, horizon)
            grants.of_ids(view, [row.stix_id for row in rows], 0, horizon, count=5, light=100)
            grants.weigh(view, [row.object_id for row in rows], light=100)
            references.find_labels(session, feed.reader(session, feed.grid), [row.stix_id for row in rows])
        sqlite = view.on_sqlite
    assert len(found) >= 9
    for _, plan in found:
        look(plan, sqlite=sqlite)
    assert "ix_objects_capitals" in found[-1][1], found[-1][1]


def test_what_a_post_asks_for_titles_is_ranges_of_indexes(feed: Town):
    """What came since, object by object; which reports are read as filed, of each label, from an index alone."""
    secretariat = feed.person(feed.secretariat("事務局", "gas"), Role.COORDINATOR, Role.REPORTER)
    with feed.reading() as session:
        view = View(session, feed.reader(session, feed.grid).windows, INBOX_FEED)
        asked = [*ask_filed(session, secretariat, Label.CLEAR), titles.ask_since(view, titles.Shelf(reached=1))]
        if not view.on_sqlite:
            for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):  # as for every walk
                session.execute(text(f"SET LOCAL enable_{way} = off"))
        own, members, since = [_plan(session, each) for each in asked]
        sqlite = view.on_sqlite
    look(since, sqlite=sqlite)
    assert "uq_grants_type" in since and "ix_reports_sender_label" in own and "ix_inbox_items_label" in members
    if sqlite:
        assert "SEARCH f USING INDEX" in since
        assert own.count("USING COVERING INDEX") == 4 and members.count("USING COVERING INDEX") == 3
    else:
        assert not re.search(r"Seq Scan|Join Filter", own + members + since), since
        assert own.count("Index Only Scan") == 4 and members.count("Index Only Scan") == 3


def _plan(session: Session, asked: Statement) -> str:
    explain = "EXPLAIN QUERY PLAN" if driver.is_sqlite(session) else "EXPLAIN"
    return "\n".join(str(row[-1]) for row in driver.fetch(session, f"{explain} {asked.sql}", asked.parameters))


@pytest.mark.parametrize(
    "module", [driver, editions, grants, judge, ledger, newest, own, page, references, stored, titles, why]
)
def test_tokens_are_never_listed(module: Any):
    """`token IN (…)` is 50 to 250 times slower than a range a token."""
    assert not re.search(r"token_id\s+(NOT\s+)?IN\b|token_id\s*=\s*ANY", getsource(module), re.IGNORECASE)


def test_a_scan_would_be_found(feed: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The look above sees what it looks for."""
    with feed.reading() as session:
        view = View(session, feed.reader(session, feed.grid).windows, INBOX_FEED)
        with plans(session, monkeypatch) as found:
            grants.walk(session, "SELECT o.stix_id FROM objects o WHERE o.label + 0 = 9", {})
        with pytest.raises(AssertionError):
            look(found[0][1], sqlite=view.on_sqlite)
