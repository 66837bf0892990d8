"""Operation: which files the database says there are, for whoever keeps the hub; only ids, sizes and hashes."""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attachment import Attachment, Upload
from models.vocabulary import AttachmentState


class KeptFile(Struct, frozen=True):
    """A file that is all here."""

    id: UUID
    size: int
    sha256: bytes


def list_kept_files(session: Session) -> list[KeptFile]:
    """The files that must be in their place: filed, or on drafts."""
    gone = [AttachmentState.ARRIVING, AttachmentState.ERASED]
    found = []
    for table in (Upload.__table__.c, Attachment.__table__.c):
        query = select(table.id, table.size, table.sha256).where(table.state.not_in(gone)).order_by(table.id)
        found += [KeptFile(ident, size, bytes(digest)) for ident, size, digest in session.execute(query)]
    return found


def list_known_files(session: Session) -> set[UUID]:
    """The ids of all files that are not gone, those that still arrive too."""
    filed = select(Attachment.id).where(Attachment.state != AttachmentState.ERASED)
    return {*session.execute(select(Upload.id)).scalars(), *session.execute(filed).scalars()}
