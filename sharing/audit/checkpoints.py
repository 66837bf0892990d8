"""Operation: checkpoints: the log signs how long it is and what is in it, when it grew."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from crypto.checkpoint import sign_checkpoint
from crypto.keys import NoteSigner
from crypto.tree_head import Checkpoint, parse_checkpoint_text
from models.audit import AuditEntry, SignedCheckpoint
from models.vocabulary import EntryKind
from sharing.audit.state import load_log_head
from sharing.errors import NotVisible

EVERY: Final = timedelta(seconds=1)
"""A checkpoint covers all that happened since the last; more than one a second would only fill disks."""

Signer = Callable[[str], NoteSigner]
"""Gives the signer of a shard by its origin."""


def checkpoint_is_due(session: Session, now: datetime) -> bool:
    """Whether the log grew since the last checkpoint, and that one is old enough."""
    head = load_log_head(session)
    last = _last(session, head.shard)
    if head.size == 0 or (last is not None and last.size >= head.size):
        return False
    return last is None or not timedelta(0) <= now - last.signed_at < EVERY


def publish_checkpoint(session: Session, signer: Signer, now: datetime, *, at_once: bool = False) -> bool:
    """Sign and store the checkpoint of the log as it is, if one is due; the caller commits. Whether there was one.

    The first of a new shard also closes the shard before, as the new one's first entry says. `at_once` does not wait
    until the last one is a second old.
    """
    head = load_log_head(session)
    last = _last(session, head.shard)
    grew = head.size > (last.size if last is not None else 0)
    if not (grew if at_once else checkpoint_is_due(session, now)):
        return False
    if _last(session, head.shard) is None:
        closed = _closed_shard(session, head.shard)
        if closed is not None and closed.size:
            _store(session, closed, signer, now)
    _store(session, head.checkpoint, signer, now)
    return True


def load_checkpoint(session: Session, shard: str) -> SignedCheckpoint:
    """The newest checkpoint of a shard.

    Raises:
        NotVisible: this log has no such shard, or has signed nothing for it yet.
    """
    found = _last(session, shard)
    if found is None:
        raise NotVisible("no such shard")
    return found


def list_checkpoints(session: Session) -> list[SignedCheckpoint]:
    """Every checkpoint that is kept, of all shards."""
    query = select(SignedCheckpoint).order_by(SignedCheckpoint.shard, SignedCheckpoint.size)
    return list(session.execute(query).scalars())


def list_shards(session: Session) -> list[str]:
    """The shards of the log, oldest first."""
    query = select(AuditEntry.shard).where(AuditEntry.log_index == 0).order_by(AuditEntry.ts_ms, AuditEntry.id)
    return [shard for shard in session.execute(query).scalars() if shard is not None]


def _last(session: Session, shard: str) -> SignedCheckpoint | None:
    query = (
        select(SignedCheckpoint).where(SignedCheckpoint.shard == shard).order_by(SignedCheckpoint.size.desc()).limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def _closed_shard(session: Session, shard: str) -> Checkpoint | None:
    """The last checkpoint of the shard before, from the bridge in the first entry of this one."""
    query = select(AuditEntry.bridge).where(
        AuditEntry.shard == shard, AuditEntry.log_index == 0, AuditEntry.kind == EntryKind.SHARD
    )
    bridge = session.execute(query).scalar_one_or_none()
    return parse_checkpoint_text(bridge.encode()) if bridge else None


def _store(session: Session, checkpoint: Checkpoint, signer: Signer, now: datetime) -> None:
    """Ed25519 signs the same text alike each time, so whoever comes second stores nothing new."""
    row: dict[str, Any] = {
        "shard": checkpoint.origin.rpartition("/")[2],
        "size": checkpoint.size,
        "note": sign_checkpoint(checkpoint, [signer(checkpoint.origin)]),
        "signed_at": now,
    }
    sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = insert_sqlite if sqlite else insert_postgres
    session.execute(insert(SignedCheckpoint).values(**row).on_conflict_do_nothing())
