"""SQLite for the tests: a file migrated once per run, copied for each test."""

from __future__ import annotations

import shutil
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
    return template("migrated", upgrade)


def template(name: str, make: Callable[[str], None]) -> Path:
    """Return the file of this name; whoever asks first makes it."""
    made = shared.folder() / f"{name}.sqlite3"
    done = shared.folder() / f"sqlite.{name}"
    with shared.lock(f"sqlite-{name}"):
        if not done.exists():
            made.unlink(missing_ok=True)
            make(url_of(made))
            done.touch()
    return made


def copy(template: Path, target: Path) -> str:
    """Copy a database, and return its address. One that nobody has open is its file; else some of it may stand in a
    side file, and only SQLite itself knows the whole."""
    if template.with_name(f"{template.name}-wal").exists():
        with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
    else:
        shutil.copyfile(template, target)
    return url_of(target)
