"""Operation: the sender looks at exactly what would go out, and approves or refuses it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.report import Proposal, ProposalObject, Report, ReportVersion
from models.vocabulary import Form, Label, MailMatter, ProposalState
from sharing.actor import Actor, Context
from sharing.audiences import load_sender, load_world
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_sector_collection
from sharing.errors import Conflict, NotPermitted, NotVisible
from sharing.inbox.standing import settle_status
from sharing.jobs.mails import ask_for_mails
from sharing.permissions import Permission
from sharing.publications import publish
from sharing.publishing.nouns import Publication
from sharing.reports.approval.delegations import is_delegate
from sharing.reports.approval.fingerprint import fingerprint_of
from sharing.reports.approval.proposal_times import runs_out_at
from sharing.reports.approval.proposals import decision_of, recipients_of
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.dictionary import audience_name, load_dictionary
from sharing.reports.editions.hints import Hint, find_hints
from sharing.reports.editions.making import BuiltForm
from sharing.reports.editions.making import new_objects as objects_of
from sharing.reports.editions.recognition import Recognition, recognise
from sharing.reports.editions.signatures import with_signatures
from sharing.reports.fields import from_document
from sharing.reports.means import Means
from sharing.reports.mentions import find_stricter_in
from sharing.reports.range_changes.held_back import is_held_back
from sharing.reports.ranges import circle_of, consent_of, decide_editions, forms_of, reduced
from sharing.reports.reasons import check_reason
from sharing.reports.visible import is_secretariat, is_senders, seen_by_secretariat
from sharing.rules.mentions import Mention
from sharing.rules.policy import Policy

_OPEN: Final = frozenset({ProposalState.WAITING, ProposalState.EMBARGOED})
"""While nothing has gone out yet."""


class ProposalView(Struct, frozen=True):
    """A proposal as the sender's people and the secretariat see it, with the exact bytes of each form."""

    id: UUID
    report_id: UUID
    reference: str
    organization_id: UUID
    ceptoar: str
    exercise: bool
    number: int
    label: Label
    sender_label: Label
    """The label that the sender gave the version."""
    state: ProposalState
    digest: bytes
    forms: tuple[BuiltForm, ...]
    is_current: bool
    """The forms can still go out as they stand: same policy, same readers, no newer version."""
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str
    may_decide: bool
    runs_out_at: datetime
    """When it is over, if nobody answers."""
    hints: tuple[Hint, ...] = ()
    """What in the texts of the anonymised form may give the sender away; only its indicators stay on purpose."""
    recognition: Recognition | None = None
    """How many operators the anonymised form could be about."""
    mentions: tuple[Mention, ...] = ()
    """What the texts name that fewer may read, as far as this viewer may see that; while nothing is decided."""


def load_proposal(
    session: Session, actor: Actor, proposal_id: UUID, *, now: datetime, policy: Policy, builder: EditionBuilder
) -> ProposalView:
    """A proposal, for those who make it and those whom it is about.

    Raises:
        NotVisible: there is none, or it does not concern this actor.
        NotPermitted: the actor reads no reports and works on no proposals.
    """
    if not (actor.may(Permission.PROPOSAL_MAKE) or actor.may(Permission.PROPOSAL_DECIDE)):
        actor.must(Permission.REPORT_READ)
    proposal, report, version = _rows(session, actor, proposal_id)
    forms = load_forms(session, proposal, report, version, policy=policy, builder=builder)
    anonymised = next((each for each in forms if each.form is Form.ANONYMISED), None)
    hints = _hints(session, report, anonymised, builder) if anonymised else ()
    return ProposalView(
        id=proposal.id,
        report_id=report.id,
        reference=report.reference,
        organization_id=report.organization_id,
        ceptoar=report.ceptoar,
        exercise=report.exercise,
        number=version.number,
        label=proposal.label,
        sender_label=version.label,
        state=proposal.state,
        digest=proposal.digest,
        forms=forms,
        is_current=why_stale(session, proposal, version, forms, policy) is None,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        reason=proposal.reason,
        may_decide=_may_decide(session, actor, proposal, report, now),
        runs_out_at=runs_out_at(proposal.proposed_at),
        hints=hints,
        recognition=recognise(session, report, hints) if anonymised else None,
        mentions=_mentions(session, actor, proposal, forms, builder) if proposal.state in _OPEN else (),
    )


