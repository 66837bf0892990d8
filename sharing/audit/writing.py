"""Operation: the SQL of recording, in the form that is quickest on each database: one round trip on PostgreSQL."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from models.bulk import insert_rows
from models.session import Statement
from sharing.reading.driver import fetch, is_sqlite, run_many

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
    return f"INSERT INTO audit_entries ({', '.join(columns)}) VALUES ({values}) RETURNING id"


_ENTRY: Final = _insert(_ENTRY_COLUMNS)
_NUMBERED: Final = _insert(("id", *_ENTRY_COLUMNS))
"""With a number that was drawn before."""
_PART_COLUMNS: Final = (("entry_id", "int8"), ("name", "text"), ("salt", "bytea"), ("body", "bytea"))
_SUBJECT_COLUMNS: Final = (("kind", "text"), ("subject", "text"), ("entry_id", "int8"))

_ALL_AT_ONCE: Final = """
    WITH entry AS ({entry}),
    parts AS (
        INSERT INTO audit_parts (entry_id, name, salt, body)
        SELECT entry.id, part.* FROM entry, unnest((:names)::text[], (:salts)::bytea[], (:bodies)::bytea[]) AS part
    ),
    subjects AS (
        INSERT INTO audit_subjects (kind, subject, entry_id)
        SELECT subject.*, entry.id FROM entry, unnest((:kinds)::text[], (:subjects)::text[]) AS subject
    ){followers}
    SELECT id FROM entry
"""


class Followers(NamedTuple):
    """Rows of another table that carry the number of their entry; columns are fixed in code, never from outside."""

    table: str
    columns: Sequence[tuple[str, str]]
    """Name and PostgreSQL type of all but `entry_id`."""
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
    if is_sqlite(session):
        entry_id: int = fetch(session, _ENTRY, entry)[0][0]
        insert_rows(session, "audit_parts", _PART_COLUMNS, [(entry_id, *part) for part in parts])
        insert_rows(session, "audit_subjects", _SUBJECT_COLUMNS, [(*subject, entry_id) for subject in subjects])
        return entry_id
    parameters = _parameters(entry, parts, subjects)
    drawn: int | None = session.info.pop(_NEXT, None)
    if drawn is None:
        return int(fetch(session, _all_at_once(_ENTRY), parameters, kept=True)[0][0])
    run_many(session, _all_at_once(_NUMBERED), [{**parameters, "id": drawn}], kept=True)
    return drawn


def tell_entry(
    session: Session,
    entry: Mapping[str, Any],
    parts: Sequence[tuple[str, bytes, bytes]],
    subjects: Sequence[tuple[str, str]],
    followers: Followers,
) -> None:
    """Write an entry and the rows that carry its number; on PostgreSQL nobody waits for it before the commit."""
    table, columns, rows = followers
    if is_sqlite(session):
        entry_id = insert_entry(session, entry, parts, subjects)
        insert_rows(session, table, [("entry_id", "int8"), *columns], [(entry_id, *row) for row in rows])
        return
    values = {name: list(column) for (name, _), column in zip(columns, zip(*rows, strict=True), strict=True)}
    parameters = _parameters(entry, parts, subjects) | {f"each_{name}": column for name, column in values.items()}
    run_many(session, _all_at_once(_ENTRY, table, tuple(columns)), [parameters], kept=True)


def _parameters(
    entry: Mapping[str, Any], parts: Sequence[tuple[str, bytes, bytes]], subjects: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    names, salts, bodies = (list(column) for column in zip(*parts, strict=True))
    return {
        **entry,
        "names": names,
        "salts": salts,
        "bodies": bodies,
        "kinds": [kind for kind, _ in subjects],
        "subjects": [subject for _, subject in subjects],
    }


@cache
def _all_at_once(entry: str, table: str = "", columns: tuple[tuple[str, str], ...] = ()) -> str:
    names = ", ".join(name for name, _ in columns)
    arrays = ", ".join(f"(:each_{name})::{kind}[]" for name, kind in columns)
    followers = f""",
    followers AS (
        INSERT INTO {table} (entry_id, {names})
        SELECT entry.id, each.* FROM entry, unnest({arrays}) AS each
    )"""
    return _ALL_AT_ONCE.format(entry=entry, followers=followers if table else "")


def rewrite_decision(session: Session, entry_id: int, body: bytes, root: bytes) -> None:
    """Put another decision under an entry that was recorded in this unit of work and has no place in the log yet."""
    sql = "UPDATE audit_parts SET body = :body WHERE entry_id = :entry AND name = 'decision'"
    run_many(session, sql, [{"entry": entry_id, "body": body}], kept=True)
    sql = "UPDATE audit_entries SET parts_root = :root WHERE id = :entry AND log_index IS NULL"
    run_many(session, sql, [{"entry": entry_id, "root": root}], kept=True)
