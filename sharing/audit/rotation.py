"""Operation: the keys of the log change without a break: a key entry signed by old and new, then both sign a while."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.keys import Algorithm, VerifyingKey
from models.vocabulary import EntryKind
from models.witnessing import LogKey
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.state import load_log_head
from sharing.audit.tags import Tag


def list_former_keys(session: Session, shard_origin: str) -> list[VerifyingKey]:
    """Every key that ever signed this log, under the name of a shard: checkpoints of then need the keys of then."""
    rows = session.execute(select(LogKey).order_by(LogKey.added_at, LogKey.algorithm)).scalars()
    return [VerifyingKey(shard_origin, Algorithm(row.algorithm), bytes(row.public)) for row in rows]


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
