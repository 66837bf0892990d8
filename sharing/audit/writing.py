"""Operation: the SQL of recording, in the form that is quickest on each database.

On PostgreSQL plain inserts, each told and not asked: they travel together, and one statement that did all of it would
cost more to begin than they do.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from crypto.entry import PART_NAMES
from models.bulk import insert_rows
from models.ways import Statement
from sharing.reading.driver import fetch, is_sqlite, run_many

Columns = Sequence[tuple[str, str]]
"""Name and PostgreSQL type of each; fixed in code, never from outside."""

_ENTRY_COLUMNS: Final = (
    "kind",
    "tag",
    "recorded_at",
    "parts_root",
    "objects_root",
    "object_count",
    "tree_size",
    "padding",
    "regrants",
    "bridge",
)


def _insert(columns: Sequence[str]) -> str:
    values = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO audit_entries ({', '.join(columns)}) VALUES ({values})"


_ENTRY: Final = _insert(_ENTRY_COLUMNS)
_NUMBERED: Final = _insert(("id", *_ENTRY_COLUMNS))
"""With a number that was drawn before."""
_PART_COLUMNS: Final = (("entry_id", "int8"), ("name", "text"), ("salt", "bytea"), ("body", "bytea"))
_SUBJECT_COLUMNS: Final = (("kind", "text"), ("subject", "text"))

_KNOWN: Final = ":entry"
_JUST_WRITTEN: Final = "currval('audit_entries_id_seq')"
"""The number of this transaction's last entry, where PostgreSQL gave it and nobody was told."""


class Followers(NamedTuple):
    """Rows of another table that carry the number of their entry."""

    table: str
    columns: Columns
    """All but `entry_id`."""
    rows: Sequence[Sequence[Any]]


_NEXT: Final = "entry_drawn"
"""Where a session's `info` holds a number that was drawn for its next entry."""


def ask_entry_number(session: Session) -> list[Statement]:
    """The question that draws the number of the next entry, to be asked together with others; none on SQLite.

    It is drawn within the transaction and behind its locks, so that entries of one publisher keep their order.
    """
    return [] if is_sqlite(session) else [Statement("SELECT nextval('audit_entries_id_seq')", {}, kept=True)]


def keep_entry_number(session: Session, answers: Sequence[Sequence[tuple[Any, ...]]]) -> None:
    """Let the next entry of this session have the number that was drawn: nobody has to wait for it then."""
    for rows in answers:
        session.info[_NEXT] = rows[0][0]


def insert_entry(
    session: Session,
    entry: Mapping[str, Any],
    parts: Sequence[tuple[str, bytes, bytes]],
    subjects: Sequence[tuple[str, str]],
) -> int:
    """Write an entry with its parts (name, salt, body) and subjects, and return its number."""
    drawn: int | None = session.info.pop(_NEXT, None)
    if drawn is None:
        number = int(fetch(session, f"{_ENTRY} RETURNING id", entry, kept=True)[0][0])
    else:
        number = drawn
        run_many(session, _NUMBERED, [{**entry, "id": number}], kept=True)
    if is_sqlite(session):
        insert_rows(session, "audit_parts", _PART_COLUMNS, [(number, *part) for part in parts])
        _follow_on_sqlite(session, number, _subjects(subjects))
    else:
        _tell_parts(session, _KNOWN, {"entry": number}, parts)
        _tell_rows(session, _KNOWN, {"entry": number}, _subjects(subjects))
    return number


def tell_entry(
    session: Session,
    entry: Mapping[str, Any],
    parts: Sequence[tuple[str, bytes, bytes]],
    subjects: Sequence[tuple[str, str]],
    followers: Followers,
) -> None:
    """Write an entry and the rows that carry its number; on PostgreSQL nobody waits for it before the commit."""
    if is_sqlite(session):
        _follow_on_sqlite(session, insert_entry(session, entry, parts, subjects), followers)
        return
    run_many(session, _ENTRY, [entry], kept=True)
    _tell_parts(session, _JUST_WRITTEN, {}, parts)
    _tell_rows(session, _JUST_WRITTEN, {}, _subjects(subjects))
    _tell_rows(session, _JUST_WRITTEN, {}, followers)


def _subjects(subjects: Sequence[tuple[str, str]]) -> Followers:
    return Followers("audit_subjects", _SUBJECT_COLUMNS, subjects)


def _follow_on_sqlite(session: Session, number: int, followers: Followers) -> None:
    table, columns, rows = followers
    insert_rows(session, table, [("entry_id", "int8"), *columns], [(number, *row) for row in rows])


def _tell_parts(
    session: Session, number: str, entry: Mapping[str, int], parts: Sequence[tuple[str, bytes, bytes]]
) -> None:
    values: dict[str, Any] = {**entry}
    for place, (name, salt, body) in enumerate(parts):
        values |= {f"name_{place}": name, f"salt_{place}": salt, f"body_{place}": body}
    run_many(session, _parts_sql(number), [values], kept=True)


@cache
def _parts_sql(number: str) -> str:
    rows = ", ".join(f"({number}, :name_{at}, :salt_{at}, :body_{at})" for at in range(len(PART_NAMES)))
    return f"INSERT INTO audit_parts (entry_id, name, salt, body) VALUES {rows}"


def _tell_rows(session: Session, number: str, entry: Mapping[str, int], followers: Followers) -> None:
    table, columns, rows = followers
    names = [name for name, _ in columns]
    if not rows:
        return
    if len(rows) == 1:
        values = dict(zip(names, rows[0], strict=True))
        run_many(session, _one_row_sql(number, table, tuple(names)), [{**entry, **values}], kept=True)
        return
    lists = {f"each_{name}": list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    run_many(session, _rows_sql(number, table, tuple(columns)), [{**entry, **lists}], kept=True)


@cache
def _one_row_sql(number: str, table: str, names: tuple[str, ...]) -> str:
    values = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} (entry_id, {', '.join(names)}) VALUES ({number}, {values})"


@cache
def _rows_sql(number: str, table: str, columns: tuple[tuple[str, str], ...]) -> str:
    names = ", ".join(name for name, _ in columns)
    arrays = ", ".join(f"(:each_{name})::{kind}[]" for name, kind in columns)
    return f"INSERT INTO {table} (entry_id, {names}) SELECT {number}, each.* FROM unnest({arrays}) AS each"


def rewrite_decision(session: Session, entry_id: int, body: bytes, root: bytes) -> None:
    """Put another decision under an entry that was recorded in this unit of work and has no place in the log yet."""
    sql = "UPDATE audit_parts SET body = :body WHERE entry_id = :entry AND name = 'decision'"
    run_many(session, sql, [{"entry": entry_id, "body": body}], kept=True)
    sql = "UPDATE audit_entries SET parts_root = :root WHERE id = :entry AND log_index IS NULL"
    run_many(session, sql, [{"entry": entry_id, "root": root}], kept=True)
