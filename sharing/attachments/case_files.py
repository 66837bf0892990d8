"""Operation: files of cases without a reporter: the secretariat's own, beside what it knows from others.

Nothing of a case is published, so nobody else is ever given such a file, also when the case is joined to a report.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attachment import Upload
from sharing.actor import Actor
from sharing.attachments.uploads import UploadView, take_uploads, upload_view
from sharing.errors import NotVisible
from sharing.reports.visible import must_keep_inbox


def keep_with_case(session: Session, actor: Actor, case_id: UUID, ids: Sequence[UUID]) -> list[dict[str, object]]:
    """Let files belong to a case that is being registered; what its entry tells of them: no names.

    Raises:
        Invalid: one is not the secretariat's, not all here, or there twice.
    """
    rows = take_uploads(session, actor, ids)
    for row in rows:
        row.case_id = case_id
    session.flush()
    return [
        {"id": str(row.id), "sha256": (row.sha256 or b"").hex(), "size": row.size, "kind": row.kind} for row in rows
    ]


def list_case_files(session: Session, actor: Actor) -> dict[UUID, list[UploadView]]:
    """The files of the cases of the actor's secretariat, by case.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    query = select(Upload).where(Upload.organization_id == actor.organization.id, Upload.case_id.is_not(None))
    found: dict[UUID, list[UploadView]] = {}
    for row in session.execute(query.order_by(Upload.put_at, Upload.id)).scalars():
        if row.case_id is not None:
            found.setdefault(row.case_id, []).append(upload_view(row))
    return found


def load_case_file(session: Session, actor: Actor, upload_id: UUID) -> UploadView:
    """A file of a case.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: there is none of this secretariat.
    """
    must_keep_inbox(actor)
    query = select(Upload).where(
        Upload.id == upload_id, Upload.organization_id == actor.organization.id, Upload.case_id.is_not(None)
    )
    row = session.execute(query).scalar_one_or_none()
    if row is None:
        raise NotVisible("no such file")
    return upload_view(row)
