"""A small loader of our own, for checkouts that have no shared harness beside them: our server alone, a few cases."""

from __future__ import annotations

import http.client
import json
import statistics
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label

TAXII = "application/taxii+json;version=2.1"
LABELS = (Label.GREEN, Label.GREEN, Label.AMBER, Label.CLEAR)
POLL_SECONDS = 4.0
POLLERS = 8
BASIC_TURNS = 3
NOTHING_NEW = "?limit=100&added_after=2099-01-01T00:00:00Z"
USERNAME = "bench"
"""Whose key it is."""


class Caller:
    """One connection that stays open."""

    def __init__(self, told: dict[str, Any], *, basic: bool = False) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(told["base"]).netloc, timeout=120)
        key = told["auth"].partition(":")[2]
        shown = f"Basic {b64encode(f'{USERNAME}:{key}'.encode()).decode()}" if basic else f"Bearer {key}"
        self.headers = {"Authorization": shown, "Accept": TAXII, "Content-Type": TAXII}
        self.path = f"{told['api_root']}collections/{told['collection']}/objects/"

    def ask(self, method: str, query: str = "", body: bytes | None = None) -> bytes:
        """One request that must succeed."""
        self.connection.request(method, self.path + query, body, self.headers)
        answer = self.connection.getresponse()
        read = answer.read()
        assert answer.status in {200, 202}, (answer.status, read[:300])
        return read


def body_of(count: int) -> bytes:
    """An envelope of indicators of the usual size, as nobody has posted them before."""
    objects = [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--{uuid4()}",
            "created": "2026-11-01T00:00:00.000Z",
            "modified": "2026-11-01T00:00:00.000Z",
            "name": f"指標 {number}",
            "description": "変電所の保護リレーに対する不審な通信を検知した。" * 12,
            "pattern": f"[domain-name:value = 'host-{number}.example']",
            "pattern_type": "stix",
            "valid_from": "2026-11-01T00:00:00Z",
            "object_marking_refs": [TLP2_IDS[LABELS[number % len(LABELS)]]],
        }
        for number in range(count)
    ]
    return json.dumps({"objects": objects}, ensure_ascii=False).encode()


def measure(told: dict[str, Any], stored: int) -> dict[str, Any]:
    """A result in the form of the shared harness, for the cases that this loader knows."""
    caller = Caller(told)
    cases: list[dict[str, Any]] = []

    def case(name: str, **values: float) -> None:
        cases.append({"case": name, "stored": stored, **values})

    for size, turns in ((1, 150), (100, 20), (1000, max(1, stored // 1000))):
        bodies = [body_of(size) for _ in range(turns)]
        times = [_time(lambda body=body: caller.ask("POST", body=body)) for body in bodies]
        case(f"ingest c1 b{size}", obj_per_s=size * turns / sum(times), p50_ms=statistics.median(times) * 1e3)
    query = NOTHING_NEW
    polls = [_time(lambda: caller.ask("GET", query)) for _ in range(200)]
    case("poll finds 0 new", p50_ms=statistics.median(polls) * 1e3)
    case(f"{POLLERS} pollers (wrk)", req_per_s=_pollers(told, query))
    for _ in range(3):
        started, objects = time.perf_counter(), _sweep(caller)
        case("sweep objects", obj_per_s=objects / (time.perf_counter() - started))
    return {"cases": cases}


def _time(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def measure_basic(told: dict[str, Any]) -> tuple[float, float]:
    """Polls a second with a key as Bearer, and with the same key as the password of Basic; in turn, the medians."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(BASIC_TURNS):
        for basic, found in rates.items():
            found.append(_pollers(told, NOTHING_NEW, basic=basic))
    return statistics.median(rates[False]), statistics.median(rates[True])


def _pollers(told: dict[str, Any], query: str, *, basic: bool = False) -> float:
    end = time.perf_counter() + POLL_SECONDS

    def poll() -> int:
        caller, count = Caller(told, basic=basic), 0
        while time.perf_counter() < end:
            caller.ask("GET", query)
            count += 1
        return count

    with ThreadPoolExecutor(POLLERS) as pool:
        counts = [pool.submit(poll) for _ in range(POLLERS)]
        return sum(count.result() for count in counts) / POLL_SECONDS


def _sweep(caller: Caller) -> int:
    objects, query = 0, "?limit=1000"
    while True:
        page = caller.ask("GET", query)
        objects += page.count(b'"spec_version"')
        head = page[:400].partition(b'"next":"')[2]
        if not page.startswith(b'{"more":true'):
            return objects
        query = "?next=" + quote(head.partition(b'"')[0].decode())
