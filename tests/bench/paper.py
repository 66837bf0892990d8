"""Measures how long a PDF takes at the door: a long report, a common form, a receipt and a full day's digest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from hub.app import create_app
from hub.paper.press import Press
from hub.paper.sheet import Entry, Part, Sheet
from models.session import upgrade
from models.vocabulary import Label, Role
from tests.bench.searching import p95
from tests.bench.serve_for_bench import database, workplace
from tests.factory import World
from tests.hub.web.report_tools import Browser

TURNS = 20
PDF_MS = 1500
"""The 95th percentile of a report and of a form."""
ENTRIES = 500
"""A digest of a day on which much happened; it has no budget."""
LONG = {
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00",
    "occurred_at": "2026-11-20T10:30",
    "service_impact": "yes",
    "summary": "受付システムが停止している。",
    "label": "TLP:AMBER",
    "details": "10時40分に応答が遅くなり、11時10分に緩和を開始した。" * 80,
    "measures": "回線事業者に緩和を依頼し、予備系へ切り替えた。" * 40,
    "indicators": "\r\n".join(f"198.51.100.{number}" for number in range(100)),
    "do": "file",
}
HEAD = {"language": "ja", "kind": "ダイジェスト", "title": "ダイジェスト", "printed": "印刷"}


def measure() -> Iterator[tuple[str, float, float | None]]:
    """(paper, 95th percentile in milliseconds, at most)."""
    with workplace() as folder, database("sqlite", folder) as (url, _pids):
        upgrade(url)
        world = World(url, folder, start=datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
        world.person(world.operator("Operator", "water"), Role.REPORTER, username="reporter", password=True)
        browser = Browser(create_app(world.hub), world, "reporter")
        browser.get("/reports/new")
        report = browser.send("/reports/new", LONG).request.path.partition("receipt")[0]
        for name, address in (("report", "versions/1.pdf"), ("form", "common-form/ddos.pdf")):
            yield name, _time(browser, f"{report}{address}"), PDF_MS
        yield "receipt", _time(browser, f"{report}receipt/1.pdf"), None
        world.close()
    entries = [Entry(title=f"障害 {n}", label="TLP:GREEN", text="受付が停止した。" * 30) for n in range(ENTRIES)]
    sheet = Sheet(**HEAD, label=Label.AMBER, at=datetime.now(UTC), parts=[Part(entries=entries)])
    started = time.perf_counter()
    Press(None).set_paper(sheet)
    yield f"digest of {ENTRIES}, once", (time.perf_counter() - started) * 1e3, None


def _time(browser: Browser, address: str) -> float:
    took = []
    for _ in range(TURNS):
        started = time.perf_counter()
        answer = browser.client.get(address)
        took.append((time.perf_counter() - started) * 1e3)
        assert answer.status_code == 200, f"{address}: {answer.status}"
    return p95(took)
