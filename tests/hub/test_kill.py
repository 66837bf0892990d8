"""Power cuts: hubs are killed (SIGKILL) while they write. What was acknowledged is there, once, and the log holds."""

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.harness.processes import HubProcess, on_database, run, start_demo

MEDIA = "application/taxii+json;version=2.1"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
OBJECTS = 3
"""Objects in one post."""


def ask(url: str, token: str, body: bytes | None = None) -> Any:
    """One TAXII request."""
    headers = {"Authorization": f"Bearer {token}", "Accept": MEDIA, "Content-Type": MEDIA}
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def envelope(ids: list[str]) -> bytes:
    """Indicators that nobody else posts."""
    at = "2026-11-20T00:00:00.000Z"
    objects = [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": ident,
            "created": at,
            "modified": at,
            "name": "n",
            "pattern": "[ipv4-addr:value = '192.0.2.1']",
            "pattern_type": "stix",
            "valid_from": at,
            "object_marking_refs": [GREEN],
        }
        for ident in ids
    ]
    return json.dumps({"objects": objects}).encode()


@dataclass
class Writers:
    """Threads that post to whichever hub lives, and remember what was acknowledged."""

    urls: list[str]
    token: str
    collection: str
    stopped: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[str] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    lost: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, count: int) -> list[threading.Thread]:
        """Begin to write."""
        threads = [threading.Thread(target=self._write, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        return threads

    def _write(self) -> None:
        while not self.stopped.is_set():
            ids = [f"indicator--{uuid4()}" for _ in range(OBJECTS)]
            with self._lock:
                url = random.choice(self.urls)
                self.sent.update(ids)
            try:
                status = ask(f"{url}/taxii2/hub/collections/{self.collection}/objects/", self.token, envelope(ids))
            except urllib.error.HTTPError as error:
                assert error.code == 503, f"expected 202 or 503, found {error.code}"
                time.sleep(0.05)
            except (OSError, ValueError, http.client.HTTPException):  # killed meanwhile: perhaps written, perhaps not
                self.lost += 1
                time.sleep(0.02)
            else:
                assert status["success_count"] + status["pending_count"] == OBJECTS, status
                with self._lock:
                    self.acknowledged.extend(ids)


def read_all(url: str, token: str, collection: str) -> list[tuple[str, str]]:
    """Every (id, date_added) of a collection, page by page, as a client reads."""
    found: list[tuple[str, str]] = []
    query = "limit=1000"
    while True:
        page = ask(f"{url}/taxii2/hub/collections/{collection}/manifest/?{query}", token)
        found += [(each["id"], each["date_added"]) for each in page.get("objects", [])]
        if not page.get("more"):
            return found
        query = f"limit=1000&next={page['next']}"


def check(writers: Writers, url: str, data: Path, env: dict[str, str]) -> None:
    """Everything acknowledged is there, once; nothing that nobody sent; positions rise; the log verifies."""
    last = [f"indicator--{uuid4()}" for _ in range(OBJECTS)]
    writers.sent.update(last)
    ask(f"{url}/taxii2/hub/collections/{writers.collection}/objects/", writers.token, envelope(last))
    found = read_all(url, writers.token, writers.collection)
    counted = Counter(ident for ident, _ in found)
    missing = [ident for ident in writers.acknowledged if ident not in counted]
    assert not missing, f"{len(missing)} of {len(writers.acknowledged)} acknowledged objects are gone"
    assert [ident for ident, count in counted.items() if count > 1] == []
    assert set(counted) <= writers.sent
    added = [at for _, at in found]
    assert added == sorted(set(added))
    assert len(writers.acknowledged) >= 10 * OBJECTS
    verified = run("log", "verify", "--data", str(data), "--json", env=env, check=False)
    assert verified.returncode == 0, verified.stdout[-2000:]


@pytest.fixture
def demo_of(tmp_path: Path) -> Callable[[dict[str, str]], tuple[Path, dict[str, Any]]]:
    """An empty demo's folder, people and keys; the demo itself has stopped."""

    def make(env: dict[str, str]) -> tuple[Path, dict[str, Any]]:
        demo = start_demo(tmp_path / "data", tmp_path, "--empty", env=env)
        assert demo.stop() == 0
        return tmp_path / "data", demo.announced

    return make


def writers_for(announced: dict[str, Any], urls: list[str]) -> Writers:
    """Writers with the key of the water secretariat, into the water collection."""
    account = next(each for each in announced["accounts"] if each["username"] == "water.secretariat")
    collection = next(each["id"] for each in announced["collections"] if each["alias"] == "water")
    return Writers(urls, account["token"], collection)


@pytest.mark.slow
@pytest.mark.postgres
def test_killing_hubs_on_postgres_loses_and_doubles_nothing(
    demo_of: Callable[[dict[str, str]], tuple[Path, dict[str, Any]]],
    empty_postgres_url: str,
    serve: Callable[..., HubProcess],
) -> None:
    """Three hubs share one database; one after the other is killed while four writers post to all of them."""
    env = on_database(empty_postgres_url)
    data, announced = demo_of(env)
    hubs = [serve(data, env=env) for _ in range(3)]
    writers = writers_for(announced, [hub.url for hub in hubs])
    threads = writers.start(4)
    for _ in range(4):
        time.sleep(1.0)
        place = random.randrange(len(hubs))
        hubs[place].kill()
        hubs[place] = serve(data, env=env)
        writers.urls[place] = hubs[place].url
    writers.stopped.set()
    for thread in threads:
        thread.join(30)
    check(writers, hubs[0].url, data, env)


@pytest.mark.slow
def test_killing_a_hub_on_sqlite_loses_and_doubles_nothing(
    demo_of: Callable[[dict[str, str]], tuple[Path, dict[str, Any]]], serve: Callable[..., HubProcess]
) -> None:
    """Two workers on one file; all are killed at once while writers post, and started again."""
    data, announced = demo_of({})
    hub = serve(data, "--workers", "2")
    writers = writers_for(announced, [hub.url])
    threads = writers.start(3)
    for _ in range(3):
        time.sleep(1.2)
        hub.kill()
        hub = serve(data, "--workers", "2")
        writers.urls[0] = hub.url
    time.sleep(0.5)
    writers.stopped.set()
    for thread in threads:
        thread.join(30)
    check(writers, hub.url, data, {})


@pytest.mark.slow
def test_workers_do_not_outlive_a_killed_parent(
    demo_of: Callable[[dict[str, str]], tuple[Path, dict[str, Any]]], serve: Callable[..., HubProcess]
) -> None:
    """Only the parent is killed: its workers see it and end within three seconds."""
    import psutil

    data, _ = demo_of({})
    hub = serve(data, "--workers", "2")
    workers = psutil.Process(hub.process.pid).children(recursive=True)
    assert len(workers) == 2
    hub.process.kill()
    hub.process.wait()
    _, left = psutil.wait_procs(workers, timeout=3)
    # One that has ended stays listed until the system's first process takes note of it, which may be late.
    alive = [each for each in left if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    assert alive == []


@pytest.mark.slow
def test_a_killed_worker_is_replaced(
    demo_of: Callable[[dict[str, str]], tuple[Path, dict[str, Any]]], serve: Callable[..., HubProcess]
) -> None:
    """The parent starts another worker, and the hub goes on answering."""
    import psutil

    data, _ = demo_of({})
    hub = serve(data, "--workers", "2")
    parent = psutil.Process(hub.process.pid)
    first = parent.children()[0]
    first.kill()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        children = [each for each in parent.children() if each.status() != psutil.STATUS_ZOMBIE]
        if len(children) == 2 and first.pid not in {each.pid for each in children}:
            break
        time.sleep(0.1)
    else:
        pytest.fail("expected a new worker within ten seconds, found none")
    assert hub.process.poll() is None
