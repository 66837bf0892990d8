"""Operation: the stored objects of audit entries, for whoever checks or exports the whole log; no reader sees them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.stix_object import StixObject


class KeptObject(NamedTuple):
    """One object as it is kept beside its entry."""

    entry_id: int
    place: int
    salt: bytes
    sha256: bytes
    body: bytes


def list_kept_objects(session: Session, entry_ids: Sequence[int]) -> list[KeptObject]:
    """The objects of these entries, in the order of entry and row."""
    columns = (StixObject.entry_id, StixObject.place, StixObject.salt, StixObject.sha256, StixObject.body)
    query = select(*columns).where(StixObject.entry_id.in_(entry_ids)).order_by(StixObject.entry_id, StixObject.id)
    return [KeptObject(*row) for row in session.execute(query)]


def count_objects(session: Session) -> int:
    """Every stored object, in the log or not."""
    return session.execute(select(func.count()).select_from(StixObject)).scalar_one()
