"""Operation: 代理登録: a secretariat registers a first report that its member told by telephone.

The report is the member's from the first moment: in its name, at its label, read by its circle. It is marked 未確認
until one of the member's reporters confirms it or files the next version. Who called, from which number and in which
words is the secretariat's own note: it stands in no version, goes out with nothing, and only its keepers read it.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.attachment import Upload
from models.inbox import Call, InboxItem
from models.organization import Organization
from models.report import Report, ReportVersion
from models.vocabulary import Label, ReportKind, Tier
from sharing.actor import Actor, Context
from sharing.attachments.filing import attach, told_of
from sharing.attachments.uploads import take_uploads
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.inbox.calls import Caller, settle_calls
from sharing.permissions import Permission
from sharing.reports.fields import ReportFields
from sharing.reports.means import Means
from sharing.reports.submissions import FiledReport, Submission, lock_submission, sent_before
from sharing.reports.versions import add_version, open_report, publish_original
from sharing.reports.visible import is_senders, must_keep_inbox

LONGEST_NAME: Final = 120
LONGEST_NUMBER: Final = 60
LONGEST_WORDS: Final = 4_000
"""What the caller said; longer calls are told in the report."""


def list_members(session: Session, actor: Actor) -> list[tuple[UUID, str, str]]:
    """The members for whom the actor's secretariat may register a call: id and names.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    query = select(Organization.id, Organization.name_ja, Organization.name_en).where(_is_member(actor))
    rows = session.execute(query.order_by(Organization.name_ja, Organization.id))
    return [(row[0], row[1], row[2]) for row in rows]


def file_on_behalf(
    session: Session,
    actor: Actor,
    member_id: UUID,
    fields: ReportFields,
    caller: Caller,
    *,
    submission: UUID,
    uploads: Sequence[UUID] = (),
    means: Means,
) -> FiledReport:
    """File a first report or near miss in a member's name; sent twice (`submission`), it is filed once.

    The files of `uploads`, which the secretariat has put here, become the report's: a fax, a picture that was mailed.

    Raises:
        NotPermitted: the actor is no secretariat, or works by a key that may not propose.
        NotVisible: there is no such member.
        Invalid: the kind is not a first one, the label or that of a file is RED, a text is too long, or a file cannot
            be filed.
        AlreadyFiled: this form was sent before with other content.
    """
    must_keep_inbox(actor)
    actor.must(Permission.PROPOSAL_MAKE)
    if actor.account_id is None:
        raise NotPermitted("a call is registered by a person")
    member = _load_member(session, actor, member_id)
    _check(fields, caller)
    fields = msgspec.structs.replace(fields, lists=(), named=(), technical_label=None)
    lock_submission(session, submission)
    earlier = sent_before(session, member.id, fields, Submission(submission))
    if earlier is not None:
        return earlier
    files = _take_files(session, actor, uploads, means.most_files)
    report = open_report(session, member, fields, means.context)
    version = add_version(session, report, fields, submission=submission, filer=actor.account_id, context=means.context)
    _keep_call(session, actor, version, caller, means.context)
    publish_original(
        session,
        actor,
        report,
        version,
        fields,
        means=means,
        tag=Tag.REPORT_ON_BEHALF,
        beside=told_of(files, fields.label),
    )
    attach(session, report, version, files, fields, policy=means.policy, builder=means.builder)
    return FiledReport.of(report, version)


def _load_member(session: Session, actor: Actor, member_id: UUID) -> Organization:
    member = session.execute(select(Organization).where(Organization.id == member_id, _is_member(actor))).scalar()
    if member is None:
        raise NotVisible("no such member")
    return member


def _take_files(session: Session, actor: Actor, uploads: Sequence[UUID], most: int) -> list[Upload]:
    """What the secretariat has put here; as with the report, RED would hide a file from the one who put it."""
    files = take_uploads(session, actor, uploads, most)
    if any(each.label is Label.RED for each in files):
        raise Invalid(Fault("attachments", "too-strict", "at most TLP:AMBER+STRICT", Label.RED.value))
    return files


def _keep_call(session: Session, actor: Actor, version: ReportVersion, caller: Caller, context: Context) -> None:
    """Who called, for the secretariat alone; until the member confirms it, the report says that nobody did."""
    session.add(
        Call(
            version_id=version.id,
            report_id=version.report_id,
            organization_id=actor.organization.id,
            caller=caller.name.strip(),
            number=caller.number.strip(),
            words=caller.words.strip(),
            taken_by=actor.account_id,
            taken_at=context.now,
            confirmed_by=None,
            confirmed_at=None,
        )
    )
    session.get_one(InboxItem, version.report_id).unconfirmed = True
    session.flush()


def confirm_call(session: Session, actor: Actor, report_id: UUID, *, context: Context) -> None:
    """The sender says that what was registered on its behalf is right as it stands.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such report of the actor's organization.
        Conflict: nothing of it waits for a confirmation.
    """
    actor.must(Permission.REPORT_FILE)
    report = session.execute(select(Report).where(Report.id == report_id).with_for_update()).scalar_one_or_none()
    if report is None or not is_senders(actor, report.organization_id):
        raise NotVisible("no such report")
    if actor.account_id is None or not settle_calls(session, report, actor.account_id, context.now):
        raise Conflict("nothing of this report waits for a confirmation")
    subjects = [("report", str(report.id)), ("organization", str(report.organization_id))]
    record(session, Event(Tag.CALL_CONFIRM, actor, subjects, decision={"report": str(report.id)}), context)


def _is_member(actor: Actor) -> ColumnElement[bool]:
    return (
        (Organization.ceptoar == actor.organization.ceptoar)
        & Organization.tier.in_([Tier.OPERATOR, Tier.BODY])
        & Organization.sector.is_not(None)
        & Organization.left_at.is_(None)
    )


def _check(fields: ReportFields, caller: Caller) -> None:
    faults = []
    if fields.kind not in {ReportKind.FIRST, ReportKind.NEAR_MISS}:
        faults.append(Fault("kind", "not-a-first", "first or near_miss for a new report", fields.kind.value))
    if fields.label is Label.RED:
        # What a secretariat registers it has heard: RED would hide it from the one who wrote it.
        faults.append(Fault("label", "too-strict", "at most TLP:AMBER+STRICT", fields.label.value))
    for name, value, most in (
        ("caller", caller.name, LONGEST_NAME),
        ("caller_number", caller.number, LONGEST_NUMBER),
        ("caller_words", caller.words, LONGEST_WORDS),
    ):
        if len(value) > most or "\0" in value:
            faults.append(Fault(name, "too-long", f"up to {most} characters", str(len(value))))
    if faults:
        raise Invalid(*faults)
