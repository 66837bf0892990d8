"""Operation: which files of a report somebody may have. It follows from the grants of the original that carried them.

A reader has a file when it sees the original of its version, has no notice that the report was withdrawn or narrowed
away from it, and holds one of the tokens that the label of the file admits. The sender's own people have all of them.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.attachment import Attachment
from models.audience import AudienceToken
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.report import Report, ReportVersion
from models.vocabulary import AttachmentState, Form, Label
from sharing.actor import Actor
from sharing.disclosures import Shown
from sharing.errors import NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader, load_reader
from sharing.reading.driver import as_uuid
from sharing.reading.grants import Row, View, of_ids
from sharing.reading.own import load_own_body
from sharing.reading.series import REVOKED
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.visible import is_senders

GIVEN: Final = frozenset({AttachmentState.CLEAN, AttachmentState.UNSCANNED, AttachmentState.SAMPLE})
"""In these states others than the sender are given a file."""
WHAT: Final = "attachment"
"""What a disclosure says was given."""

_END: Final = 2**63 - 1


class AttachmentView(Struct, frozen=True):
    """A file of a report, as somebody sees it who may have it."""

    id: UUID
    report_id: UUID
    exercise: bool
    number: int
    """Of the version that it was filed with."""
    name: str
    size: int
    sha256: bytes
    kind: str
    label: Label
    sample: bool
    state: AttachmentState
    found: str
    """What the scan said; for the sender only."""
    put_at: datetime
    is_own: bool
    row: Row | None
    """The grant of its original by which this reader has it; the sender's people may have none any more."""

    @property
    def is_given(self) -> bool:
        """Whether its bytes leave to this reader."""
        return self.state in GIVEN or (self.is_own and self.state is not AttachmentState.ERASED)


def list_attachments(
    session: Session, actor: Actor, report_id: UUID, *, builder: EditionBuilder
) -> list[AttachmentView]:
    """The files of a report that this actor may have, the newest version first; nothing tells of any other."""
    if not may_read(actor):
        return []
    report = session.get(Report, report_id)
    if report is None:
        return []
    reader = load_reader(session, actor)
    seen = _seen(session, reader, report, builder)
    if is_senders(actor, report.organization_id):
        own = _all(session, report)
        return [_view(row, number, report, seen.get(row.object_id), is_own=True) for row, number in own]
    admitted = _admitted(session, reader, report, seen)
    return [_view(row, number, report, seen[row.object_id], is_own=False) for row, number in admitted]


def list_attachments_of_object(
    session: Session, actor: Actor, row: Row, *, every: bool = False, builder: EditionBuilder
) -> list[AttachmentView]:
    """The files that came with one original, or with `every` version of it that the actor sees; else there are none."""
    if row.report_id is None or not row.fullness:
        return []
    report_id = as_uuid(row.report_id)
    found = list_attachments(session, actor, report_id, builder=builder) if report_id else []
    seen = [(each, each.row) for each in found if each.row is not None and each.row.stix_id == row.stix_id]
    return [each for each, carrier in seen if every or carrier.object_id == row.object_id]


def load_attachment(session: Session, actor: Actor, attachment_id: UUID, *, builder: EditionBuilder) -> AttachmentView:
    """A file of a report.

    Raises:
        NotVisible: there is none, or this actor may not have it.
    """
    owner = select(Attachment.report_id).where(Attachment.id == attachment_id)
    report_id = session.execute(owner).scalar_one_or_none()
    found = list_attachments(session, actor, report_id, builder=builder) if report_id is not None else []
    for each in found:
        if each.id == attachment_id:
            return each
    raise NotVisible("no such file")


def may_read(actor: Actor) -> bool:
    """Whether the actor reads anything at all that files hang on."""
    return actor.may(Permission.FEED_READ) or actor.may(Permission.REPORT_READ)


def shown_attachment(actor: Actor, view: AttachmentView, at: datetime) -> list[Shown]:
    """What the ledger is told before a file leaves."""
    row = view.row
    if row is None:
        return []
    said = {"what": WHAT, "attachment": str(view.id), "ids": [row.stix_id], "versions": [row.version_us]}
    filters = json.dumps(said, separators=(",", ":"))
    rank = max(row.label, view.label.rank)
    feed = EXERCISE_FEED if view.exercise else INBOX_FEED
    return [Shown(actor, feed, row.object_id, row.position, row.position, 1, rank, filters, at)]


def _seen(session: Session, reader: Reader, report: Report, builder: EditionBuilder) -> dict[int, Row]:
    """The versions of the original that this reader sees, by object, each at its lowest position."""
    view = View(session, reader.windows, EXERCISE_FEED if report.exercise else INBOX_FEED)
    rows = [
        row
        for row in of_ids(view, [builder.main_id(report.id, Form.ORIGINAL)], 0, _END)
        if as_uuid(row.publisher_id) == report.organization_id  # another's object under this id is not the original
    ]
    if rows and not _is_own(reader, report):
        newest = max(rows, key=lambda row: row.version_us)
        if REVOKED in load_own_body(session, report.organization_id, newest.object_id):
            return {}
    return {row.object_id: row for row in reversed(rows)}


def _is_own(reader: Reader, report: Report) -> bool:
    return is_senders(reader.actor, report.organization_id)


def _all(session: Session, report: Report) -> Sequence[tuple[Attachment, int]]:
    query = (
        select(Attachment, ReportVersion.number)
        .join(ReportVersion, ReportVersion.id == Attachment.version_id)
        .where(Attachment.report_id == report.id)
        .order_by(ReportVersion.number.desc(), Attachment.place)
    )
    return [(row, number) for row, number in session.execute(query)]


def _admitted(
    session: Session, reader: Reader, report: Report, seen: dict[int, Row]
) -> Sequence[tuple[Attachment, int]]:
    """The files of what the reader sees whose label admits one of its tokens, held since before the original came."""
    if not seen:
        return []
    opened = {window.token_id: window.opened for window in reader.windows}
    admits = select(AudienceToken.audience_id, AudienceToken.token_id).where(
        AudienceToken.token_id.in_(sorted(opened)),
        AudienceToken.audience_id.in_(select(Attachment.audience_id).where(Attachment.report_id == report.id)),
    )
    since: dict[int, int] = {}
    for audience_id, token_id in session.execute(admits):
        since[audience_id] = min(opened[token_id], since.get(audience_id, _END))
    return [
        (row, number)
        for row, number in _all(session, report)
        if row.object_id in seen
        and row.state is not AttachmentState.ERASED
        and since.get(row.audience_id, _END) < seen[row.object_id].position
    ]


def _view(row: Attachment, number: int, report: Report, seen: Row | None, *, is_own: bool) -> AttachmentView:
    return AttachmentView(
        row.id,
        report.id,
        report.exercise,
        number,
        row.name,
        row.size,
        row.sha256,
        row.kind,
        row.label,
        row.sample,
        row.state,
        row.found if is_own else "",
        row.put_at,
        is_own,
        seen,
    )