def approve_proposal(
    session: Session, actor: Actor, proposal_id: UUID, digest: bytes, *, means: Means
) -> ProposalState:
    """Publish exactly what was proposed, to exactly whom it was proposed for; under an embargo when that ends.

    Raises:
        NotVisible: there is no such proposal for this actor.
        NotPermitted: the actor proposed it, or may not decide for the sender.
        Conflict: it was decided before, a newer version has come, or it is not what the approver looked at.
    """
    proposal, report, version = _decidable(session, actor, proposal_id, means.context)
    forms = load_forms(session, proposal, report, version, policy=means.policy, builder=means.builder)
    stale = why_stale(session, proposal, version, forms, means.policy)
    if digest != proposal.digest:
        stale = "this is not the proposal that you looked at"
    if stale:
        raise Conflict(f"{stale}; nothing was published")
    if is_held_back(session, report.id):
        proposal.state = ProposalState.EMBARGOED
        settle_status(session, report.id)
        decision = decision_of(proposal) | recipients_of(forms)
        record(session, Event(Tag.PROPOSAL_APPROVE, actor, _subjects(report), decision=decision), means.context)
        return proposal.state
    proposal.state = ProposalState.APPROVED
    settle_status(session, report.id)
    publication = publication_of(
        session, report, version, proposal, forms, tag=Tag.PROPOSAL_APPROVE, builder=means.builder
    )
    publish(session, actor, publication, policy=means.policy, context=means.context)
    ask_for_mails(session, MailMatter.PUBLISHED, proposal.id, means.context.now)
    return proposal.state


def publication_of(
    session: Session,
    report: Report,
    version: ReportVersion,
    proposal: Proposal,
    forms: tuple[BuiltForm, ...],
    *,
    tag: Tag,
    builder: EditionBuilder,
    more: Mapping[str, object] | None = None,
) -> Publication:
    """What was proposed, ready to go out."""
    return Publication(
        collection=load_sector_collection(session, report.sector),
        objects=with_signatures(objects_of(report, version.number, forms), builder),
        tag=tag,
        exercise=report.exercise,
        publisher_id=_publisher_of(forms),
        subjects=_subjects(report),
        decision={**decision_of(proposal), **recipients_of(forms), **(more or {})},
    )


def refuse_proposal(session: Session, actor: Actor, proposal_id: UUID, reason: str, *, context: Context) -> None:
    """Refuse a proposal with a reason that the secretariat reads.

    Raises:
        Invalid: no reason, or one that cannot be taken (besides what `approve_proposal` raises).
    """
    reason = check_reason(reason, "a reason that the secretariat can act on")
    proposal, report, _ = _decidable(session, actor, proposal_id, context)
    proposal.state, proposal.reason = ProposalState.REFUSED, reason
    settle_status(session, report.id)
    decision = decision_of(proposal)
    record(session, Event(Tag.PROPOSAL_REFUSE, actor, _subjects(report), decision=decision), context)


def _subjects(report: Report) -> list[tuple[str, str]]:
    return [("report", str(report.id)), ("organization", str(report.organization_id))]


def _hints(session: Session, report: Report, form: BuiltForm, builder: EditionBuilder) -> tuple[Hint, ...]:
    """Looked for in the very bytes that would go out."""
    texts = [(str(place), text) for place, each in enumerate(form.objects) for text in builder.texts(each.raw)]
    known = load_dictionary(session, report, audience_name(form.label, form.rules), builder)
    keep = [each.value for each in form.fields.indicators]
    return tuple(hint for name, text in texts for hint in find_hints({name: text}, known, keep=keep))


def _mentions(
    session: Session, actor: Actor, proposal: Proposal, forms: tuple[BuiltForm, ...], builder: EditionBuilder
) -> tuple[Mention, ...]:
    """Looked for in the very bytes, each thing once, with the viewer's own eyes: who proposed may have seen more.

    What the viewer may not see stays hidden here too: that a number belongs to somebody's stricter report would tell
    that there is one.
    """
    # A report's own first sentence stands before a blank line; alone it is no quotation of one that begins alike.
    read = [text for form in forms for each in form.objects for text in builder.texts(each.raw)]
    texts = {piece: piece for text in read for piece in text.split("\n\n", 1)}
    found = find_stricter_in(session, actor, texts, proposal.label, of=proposal.report_id)
    return tuple({(each.kind, each.found): each for each in found}.values())


