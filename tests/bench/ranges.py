"""Measures who may read what at the size of a country: previews, publishing, lists, the ledger, and a tried policy."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text

from models.audit import Disclosure
from models.organization import Organization
from models.report import Report, ReportVersion
from models.session import upgrade
from models.vocabulary import Form, Label, Tier
from sharing.audiences import facts_of
from sharing.collections.access import load_sector_collection
from sharing.jobs.due import run_due
from sharing.lists.changing import add_to_list, make_list
from sharing.policies import DUE_KIND, draft_policy, handle_trial
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.readers import open_organization_windows
from sharing.reports.preview import preview_audience
from sharing.reports.ranges import Consent
from sharing.rules import tokens
from sharing.rules.policy import default_policy_document
from sharing.trail.ledger import list_reach, list_readings
from tests.bench.serve_for_bench import database, workplace
from tests.factory import World
from tests.sharing.reports.conftest import Scene

ORGANIZATIONS = 2_000
WIDE = 200
"""Tokens in the audience that a report is published to."""
READERS = 10_000
REPORTS = 10_000
REPEATS = 7

PREVIEW_MS = 100
PUBLISH_MS = 20
"""For publishing; all of filing is held to it too, though it reads a form and holds texts against others."""
LEDGER_MS = 100
TRIAL_SECONDS = 60
LIST_RATIO = 50
"""A list of two thousand may cost this many times what a list of one costs, at most; never two thousand times."""

Line = tuple[str, float, str, float]
"""What was measured, how much, in what unit, and what it may be at most."""


class _Country:
    """A hub with two thousand organizations more, and lists that name them."""

    def __init__(self, url: str, folder: Path) -> None:
        upgrade(url)
        self.scene = Scene(World(url, folder))
        self.world = self.scene.world
        with self.world.writing() as session:
            rows = [self._organization(number) for number in range(ORGANIZATIONS)]
            session.add_all(rows)
            session.flush()
            for row in rows:
                open_organization_windows(session, facts_of(row))
            self.ids = [row.id for row in rows]
        self.lists = {size: self._list(size) for size in (1, WIDE, ORGANIZATIONS)}

    def _organization(self, number: int) -> Organization:
        names = {"name_ja": f"第{number}水道企業団", "name_en": f"Waterworks {number}"}
        place = {"sector": "water", "ceptoar": "water", "joined_at": self.world.now, "findable": True}
        return Organization(id=uuid4(), tier=Tier.OPERATOR, **names, **place)

    def _list(self, size: int) -> str:
        hanako, context = self.scene.hanako, self.world.context()
        with self.world.writing() as session:
            made = make_list(session, hanako, f"list of {size}", context)
            add_to_list(session, hanako, made.id, [tokens.organization(each) for each in self.ids[:size]], context)
            return str(made.id)

    def preview(self, size: int) -> None:
        """Who will read a report with this list."""
        with self.world.reading() as session:
            preview_audience(
                session, self.scene.hanako, Label.AMBER, Consent(), policy=self.scene.policy, lists=[self.lists[size]]
            )

    def publish(self, size: int) -> UUID:
        """File a report with this list; it reaches all who are named there."""
        return self.scene.files(self.scene.hanako, lists=[self.lists[size]]).report_id

    def send(self, size: int) -> None:
        """Publish one finished object to so many organizations: decide, record, seal, give its place, commit."""
        hanako, context = self.scene.hanako, self.world.context()
        at = int(context.now.timestamp() * 1_000_000)
        new = NewObject(
            f"incident--{uuid4()}", "incident", "2.1", at, context.now.isoformat(), None, Label.AMBER, b"{}" * 1_000,
            audience={tokens.organization(each): "listed" for each in self.ids[:size]},
        )  # fmt: skip
        with self.world.writing() as session:
            publication = Publication(
                load_sector_collection(session, "electricity"), [new], publisher_id=hanako.organization.id
            )
            publish(session, hanako, publication, policy=self.scene.policy, context=context)

    def read_by_many(self, report: UUID) -> None:
        """Ten thousand readings of a report, by all organizations on the list in turn."""
        stored = report.hex if self.world.hub.units.database.is_sqlite else str(report)
        where = "SELECT max(g.position) FROM grants g JOIN objects o ON o.id = g.object_id WHERE o.report_id = :report"
        with self.world.writing() as session:
            position = session.execute(text(where), {"report": stored}).scalar_one()
            same = {"account_id": None, "door": "taxii", "feed": 1, "count": 1, "highest": Label.AMBER.rank}
            span = {"first_position": position, "last_position": position, "filters": "{}", "entry_id": 1}
            rows = [
                {**same, **span, "organization_id": self.ids[number % ORGANIZATIONS], "at": self.world.now}
                for number in range(READERS)
            ]
            session.execute(insert(Disclosure), rows)

    def ledger(self, report: UUID) -> None:
        """Who read it, newest first."""
        with self.world.reading() as session:
            assert list_readings(session, self.scene.hanako, report).lines

    def reach(self, report: UUID) -> None:
        """Who could read it."""
        with self.world.reading() as session:
            assert any(each.form is Form.ORIGINAL for each in list_reach(session, self.scene.hanako, report))

    def try_policy(self) -> float:
        """Try a draft on ten thousand reports; how many seconds that takes."""
        filed = self.scene.files(self.scene.hanako).report_id
        with self.world.writing() as session:
            plain = select(ReportVersion).where(ReportVersion.report_id == filed)
            base = session.execute(plain).scalar_one()
            report = session.get_one(Report, base.report_id)
            reports = [_copy(report, id=uuid4(), reference=f"P-{number}") for number in range(REPORTS)]
            session.execute(insert(Report), reports)
            versions = [_copy(base, id=uuid4(), report_id=each["id"], submission=uuid4()) for each in reports]
            session.execute(insert(ReportVersion), versions)
        document = {**default_policy_document(), "version": "bench"}
        document["rows"] = {**document["rows"], "council": list(document["rows"]["council"])}
        document["rows"]["council"][2] = "yes"
        administrator = self.world.administrator()
        with self.world.writing() as session:
            draft_policy(session, administrator, document, self.world.context())
        started = time.perf_counter()
        run_due(self.world.hub.units, {DUE_KIND: handle_trial}, self.world.now)
        return time.perf_counter() - started


def measure(kind: str) -> list[Line]:
    """All of it on one database."""
    with ExitStack() as stack:
        folder = stack.enter_context(workplace())
        url, _ = stack.enter_context(database(kind, folder))
        country = _Country(url, folder)
        stack.callback(country.world.close)
        report = country.publish(ORGANIZATIONS)
        country.read_by_many(report)
        one, wide, all_ = (_milliseconds(partial(country.publish, size)) for size in country.lists)
        return [
            (f"preview of {ORGANIZATIONS:,}", _milliseconds(partial(country.preview, ORGANIZATIONS)), "ms", PREVIEW_MS),
            (f"published to {WIDE} tokens", _milliseconds(partial(country.send, WIDE)), "ms", PUBLISH_MS),
            (f"filed whole to {WIDE} tokens", wide, "ms", PUBLISH_MS),
            (f"list of {ORGANIZATIONS:,} / of 1", all_ / one, "times", LIST_RATIO),
            (f"ledger, {READERS:,} readings", _milliseconds(partial(country.ledger, report)), "ms", LEDGER_MS),
            (f"reach, {ORGANIZATIONS:,} readers", _milliseconds(partial(country.reach, report)), "ms", LEDGER_MS),
            (f"policy tried on {REPORTS:,}", country.try_policy(), "s", TRIAL_SECONDS),
        ]


def _milliseconds(work: Callable[[], Any]) -> float:
    work()
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def _copy(row: Any, **other: Any) -> dict[str, Any]:
    """The values of a row, some of them others."""
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs} | other
