"""Holds how the heart speaks to each database: plain SQL on the driver's connection, in the session's transaction."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from models.bulk import SQLITE_MOMENT
from models.session import DRIVER


def is_sqlite(session: Session) -> bool:
    """Which of the two databases this is."""
    return isinstance(session.info[DRIVER], sqlite3.Connection)


def fetch(session: Session, sql: str, parameters: Mapping[str, Any], *, kept: bool = False) -> list[tuple[Any, ...]]:
    """Run one query written with :name parameters; bytes come back as bytes, never through a text format.

    `kept` lets PostgreSQL keep the plan: for questions by unique keys, whose plan is right at any size of the tables.
    """
    driver: Any = session.info[DRIVER]
    if is_sqlite(session):
        rows: list[tuple[Any, ...]] = driver.execute(sql, parameters).fetchall()
        return rows
    with driver.cursor(binary=True) as cursor:
        return list(cursor.execute(_psycopg(sql), parameters, prepare=kept).fetchall())


def run_many(session: Session, sql: str, parameters: Sequence[Mapping[str, Any]]) -> None:
    """Run one statement for each set of parameters; what it answers is not looked at."""
    driver: Any = session.info[DRIVER]
    if is_sqlite(session):
        driver.executemany(sql, parameters)
        return
    with driver.cursor() as cursor:
        cursor.executemany(_psycopg(sql), parameters)


def uuid_parameter(session: Session, value: UUID) -> Any:
    """A UUID as the database stores it."""
    return value.hex if is_sqlite(session) else value


def as_uuid(value: object) -> UUID | None:
    """A UUID as it came back."""
    if value is None or isinstance(value, UUID):
        return value
    return UUID(str(value))


def moment_parameter(session: Session, value: datetime) -> Any:
    """A time as the database stores it: SQLite as text, in UTC without saying so."""
    return value.astimezone(UTC).strftime(SQLITE_MOMENT) if is_sqlite(session) else value


def as_moment(value: Any) -> datetime:
    """A time as it came back."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    moment: datetime = value
    return moment.astimezone(UTC)


@cache
def _psycopg(sql: str) -> str:
    return re.sub(r"(?<!:):([a-z_][a-z_0-9]*)", r"%(\1)s", sql.replace("%", "%%"))
