"""Operation: checkpoints: the log signs how long it is and what is in it, when it grew."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.checkpoint import sign_checkpoint
from crypto.keys import NoteSigner
from crypto.tree_head import Checkpoint, parse_checkpoint_text
from models.audit import AuditEntry, SignedCheckpoint
from models.inserts import insert_into
from models.vocabulary import EntryKind
from sharing.audit.state import count_stored, load_log_head
from sharing.errors import NotVisible

EVERY: Final = timedelta(seconds=1)
"""A checkpoint covers all that happened since the last; more than one a second would only fill disks."""

HEARTBEAT: Final = timedelta(minutes=10)
"""A log in which nothing happens says so this often, so that a silent log is told from a dead one."""

Signers = Callable[[str], Sequence[NoteSigner]]
"""Gives the signers of a shard by its origin; all of them sign."""


class SignedNote(Struct, frozen=True):
    """A checkpoint with the log's signatures under it, not stored yet."""

    checkpoint: Checkpoint
    note: bytes


def list_due(session: Session, now: datetime, *, at_once: bool = False) -> list[Checkpoint]:
    """What is to be signed now: nothing, or the log as it is, behind the end of the shard before where that is open.

    The first checkpoint of a new shard also closes the shard before, as the new one's first entry says. `at_once` does
    not wait until the last one is a second old.
    """
    head = load_log_head(session)
    last = _last(session, head.shard)
    if head.size == 0:
        return []
    if last is None:
        closed = _closed_shard(session, head.shard)
        return [closed, head.checkpoint] if closed is not None and closed.size else [head.checkpoint]
    age = now - last.signed_at
    grew = head.size > last.size
    if (grew and (at_once or not timedelta(0) <= age < EVERY)) or (head.size == last.size and abs(age) >= HEARTBEAT):
        return [head.checkpoint]
    return []


def sign_due(due: Sequence[Checkpoint], signers: Signers) -> list[SignedNote]:
    """Sign what is due. Needs no database, and is done outside of its locks: a post never waits for a signature."""
    return [SignedNote(each, sign_checkpoint(each, signers(each.origin))) for each in due]


def store_signed(session: Session, notes: Sequence[SignedNote], now: datetime) -> None:
    """Store what was signed; the caller commits."""
    for each in notes:
        _store(session, each, now)


def publish_checkpoint(session: Session, signers: Signers, now: datetime, *, at_once: bool = False) -> bool:
    """Sign and store what is due in one go, where nobody is kept waiting; the caller commits. Whether there was any."""
    signed = sign_due(list_due(session, now, at_once=at_once), signers)
    store_signed(session, signed, now)
    return bool(signed)


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
    if not bridge:
        return None
    closed = parse_checkpoint_text(bridge.encode())
    # After a declared loss the bridge names what witnesses hold and we do not: that is not ours to sign again.
    return closed if closed.size <= count_stored(session, closed.origin.rpartition("/")[2]) else None


def _store(session: Session, signed: SignedNote, now: datetime) -> None:
    """Of one size there is one root, so whoever comes second writes other signatures of the same text."""
    row: dict[str, Any] = {
        "shard": signed.checkpoint.origin.rpartition("/")[2],
        "size": signed.checkpoint.size,
        "note": signed.note,
        "signed_at": now,
    }
    session.execute(
        insert_into(session, SignedCheckpoint)
        .values(**row)
        .on_conflict_do_update(index_elements=["shard", "size"], set_={"note": signed.note, "signed_at": now})
    )
