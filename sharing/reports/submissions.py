"""Operation: forms as they are sent: the same one sent twice is filed once, and both get the same receipt."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.report import Report, ReportVersion
from models.ways import Statement
from sharing.actor import Actor
from sharing.errors import Conflict, Fault, Invalid
from sharing.lists.shown import ShownReaders
from sharing.reading.driver import has_rows, is_sqlite, run_many, uuid_parameter
from sharing.reports.fields import ReportFields, from_document
from sharing.reports.mentions import Looked
from sharing.reports.seen import Seen

_LOCK: Final = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(:name, 1))"
_SENT: Final = "SELECT 1 FROM report_versions WHERE submission = :submission"


class Submission(Struct, frozen=True):
    """What a form brings besides the fields of a report."""

    id: UUID
    """Drawn once for each form: the same one sent again is filed once."""
    report_id: UUID | None = None
    """The report whose next version it is; None opens one."""
    uploads: Sequence[UUID] = ()
    """The files that become the version's."""
    keep_mentions: bool = False
    """The sender has seen that its texts name something stricter than they are to be, and means it."""
    looked: Looked | None = None
    """What was looked at before, and is not walked again where others wait for the lock."""
    seen: Seen | None = None
    """How the report stood before the eyes of whoever goes on with it; None of a program that does not say."""
    shown: ShownReaders | None = None
    """What was shown of those whom its lists name; None of a program that does not say."""


class FiledReport(Struct, frozen=True):
    """The receipt of one version."""

    report_id: UUID
    reference: str
    number: int
    version_id: UUID
    filed_at: datetime
    repeated: bool = False
    """The same form had been sent before; nothing was written again."""

    @classmethod
    def of(cls, report: Report, version: ReportVersion, *, repeated: bool = False) -> "FiledReport":
        """The receipt of this version."""
        return cls(report.id, report.reference, version.number, version.id, version.filed_at, repeated)


class AlreadyFiled(Conflict):
    """This form was sent before with other content; what was filed then stands."""

    def __init__(self, report: Report) -> None:
        self.report_id = report.id
        super().__init__(f"this form was received already as {report.reference}; send what changed as a follow-up")


def lock_submission(session: Session, submission: UUID) -> None:
    """Two sends of one form wait for each other; on SQLite every writer does."""
    if not is_sqlite(session):
        run_many(session, _LOCK, [{"name": f"submission/{submission}"}], kept=True)  # travels with the next question


def ask_sent(session: Session, submission: UUID) -> Statement:
    """Whether this form brought a version before."""
    return Statement(_SENT, {"submission": uuid_parameter(session, submission)}, kept=True)


def find_version(session: Session, actor: Actor, submission: UUID) -> int | None:
    """The number of the version that this form brought when the actor's organization sent it before."""
    own = select(ReportVersion.number).join(Report, Report.id == ReportVersion.report_id)
    mine = own.where(ReportVersion.submission == submission, Report.organization_id == actor.organization.id)
    return session.execute(mine).scalar_one_or_none()


def find_report(session: Session, actor: Actor, submission: UUID) -> UUID | None:
    """The report that this form, or this draft, brought when the actor's organization sent it; None of others'."""
    mine = select(Report.id).join(ReportVersion, ReportVersion.report_id == Report.id)
    sent = mine.where(ReportVersion.submission == submission, Report.organization_id == actor.organization.id)
    return session.execute(sent).scalar_one_or_none()


def sent_before(session: Session, organization_id: UUID, fields: ReportFields, sent: Submission) -> FiledReport | None:
    """What the same form brought when it was sent before; None where it was not.

    Raises:
        Invalid: the id of the form is another organization's.
        AlreadyFiled: it was sent with other content.
    """
    if not has_rows(session, ask_sent(session, sent.id)):
        return None
    version, report = session.execute(
        select(ReportVersion, Report)
        .join(Report, Report.id == ReportVersion.report_id)
        .where(ReportVersion.submission == sent.id)
    ).one()
    if report.organization_id != organization_id:
        raise Invalid(Fault("submission", "taken", "a new random id", "one in use"))
    # Whom a list named then may not be whom it names now: the choice of lists is compared, not what came of it.
    filed = msgspec.structs.replace(from_document(version.fields), named=fields.named)
    if filed != fields or sent.report_id not in (None, report.id):
        raise AlreadyFiled(report)
    return FiledReport.of(report, version, repeated=True)
