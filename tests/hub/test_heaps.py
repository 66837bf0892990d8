"""Tests that a process keeps few heaps, and gives back what large requests left in them."""

import platform
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Blueprint, Flask, request

from hub.app import create_app
from hub.process import heaps
from hub.process.heaps import GIVE_BACK_BYTES, HEAPS
from tests.harness.processes import REPOSITORY, environment
from tests.hub.fakes import FrameHub, frame_app

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")

HEAPS_OF_THREADS = """
import re, sys, threading
from hub.process.heaps import share_heaps
if sys.argv[1] == "shared":
    share_heaps()
ready = threading.Barrier(9)
def hold():
    kept = [bytes(3_000) for _ in range(300)]
    ready.wait()
    ready.wait()
threads = [threading.Thread(target=hold) for _ in range(8)]
for each in threads:
    each.start()
ready.wait()
lines = [line.split() for line in open("/proc/self/maps")]
spans = [(int(a, 16), int(b, 16), rest) for (a, b), *rest in ([line[0].split("-"), *line[1:]] for line in lines)]
whole = 64 * 2**20
heaps = sum(
    1 for one, two in zip(spans, spans[1:])
    if one[2][0] == "rw-p" and two[2][0] == "---p" and one[1] == two[0] and two[1] - one[0] == whole
)
ready.wait()
print(heaps)
"""
"""Counts the heaps beside the main one: each reserves 64 MB of addresses, and uses their beginning."""


@glibc
def test_threads_share_heaps() -> None:
    """Eight threads once had eight of them."""
    counted = {
        way: int(
            subprocess.run(
                [sys.executable, "-c", HEAPS_OF_THREADS, way],
                cwd=REPOSITORY,
                env=environment(),
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for way in ("shared", "apart")
    }
    assert counted["shared"] < HEAPS < counted["apart"]


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
