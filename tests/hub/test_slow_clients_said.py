"""Where this system cannot tell whose connection stands still, the hub says so instead of keeping quiet about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hub.cli import doctor
from hub.process import lifetime
from hub.security import silent_senders
from hub.settings_reading import load_settings, settings_with
from hub.wiring import open_hub
from tests.harness.processes import copy_new_hub


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that counts nothing for each connection."""
    monkeypatch.setattr(silent_senders, "_COUNTED", False)


def said_by_doctor(data: Path, *, production: bool) -> doctor.Check:
    settings = settings_with(load_settings(data), production=production, base_url="https://hub.example")
    (found,) = [each for each in doctor._folder(settings) if each.name == "slow clients"]
    return found


@pytest.mark.usefixtures("elsewhere")
def test_a_start_and_doctor_say_that_slow_clients_are_not_cut(tmp_path: Path) -> None:
    """It was cut on Linux only, and elsewhere nobody heard that it was not."""
    data = tmp_path / "data"
    copy_new_hub(data)
    hub = open_hub(load_settings(data))
    try:
        with capture_logs() as logs:
            lifetime.begin(hub)
    finally:
        hub.close()
    assert "slow_clients_not_cut" in [each["event"] for each in logs]
    assert "not cut off" in said_by_doctor(data, production=False).found
    assert not said_by_doctor(data, production=False).todo, "a trial at one's own desk is no fault"
    assert "proxy" in said_by_doctor(data, production=True).todo


@pytest.mark.skipif(not silent_senders.can_cut(), reason="only Linux counts what goes over each connection")
def test_where_they_are_cut_nothing_is_to_be_mended(tmp_path: Path) -> None:
    """And the time is told."""
    data = tmp_path / "data"
    copy_new_hub(data)
    found = said_by_doctor(data, production=True)
    assert "30 s" in found.found and not found.todo
