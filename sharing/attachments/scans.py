"""Operation: what the scanner said of a file. Until it has spoken nobody but the sender is given the file."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.attachment import Attachment, Upload
from models.report import Report
from models.vocabulary import AttachmentState
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag

AT_ONCE: Final = 20
"""Files that one look takes."""
FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(hours=1)
"""A scan that failed is tried again after a minute, then after twice as long each time."""
LONGEST_FOUND: Final = 200


class Verdict(StrEnum):
    """What became of a scan."""

    CLEAN = "clean"
    FOUND = "found"
    FAILED = "failed"
    """The scanner did not answer, or not with one of the two."""
    NONE = "none"
    """No scanner is set up any more."""


class ToScan(Struct, frozen=True):
    """A file that waits for the scanner."""

    id: UUID
    size: int


def list_to_scan(session: Session, now: datetime, *, scans: bool) -> list[ToScan]:
    """The files that are due, those that wait the longest first; and what came while no scanner was set up.

    Where there is no scanner, what waits for one in vain.
    """
    found: list[tuple[datetime, ToScan]] = []
    for table in (Upload.__table__.c, Attachment.__table__.c):
        due = table.state == AttachmentState.WAITING
        if scans:
            waits = table.state.in_([AttachmentState.WAITING, AttachmentState.UNSCANNED])
            due = and_(waits, or_(table.scan_at.is_(None), table.scan_at <= now))
        query = select(table.put_at, table.id, table.size).where(due).order_by(table.put_at).limit(AT_ONCE)
        found += [(at, ToScan(ident, size)) for at, ident, size in session.execute(query)]
    return [each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].id))][:AT_ONCE]


def note_scan(
    session: Session, actor: Actor, file_id: UUID, verdict: Verdict, said: str, *, context: Context
) -> AttachmentState | None:
    """Note what the scanner said; the state of the file then, None where it is gone.

    A verdict on a file that was filed is recorded: it decides who is given it.
    """
    row = session.get(Upload, file_id, with_for_update=True) or session.get(Attachment, file_id, with_for_update=True)
    if row is None or row.state not in {AttachmentState.WAITING, AttachmentState.UNSCANNED}:
        return None
    if verdict is Verdict.FAILED:
        rest = min(FIRST_REST * 2 ** min(row.scan_tries, 10), LONGEST_REST)
        row.scan_tries, row.scan_at = row.scan_tries + 1, context.now + rest
        session.flush()
        return row.state
    row.state = _STATES[verdict]
    row.found = said[:LONGEST_FOUND] if verdict is Verdict.FOUND else ""
    session.flush()
    if isinstance(row, Attachment):
        owner = session.get_one(Report, row.report_id).organization_id
        subjects = [("organization", str(owner)), ("report", str(row.report_id))]
        told = {"attachment": str(row.id), "verdict": verdict.value}
        record(session, Event(Tag.ATTACHMENT_SCAN, actor, subjects, decision=told), context)
    return row.state


_STATES: Final = {
    Verdict.CLEAN: AttachmentState.CLEAN,
    Verdict.FOUND: AttachmentState.REFUSED,
    Verdict.NONE: AttachmentState.UNSCANNED,
}
