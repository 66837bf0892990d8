"""Operation: what is kept beside a stretch of entries, read with a few questions."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crypto.beside import RowSeal
from models.audit import AuditEntry
from sharing.reading.driver import among_numbers, fetch
from sharing.reading.stored import KeptObject, list_kept_objects

OBJECTS_AT_ONCE: Final = 2000
"""Objects held in memory at once, but for one entry that has more."""


class EntryRow(NamedTuple):
    """A row of `audit_entries` that has its place in the log."""

    id: int
    kind: str
    tag: str
    recorded_at: Any
    parts_root: bytes
    objects_root: bytes | None
    object_count: int
    tree_size: int
    padding: bytes | None
    regrants: int
    bridge: str | None
    shard: str
    log_index: int
    ts_ms: int
    leaf: bytes
    leaf_hash: bytes
    first_position: int | None


@dataclass
class Kept:
    """A portion of entries in the order of the log, and by number of entry what is kept beside them."""

    rows: list[EntryRow]
    parts: dict[int, dict[str, tuple[bytes, bytes]]] = field(default_factory=lambda: defaultdict(dict))
    objects: dict[int, list[KeptObject]] = field(default_factory=lambda: defaultdict(list))
    subjects: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    seals: dict[int, list[RowSeal]] = field(default_factory=lambda: defaultdict(list))
    disclosures: dict[int, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))


_ENTRIES: Final = f"""
    SELECT {", ".join(EntryRow._fields)} FROM audit_entries
    WHERE shard = :shard AND log_index >= :first AND log_index < :end ORDER BY log_index
"""


def count_entries(session: Session) -> int:
    """How many entries the log holds, in all shards."""
    return session.execute(select(func.count()).where(AuditEntry.log_index.is_not(None))).scalar_one()


def list_entries(session: Session, shard: str, first: int, end: int) -> list[EntryRow]:
    """The entries of a stretch of a shard."""
    rows = fetch(session, _ENTRIES, {"shard": shard, "first": first, "end": end})
    return [EntryRow(*row) for row in rows]


def list_kept(session: Session, rows: Sequence[EntryRow]) -> Iterator[Kept]:
    """These entries with what is kept beside them, in portions."""
    for portion in _portions(rows):
        yield _kept(session, portion)


def _portions(rows: Sequence[EntryRow]) -> Iterator[list[EntryRow]]:
    portion: list[EntryRow] = []
    objects = 0
    for row in rows:
        if portion and objects + row.object_count > OBJECTS_AT_ONCE:
            yield portion
            portion, objects = [], 0
        portion.append(row)
        objects += row.object_count
    if portion:
        yield portion


def _kept(session: Session, rows: list[EntryRow]) -> Kept:
    kept = Kept(rows)
    ids = [row.id for row in rows]
    among = f"entry_id {among_numbers(ids)}"
    for entry, name, salt, body in fetch(
        session, f"SELECT entry_id, name, salt, body FROM audit_parts WHERE {among}", {}
    ):
        kept.parts[entry][name] = (as_bytes(salt), as_bytes(body))
    for entry, kind, subject in fetch(session, f"SELECT entry_id, kind, subject FROM audit_subjects WHERE {among}", {}):
        kept.subjects[entry].append((kind, subject))
    sql = f"SELECT entry_id, table_name, row_key, number, digest FROM audit_seals WHERE {among}"
    for entry, table, key, number, digest in fetch(session, sql, {}):
        kept.seals[entry].append(RowSeal(table, key, number, as_bytes(digest)))
    for row in fetch(session, f"SELECT {', '.join(('entry_id', *DISCLOSED))} FROM disclosures WHERE {among}", {}):
        kept.disclosures[row[0]].append(row[1:])
    if any(row.object_count or row.objects_root for row in rows):
        for item in list_kept_objects(session, ids):
            kept.objects[item.entry_id].append(item)
    return kept


DISCLOSED: Final = (
    "account_id",
    "organization_id",
    "key_id",
    "door",
    "feed",
    "object_id",
    "first_position",
    "last_position",
    "count",
    "highest",
    "filters",
    "at",
)
"""The columns of a disclosure that its entry tells."""


def as_bytes(value: Any) -> bytes:
    """SQLite keeps a text where somebody wrote one over bytes; the check must go on and say what is wrong."""
    if type(value) is bytes:
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return b"" if value is None else bytes(value)
