"""Operation: the SQL of recording, in the form that is quickest on each database: one round trip on PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from models.bulk import insert_rows
from sharing.reading.driver import fetch, is_sqlite

_ENTRY_COLUMNS: Final = (
    "kind, tag, recorded_at, parts_root, objects_root, object_count, tree_size, padding, regrants, bridge"
)
_ENTRY: Final = f"""
    INSERT INTO audit_entries ({_ENTRY_COLUMNS})
    VALUES (:kind, :tag, :recorded_at, :parts_root, :objects_root, :object_count, :tree_size, :padding, :regrants,
            :bridge)
    RETURNING id
"""
_PART_COLUMNS: Final = (("entry_id", "int8"), ("name", "text"), ("salt", "bytea"), ("body", "bytea"))
_SUBJECT_COLUMNS: Final = (("kind", "text"), ("subject", "text"), ("entry_id", "int8"))

_ALL_AT_ONCE: Final = f"""
    WITH entry AS ({_ENTRY}),
    parts AS (
        INSERT INTO audit_parts (entry_id, name, salt, body)
        SELECT entry.id, part.* FROM entry, unnest((:names)::text[], (:salts)::bytea[], (:bodies)::bytea[]) AS part
    ),
    subjects AS (
        INSERT INTO audit_subjects (kind, subject, entry_id)
        SELECT subject.*, entry.id FROM entry, unnest((:kinds)::text[], (:subjects)::text[]) AS subject
    )
    SELECT id FROM entry
"""


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
    names, salts, bodies = (list(column) for column in zip(*parts, strict=True))
    parameters = {
        **entry,
        "names": names,
        "salts": salts,
        "bodies": bodies,
        "kinds": [kind for kind, _ in subjects],
        "subjects": [subject for _, subject in subjects],
    }
    return int(fetch(session, _ALL_AT_ONCE, parameters, kept=True)[0][0])
