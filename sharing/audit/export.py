"""Operation: the whole log, entry by entry, with all that is kept beside it; memory stays bounded."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crypto.verify_entry import Part, StoredEntry, StoredObject
from models.audit import AuditEntry, AuditPart
from sharing.audit.checkpoints import list_shards
from sharing.reading.stored import list_kept_objects

BATCH: Final = 500
"""Entries read at once; their objects follow in portions of their own."""

OBJECTS_AT_ONCE: Final = 2000
"""Objects held in memory at once, but for one entry that has more."""

_COLUMNS = (
    AuditEntry.id,
    AuditEntry.shard,
    AuditEntry.log_index,
    AuditEntry.leaf,
    AuditEntry.leaf_hash,
    AuditEntry.padding,
    AuditEntry.tree_size,
    AuditEntry.object_count,
    AuditEntry.regrants,
    AuditEntry.first_position,
    AuditEntry.parts_root,
    AuditEntry.objects_root,
)


def count_entries(session: Session) -> int:
    """How many entries the log holds, in all shards."""
    return session.execute(select(func.count()).where(AuditEntry.log_index.is_not(None))).scalar_one()


def stream_entries(session: Session) -> Iterator[tuple[StoredEntry, Any]]:
    """Every entry, shard by shard in the order of the log, with its row (positions stand there)."""
    for shard in list_shards(session):
        after = -1
        while True:
            rows = session.execute(
                select(*_COLUMNS)
                .where(AuditEntry.shard == shard, AuditEntry.log_index > after)
                .order_by(AuditEntry.log_index)
                .limit(BATCH)
            ).all()
            if not rows:
                break
            for portion in _portions(rows):
                yield from _stored(session, portion)
            after = rows[-1].log_index


def _portions(rows: Sequence[Any]) -> Iterator[list[Any]]:
    portion: list[Any] = []
    objects = 0
    for row in rows:
        if portion and objects + row.object_count > OBJECTS_AT_ONCE:
            yield portion
            portion, objects = [], 0
        portion.append(row)
        objects += row.object_count
    if portion:
        yield portion


def _stored(session: Session, rows: Sequence[Any]) -> Iterator[tuple[StoredEntry, Any]]:
    numbers = [row.id for row in rows]
    parts: dict[int, dict[str, Part | None]] = defaultdict(dict)
    kept = select(AuditPart.entry_id, AuditPart.name, AuditPart.salt, AuditPart.body).where(
        AuditPart.entry_id.in_(numbers)
    )
    for entry_id, name, salt, body in session.execute(kept):
        parts[entry_id][name] = (_bytes(salt), _bytes(body))
    objects: dict[int, list[StoredObject]] = defaultdict(list)
    for item in list_kept_objects(session, numbers):
        kept_as = (_bytes(item.salt), _bytes(item.sha256), _bytes(item.body))
        objects[item.entry_id].append(StoredObject(item.place, *kept_as))
    for row in rows:
        yield (
            StoredEntry(
                shard=row.shard,
                index=row.log_index,
                leaf=_bytes(row.leaf),
                parts=parts.get(row.id),
                objects=objects.get(row.id, []),
                padding=_bytes(row.padding or b""),
                tree_size=row.tree_size,
                leaf_hash=_bytes(row.leaf_hash),
            ),
            row,
        )


def _bytes(value: Any) -> bytes:
    """SQLite keeps a text where somebody wrote one over bytes; the check must go on and say what is wrong."""
    return value.encode() if isinstance(value, str) else bytes(value)
