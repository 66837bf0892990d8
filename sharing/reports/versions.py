"""Operation: versions of reports: opened, added and published to the circle of their sender, whoever files them."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from crypto.tokens import new_reference
from models.organization import Organization
from models.report import Proposal, Report, ReportVersion
from models.vocabulary import Form, ProposalState, ReportKind, ReportState
from models.ways import Statement
from sharing.actor import Actor, Context
from sharing.audiences import load_sender
from sharing.audit.tags import Tag
from sharing.collections.access import load_sector_collection
from sharing.errors import Conflict, Fault, Invalid
from sharing.inbox.items import note_version
from sharing.inbox.standing import settle_status
from sharing.publications import publish
from sharing.publishing.nouns import Publication
from sharing.reading.driver import has_rows
from sharing.reports.editions.making import Draft, build_form, new_objects
from sharing.reports.fields import FORM_VERSION, ReportFields, to_document
from sharing.reports.means import Means
from sharing.reports.ranges import circle_of, consent_of, original_label

REFERENCE_TRIES: Final = 20
"""Two reports rarely draw the same of 32^8 numbers; twenty times in a row something else is wrong."""

_CLOSING: Final = frozenset({ReportKind.FINAL, ReportKind.NEAR_MISS})
_TAKEN: Final = "SELECT 1 FROM reports WHERE reference = :reference"


def ask_reference(reference: str) -> Statement:
    """Whether a report has this reference."""
    return Statement(_TAKEN, {"reference": reference}, kept=True)


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
        id=context.new_id(),
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
        if not has_rows(session, ask_reference(reference)):
            return reference
        reference = new_reference(context.random_bytes)
    raise Conflict("no free reference number was found; try again")


def add_version(
    session: Session, report: Report, fields: ReportFields, *, submission: UUID, filer: UUID, context: Context
) -> ReportVersion:
    """Write the next version of a report, which came by this form from this person."""
    report.versions += 1
    report.label = fields.label
    report.state = ReportState.CLOSED if fields.kind in _CLOSING else ReportState.OPEN
    report.updated_at = context.now
    session.add(report)
    session.flush()
    version = ReportVersion(
        id=context.new_id(),
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
    fields: ReportFields,
    *,
    means: Means,
    tag: Tag = Tag.REPORT_FILE,
    beside: Mapping[str, Any] | None = None,
) -> None:
    """Publish a version as it was filed to the sender's circle; the entry tells what came `beside` it too."""
    sender = load_sender(session, report.organization_id, (report.sector, report.ceptoar))
    rules = circle_of(means.policy, sender, consent_of(fields), fields.label)
    draft = Draft(Form.ORIGINAL, original_label(fields.label), version.number, fields, report.organization_id)
    form = build_form(session, report, draft, rules, builder=means.builder, now=means.context.now)
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
    publish(session, actor, publication, policy=means.policy, context=means.context)


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
