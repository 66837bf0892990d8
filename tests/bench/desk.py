"""Measures the pages of the report desk among a hundred thousand reports, as their doors answer, on both databases."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from openpyxl import load_workbook
from sqlalchemy import insert, text

from feeds.forms.batch import BatchColumn, read_batch, write_batch
from hub.app import create_app
from hub.reports.batches import NAMES, Outcome, file_rows
from models.inbox import InboxItem
from models.report import Proposal, Report, ReportVersion
from models.vocabulary import Handled, Label, ProposalState, ReportKind, ReportState, Role, Status
from tests.bench.searching import BATCH, Loaded, forget_the_start, p95
from tests.bench.serve_for_bench import database, workplace
from tests.hub.web.report_tools import Browser

OPEN = 1_000
"""Reports that still wait in the inbox; the rest are closed."""
OPERATORS = 50
"""Who filed them."""
TURNS = 20
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FORM = {
    "event_type": "E30",
    "noticed_at": "2026-11-01T10:00",
    "service_impact": "yes",
    "summary": "受付システムが停止している。",
    "label": "TLP:AMBER",
}
ASKED_BY_SCRIPT = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
SAVE_MS = 50
SHEET_ROWS, SHEET_MS = 1_000, 10_000


class Desk(Loaded):
    """A sector whose operator filed all these reports, and whose secretariat keeps them in its inbox."""

    def __init__(self, url: str, folder: Any, size: int) -> None:
        super().__init__(url, folder, size)
        world = self.world
        operators = [world.operator(f"Operator {number}", "water") for number in range(OPERATORS)]
        self.senders = [each.id for each in operators]
        self.reporter = world.person(operators[0], Role.REPORTER, username="reporter", password=True)
        office = self.readers["all"].organization
        world.person(office, Role.COORDINATOR, username="office", password=True)
        with world.writing() as session:
            for start in range(0, size, BATCH):
                numbers = range(start, min(size, start + BATCH))
                named = [(number, number >= size - OPEN) for number in numbers]
                session.execute(insert(Report), [self._report(*each) for each in named])
                session.execute(insert(ReportVersion), [self._version(*each) for each in named])
                session.execute(insert(InboxItem), [self._item(*each) for each in named])
                session.execute(insert(Proposal), [self._proposal(number) for number in numbers if number % 3])
        with world.writing() as session:
            session.execute(text("ANALYZE"))
        self.app = create_app(world.hub)
        self.browsers = {name: Browser(self.app, world, name) for name in ("reporter", "office")}

    def _at(self, number: int) -> Any:
        return self.world.now - timedelta(minutes=200_000 - number)

    def _report(self, number: int, is_open: bool) -> dict[str, Any]:
        return {
            "id": UUID(int=number + 1),
            "reference": _reference(number),
            "organization_id": self.senders[number % OPERATORS],
            "sector": "water",
            "ceptoar": "water",
            "exercise": False,
            "state": ReportState.OPEN if is_open else ReportState.CLOSED,
            "label": Label.AMBER,
            "versions": 1,
            "created_at": self._at(number),
            "updated_at": self._at(number),
        }

    def _version(self, number: int, is_open: bool) -> dict[str, Any]:
        return {
            "id": UUID(int=number + 1_000_000_001),
            "report_id": UUID(int=number + 1),
            "number": 1,
            "kind": ReportKind.FIRST if is_open else ReportKind.FINAL,
            "label": Label.AMBER,
            "form_version": "1",
            "fields": {**FORM, "noticed_at": "2026-11-01T10:00:00+09:00", "summary": f"障害 {number}"},
            "submission": UUID(int=number + 2_000_000_001),
            "filed_by": self.reporter.account_id,
            "filed_at": self._at(number),
        }

    def _item(self, number: int, is_open: bool) -> dict[str, Any]:
        return {
            "report_id": UUID(int=number + 1),
            "ceptoar": "water",
            "exercise": False,
            "version_id": UUID(int=number + 1_000_000_001),
            "number": 1,
            "label": Label.AMBER,
            "first_at": self._at(number),
            "filed_at": self._at(number),
            "hint": number % 4,
            "unconfirmed": number % 100 == 0,
            "state": Handled.NEW if is_open else Handled.CLOSED,
            "status": _standing(number)[0],
            "priority": number % 3,
            "changed_at": self._at(number),
        }

    def _proposal(self, number: int) -> dict[str, Any]:
        return {
            "id": UUID(int=number + 3_000_000_001),
            "report_id": UUID(int=number + 1),
            "version_id": UUID(int=number + 1_000_000_001),
            "label": Label.GREEN,
            "state": _standing(number)[1],
            "digest": bytes(32),
            "policy_version": "1",
            "proposed_by": self.reporter.account_id,
            "proposed_at": self._at(number),
        }

    def import_rows(self, rows: int) -> float:
        """Read a filled sheet and file its rows; how many milliseconds it took."""
        raw = _sheet(rows)
        started = time.perf_counter()
        found = file_rows(self.world.hub, lambda _session: self.reporter, read_batch(raw, NAMES), only_look=False)
        filed = sum(each.outcome is Outcome.FILED for each in found)
        took = (time.perf_counter() - started) * 1e3
        assert filed == rows, f"{filed} of {rows} rows"
        return took

    def save(self) -> None:
        """Write on in a draft: what the form sends when its writer pauses."""
        browser = self.browsers["reporter"]
        if not browser.page:
            browser.get("/reports/new")
            self._draft, self._versions = "/reports/new", "{}"
        form = {
            **browser.hidden(),
            **FORM,
            "summary": f"停止している。{uuid4()}",
            "do": "save",
            "versions": self._versions,
        }
        answer = browser.client.post(self._draft, data=form, headers=ASKED_BY_SCRIPT)
        assert answer.json and not answer.json["conflicts"], answer.text
        self._draft, self._versions = answer.json["url"], json.dumps(answer.json["versions"])


def _sheet(rows: int) -> bytes:
    """A filled sheet with so many rows."""
    book = load_workbook(BytesIO(write_batch("", [BatchColumn(name, name) for name in NAMES])))
    page = book.active
    places = {cell.value: cell.column for cell in page[2]}
    said = {"event_type": "E30", "noticed_at": "2026-11-01 10:00", "service_impact": "有", "users": "約300"}
    for number in range(rows):
        for name, value in {**said, "summary": f"受付システム {number} が停止。{uuid4()}"}.items():
            page.cell(4 + number, places[name], value)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _standing(number: int) -> tuple[Status, ProposalState]:
    """Two of three reports were published, a few wait for their sender or were refused."""
    if not number % 3:
        return Status.NEW, ProposalState.OUTDATED
    if number % 500 == 1:
        return Status.WAITING, ProposalState.WAITING
    return (Status.REFUSED, ProposalState.REFUSED) if number % 500 == 2 else (Status.PUBLISHED, ProposalState.APPROVED)


def _reference(number: int) -> str:
    found = ""
    for _ in range(9):
        number, place = divmod(number, len(LETTERS))
        found = LETTERS[place] + found
    return f"{found[:4]}-{found[4:8]}-{found[8]}"


PAGES: dict[str, tuple[str, str, float]] = {
    "home of an operator": ("reporter", "/", 100),
    "own reports": ("reporter", "/reports/", 100),
    "form": ("reporter", "/reports/new", 100),
    "home of a secretariat": ("office", "/", 100),
    "inbox": ("office", "/secretariat/", 100),
    "inbox, closed ones": ("office", "/secretariat/?view=closed", 100),
    "by state of publication": ("office", "/secretariat/?status=new", 100),
    "by state, few": ("office", "/secretariat/?status=refused", 100),
    "board": ("office", "/board/", 100),
    "search": ("office", "/search/?q=%E5%81%9C%E9%9B%BB", 200),
}
"""Page → who opens it, its address, and how many milliseconds it may take at the 95th percentile."""


def measure(kind: str, size: int) -> Iterator[tuple[str, float, float]]:
    """(page, 95th percentile in milliseconds, at most)."""
    with workplace() as folder, database(kind, folder) as (url, _more):
        desk = Desk(url, folder, size)
        forget_the_start()
        for name, (who, address, most) in PAGES.items():
            yield name, _time(lambda who=who, address=address: _open(desk, who, address)), most  # type: ignore[misc]
        yield "save of a draft", _time(desk.save), SAVE_MS
        yield "a thousand rows of a sheet", desk.import_rows(SHEET_ROWS), SHEET_MS
        desk.world.close()


def _open(desk: Desk, who: str, address: str) -> None:
    answer = desk.browsers[who].client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status}"


def _time(work: Callable[[], None]) -> float:
    work()
    took = []
    for _ in range(TURNS):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1e3)
    return p95(took)
