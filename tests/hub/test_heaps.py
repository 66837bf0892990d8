"""Tests that a process keeps one heap, and gives back what large requests left in it."""

import platform
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import urlopen

import psutil
import pytest
from flask import Blueprint, Flask, request

from hub.app import create_app
from hub.process import heaps
from hub.process.heaps import GIVE_BACK_BYTES
from tests.harness.processes import REPOSITORY, copy_new_hub, environment, start_serve
from tests.hub.fakes import FrameHub, frame_app

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")

EIGHT_THREADS = """
import sys, threading
from hub.process.heaps import share_heap
if sys.argv[1] == "shared":
    share_heap()
ready = threading.Barrier(9)
def hold():
    kept = [bytes(3_000) for _ in range(300)]
    ready.wait()
    ready.wait()
threads = [threading.Thread(target=hold) for _ in range(8)]
for each in threads:
    each.start()
ready.wait()
print(open("/proc/self/maps").read())
ready.wait()
"""


def heaps_of_threads(maps: str) -> int:
    """The heaps beside the main one: each reserves 64 MB of addresses, and uses their beginning."""
    spans = []
    for line in maps.split("\n"):
        if line:
            span, rights = line.split()[:2]
            start, end = (int(each, 16) for each in span.split("-"))
            spans.append((start, end, rights))
    return sum(
        used[2] == "rw-p" and rest[2] == "---p" and used[1] == rest[0] and rest[1] - used[0] == 64 * 2**20
        for used, rest in pairwise(spans)
    )


@glibc
def test_threads_share_one_heap() -> None:
    """Eight threads once had eight of them."""
    counted = {
        way: heaps_of_threads(
            subprocess.run(
                [sys.executable, "-c", EIGHT_THREADS, way],
                cwd=REPOSITORY,
                env=environment(),
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for way in ("shared", "apart")
    }
    assert counted["shared"] == 0
    assert counted["apart"] > 2


@glibc
def test_a_served_hub_has_one_heap_in_each_process(tmp_path: Path) -> None:
    """The threads of its start came before those of its workers, and once left them a heap each."""
    served = start_serve(copy_new_hub(tmp_path / "hub"), tmp_path, "--workers", "2")
    try:
        for _ in range(20):
            with urlopen(f"{served.url}/") as answer:
                answer.read()
        parent = psutil.Process(served.process.pid)
        processes = [parent, *parent.children(recursive=True)]
        assert len(processes) == 3
        assert [heaps_of_threads(Path(f"/proc/{each.pid}/maps").read_text()) for each in processes] == [0, 0, 0]
    finally:
        served.stop()


GIVING_BACK = """
from hub.process.heaps import give_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

kept, passing = [], []
for number in range(30_000):
    (passing if number % 100 else kept).append(bytes(2_000))
del passing
before = resident()
give_back()
print(before - resident())
"""
"""Leaves holes of two hundred kilobytes in a heap whose end is in use."""


@glibc
def test_what_stands_empty_between_is_given_back() -> None:
    """Some sixty megabytes were needed for a moment, two thirds of a megabyte stays."""
    done = subprocess.run(
        [sys.executable, "-c", GIVING_BACK],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 40 * 2**20


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """An application that answers with as many bytes as it is asked for."""
    door = ModuleType("door")
    door.blueprint = Blueprint("door", "door")  # type: ignore[attr-defined]

    @door.blueprint.route("/taxii2/<int:size>", methods=["GET", "POST"])
    def answer(size: int) -> bytes:
        request.get_data()
        return bytes(size)

    return create_app(FrameHub(frame_app(tmp_path).extensions["hub"].settings), page_groups=(), machine_doors=[door])


@pytest.mark.parametrize(
    ("size", "body", "asked"),
    [
        (100, b"", 0),
        (GIVE_BACK_BYTES, b"", 1),
        (100, b"x" * GIVE_BACK_BYTES, 1),
        (100, b"x" * (GIVE_BACK_BYTES - 1), 0),
    ],
)
def test_what_is_large_is_given_back_soon(
    app: Flask, monkeypatch: pytest.MonkeyPatch, size: int, body: bytes, asked: int
) -> None:
    """A large answer, or a large body; small ones cost nothing."""
    calls: list[Any] = []
    monkeypatch.setattr(heaps._soon, "ask", lambda: calls.append(1))
    assert app.test_client().post(f"/taxii2/{size}", data=body).status_code == 200
    assert len(calls) == asked
