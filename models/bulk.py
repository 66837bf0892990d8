"""Many rows at once, by the quickest way that each database has, inside the session's transaction."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

_COPY_FROM: Final = 8
"""COPY costs a round trip more than an insert; below this many rows it does not pay."""


def insert_rows(
    session: Session, table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows of plain values; `columns` are (name, PostgreSQL type), fixed in code and never from outside."""
    if not rows:
        return
    connection = session.connection()
    names = ", ".join(name for name, _ in columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        plain = [tuple(value.hex if isinstance(value, UUID) else value for value in row) for row in rows]
        _driver(connection).executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", plain)
        return
    with _driver(connection).cursor() as cursor:
        if len(rows) < _COPY_FROM:
            marks = ", ".join("%s" for _ in columns)
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types([kind for _, kind in columns])
            for row in rows:
                copy.write_row(row)


def _driver(connection: Any) -> Any:
    """The driver's own connection, inside the same transaction."""
    return connection.connection.driver_connection
