"""Operation: what files of the own organization's reports are called, for the ledger."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attachment import Attachment


def list_names(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of files by their ids; whoever calls has checked whose they are."""
    if not ids:
        return {}
    rows = session.execute(select(Attachment.id, Attachment.name).where(Attachment.id.in_(list(ids))))
    return {row.id: row.name for row in rows}
