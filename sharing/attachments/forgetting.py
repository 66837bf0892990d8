"""Operation: files that are gone: their rows in the unit of work that says so, their bytes by a due row after it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.attachment import Upload
from models.vocabulary import AttachmentState
from sharing.actor import Context
from sharing.jobs.due import put_due_unseen

REMOVE_KIND: Final = "attachment-remove"
"""The due row by which the bytes of a file are taken away; its handler is where the files lie."""
FORGET_KIND: Final = "upload-forget"


def forget_later(session: Session, upload_id: UUID, due_at: datetime) -> None:
    """Ask to forget a file that is then still of no draft, or not all here."""
    put_due_unseen(session, FORGET_KIND, str(upload_id), due_at, {"upload": str(upload_id)})


def handle_forgetting(session: Session, payload: Mapping[str, Any], context: Context) -> None:
    """Forget a file that nobody filed, unless it is all here and belongs to a case, or to a draft, which forgets it."""
    row = session.get(Upload, UUID(payload["upload"]))
    if row is None:
        return
    is_loose = row.draft_id is None and row.case_id is None
    if is_loose or row.state is AttachmentState.ARRIVING:
        forget_uploads(session, [row.id], context.now)


def forget_uploads(session: Session, ids: Sequence[UUID], now: datetime) -> None:
    """Forget files that are not filed, and have their bytes taken away."""
    session.execute(delete(Upload).where(Upload.id.in_(list(ids))))
    for ident in ids:
        remove_bytes(session, ident, now)


def forget_uploads_of(session: Session, draft_id: UUID, now: datetime) -> None:
    """Forget the files of a draft that is erased; those that were filed are no longer its."""
    ids = session.execute(select(Upload.id).where(Upload.draft_id == draft_id)).scalars().all()
    forget_uploads(session, ids, now)


def remove_bytes(session: Session, ident: UUID, now: datetime) -> None:
    """Have the bytes of a file taken away once this unit of work is committed."""
    put_due_unseen(session, REMOVE_KIND, str(ident), now, {"file": str(ident)})
