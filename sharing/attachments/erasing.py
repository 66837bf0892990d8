"""Operation: the files of a report that is erased: their rows emptied, their bytes taken away."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attachment import Attachment
from models.vocabulary import AttachmentState
from sharing.attachments.forgetting import remove_bytes


def erase_attachments_of(session: Session, version_id: UUID, now: datetime) -> int:
    """Empty the files that came with a version; how many there were. What remains says only that there was one."""
    rows: Iterable[Attachment] = session.execute(
        select(Attachment).where(Attachment.version_id == version_id, Attachment.state != AttachmentState.ERASED)
    ).scalars()
    count = 0
    for row in rows:
        row.name, row.sha256, row.kind, row.found = "", b"", "", ""
        row.size, row.state = 0, AttachmentState.ERASED
        remove_bytes(session, row.id, now)
        count += 1
    session.flush()
    return count
