"""Operation: the secretariat proposes an edition; what goes further than its sender set waits for its approval."""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models.report import Proposal, ProposalObject, Report
from models.vocabulary import MailMatter, ProposalState
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_sector_collection
from sharing.errors import Fault, Invalid, NotPermitted, NotVisible
from sharing.inbox.standing import settle_status
from sharing.jobs.mails import ask_for_mails
from sharing.permissions import Permission
from sharing.publications import publish
from sharing.publishing.nouns import Publication
from sharing.reports.approval.drafting import ProposalDraft, Wish, draft_proposal
from sharing.reports.approval.fingerprint import fingerprint_of
from sharing.reports.approval.proposal_times import put_times
from sharing.reports.editions.making import BuiltForm, new_objects
from sharing.reports.editions.signatures import with_signatures
from sharing.reports.means import Means
from sharing.reports.mentions import faults_of
from sharing.reports.range_changes.held_back import is_held_back
from sharing.reports.versions import outdate_proposals


class Proposed(Struct, frozen=True):
    """What became of a wish."""

    proposal_id: UUID
    state: ProposalState


def propose(session: Session, actor: Actor, report_id: UUID, wish: Wish, *, means: Means) -> Proposed:
    """Publish at once what the sender's label allows; what is wider waits for the sender's approval.

    Under an embargo what could go out at once waits for its end.

    Raises:
        Invalid: a form names the sender, or something stricter than itself (besides what `draft_proposal` raises).
    """
    actor.must(Permission.PROPOSAL_MAKE)
    # Before anything is looked at: a label that the sender raises in the same moment is seen, or comes after.
    locked = select(Report).where(Report.id == report_id).with_for_update()
    report = session.execute(locked, execution_options={"populate_existing": True}).scalar_one_or_none()
    draft = draft_proposal(session, actor, report_id, wish, means=means)
    if draft.findings:
        raise Invalid(
            *(
                Fault(each.field, "names-sender", "a text that does not name the sender", each.found)
                for each in draft.findings
            )
        )
    if draft.mentions:
        raise Invalid(*faults_of(draft.mentions, wish.label))
    if report is None:
        raise NotVisible("no such report")
    outdate_proposals(session, report.id, means.context)
    proposal = _store(session, actor, draft, means.context)
    if proposal.state is not ProposalState.APPROVED:
        if proposal.state is ProposalState.WAITING:
            put_times(session, proposal)
            ask_for_mails(session, MailMatter.PROPOSAL, proposal.id, means.context.now)
        record(session, _made(actor, draft, proposal), means.context)
    else:
        _publish_at_once(session, actor, report, draft, proposal, means=means)
    return Proposed(proposal.id, proposal.state)


def _store(session: Session, actor: Actor, draft: ProposalDraft, context: Context) -> Proposal:
    if actor.account_id is None:
        raise NotPermitted("a proposal is made by a person")
    proposal = Proposal(
        id=context.new_id(),
        report_id=draft.report.id,
        version_id=draft.version.id,
        label=draft.label,
        state=_first_state(session, draft),
        digest=fingerprint_of(draft.label, draft.policy_version, draft.forms),
        policy_version=draft.policy_version,
        proposed_by=actor.account_id,
        proposed_at=context.now,
        decided_by=None,
        decided_at=None if draft.wider else context.now,
        reason="",
    )
    session.add(proposal)
    session.flush()
    rows = [
        {"proposal_id": proposal.id, "form": form.form, "place": place, "body": each.raw}
        for form in draft.forms
        for place, each in enumerate(form.objects)
    ]
    session.execute(insert(ProposalObject), rows)
    settle_status(session, draft.report.id)
    return proposal


def _first_state(session: Session, draft: ProposalDraft) -> ProposalState:
    if draft.wider:
        return ProposalState.WAITING
    return ProposalState.EMBARGOED if is_held_back(session, draft.report.id) else ProposalState.APPROVED


def _made(actor: Actor, draft: ProposalDraft, proposal: Proposal) -> Event:
    return Event(
        Tag.PROPOSAL_MAKE,
        actor,
        subjects=[("report", str(draft.report.id)), ("organization", str(draft.report.organization_id))],
        recipients=recipients_of(draft.forms),
        decision=decision_of(proposal) | {"policy": draft.policy_version},
    )


def _publish_at_once(
    session: Session, actor: Actor, report: Report, draft: ProposalDraft, proposal: Proposal, *, means: Means
) -> None:
    objects = new_objects(report, draft.version.number, draft.forms)
    publication = Publication(
        collection=load_sector_collection(session, report.sector),
        objects=with_signatures(objects, means.builder),
        tag=Tag.EDITION_PUBLISH,
        exercise=report.exercise,
        publisher_id=actor.organization.id,
        subjects=[("report", str(report.id))],
        decision=decision_of(proposal) | recipients_of(draft.forms),
    )
    publish(session, actor, publication, policy=means.policy, context=means.context)
    ask_for_mails(session, MailMatter.PUBLISHED, proposal.id, means.context.now)


def recipients_of(forms: tuple[BuiltForm, ...]) -> dict[str, object]:
    """Each form with who reads it and by which rule, for the trail."""
    return {"forms": {form.form.value: dict(form.rules) for form in forms}}


def decision_of(proposal: Proposal) -> dict[str, object]:
    """A proposal as the trail remembers it."""
    return {
        "report": str(proposal.report_id),
        "proposal": str(proposal.id),
        "version": str(proposal.version_id),
        "label": proposal.label.value,
        "digest": proposal.digest.hex(),
    }
