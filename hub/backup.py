"""A door: a hub's data as one folder, taken while it runs, and that folder as a hub again, which proves itself."""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import make_url

from hub.settings import SETTINGS_FILE, Settings
from hub.version import program_version
from hub.wiring import Hub
from models.session import Database, normal_url, sqlite_url
from sharing.audit.state import LogHead, load_log_head

MANIFEST: Final = "backup.json"
SQLITE_COPY: Final = "hub.sqlite3"
POSTGRES_DUMP: Final = "hub.dump"
SECRETS: Final = "secrets"
FILES: Final = "attachments"

PAGES_AT_ONCE: Final = 2_000
"""Pages that the online copy takes in one step; between steps others write."""


class BackupError(Exception):
    """A backup cannot be made or restored; the message says what was expected and found, and what to do."""


@dataclass(frozen=True)
class Made:
    """What a backup says of itself: from this the restored tree is proven."""

    made_at: str
    program: str
    database: str
    origin: str
    shard: str
    size: int
    root: str

    @classmethod
    def of(cls, head: LogHead, database: str, now: datetime) -> "Made":
        """The state of the log at the moment that the copy holds."""
        return cls(now.isoformat(), program_version(), database, head.origin, head.shard, head.size, head.root.hex())

    @classmethod
    def read(cls, folder: Path) -> "Made":
        """Read it.

        Raises:
            BackupError: the folder holds no backup.
        """
        try:
            return cls(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise BackupError(f"{folder}: expected a backup with {MANIFEST}, found none") from None


def make_backup(hub: Hub, out: Path, now: datetime) -> Made:
    """Copy database, files, settings and keys into a new folder, while the hub runs. The manifest is written last.

    Raises:
        BackupError: the folder exists, or PostgreSQL's own program is missing or fails.
    """
    try:
        out.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BackupError(f"{out}: expected no such folder yet, found one. Name another.") from None
    settings = hub.settings
    _copy_files(settings.attachments, out / FILES)
    made = _copy_sqlite(settings, out, now) if hub.units.database.is_sqlite else _dump_postgres(hub, out, now)
    _copy_files(settings.attachments, out / FILES)
    shutil.copytree(settings.secrets, out / SECRETS, copy_function=shutil.copy2)
    (out / SECRETS).chmod(0o700)
    if (settings.data / SETTINGS_FILE).exists():
        shutil.copy2(settings.data / SETTINGS_FILE, out / SETTINGS_FILE)
    manifest = out / f"{MANIFEST}.part"
    manifest.write_text(json.dumps(made.__dict__, indent=2) + "\n", encoding="utf-8")
    manifest.rename(out / MANIFEST)
    return made


def _copy_files(source: Path, target: Path) -> None:
    """The files of reports, sealed as they are; those that are there already stay.

    Once before the database and once after it: whatever it names by then was there at one of the two.
    """
    target.mkdir(mode=0o700, exist_ok=True)
    for path in source.glob("*/*"):
        copy = target / path.parent.name / path.name
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            if not copy.exists() or copy.stat().st_size != path.stat().st_size:
                shutil.copy2(path, copy)
        except FileNotFoundError:
            continue  # erased or taken off meanwhile


def _copy_sqlite(settings: Settings, out: Path, now: datetime) -> Made:
    """SQLite's online copy: one state of the database, however much is written meanwhile."""
    source = str(make_url(settings.database_url).database)
    target = out / SQLITE_COPY
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there, pages=PAGES_AT_ONCE)
        there.execute("PRAGMA journal_mode = DELETE")
    return Made.of(_head_of(Database(sqlite_url(target))), "sqlite", now)


def _head_of(database: Database) -> LogHead:
    try:
        with database.reading() as session:
            return load_log_head(session)
    finally:
        database.close()


def _dump_postgres(hub: Hub, out: Path, now: datetime) -> Made:
    """pg_dump of exactly the state whose root the manifest names: both read one exported snapshot."""
    program = find_program("pg_dump")
    with hub.units.database.reading() as session:
        snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        head = load_log_head(session)
        words = ["--format=custom", f"--snapshot={snapshot}", f"--file={out / POSTGRES_DUMP}", "--no-owner"]
        _run([program, *words], hub.settings.database_url)
    (out / POSTGRES_DUMP).chmod(0o600)
    return Made.of(head, "postgresql", now)


def restore_files(backup: Path, data: Path) -> Made:
    """Lay settings, keys, files and, on SQLite, the database into a new data folder.

    Raises:
        BackupError: it is no backup, or the folder holds something.
    """
    made = Made.read(backup)
    if data.exists() and any(data.iterdir()):
        raise BackupError(f"{data}: expected an empty or new folder, found files in it. Name another.")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(backup / SECRETS, data / SECRETS, copy_function=shutil.copy2)
    (data / SECRETS).chmod(0o700)
    if (backup / FILES).exists():
        _copy_files(backup / FILES, data / FILES)
    for name in (SETTINGS_FILE, SQLITE_COPY):
        if (backup / name).exists():
            shutil.copy2(backup / name, data / name)
    return made


def restore_postgres(backup: Path, url: str) -> None:
    """Fill an empty PostgreSQL database from the dump.

    Raises:
        BackupError: the database is not empty, or PostgreSQL's own program is missing or fails.
    """
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            count = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
            if connection.execute(text(count)).scalar_one():
                raise BackupError("expected an empty PostgreSQL database, found tables in it. Make a new one.")
    finally:
        database.close()
    words = ["--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={_address(url)}"]
    _run([find_program("pg_restore"), *words, str(backup / POSTGRES_DUMP)], url)


def find_program(name: str) -> str:
    """PostgreSQL's own program.

    Raises:
        BackupError: it is not on this machine.
    """
    found = shutil.which(name)
    if found is None:
        raise BackupError(
            f"expected the program {name} for a PostgreSQL database, found none on this machine. "
            "Install PostgreSQL's client programs, or use the backup of your database server"
        )
    return found


def _run(words: list[str], url: str) -> None:
    """The password goes through the environment, where other users of the machine do not see it."""
    parsed = make_url(normal_url(url))
    password = parsed.password or parsed.query.get("password")
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    if not any(word.startswith("--dbname=") for word in words):
        words = [*words, f"--dbname={_address(url)}"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said: Any = done.stderr.strip().splitlines()
        raise BackupError(f"{Path(words[0]).name} failed: {said[-1] if said else 'without a word'}")


def _address(url: str) -> str:
    """The address without the password, wherever that stands in it, as PostgreSQL's own programs take it."""
    parsed = make_url(normal_url(url)).set(drivername="postgresql")
    # `set(password=None)` leaves the password where it is.
    bare = parsed._replace(password=None).difference_update_query(["password"])
    return bare.render_as_string(hide_password=False)
