"""Operation: file a report, or the next version of one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crypto.tokens import new_reference
from models.organization import Organization
from models.report import Proposal, Report, ReportVersion
from models.session import Statement
from models.vocabulary import Form, Label, ProposalState, ReportKind, ReportState
from sharing.actor import Actor, Context
from sharing.attachments.filing import attach, told_of
from sharing.attachments.uploads import take_uploads
from sharing.audiences import load_sender
from sharing.audit.tags import Tag
from sharing.codelists.standing_lists import ask_standing_lists
from sharing.collections.access import ask_sector_collection, load_sector_collection
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.habits import asked_ahead
from sharing.inbox.calls import settle_calls
from sharing.inbox.items import note_version
from sharing.inbox.standing import settle_status
from sharing.lists.naming import settle_named
from sharing.people.lookup import new_id
from sharing.permissions import Permission
from sharing.publications import publish
from sharing.publishing.nouns import Publication
from sharing.readers import ask_windows
from sharing.reading.driver import fetch, is_sqlite, run_many, uuid_parameter
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.making import Draft, build_form, new_objects
from sharing.reports.fields import FORM_VERSION, ReportFields, from_document, to_document
from sharing.reports.mentions import Looked, refuse_mentions
from sharing.reports.ranges import circle_of, consent_of, original_label
from sharing.reports.technical import check_technical, publish_technical, refuse_technical_mentions
from sharing.reports.technical_part import settled
from sharing.reports.titles import ask_own_titles
from sharing.rules.policy import Policy

REFERENCE_TRIES: Final = 20
"""Two reports rarely draw the same of 32^8 numbers; twenty times in a row something else is wrong."""

_CLOSING: Final = frozenset({ReportKind.FINAL, ReportKind.NEAR_MISS})


class FiledReport(Struct, frozen=True):
    """The receipt of one version."""

    report_id: UUID
    reference: str
    number: int
    version_id: UUID
    filed_at: datetime
    repeated: bool = False
    """The same form had been sent before; nothing was written again."""


class AlreadyFiled(Conflict):
    """This form was sent before with other content; what was filed then stands."""

    def __init__(self, report: Report) -> None:
        self.report_id = report.id
        super().__init__(f"this form was received already as {report.reference}; send what changed as a follow-up")


def file_report(
    session: Session,
    actor: Actor,
    fields: ReportFields,
    *,
    submission: UUID,
    report_id: UUID | None = None,
    keep_mentions: bool = False,
    looked: Looked | None = None,
    uploads: Sequence[UUID] = (),
    context: Context,
    policy: Policy,
    builder: EditionBuilder,
) -> FiledReport:
    """File a first report or near miss, or with `report_id` the next version; its original goes to the sender's circle.

    With a `technical_label` the technical part goes further, alone (`sharing.reports.technical`).

    A form sent twice (`submission`) is filed once. With `keep_mentions` the sender has seen that its texts name
    something stricter than they are to be, and means it; what was `looked` at before is not walked again here, where
    others wait for the lock. The files of `uploads` become the version's.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such report of the actor's organization.
        Invalid: the kind does not fit, an exercise is mixed with a real report, a text names something stricter,
            the technical part cannot go out alone, or a file cannot be filed.
        AlreadyFiled: this form was sent before with other content.
    """
    actor.must(Permission.REPORT_FILE)
    filer, fields = _filer_of(actor), settled(fields)
    lock_submission(session, submission)
    drawn = new_reference(context.random_bytes)
    questions = _questions(session, actor, submission, drawn)
    with asked_ahead(session, [*questions, *([] if keep_mentions else ask_own_titles(session, actor, fields.label))]):
        earlier = sent_before(session, actor.organization.id, fields, submission, report_id)
        if earlier is not None:
            return earlier
        fields = msgspec.structs.replace(fields, named=settle_named(session, actor, fields.lists))
        sender = session.get_one(Organization, actor.organization.id)  # held, so that it is fetched once
        report = (
            open_report(session, sender, fields, context, drawn=drawn)
            if report_id is None
            else _continue(session, actor, report_id)
        )
        _check_fits(report, fields)
        if not keep_mentions:
            refuse_mentions(session, actor, fields, of=report_id, looked=looked)
        if fields.technical_label is not None:
            _check_alone(session, actor, report, fields, keep_mentions=keep_mentions, policy=policy)
        files = take_uploads(session, actor, uploads)
        version = add_version(session, report, fields, (submission, filer), context)
        if report_id is not None:
            settle_calls(session, report, filer, context.now)
            if fields.label is not Label.RED:
                outdate_proposals(session, report.id, context)
        publish_original(
            session,
            actor,
            report,
            version,
            policy=policy,
            context=context,
            builder=builder,
            fields=fields,
            beside={"attachments": told_of(files, fields.label)} if files else {},
        )
    attach(session, report, version, files, fields, policy=policy, builder=builder)
    if fields.technical_label is not None:
        publish_technical(session, actor, report, version, policy=policy, context=context, builder=builder)
    return FiledReport(report.id, report.reference, version.number, version.id, version.filed_at)


def _questions(session: Session, actor: Actor, submission: UUID, reference: str) -> list[Statement]:
    """What filing asks in any case and does not change before it comes to it: one journey to PostgreSQL."""
    return [
        _ask_sent(session, submission),
        _ask_reference(reference),
        ask_windows(session, actor),
        ask_standing_lists(),
        ask_sector_collection(actor.organization.sector or ""),
    ]


def _check_alone(
    session: Session, actor: Actor, report: Report, fields: ReportFields, *, keep_mentions: bool, policy: Policy
) -> None:
    check_technical(session, actor, fields, filed_in=(report.sector, report.ceptoar), policy=policy)
    if not keep_mentions:
        refuse_technical_mentions(session, actor, fields, of=report.id)


def outdate_proposals(session: Session, report_id: UUID, context: Context) -> None:
    """What waits for approval, or for the end of an embargo, was made of something older."""
    session.execute(
        update(Proposal)
        .where(
            Proposal.report_id == report_id,
            Proposal.state.in_([ProposalState.WAITING, ProposalState.EMBARGOED]),
        )
        .values(state=ProposalState.OUTDATED, decided_at=context.now),
        # Nobody looks at these rows again in this unit of work, so none of them is fetched to be kept alike.
        execution_options={"synchronize_session": False},
    )
    settle_status(session, report_id)


def _filer_of(actor: Actor) -> UUID:
    organization = actor.organization
    if not actor.is_operator or not organization.sector or not organization.ceptoar:
        raise NotPermitted("reports are filed by organizations that belong to a sector and a CEPTOAR")
    if actor.account_id is None:
        raise NotPermitted("a report is filed by a person or a person's key")
    return actor.account_id


def lock_submission(session: Session, submission: UUID) -> None:
    """Two sends of one form wait for each other; on SQLite every writer does."""
    if not is_sqlite(session):
        run_many(session, _LOCK, [{"name": f"submission/{submission}"}], kept=True)  # travels with the next question


_LOCK: Final = "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(:name, 1))"
_SENT: Final = "SELECT 1 FROM report_versions WHERE submission = :submission"
_TAKEN: Final = "SELECT 1 FROM reports WHERE reference = :reference"


def _ask_sent(session: Session, submission: UUID) -> Statement:
    return Statement(_SENT, {"submission": uuid_parameter(session, submission)}, kept=True)


def _ask_reference(reference: str) -> Statement:
    return Statement(_TAKEN, {"reference": reference}, kept=True)


def _finds(session: Session, asked: Statement) -> bool:
    return bool(fetch(session, asked.sql, asked.parameters, kept=True))


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


def sent_before(
    session: Session, organization_id: UUID, fields: ReportFields, submission: UUID, report_id: UUID | None
) -> FiledReport | None:
    """What the same form brought when it was sent before; None where it was not.

    Raises:
        Invalid: the id of the form is another organization's.
        AlreadyFiled: it was sent with other content.
    """
    if not _finds(session, _ask_sent(session, submission)):
        return None
    version, report = session.execute(
        select(ReportVersion, Report)
        .join(Report, Report.id == ReportVersion.report_id)
        .where(ReportVersion.submission == submission)
    ).one()
    if report.organization_id != organization_id:
        raise Invalid(Fault("submission", "taken", "a new random id", "one in use"))
    # Whom a list named then may not be whom it names now: the choice of lists is compared, not what came of it.
    filed = msgspec.structs.replace(from_document(version.fields), named=fields.named)
    if filed != fields or (report_id is not None and report_id != report.id):
        raise AlreadyFiled(report)
    return FiledReport(report.id, report.reference, version.number, version.id, version.filed_at, repeated=True)


def open_report(
    session: Session, sender: Organization, fields: ReportFields, context: Context, *, drawn: str = ""
) -> Report:
    """A new report of an organization, still without a version and so not written yet; `drawn` may be its reference.

    Raises:
        Invalid: the kind is not one that opens a report.
    """
    if fields.kind not in {ReportKind.FIRST, ReportKind.NEAR_MISS}:
        raise Invalid(Fault("kind", "not-a-first", "first or near_miss for a new report", fields.kind.value))
    return Report(
        id=new_id(context),
        reference=_new_reference(session, context, drawn),
        organization_id=sender.id,
        sector=sender.sector or "",
        ceptoar=sender.ceptoar or "",
        exercise=fields.exercise,
        state=ReportState.OPEN,
        label=fields.label,
        versions=0,
        created_at=context.now,
        updated_at=context.now,
    )


def _new_reference(session: Session, context: Context, drawn: str) -> str:
    reference = drawn or new_reference(context.random_bytes)
    for _ in range(REFERENCE_TRIES):
        if not _finds(session, _ask_reference(reference)):
            return reference
        reference = new_reference(context.random_bytes)
    raise Conflict("no free reference number was found; try again")


def _continue(session: Session, actor: Actor, report_id: UUID) -> Report:
    report = session.execute(select(Report).where(Report.id == report_id).with_for_update()).scalar_one_or_none()
    if report is None or report.organization_id != actor.organization.id:
        raise NotVisible("no such report")
    return report


def _check_fits(report: Report, fields: ReportFields) -> None:
    if fields.correction and not report.versions:
        raise Invalid(Fault("correction", "nothing-to-correct", "no correction in a new report", "one"))
    if report.versions and fields.kind is ReportKind.FIRST:
        raise Invalid(Fault("kind", "not-a-follow-up", "follow_up or final for a report that exists", "first"))
    if report.exercise != fields.exercise:
        raise Invalid(Fault("exercise", "differs", "what the first version said", "the opposite"))


def add_version(
    session: Session, report: Report, fields: ReportFields, sent: tuple[UUID, UUID], context: Context
) -> ReportVersion:
    """Write the next version of a report; its id of submission and its filer come as a pair."""
    submission, filer = sent
    report.versions += 1
    report.label = fields.label
    report.state = ReportState.CLOSED if fields.kind in _CLOSING else ReportState.OPEN
    report.updated_at = context.now
    session.add(report)
    session.flush()
    version = ReportVersion(
        id=new_id(context),
        report_id=report.id,
        number=report.versions,
        kind=fields.kind,
        label=fields.label,
        form_version=FORM_VERSION,
        fields=to_document(fields),
        submission=submission,
        filed_by=filer,
        filed_at=context.now,
    )
    session.add(version)
    session.flush()
    note_version(session, report, version, fields)
    return version


def publish_original(
    session: Session,
    actor: Actor,
    report: Report,
    version: ReportVersion,
    *,
    fields: ReportFields,
    policy: Policy,
    context: Context,
    builder: EditionBuilder,
    tag: Tag = Tag.REPORT_FILE,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Publish a version as it was filed to the sender's circle; the entry tells what came `beside` it too."""
    sender = load_sender(session, report.organization_id, (report.sector, report.ceptoar))
    rules = circle_of(policy, sender, consent_of(fields), fields.label)
    draft = Draft(Form.ORIGINAL, original_label(fields.label), version.number, fields, report.organization_id)
    form = build_form(session, report, draft, rules, builder=builder, now=context.now)
    publication = Publication(
        collection=load_sector_collection(session, report.sector),
        objects=new_objects(report, version.number, [form]),
        tag=tag,
        exercise=report.exercise,
        publisher_id=report.organization_id,
        subjects=[("report", str(report.id))],
        decision={
            "report": str(report.id),
            "version": str(version.id),
            "number": version.number,
            "kind": version.kind.value,
            "label": version.label.value,
            **(beside or {}),
        },
    )
    publish(session, actor, publication, policy=policy, context=context)
