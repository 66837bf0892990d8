"""Operation: the keys of the log change without a break: a key entry signed by old and new, then both sign a while."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.entry import PART_NAMES, commit_part
from crypto.errors import BadEntry
from crypto.keys import Algorithm, VerifyingKey
from crypto.rotation import MOST_ROTATIONS, PART, Rotation
from models.audit import AuditEntry, AuditPart, SignedCheckpoint
from models.vocabulary import EntryKind
from models.witnessing import LogKey
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag

_ROTATED: Final = Tag.LOG_KEYS_ROTATE.value


def list_former_keys(session: Session, shard_origin: str) -> list[VerifyingKey]:
    """Every key that ever signed this log, under the name of a shard: checkpoints of then need the keys of then."""
    rows = session.execute(select(LogKey).order_by(LogKey.added_at, LogKey.algorithm)).scalars()
    return [VerifyingKey(shard_origin, Algorithm(row.algorithm), bytes(row.public)) for row in rows]


def list_rotations(session: Session) -> list[Rotation]:
    """The changes of keys that stand in the signed log, oldest first, for anybody who knew the keys before.

    What is shown of such an entry are public keys and signatures; its other parts stay behind their commitments.
    """
    entries = session.execute(
        select(AuditEntry.id, AuditEntry.shard, AuditEntry.log_index, AuditEntry.leaf)
        .where(
            AuditEntry.tag == _ROTATED,
            select(SignedCheckpoint.size)
            .where(SignedCheckpoint.shard == AuditEntry.shard, SignedCheckpoint.size > AuditEntry.log_index)
            .exists(),
        )
        .order_by(AuditEntry.id)
        .limit(MOST_ROTATIONS)
    ).all()
    made: list[Rotation] = []
    for entry in entries:
        rows = session.execute(select(AuditPart).where(AuditPart.entry_id == entry.id)).scalars()
        try:
            parts = {row.name: (bytes(row.salt), bytes(row.body)) for row in rows}
            salt, body = parts[PART]
            body.decode("utf-8")
            others = tuple(commit_part(name, *parts[name]) for name in PART_NAMES if name != PART)
            made.append(Rotation(entry.shard or "", entry.log_index or 0, bytes(entry.leaf or b""), salt, body, others))
        except (BadEntry, KeyError, TypeError, UnicodeDecodeError):
            continue  # somebody spoilt it: whoever checks the log is told so; here it teaches nothing
    return made


def begin_rotation(
    session: Session,
    actor: Actor,
    keys: tuple[Sequence[VerifyingKey], Sequence[VerifyingKey]],
    statement: Mapping[str, Any],
    *,
    context: Context,
) -> None:
    """Note new keys beside the old ones; `statement` names both and carries the signatures of all four."""
    shard = load_log_head(session).shard
    for each in [*keys[0], *keys[1]]:
        if session.get(LogKey, each.public) is None:
            session.add(
                LogKey(public=each.public, algorithm=int(each.algorithm), from_shard=shard, added_at=context.now)
            )
    record(session, Event(Tag.LOG_KEYS_ROTATE, actor, kind=EntryKind.KEY, decision=dict(statement)), context)


def finish_rotation(session: Session, actor: Actor, old: Sequence[VerifyingKey], *, context: Context) -> None:
    """Note that the old keys sign no more; what they signed stays good."""
    shard = load_log_head(session).shard
    for each in old:
        row = session.get(LogKey, each.public)
        if row is not None:
            row.until_shard, row.retired_at = shard, context.now
    told = {"retired": [each.vkey for each in old]}
    record(session, Event(Tag.LOG_KEYS_RETIRE, actor, kind=EntryKind.KEY, decision=told), context)
