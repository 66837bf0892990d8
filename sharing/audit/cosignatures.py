"""Operation: what witnesses signed: kept beside the checkpoints, and put under them when they are shown."""

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.audit import SignedCheckpoint
from models.witnessing import KeptCosignature, Witness
from sharing.errors import NotVisible


class WitnessedNote(Struct, frozen=True):
    """A checkpoint with the cosignatures that came in, and how many witnesses there are."""

    shard: str
    size: int
    note: bytes
    signed_at: datetime
    witnesses: tuple[str, ...]
    """Names of those who cosigned."""
    known: int


def list_witnesses(session: Session) -> list[Witness]:
    """The witnesses in use, by name."""
    query = select(Witness).where(Witness.removed_at.is_(None)).order_by(Witness.name)
    return list(session.execute(query).scalars())


def load_newest_note(session: Session, shard: str) -> WitnessedNote:
    """The newest checkpoint of a shard, with what witnesses signed.

    Raises:
        NotVisible: this log has no such shard, or has signed nothing for it yet.
    """
    return _with_lines(session, _found(session, shard, at_least=0, size=None))


def load_best_note(session: Session, shard: str, index: int) -> WitnessedNote:
    """Of the checkpoints that hold an entry, the newest of those that most witnesses cosigned.

    Raises:
        NotVisible: no checkpoint holds it yet.
    """
    in_use = select(Witness.id).where(Witness.removed_at.is_(None))
    query = (
        select(KeptCosignature.size)
        .where(KeptCosignature.shard == shard, KeptCosignature.size > index, KeptCosignature.witness_id.in_(in_use))
        .group_by(KeptCosignature.size)
        .order_by(func.count().desc(), KeptCosignature.size.desc())
        .limit(1)
    )
    size = session.execute(query).scalar_one_or_none()
    return _with_lines(session, _found(session, shard, at_least=index + 1, size=size))


def load_settled_notes(session: Session, age: timedelta) -> dict[str, bytes]:
    """Of each shard the newest checkpoint that was signed this long before the newest of all, or its only one.

    Witnesses had their time to sign it; a younger one may still be on its way to them.
    """
    newest_first = select(SignedCheckpoint).order_by(SignedCheckpoint.size.desc()).limit(1)
    latest = session.execute(select(func.max(SignedCheckpoint.signed_at))).scalar_one_or_none()
    found: dict[str, bytes] = {}
    if latest is None:
        return found
    for shard in session.execute(select(SignedCheckpoint.shard).distinct()).scalars():
        of_shard = newest_first.where(SignedCheckpoint.shard == shard)
        settled = session.execute(of_shard.where(SignedCheckpoint.signed_at <= latest - age)).scalar_one_or_none()
        found[shard] = _with_lines(session, settled or session.execute(of_shard).scalar_one()).note
    return found


def _found(session: Session, shard: str, *, at_least: int, size: int | None) -> SignedCheckpoint:
    query: Any = select(SignedCheckpoint).where(SignedCheckpoint.shard == shard, SignedCheckpoint.size >= at_least)
    if size is not None:
        query = query.where(SignedCheckpoint.size == size)
    found: SignedCheckpoint | None = session.execute(
        query.order_by(SignedCheckpoint.size.desc()).limit(1)
    ).scalar_one_or_none()
    if found is None:
        raise NotVisible("no such checkpoint")
    return found


def _with_lines(session: Session, signed: SignedCheckpoint) -> WitnessedNote:
    query = (
        select(Witness.name, KeptCosignature.line)
        .join(Witness, Witness.id == KeptCosignature.witness_id)
        .where(
            KeptCosignature.shard == signed.shard,
            KeptCosignature.size == signed.size,
            Witness.removed_at.is_(None),
        )
        .order_by(Witness.name)
    )
    rows = session.execute(query).all()
    note = bytes(signed.note) + b"".join(bytes(line) for _, line in rows)
    names = tuple(name for name, _ in rows)
    known = session.execute(select(func.count()).select_from(Witness).where(Witness.removed_at.is_(None))).scalar_one()
    return WitnessedNote(signed.shard, signed.size, note, signed.signed_at, names, known)
