"""Many rows at once, by the quickest way that each database has, inside the session's transaction."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any, Final

from sqlalchemy.orm import Session

from models.ways import DRIVER, WIRE

_COPY_FROM: Final = 8
"""COPY costs a round trip more than an insert; below this many rows it does not pay."""


SQLITE_MOMENT: Final = "%Y-%m-%d %H:%M:%S.%f"
"""How SQLAlchemy has SQLite store a time: in UTC, without saying so."""


def insert_rows(
    session: Session, table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows of plain values; `columns` are (name, PostgreSQL type), fixed in code and never from outside."""
    if not rows:
        return
    driver: Any = session.info[DRIVER]
    names = ", ".join(name for name, _ in columns)
    if isinstance(driver, sqlite3.Connection):
        marks = ", ".join("?" * len(columns))
        driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", _plain(columns, rows))
        return
    wire = session.info[WIRE]
    if len(rows) < _COPY_FROM:
        numbered = [f"v{place}" for place in range(len(columns))]
        sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in numbered)})"
        for row in rows:
            wire.tell(sql, dict(zip(numbered, row, strict=True)), kept=True)
        return
    wire.flush()
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types([kind for _, kind in columns])
        for row in rows:
            copy.write_row(row)


def _plain(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """The rows with what SQLite has no type for written as it stores them."""
    writers = [(place, _WRITERS[kind]) for place, (_, kind) in enumerate(columns) if kind in _WRITERS]
    if not writers:
        return rows
    plain = [list(row) for row in rows]
    for place, write in writers:
        for row in plain:
            if row[place] is not None:
                row[place] = write(row[place])
    return plain


_WRITERS: Final[dict[str, Callable[[Any], Any]]] = {
    "uuid": lambda value: value.hex,
    "date": lambda value: value.isoformat(),
    "int4[]": lambda value: " ".join(map(str, value)),
    "timestamptz": lambda value: value.astimezone(UTC).strftime(SQLITE_MOMENT),
}
