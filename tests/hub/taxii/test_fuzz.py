"""Malformed requests by the thousand: an answer of TAXII below 500, soon, and nothing stored that was refused.

`make fuzz` sends a million (CEPTOAR_HUB_FUZZ says how many); `make test` sends ten thousand.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import time
from collections import Counter
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import psutil
import pytest

from feeds.reasons.codes import BY_WORD
from sharing.collections.api_roots import RootRules, add_api_root
from tests.hub.taxii.conftest import ROOT, TAXII, Door, envelope, indicator
from tests.hub.taxii.test_wrong_input import counts

HOW_MANY = int(os.environ.get("CEPTOAR_HUB_FUZZ", "5000"))
"""Requests on each of the two databases."""
CUT_ALLOWED = 0.002
"""Who is refused a body is told that the connection ends; a request that is cut without a word is a rare race."""
PART = 20_000
"""Requests of one test: a million is fifty of them, so that one sees how far it came and none takes hours."""
PARTS = [(number, min(PART, HOW_MANY - start)) for number, start in enumerate(range(0, HOW_MANY, PART))]
GROWTH = 40 * 1024 * 1024
"""Bytes by which all processes of the hub together may grow in one part; what a worker keeps ready comes first."""
SLOW_SECONDS = 1.0
SLOW_ALLOWED = 0.002
"""Of a machine that others use too, a few answers come late; a request that hangs would come late each time."""

NAMES = [
    "added_after",
    "limit",
    "next",
    "match[id]",
    "match[type]",
    "match[version]",
    "match[spec_version]",
    "match[tlp]",
    "match[confidence-gte]",
    "match[value]",
    "match[x]",
    "x_until",
    "lang",
    "x",
]
VALUES = (
    "", "0", "-1", "1", "7", "x", "all", "last", "first", "all,last", "2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00Z", "\x00", "日本", "%", ",", ",,,", "A" * 300, "2.0", "2.1",
    "red", "indicator", "1e999", "'; DROP TABLE objects; --",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
)  # fmt: skip
SEGMENTS = (
    "collections",
    "objects",
    "manifest",
    "versions",
    "status",
    "x_tally",
    "hub",
    "..",
    "%00",
    "%ff",
    "",
    "a" * 500,
)
ROOTS = (
    *[ROOT] * 8,
    "/taxii2/fuzzed/",
    "/taxii2/%00/",
    "/taxii2/HUB/",
    "/taxii2/%E6%97%A5/",
    f"/taxii2/{'a' * 300}/",
)
METHODS = (*["GET"] * 6, *["POST"] * 5, "DELETE", "PUT", "HEAD", "OPTIONS", "PATCH")
TYPES = (
    *[TAXII] * 5,
    "application/taxii+json",
    "application/stix+json",
    "text/plain",
    "",
    ";;;",
    "application/taxii+json;version",
)


class Generator:
    """Requests that are nearly right, wrong in one to four places."""

    def __init__(self, door: Door, seed: int) -> None:
        self.chance = random.Random(seed)
        self.wheres = [door.open, door.open, door.strict, door.strict, "inbox", "nowhere"]
        self.base = envelope(indicator(), indicator())

    def request(self) -> tuple[str, str, dict[str, str], bytes | None]:
        """Method, target, headers, body."""
        chance = self.chance
        method = chance.choice(METHODS)
        where = chance.choice(self.wheres)
        root = chance.choice(ROOTS)
        path = chance.choice(
            [
                *[f"{root}collections/{where}/objects/"] * 3,
                f"{root}collections/{where}/manifest/",
                f"{root}collections/{where}/objects/{chance.choice(['x', 'indicator--1', '%00', 'a' * 200])}/",
                f"{root}collections/{where}/x_tally/",
                f"{root}status/{chance.choice(['x', '%00', '0' * 32])}/",
                "/taxii2/" + "/".join(chance.choices(SEGMENTS, k=chance.randint(1, 5))),
            ]
        )
        pairs = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.choice([0, 1, 1, 2, 3, 4]))]
        query = "&".join(f"{quote(name, safe=chance.choice(['[]', '']))}={quote(value)}" for name, value in pairs)
        headers = {"Accept": chance.choice([*[TAXII] * 12, "*/*", "text/html", "", ";q=x"])}
        body = None
        if method in {"POST", "PUT", "PATCH"}:
            body = self.body()
            headers["Content-Type"] = chance.choice(TYPES)
            if chance.random() < 0.05:
                headers["Content-Encoding"] = chance.choice(["gzip", "br", "x"])
            if chance.random() < 0.05:
                headers["Idempotency-Key"] = chance.choice(["", "x" * 300, "\xe9"])
        return method, path + (f"?{query}" if query else ""), headers, body

    def body(self) -> bytes:
        """An envelope that is broken, so that nothing of it may be stored."""
        chance = self.chance
        kind = chance.randrange(6)
        if kind == 0:
            return bytes(chance.randrange(256) for _ in range(chance.randint(0, 60)))
        if kind == 1:
            return self.base[: chance.randrange(len(self.base))]
        if kind == 2:
            return b'{"objects":' + b"[" * chance.randint(300, 5000)
        if kind == 3:
            broken = bytearray(self.base)
            for _ in range(chance.randint(1, 4)):
                broken[chance.randrange(len(broken))] = chance.choice(b'\x00\xff"\\')
            return b"[" + bytes(broken)
        if kind == 4:
            return json.dumps({"objects": chance.choice([[], {}, None, "x", 1])}).encode()
        return json.dumps(
            {"objects": [chance.choice([1, None, "x", [], {}])] * chance.randint(10_001, 10_050)}
        ).encode()


@pytest.fixture(scope="module")
def fuzzed(new_door: Door) -> Door:
    """A door with an API root of its own, warm."""
    with new_door.world.writing() as session:
        rules = RootRules("Fuzzed", "Fuzzed", collections=frozenset({UUID(new_door.open)}))
        add_api_root(session, new_door.world.command(), "fuzzed", rules, context=new_door.world.context())
    send(new_door, Generator(new_door, 1), 500)
    return new_door


def size_of(door: Door) -> int:
    """What the hub's processes hold of memory."""
    top = psutil.Process(door.hub.process.pid)
    return sum(each.memory_info().rss for each in [top, *top.children(recursive=True)])


