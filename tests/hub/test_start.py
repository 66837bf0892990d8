"""What a start waits for: nothing that a hub needs only later, seldom or never."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Map, Rule

from hub.app import LateRule
from hub.process.loading import without
from hub.process.serving import TURN_SECONDS
from tests.harness.processes import REPOSITORY, copy_new_hub, environment

BUILT = """
import sys
from hub.cli.serve import serve
from hub.app import create_app
from hub.settings_reading import load_settings
from hub.wiring import open_hub
create_app(open_hub(load_settings(sys.argv[1])))
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
"""Loads what `serve` loads before it divides into workers, and tells whose modules these are."""

LATER = {
    "alembic": "for a database that does not fit",
    "altair": "for charts",
    "apscheduler": "for the jobs, which begin beside the first requests",
    "Crypto": "for samples that leave under a lock",
    "flask_smorest": "for REST, built with its first request",
    "marshmallow": "for REST",
    "openpyxl": "for spreadsheets",
    "psycopg": "for PostgreSQL; this hub is on SQLite",
    "rich": "for people at a terminal",
    "segno": "for the square code of a second factor",
    "stix2": "for building, not for reading",
    "typst": "for paper",
}


def test_a_start_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    """Each of these was once imported on the way to the first answer, or easily could be."""
    copy_new_hub(tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-c", BUILT, str(tmp_path / "data")],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert {name: why for name, why in LATER.items() if name in done.stdout.split()} == {}


def test_what_was_loaded_is_not_looked_through_for_garbage() -> None:
    """A collection soon after the import once went through all of it: a twentieth of the start."""
    program = (
        "import gc; from hub.cli import cli; cli.get_command(None, 'serve'); "
        "print(gc.isenabled(), gc.get_freeze_count() > 10 * len(gc.get_objects()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]


def test_what_was_hidden_from_a_library_is_there_for_the_next() -> None:
    """Only while it is imported does a library miss what is installed."""
    program = (
        "import sys; from hub.process.loading import without\n"
        "with without('rich'):\n"
        "    try: import rich\n"
        "    except ImportError: print('hidden')\n"
        "import rich; print('there')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["hidden", "there"]


def test_a_module_that_is_in_use_is_not_hidden() -> None:
    """Whoever has it keeps it."""
    with without("flask"):
        import flask

        assert flask.Flask is Flask


def test_late_rules_write_the_addresses_that_others_write() -> None:
    """Also values that the address does not hold, defaults, and one that is called like a parameter of our own."""
    told: list[tuple[str, dict[str, object], dict[str, object]]] = [
        ("/reports/<uuid:ident>/", {"ident": "6f9a3c5e-1c8e-4a55-9a44-0f1c2f3f4b55", "lang": "ja"}, {}),
        ("/past/<rule>/<int:number>", {"rule": "a b/c", "number": 7}, {}),
        ("/inbox/", {"page": 2}, {"page": 2}),
        ("/plain", {}, {}),
    ]
    for path, values, defaults in told:
        addresses = [
            Map([kind(path, endpoint="it", defaults=defaults)]).bind("hub.example").build("it", values)
            for kind in (LateRule, Rule)
        ]
        assert addresses[0] == addresses[1]


IN_A_WORKER = """
import os, sys
from hub.process.serving import _Loader
assert _Loader(None, "the application", os.getppid(), None)() == "the application"
print(sys.getswitchinterval())
"""
"""Does in a process of its own what each worker does before its first request."""


def test_a_worker_lets_small_requests_in_beside_large_ones() -> None:
    """Python itself would have them wait ten times as long, each time that they need the interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_WORKER],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) == pytest.approx(TURN_SECONDS)
