"""A hub that runs as a process of its own, and whose clock jumps: back by a day, ahead by hours. The order holds."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.harness import processes
from tests.harness.processes import HubProcess, run
from tests.hub.test_kill import ask, envelope

DAY, HOURS = 86_400, 3 * 3_600
WAIT_SECONDS = 30
"""How long an alarm may take; a tick comes every second."""


class Clock:
    """The clock of a hub that runs."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "jump"
        self.to(0)

    def to(self, seconds: float) -> None:
        """So many seconds from the true time."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.file)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def hub(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubProcess]:
    """A demo without its year, on SQLite; its clock is the injected one."""
    monkeypatch.setattr(processes, "command", lambda: [sys.executable, "-m", "tests.hub.jumping_hub"])
    running = processes.start_demo(tmp_path / "demo", tmp_path, "--empty", env={"JUMP": str(clock.file)})
    yield running
    running.kill()


def objects_of(hub: HubProcess) -> tuple[str, str]:
    """The address of a sector's objects, and a token that may post there."""
    told = hub.announced
    account = next(each for each in told["accounts"] if each["username"] == "electricity.secretariat")
    collection = next(each["id"] for each in told["collections"] if each["alias"] == "electricity")
    return f"{told['taxii']['api_root'].rstrip('/')}/collections/{collection}/objects/", account["token"]


def post(hub: HubProcess) -> str:
    """Post an indicator; it is published at once."""
    ident = f"indicator--{uuid4()}"
    status = ask(*objects_of(hub), envelope([ident]))
    assert (status["status"], status["success_count"]) == ("complete", 1)
    return ident


def order(hub: HubProcess) -> list[tuple[str, str]]:
    """What is there, by id and `date_added`, in the order of the feed."""
    url, token = objects_of(hub)
    found = ask(url.replace("/objects/", "/manifest/"), token)["objects"]
    return [(each["id"], each["date_added"]) for each in found if each["id"].startswith("indicator--")]


def until(hub: HubProcess, event: str) -> dict[str, Any]:
    """The first line of the hub's log that tells this."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        for line in hub.output().splitlines():
            if f'"{event}"' in line:
                found: dict[str, Any] = json.loads(line)
                return found
        time.sleep(0.2)
    raise AssertionError(f"expected the hub to tell {event}, found:\n{hub.output()[-3000:]}")


def verified(tmp_path: Path) -> dict[str, Any]:
    """What `log verify` says of the data folder."""
    told: dict[str, Any] = json.loads(run("log", "verify", "--data", str(tmp_path / "demo"), "--json").stdout)
    return told


def refused(action: Callable[[], Any]) -> tuple[int, str]:
    """The status and the words of an answer that refuses."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        action()
    return caught.value.code, caught.value.read().decode()


def test_a_clock_that_jumps_back_a_day_loses_nothing_and_keeps_the_order(
    hub: HubProcess, clock: Clock, tmp_path: Path
) -> None:
    """Posts go on, each after the last; the hub's own log says that the clock is behind; the trail stays whole."""
    posted = [post(hub)]
    clock.to(-DAY)
    posted += [post(hub) for _ in range(3)]
    assert "minutes behind the last time seen" in until(hub, "clock_behind")["why"]
    found = order(hub)
    assert [ident for ident, _ in found] == posted
    added = [at for _, at in found]
    assert added == sorted(set(added))
    clock.to(0)
    posted.append(post(hub))
    assert [ident for ident, _ in order(hub)] == posted
    assert hub.stop() == 0
    told = verified(tmp_path)
    assert told["ok"], told


def test_a_clock_that_jumps_ahead_stops_publishing_and_says_so(hub: HubProcess, clock: Clock, tmp_path: Path) -> None:
    """Nothing is written under a position that could never be taken back; set right, all goes on in order."""
    posted = [post(hub)]
    clock.to(HOURS)
    status, words = refused(lambda: post(hub))
    assert status == 503
    assert "check the clock" in words
    assert "minutes past the last time seen" in until(hub, "clock_leapt")["why"]
    assert [ident for ident, _ in order(hub)] == posted
    clock.to(0)
    posted.append(post(hub))
    found = order(hub)
    assert [ident for ident, _ in found] == posted
    assert hub.stop() == 0
    told = verified(tmp_path)
    assert told["ok"], told