def _rows(session: Session, actor: Actor, proposal_id: UUID) -> tuple[Proposal, Report, ReportVersion]:
    found = session.execute(
        select(Proposal, Report, ReportVersion)
        .join(Report, Report.id == Proposal.report_id)
        .join(ReportVersion, ReportVersion.id == Proposal.version_id)
        .where(Proposal.id == proposal_id)
    ).one_or_none()
    if found is None:
        raise NotVisible("no such proposal")
    proposal, report, version = found
    if not is_senders(actor, report.organization_id) and not is_secretariat(actor, report.ceptoar):
        raise NotVisible("no such proposal")
    return proposal, report, version


def waits_for(session: Session, actor: Actor, proposal_id: UUID, now: datetime) -> bool:
    """Whether a proposal waits for this very actor; False also where it may not know of it."""
    try:
        proposal, report, _version = _rows(session, actor, proposal_id)
    except NotVisible:
        return False
    return proposal.state is ProposalState.WAITING and _may_decide(session, actor, proposal, report, now)


def _may_decide(session: Session, actor: Actor, proposal: Proposal, report: Report, now: datetime) -> bool:
    return (
        is_senders(actor, report.organization_id)
        and actor.account_id is not None
        and actor.account_id != proposal.proposed_by
        and (actor.may(Permission.PROPOSAL_DECIDE) or is_delegate(session, actor, now))
    )


def _decidable(
    session: Session, actor: Actor, proposal_id: UUID, context: Context
) -> tuple[Proposal, Report, ReportVersion]:
    proposal, report, version = _rows(session, actor, proposal_id)
    session.execute(select(Report.id).where(Report.id == report.id).with_for_update())
    session.refresh(proposal, with_for_update=True)
    if actor.account_id == proposal.proposed_by:
        raise NotPermitted("who proposed may not approve or refuse")
    if not _may_decide(session, actor, proposal, report, context.now):
        raise NotPermitted("only an approver of the report's sender, or its delegate, decides on it")
    if proposal.state is ProposalState.OUTDATED:
        raise Conflict("a newer version or proposal has taken its place")
    if proposal.state is ProposalState.EXPIRED:
        raise Conflict("nobody answered in time; the secretariat can propose it again")
    if proposal.state is not ProposalState.WAITING:
        raise Conflict(f"this proposal was decided before ({proposal.state.value})")
    proposal.decided_by, proposal.decided_at = actor.account_id, context.now
    return proposal, report, version


def load_forms(
    session: Session,
    proposal: Proposal,
    report: Report,
    version: ReportVersion,
    *,
    policy: Policy,
    builder: EditionBuilder,
) -> tuple[BuiltForm, ...]:
    """The stored bytes of each form, with the readers that the policy gives it now."""
    rows = session.execute(
        select(ProposalObject.form, ProposalObject.body)
        .where(ProposalObject.proposal_id == proposal.id)
        .order_by(ProposalObject.form, ProposalObject.place)
    )
    bodies: dict[Form, list[bytes]] = {}
    for form, body in rows:
        bodies.setdefault(form, []).append(bytes(body))
    fields = from_document(version.fields)
    sender = load_sender(session, report.organization_id, (report.sector, report.ceptoar))
    consent = consent_of(fields)
    wanted = forms_of(
        decide_editions(policy, sender, consent, proposal.label),
        circle_of(policy, sender, consent, version.label),
        only_anonymised=Form.NAMED not in bodies,
    )
    return tuple(
        BuiltForm(
            form, proposal.label, fields, _readers(session, wanted.get(form, {})), tuple(map(builder.describe, raw))
        )
        for form, raw in bodies.items()
    )


def _readers(session: Session, rules: dict[str, str]) -> dict[str, str]:
    return reduced(load_world(session, rules), rules)


def why_stale(
    session: Session, proposal: Proposal, version: ReportVersion, forms: tuple[BuiltForm, ...], policy: Policy
) -> str | None:
    """Why the proposal can no longer go out as it stands; None where it can."""
    newer = session.execute(
        select(ReportVersion.label).where(
            ReportVersion.report_id == version.report_id, ReportVersion.number > version.number
        )
    ).scalars()
    # A newer version that the secretariat cannot know of is the approver's to weigh.
    if any(seen_by_secretariat(label) for label in newer):
        return "a newer version of the report has come"
    if policy.version != proposal.policy_version:
        return "the sharing policy has changed since it was proposed"
    if fingerprint_of(proposal.label, proposal.policy_version, forms) != proposal.digest:
        return "who would read it, or what, is no longer what was proposed"
    return None


def _publisher_of(forms: tuple[BuiltForm, ...]) -> UUID:
    main = next(each for form in forms for each in form.objects if each.is_main)
    return UUID((main.created_by_ref or "").partition("--")[2])