class Seen:
    """What was answered."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.slow: list[Any] = []
        self.cut = 0

    def look_at(self, what: tuple[Any, ...], answer: http.client.HTTPResponse, raw: bytes, seconds: float) -> None:
        """An answer of TAXII below 500."""
        if seconds > SLOW_SECONDS:
            self.slow.append((what[0], what[1][:100]))
        self.statuses[answer.status] += 1
        assert answer.status < 500 or answer.status == 503, what
        if raw:
            assert answer.getheader("Content-Type") == TAXII, (what, answer.status, answer.getheaders())
        if answer.status >= 400 and what[0] != "HEAD":
            error = json.loads(raw)
            assert error["http_status"] == str(answer.status) and error["error_code"] in BY_WORD, what


def send(door: Door, make: Generator, count: int) -> Seen:
    """Send so many over one connection, each looked at."""
    connection = http.client.HTTPConnection(urlsplit(door.hub.url).netloc, timeout=30)
    seen = Seen()
    for _ in range(count):
        method, target, headers, body = make.request()
        started = time.perf_counter()
        try:
            connection.request(method, target, body, {"Authorization": f"Bearer {door.poster.key}", **headers})
            answer = connection.getresponse()
            raw = answer.read()
        except (http.client.HTTPException, ConnectionError):
            connection.close()
            seen.cut += 1
            continue
        what = (method, target, headers, (body or b"")[:200])
        seen.look_at(what, answer, raw, time.perf_counter() - started)
    connection.close()
    return seen


@pytest.mark.parametrize(("part", "count"), PARTS)
def test_t51_thousands_of_malformed_requests(fuzzed: Door, part: int, count: int):
    """T-51 and its kin: no 500, no page, no hang, no growth, and the store as it was."""
    make = Generator(fuzzed, random.randrange(2**32) if HOW_MANY > 10_000 else 20261125)
    before, size, began = counts(fuzzed), size_of(fuzzed), time.monotonic()
    seen = send(fuzzed, make, count)
    kept = {name: number for name, number in counts(fuzzed).items() if name in KEPT}
    assert kept == {name: number for name, number in before.items() if name in KEPT}
    grown = size_of(fuzzed) - size
    took = time.monotonic() - began
    told = dict(sorted(seen.statuses.items()))
    print(f"part {part}: {count} in {took:.0f} s, {seen.cut} cut, {len(seen.slow)} slow, {grown >> 20:+d} MB, {told}")
    assert grown < GROWTH
    assert len(seen.slow) <= max(3, count * SLOW_ALLOWED), seen.slow
    assert {200, 400, 404, 405, 406, 415} <= set(seen.statuses), seen.statuses
    assert seen.cut <= count * CUT_ALLOWED


KEPT = ("objects", "regrants", "post_statuses")
"""Of what no refused request may leave anything."""
