"""Holds how the heart speaks to each database: plain SQL on the driver's connection, in the session's transaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from models.bulk import SQLITE_MOMENT
from models.ways import DRIVER, WIRE, Statement

if TYPE_CHECKING:
    from models.wire import Wire


FORESEEN = "foreseen"
"""Where a session's `info` holds the answers to questions that were asked ahead."""


def is_sqlite(session: Session) -> bool:
    """Which of the two databases this is."""
    return session.info[WIRE] is None


def fetch(session: Session, sql: str, parameters: Mapping[str, Any], *, kept: bool = False) -> list[tuple[Any, ...]]:
    """Run one query written with :name parameters; bytes come back as bytes, never through a text format.

    `kept` lets PostgreSQL keep the plan: for questions by unique keys, whose plan is right at any size of the tables.
    """
    wire: Wire | None = session.info[WIRE]
    if wire is None:
        rows: list[tuple[Any, ...]] = session.info[DRIVER].execute(sql, parameters).fetchall()
        return rows
    visit = session.info.get(FORESEEN) if kept else None
    foreseen: list[tuple[Any, ...]] | None = None if visit is None else visit.answer(sql, parameters)
    return wire.ask(sql, parameters, kept=kept) if foreseen is None else foreseen


def walk(session: Session, sql: str, parameters: Mapping[str, Any], *, kept: bool = False) -> list[tuple[Any, ...]]:
    """As `fetch`, for questions of reading, which are right only as walks along indexes, whatever statistics say.

    In readings where each statement stands alone, PostgreSQL need not plan them each time; in others if `kept`.
    """
    wire: Wire | None = session.info[WIRE]
    if wire is None:
        return fetch(session, sql, parameters)
    visit = session.info.get(FORESEEN)
    foreseen: list[tuple[Any, ...]] | None = None if visit is None else visit.walked(sql, parameters)
    return wire.walk(sql, parameters, kept=kept) if foreseen is None else foreseen


def fetch_all(session: Session, statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """Run several queries, each seeing what those before it did; PostgreSQL is asked them in one journey."""
    wire: Wire | None = session.info[WIRE]
    if wire is None:
        return [fetch(session, each.sql, each.parameters) for each in statements]
    visit = session.info.get(FORESEEN)
    foreseen: list[list[tuple[Any, ...]]] | None = None if visit is None else visit.all_of(statements)
    return wire.ask_all(statements) if foreseen is None else foreseen


def fetch_then_walk(session: Session, statements: Sequence[Statement], last: Statement) -> list[list[tuple[Any, ...]]]:
    """Run several queries, the last of them as `walk` does; PostgreSQL is asked them in one journey."""
    wire: Wire | None = session.info[WIRE]
    if wire is None or wire.begins or session.in_transaction():
        return fetch_all(session, [*statements, last])
    return wire.ask_then_walk(statements, last)


def has_rows(session: Session, asked: Statement) -> bool:
    """Whether a query finds anything."""
    return bool(fetch(session, asked.sql, asked.parameters, kept=asked.kept))


def run_many(session: Session, sql: str, parameters: Sequence[Mapping[str, Any]], *, kept: bool = False) -> None:
    """Run one statement for each set of parameters; what it answers is not looked at.

    On PostgreSQL they travel with the next question or with the commit, and only then does a fault in them show.
    """
    wire: Wire | None = session.info[WIRE]
    if wire is None:
        session.info[DRIVER].executemany(sql, parameters)
        return
    for each in parameters:
        wire.tell(sql, each, kept=kept)


def run_once(session: Session, statement: Statement) -> None:
    """Run one statement on PostgreSQL as `run_many` does, unless it was asked ahead."""
    visit = session.info.get(FORESEEN)
    if visit is None or visit.walked(statement.sql, statement.parameters) is None:
        session.info[WIRE].tell(statement.sql, statement.parameters, kept=statement.kept)


def run_and_hear(session: Session, statement: Statement) -> Sequence[tuple[Any, ...]]:
    """Run one statement on PostgreSQL as `run_many` does; its rows are in what is given back once it has travelled."""
    wire: Wire = session.info[WIRE]
    return wire.tell_and_hear(statement)


def among_numbers(ids: Sequence[int]) -> str:
    """A condition of SQL, to stand behind a column: one of these; mostly they follow each other."""
    if ids and max(ids) - min(ids) + 1 == len(ids):
        return f"BETWEEN {min(ids)} AND {max(ids)}"
    return f"IN ({', '.join(str(int(each)) for each in ids) or 'NULL'})"


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
