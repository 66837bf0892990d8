"""SQLite for the tests: a file migrated once per run, copied for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.harness import shared


def url_of(path: Path) -> str:
    """Return the address of a database file as SQLAlchemy reads it."""
    return f"sqlite:///{path}"


def migrated_template(upgrade: Callable[[str], None]) -> Path:
    """Return the migrated file; whoever asks first makes it."""
    template = shared.folder() / "template.sqlite3"
    done = shared.folder() / "sqlite.migrated"
    with shared.lock("sqlite-template"):
        if not done.exists():
            template.unlink(missing_ok=True)
            upgrade(url_of(template))
            done.touch()
    return template


def copy(template: Path, target: Path) -> str:
    """Copy a database with SQLite's own means, so that nothing stays behind in a side file; return its address."""
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(target)) as copied:
        source.backup(copied)
    return url_of(target)
