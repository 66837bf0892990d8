"""Operation: the whole log, entry by entry, with all that is kept beside it; memory stays bounded."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crypto.verify_entry import StoredEntry
from models.audit import AuditEntry
from sharing.audit.check.entries import stored_entry
from sharing.audit.check.kept import BATCH, EntryRow, list_entries, list_kept
from sharing.audit.checkpoints import list_shards


def count_entries(session: Session) -> int:
    """How many entries the log holds, in all shards."""
    return session.execute(select(func.count()).where(AuditEntry.log_index.is_not(None))).scalar_one()


def stream_entries(session: Session) -> Iterator[tuple[StoredEntry, EntryRow]]:
    """Every entry, shard by shard in the order of the log, with its row (positions stand there)."""
    for shard in list_shards(session):
        first = 0
        while rows := list_entries(session, shard, first, first + BATCH):
            for kept in list_kept(session, rows):
                yield from ((stored_entry(row, kept), row) for row in kept.rows)
            first += BATCH
