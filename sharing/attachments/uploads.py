"""Operation: files that are not filed yet: announced, all here, looked at, taken off again.

They belong to a draft, or to whoever files by a program, and nobody but their organization's reporters sees them. The
trail holds nothing of them until they are filed. Where their bytes lie is the door's matter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.attachment import Attachment, Upload
from models.draft import Draft
from models.organization import Organization
from models.report import Report
from models.vocabulary import AttachmentState, Label
from sharing.actor import Actor, Context
from sharing.attachments.forgetting import forget_later, forget_uploads
from sharing.errors import Fault, Invalid, NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.rules.file_names import clean_name

KEPT_FOR: Final = timedelta(days=1)
"""A file of no draft, or not all here, is forgotten after so long."""
FIELD: Final = "files"
"""Where pages show what is wrong with a file."""


class Limits(Struct, frozen=True):
    """How much an organization may put here; a hub's settings say it."""

    bytes_each: int
    files_each: int
    """Of one version of a report."""
    bytes_all: int
    """Of one organization, filed or not."""


class NewUpload(Struct, frozen=True):
    """A file as its sender announces it."""

    name: str
    size: int
    sha256: bytes | None = None
    label: Label | None = None
    sample: bool = False
    draft_id: UUID | None = None


class Stored(Struct, frozen=True):
    """A file as it lies there."""

    size: int
    sha256: bytes
    kind: str


class UploadView(Struct, frozen=True):
    """A file that is not filed yet, as its organization's reporters see it."""

    id: UUID
    draft_id: UUID | None
    name: str
    size: int
    sha256: bytes | None
    kind: str
    label: Label | None
    sample: bool
    state: AttachmentState
    found: str
    put_at: datetime


def begin_upload(
    session: Session, actor: Actor, new: NewUpload, ident: UUID, *, limits: Limits, context: Context
) -> UploadView:
    """Announce a file; its bytes come next.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such draft of the actor's organization.
        Invalid: it is empty, too large, one too many, or the organization has no room left.
    """
    account = must_file(actor)
    if new.draft_id is not None:
        _must_be_there(session, actor, new.draft_id)
    # Two people of one organization add one after the other, so that both count what the other added.
    session.execute(select(Organization.id).where(Organization.id == actor.organization.id).with_for_update())
    _check_room(session, actor.organization.id, new, limits)
    row = Upload(
        id=ident,
        organization_id=actor.organization.id,
        draft_id=new.draft_id,
        name=clean_name(new.name),
        size=new.size,
        announced=new.sha256,
        sha256=None,
        kind="",
        label=new.label,
        sample=new.sample,
        state=AttachmentState.ARRIVING,
        found="",
        scan_at=None,
        scan_tries=0,
        put_by=account,
        put_at=context.now,
    )
    session.add(row)
    session.flush()
    forget_later(session, row.id, context.now + KEPT_FOR)
    return upload_view(row)


def finish_upload(
    session: Session, actor: Actor, upload_id: UUID, stored: Stored, *, scans: bool, context: Context
) -> UploadView:
    """Say that a file is all here, and what it is; `scans` where this hub has a scanner.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such file of the actor's organization.
        Invalid: it is not the file that was announced, or its draft has the same one already.
    """
    must_file(actor)
    row = _row(session, actor, upload_id, lock=True)
    if row.state is not AttachmentState.ARRIVING:
        return upload_view(row)
    if stored.size != row.size:
        raise Invalid(Fault(FIELD, "wrong-size", str(row.size), str(stored.size)))
    if row.announced is not None and row.announced != stored.sha256:
        raise Invalid(Fault(FIELD, "wrong-hash", row.announced.hex(), stored.sha256.hex()))
    twin = _twin(session, row, stored.sha256)
    if twin is not None:
        raise Invalid(Fault(FIELD, "same-file", "a file that is not there yet", twin))
    row.sha256, row.kind = stored.sha256, stored.kind
    if row.sample:
        row.state = AttachmentState.SAMPLE
    elif scans:
        row.state, row.scan_at = AttachmentState.WAITING, context.now
    else:
        row.state = AttachmentState.UNSCANNED
    session.flush()
    return upload_view(row)


def remove_upload(session: Session, actor: Actor, upload_id: UUID, *, context: Context) -> None:
    """Take a file off again; it is gone.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such file of the actor's organization.
    """
    must_file(actor)
    row = _row(session, actor, upload_id, lock=True)
    forget_uploads(session, [row.id], context.now)


def list_uploads(session: Session, actor: Actor, draft_id: UUID) -> list[UploadView]:
    """The files of a draft of the actor's organization, in the order in which they came; of another's there are none.

    Raises:
        NotPermitted: the actor files no reports.
    """
    must_file(actor)
    query = select(Upload).where(Upload.draft_id == draft_id, Upload.organization_id == actor.organization.id)
    return [upload_view(row) for row in session.execute(query.order_by(Upload.put_at, Upload.id)).scalars()]


