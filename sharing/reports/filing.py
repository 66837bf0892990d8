"""Operation: file a report, or the next version of one."""

from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.tokens import new_reference
from models.organization import Organization
from models.report import Report
from models.vocabulary import Label, ReportKind
from models.ways import Statement
from sharing.actor import Actor, Context
from sharing.attachments.filing import attach, told_of
from sharing.attachments.uploads import take_uploads
from sharing.codelists.standing_lists import ask_standing_lists
from sharing.collections.access import ask_sector_collection
from sharing.errors import Fault, Invalid, NotPermitted, NotVisible
from sharing.habits import asked_ahead
from sharing.inbox.calls import settle_calls
from sharing.lists.naming import named_by, settle_chosen
from sharing.lists.shown import must_be_shown
from sharing.permissions import Permission
from sharing.readers import ask_windows
from sharing.reports.fields import ReportFields
from sharing.reports.means import Means
from sharing.reports.mentions import refuse_mentions
from sharing.reports.seen import must_stand
from sharing.reports.submissions import FiledReport, Submission, ask_sent, lock_submission, sent_before
from sharing.reports.technical import check_technical, publish_technical, refuse_technical_mentions
from sharing.reports.technical_part import settled
from sharing.reports.titles import ask_own_titles
from sharing.reports.versions import add_version, ask_reference, open_report, outdate_proposals, publish_original
from sharing.rules.policy import Policy


def file_report(session: Session, actor: Actor, fields: ReportFields, sent: Submission, *, means: Means) -> FiledReport:
    """File a first report or near miss, or the next version of a report; its original goes to the sender's circle.

    With a `technical_label` the technical part goes further, alone (`sharing.reports.technical`). A form sent twice is
    filed once.

    Raises:
        NotPermitted: the actor files no reports.
        NotVisible: there is no such report of the actor's organization.
        Invalid: the kind does not fit, an exercise is mixed with a real report, a text names something stricter,
            the technical part cannot go out alone, or a file cannot be filed.
        AlreadyFiled: this form was sent before with other content.
        ReadersChanged: its lists name others than its writer was shown.
        ChangedMeanwhile: the report stands otherwise than its writer has seen it.
    """
    actor.must(Permission.REPORT_FILE)
    filer, fields = _filer_of(actor), settled(fields)
    lock_submission(session, sent.id)
    drawn = new_reference(means.context.random_bytes)
    with asked_ahead(session, _questions(session, actor, fields, sent, drawn)):
        earlier = sent_before(session, actor.organization.id, fields, sent)
        if earlier is not None:
            return earlier
        fields = _with_named(session, actor, fields, sent, means.policy)
        sender = session.get_one(Organization, actor.organization.id)  # held, so that it is fetched once
        report = (
            open_report(session, sender, fields, means.context, drawn=drawn)
            if sent.report_id is None
            else _continue(session, actor, sent, sent.report_id)
        )
        _check_fits(report, fields)
        _check_texts(session, actor, report, fields, sent, policy=means.policy)
        files = take_uploads(session, actor, sent.uploads, means.most_files)
        version = add_version(session, report, fields, submission=sent.id, filer=filer, context=means.context)
        if sent.report_id is not None:
            _settle_earlier(session, report, fields, filer, means.context)
        told = told_of(files, fields.label)
        publish_original(session, actor, report, version, fields, means=means, beside=told)
    attach(session, report, version, files, fields, policy=means.policy, builder=means.builder)
    if fields.technical_label is not None:
        publish_technical(session, actor, report, version, means=means)
    return FiledReport.of(report, version)


def _questions(
    session: Session, actor: Actor, fields: ReportFields, sent: Submission, reference: str
) -> list[Statement]:
    """What filing asks in any case and does not change before it comes to it: one journey to PostgreSQL."""
    return [
        ask_sent(session, sent.id),
        ask_reference(reference),
        ask_windows(session, actor),
        ask_standing_lists(),
        ask_sector_collection(actor.organization.sector or ""),
        *([] if sent.keep_mentions else ask_own_titles(session, actor, fields.label)),
    ]


def _with_named(session: Session, actor: Actor, fields: ReportFields, sent: Submission, policy: Policy) -> ReportFields:
    """Name whom the sender's lists name now, who must be those that its writer was shown."""
    chosen = settle_chosen(session, actor, fields.lists)
    if sent.shown is not None:
        must_be_shown(sent.shown, policy.version, chosen)
    return msgspec.structs.replace(fields, named=named_by(chosen))


def _check_texts(
    session: Session, actor: Actor, report: Report, fields: ReportFields, sent: Submission, *, policy: Policy
) -> None:
    """No text names something stricter than it is to be, and the technical part can go out alone."""
    if not sent.keep_mentions:
        refuse_mentions(session, actor, fields, of=sent.report_id, looked=sent.looked)
    if fields.technical_label is None:
        return
    check_technical(session, actor, fields, filed_in=(report.sector, report.ceptoar), policy=policy)
    if not sent.keep_mentions:
        refuse_technical_mentions(session, actor, fields, of=report.id)


def _settle_earlier(session: Session, report: Report, fields: ReportFields, filer: UUID, context: Context) -> None:
    """The next version confirms what was told by telephone, and what waits was made of an older one."""
    settle_calls(session, report, filer, context.now)
    if fields.label is not Label.RED:
        outdate_proposals(session, report.id, context)


def _filer_of(actor: Actor) -> UUID:
    organization = actor.organization
    if not actor.is_operator or not organization.sector or not organization.ceptoar:
        raise NotPermitted("reports are filed by organizations that belong to a sector and a CEPTOAR")
    if actor.account_id is None:
        raise NotPermitted("a report is filed by a person or a person's key")
    return actor.account_id


def _continue(session: Session, actor: Actor, sent: Submission, report_id: UUID) -> Report:
    locked = select(Report).where(Report.id == report_id).with_for_update()
    report = session.execute(locked, execution_options={"populate_existing": True}).scalar_one_or_none()
    if report is None or report.organization_id != actor.organization.id:
        raise NotVisible("no such report")
    if sent.seen is not None:
        must_stand(session, report, sent.seen)
    return report


def _check_fits(report: Report, fields: ReportFields) -> None:
    if fields.correction and not report.versions:
        raise Invalid(Fault("correction", "nothing-to-correct", "no correction in a new report", "one"))
    if report.versions and fields.kind is ReportKind.FIRST:
        raise Invalid(Fault("kind", "not-a-follow-up", "follow_up or final for a report that exists", "first"))
    if report.exercise != fields.exercise:
        raise Invalid(Fault("exercise", "differs", "what the first version said", "the opposite"))
