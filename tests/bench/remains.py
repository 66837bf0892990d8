"""Where the time goes that an answer takes: by what the work is for, as shares of one process that answers itself.

A profiler makes calls of Python look dearer than they are, so shares are read beside each other; the time in front of
them was taken without it.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

from flask import Flask

from feeds.stix.markings import TLP2_IDS
from feeds.stix.timestamps import format_timestamp, parse_timestamp
from feeds.taxii.media import TAXII
from hub.app import create_app
from models.vocabulary import Label
from tests.bench.serve_for_bench import database, make_world, workplace

PARTS = (
    ("database", ("~:poll", "~:execute", "~:executemany", "~:fetchall", "models/wire", "psycopg")),
    ("framework", ("flask", "werkzeug", "hub/app", "hub/security")),
    ("units of work", ("sqlalchemy", "models/session", "models/bulk", "models/telling", "sharing/units")),
    ("trail", ("sharing/audit", "crypto/", "~:sign", "~:openssl_sha256", "~:hmac_digest")),
    ("judging", ("feeds/", "sharing/rules", "sharing/reports", "~:is_valid")),
    ("publishing", ("sharing/publi", "sharing/audiences")),
    ("rights", ("sharing/reading", "sharing/readers", "sharing/people", "sharing/collections", "sharing/habits")),
    ("disclosure", ("sharing/disclosures",)),
    ("door", ("hub/",)),
)
"""What work is for, by the beginnings and names of whose functions do it; the first that fits counts."""

TIMES = 60
"""How often each request is sent: once to warm up, then without the profiler, then with it."""


class Remains(NamedTuple):
    """What one kind of request takes."""

    case: str
    milliseconds: float
    shares: dict[str, float]
    """Part to its share, the largest first."""


def measure(kind: str) -> Iterator[Remains]:
    """The requests that the budgets are about, one after the other."""
    with workplace() as folder, database(kind, folder) as (url, _):
        world, told = make_world(url, folder)
        client = _Client(create_app(world.hub), told["auth"].removeprefix("bearer:"))
        feed = f"{told['api_root']}collections/{told['collection']}/objects/"
        one, many = _Poster(client, feed, 1, Label.GREEN), _Poster(client, feed, 1_000, Label.GREEN)
        ten = _Poster(client, feed, 10, Label.AMBER)
        for case, prepare, ask, times in (
            ("post of 1", _nothing, one.post, TIMES),
            ("post of 1000", _nothing, many.post, 6),
            ("poll with nothing", _nothing, lambda: client.get(feed, "added_after=2999-01-01T00:00:00Z"), TIMES),
            (
                "poll of ten, AMBER",
                ten.post_and_look,
                lambda: client.get(feed, f"added_after={ten.last}&limit=10"),
                TIMES,
            ),
            ("object by id, AMBER", _nothing, lambda: client.get(f"{feed}{ten.newest}/"), TIMES),
            ("page of 1000", _nothing, lambda: client.get(feed, "limit=1000"), TIMES // 4),
        ):
            yield _measured(case, prepare, ask, times)
        world.close()


def _measured(case: str, prepare: Callable[[], object], ask: Callable[[], object], times: int) -> Remains:
    profile, took = cProfile.Profile(), []
    for number in range(3 * times):
        prepare()
        if number >= 2 * times:
            profile.runcall(ask)
            continue
        started = time.perf_counter()
        ask()
        took.append(time.perf_counter() - started)
    return Remains(case, statistics.median(took[times:]) * 1000, _shares(pstats.Stats(profile)))


def _shares(stats: pstats.Stats) -> dict[str, float]:
    """Own time by part; that of functions of C counts where they were called from, unless they are named."""
    spent: dict[str, float] = {}
    for function, (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]  # not in the stubs
        part = _part_of(*function)
        if part is not None or not callers:
            spent[part or "rest"] = spent.get(part or "rest", 0.0) + own
            continue
        for caller, (_, _, there, _) in callers.items():
            name = _part_of(*caller) or "rest"
            spent[name] = spent.get(name, 0.0) + there
    whole = sum(spent.values())
    return {name: value / whole for name, value in sorted(spent.items(), key=lambda item: -item[1])}


def _part_of(path: str, _line: int, name: str) -> str | None:
    place = f"~:{name.split(chr(39))[1] if chr(39) in name else name}" if path == "~" else f"{path}:{name}"
    for part, marks in PARTS:
        if any(place == mark if mark.startswith("~") else mark in place for mark in marks):
            return part
    return None


class _Client:
    """Calls the application as a server does, without one."""

    def __init__(self, app: Flask, key: str) -> None:
        self._app = app
        self._base = {
            "HTTP_AUTHORIZATION": f"Bearer {key}",
            "HTTP_ACCEPT": TAXII,
            "HTTP_HOST": "127.0.0.1:8000",
            "CONTENT_TYPE": TAXII,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SCRIPT_NAME": "",
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

    def get(self, path: str, query: str = "") -> dict[str, str]:
        """The headers of the answer, whose body is taken and dropped."""
        return self._call("GET", path, query, b"", 200)

    def post(self, path: str, body: bytes) -> dict[str, str]:
        """The same for a post."""
        return self._call("POST", path, "", body, 202)

    def _call(self, method: str, path: str, query: str, body: bytes, expected: int) -> dict[str, str]:
        heard: list[Any] = []
        environ = {
            **self._base,
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "wsgi.input": BytesIO(body),
        }
        answer: Any = self._app(environ, lambda *said: heard.extend(said))
        whole = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        assert heard[0].startswith(str(expected)), whole
        return dict(heard[1])


class _Poster:
    """Posts new objects each time."""

    def __init__(self, client: _Client, feed: str, size: int, label: Label) -> None:
        self.last = ""
        self.newest = ""
        self._client, self._feed, self._size, self._label = client, feed, size, label
        self._numbers = count()

    def post(self) -> None:
        """Post."""
        objects = [self._indicator() for _ in range(self._size)]
        self.newest = objects[-1]["id"]
        self._client.post(self._feed, json.dumps({"objects": objects}).encode())

    def post_and_look(self) -> None:
        """Post, and note where a poll would go on that has not seen it yet."""
        self.post()
        found = self._client.get(f"{self._feed}{self.newest}/")
        last = parse_timestamp(found["X-TAXII-Date-Added-Last"])
        self.last = format_timestamp(last - self._size)

    def _indicator(self) -> dict[str, Any]:
        return {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--{uuid4()}",
            "created": "2026-11-01T00:00:00.000Z",
            "modified": "2026-11-01T00:00:00.000Z",
            "pattern": f"[domain-name:value = 'host-{next(self._numbers)}.example']",
            "pattern_type": "stix",
            "valid_from": "2026-11-01T00:00:00Z",
            "object_marking_refs": [TLP2_IDS[self._label]],
        }


def _nothing() -> None:
    """For requests that need nothing before."""