def load_upload(session: Session, actor: Actor, upload_id: UUID) -> UploadView:
    """A file that is not filed yet.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such file of the actor's organization.
    """
    must_file(actor)
    return upload_view(_row(session, actor, upload_id))


def must_file(actor: Actor) -> UUID:
    """Who puts files here: who files reports, or registers on behalf what a member tells.

    Raises:
        NotPermitted: the actor does neither.
    """
    if not actor.may(Permission.PROPOSAL_MAKE):
        actor.must(Permission.REPORT_FILE)
    if actor.account_id is None:
        raise NotPermitted("a file is put here by a person or a person's key")
    return actor.account_id


def take_uploads(session: Session, actor: Actor, ids: Sequence[UUID], most: int | None = None) -> list[Upload]:
    """The files that are to be filed, held until the unit of work ends.

    Raises:
        Invalid: one is not the organization's, not all here, there twice, or there are more than `most`.
    """
    if not ids:
        return []
    if most is not None and len(ids) > most:
        raise Invalid(Fault("attachments", "too-many-files", str(most), str(len(ids))))
    query = select(Upload).where(
        Upload.id.in_(list(ids)), Upload.organization_id == actor.organization.id, Upload.case_id.is_(None)
    )
    found = {row.id: row for row in session.execute(query.with_for_update()).scalars()}
    wanted = list(dict.fromkeys(ids))
    if len(found) != len(ids):
        raise Invalid(Fault("attachments", "unknown-file", "files of your own that are not filed yet, each once"))
    rows = [found[ident] for ident in wanted]
    faults = [
        Fault("attachments", "still-arriving", "a file that is all here", row.name)
        for row in rows
        if row.state is AttachmentState.ARRIVING
    ]
    if not faults and len({row.sha256 for row in rows}) < len(rows):
        faults = [Fault("attachments", "same-file", "each file once", rows[0].name)]
    if faults:
        raise Invalid(*faults)
    return rows


def _must_be_there(session: Session, actor: Actor, draft_id: UUID) -> None:
    owner = session.execute(
        select(Draft.organization_id).where(Draft.id == draft_id).with_for_update()
    ).scalar_one_or_none()
    if owner != actor.organization.id:
        raise NotVisible("no such draft")


def _check_room(session: Session, organization_id: UUID, new: NewUpload, limits: Limits) -> None:
    if new.size < 1:
        raise Invalid(Fault(FIELD, "empty-file", "at least one byte", "0"))
    if new.size > limits.bytes_each:
        raise Invalid(Fault(FIELD, "file-too-large", str(limits.bytes_each), str(new.size)))
    here = select(func.count()).select_from(Upload)
    of_nothing = Upload.draft_id.is_(None) & Upload.case_id.is_(None)
    loose = of_nothing & (Upload.organization_id == organization_id)
    beside = here.where(loose if new.draft_id is None else Upload.draft_id == new.draft_id)
    if session.execute(beside).scalar_one() >= limits.files_each:
        raise Invalid(Fault(FIELD, "too-many-files", str(limits.files_each), str(limits.files_each + 1)))
    if _held(session, organization_id) + new.size > limits.bytes_all:
        raise Invalid(Fault(FIELD, "no-room", str(limits.bytes_all), str(new.size)))


def _held(session: Session, organization_id: UUID) -> int:
    """How many bytes an organization keeps here."""
    total = func.coalesce(func.sum(Upload.size), 0)
    waiting = session.execute(select(total).where(Upload.organization_id == organization_id)).scalar_one()
    filed = (
        select(func.coalesce(func.sum(Attachment.size), 0))
        .join(Report, Report.id == Attachment.report_id)
        .where(Report.organization_id == organization_id, Attachment.state != AttachmentState.ERASED)
    )
    return int(waiting) + int(session.execute(filed).scalar_one())


def _twin(session: Session, row: Upload, sha256: bytes) -> str | None:
    """The name of the same file beside this one."""
    if row.draft_id is None:
        return None
    same = select(Upload.name).where(Upload.draft_id == row.draft_id, Upload.sha256 == sha256, Upload.id != row.id)
    return session.execute(same.limit(1)).scalar_one_or_none()


def _row(session: Session, actor: Actor, upload_id: UUID, *, lock: bool = False) -> Upload:
    query = select(Upload).where(
        Upload.id == upload_id, Upload.organization_id == actor.organization.id, Upload.case_id.is_(None)
    )
    row = session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if row is None:
        raise NotVisible("no such file")
    return row


def upload_view(row: Upload) -> UploadView:
    """A file from its row, which the caller may see."""
    return UploadView(
        row.id,
        row.draft_id,
        row.name,
        row.size,
        row.sha256,
        row.kind,
        row.label,
        row.sample,
        row.state,
        row.found,
        row.put_at,
    )
