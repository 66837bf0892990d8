"""Operation: the secretariat proposes to share a report wider, or publishes at once within what the sender set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from uuid import UUID

from msgspec import Struct
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crypto.canonical import canonical_json
from models.organization import Organization
from models.report import Proposal, ProposalObject, Report
from models.vocabulary import Form, Label, MailMatter, ProposalState
from sharing.actor import Actor, Context
from sharing.audiences import load_sender
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_sector_collection
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.inbox.standing import settle_status
from sharing.mails.asking import ask_for_mails
from sharing.permissions import Permission
from sharing.publications import publish
from sharing.publishing.nouns import Publication
from sharing.reports.approval.fingerprint import fingerprint_of
from sharing.reports.approval.proposal_times import put_times
from sharing.reports.editions.blameless import with_blameless_lessons
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.dictionary import audience_name, load_dictionary
from sharing.reports.editions.hints import Hint, find_hints, take_hints
from sharing.reports.editions.making import BuiltForm, Draft, build_form, new_objects
from sharing.reports.editions.recognition import Recognition, recognise
from sharing.reports.editions.redaction import Finding, anonymise, find_names, find_names_in
from sharing.reports.editions.signatures import with_signatures
from sharing.reports.editions.translation import OTHER_TEXTS, Translation, read_translation
from sharing.reports.fields import ALL_TEXTS, ReportFields, parse_texts, text_of, to_document
from sharing.reports.mentions import faults_of, find_stricter, find_stricter_in
from sharing.reports.range_changes.held_back import is_held_back
from sharing.reports.range_changes.recalls import is_withdrawn
from sharing.reports.ranges import circle_of, consent_of, decide_editions, forms_of
from sharing.reports.versions import outdate_proposals
from sharing.reports.visible import ReportView, VersionView, is_secretariat, load_visible_report
from sharing.rules.mentions import Mention
from sharing.rules.policy import Policy


@dataclass(frozen=True)
class Wish:
    """What the secretariat wants to share: which version at which label, and the texts of the anonymised form."""

    label: Label
    number: int
    """The version that the secretariat looked at."""
    edited_texts: Mapping[str, str] = field(default_factory=dict)
    """Texts that stand in the anonymised form instead of the sender's."""
    left_out: frozenset[str] = frozenset()
    """Values of indicators that the anonymised form leaves out."""
    only_anonymised: bool = False
    """Whoever is new gets the anonymised form, also those who might see the sender's name."""
    keep_mentions: bool = False
    """The secretariat has seen that a text names something stricter, and means it."""
    other_title: str = ""
    """The title in the other language; with a summary, or neither."""
    other_summary: str = ""
    other_language: str = "en"
    """The language of these two; the texts of the report are in the other one of English and Japanese."""


class ProposalDraft(Struct, frozen=True):
    """What a wish would lead to; nothing is written yet."""

    report: ReportView
    version: VersionView
    label: Label
    wider: bool
    """Wider than the sender set: the sender must approve."""
    forms: tuple[BuiltForm, ...]
    findings: tuple[Finding, ...]
    """Where the anonymised form would still name the sender; while there are any it cannot be proposed."""
    policy_version: str
    hints: tuple[Hint, ...] = ()
    """What in the texts of the anonymised form may give the sender away; the secretariat decides on each."""
    mentions: tuple[Mention, ...] = ()
    """What the texts name that fewer may read than the edition, as far as it is seen; none if it may stay."""
    recognition: Recognition | None = None
    """How many operators the anonymised form could be about; None where there is no such form."""
    translation: Translation | None = None

    @property
    def seen(self) -> bytes:
        """Over all that somebody who looks at it sees: version, label, policy, readers, texts; never the time."""
        document = {
            "version": str(self.version.id),
            "label": self.label.value,
            "wider": self.wider,
            "policy": self.policy_version,
            "forms": [[each.form.value, dict(each.rules), to_document(each.fields)] for each in self.forms],
            "translation": [self.translation.language, *self.translation.texts.values()] if self.translation else [],
        }
        return sha256(canonical_json(document)).digest()


class Proposed(Struct, frozen=True):
    """What became of a wish."""

    proposal_id: UUID
    state: ProposalState


def draft_proposal(
    session: Session,
    actor: Actor,
    report_id: UUID,
    wish: Wish,
    *,
    context: Context,
    policy: Policy,
    builder: EditionBuilder,
) -> ProposalDraft:
    """Make the forms that a wish leads to, to be looked at; nothing is written.

    Raises:
        NotVisible: there is no such report, or this secretariat may not see it.
        NotPermitted: the actor does not coordinate the report's CEPTOAR.
        Conflict: a newer version has come.
        Invalid: the label reaches nobody new, or an edited text cannot be taken.
    """
    view = _load_proposable(session, actor, report_id, wish)
    version = view.latest
    wanted = _wanted_forms(session, view, wish, policy)
    report = session.get_one(Report, report_id)
    translation = read_translation(wish.other_language, wish.other_title, wish.other_summary)
    named = with_blameless_lessons(session, report, version.fields, builder)
    contents = {form: _anonymised(version.fields, wish) if form is Form.ANONYMISED else named for form in wanted}
    forms = tuple(
        build_form(
            session,
            report,
            Draft(form, wish.label, version.number, contents[form], actor.organization.id, translation),
            rules,
            builder=builder,
            now=context.now,
        )
        for form, rules in wanted.items()
    )
    contents = {each.form: each.fields for each in forms}
    findings = _findings(session, report, contents.get(Form.ANONYMISED), translation)
    wider = wish.label.rank < _strictest_set(report, version).rank
    hints = _hints(session, report, forms, translation, builder)
    return ProposalDraft(
        view,
        version,
        wish.label,
        wider,
        forms,
        findings,
        policy.version,
        hints=hints,
        mentions=()
        if wish.keep_mentions
        else _mentions(session, actor, list(contents.values()), translation, (wish.label, report.id)),
        recognition=recognise(session, report, hints) if Form.ANONYMISED in contents else None,
        translation=translation,
    )


def _load_proposable(session: Session, actor: Actor, report_id: UUID, wish: Wish) -> ReportView:
    """The report, where the actor may propose to share the version that it looked at, and that still stands."""
    actor.must(Permission.PROPOSAL_MAKE)
    view = load_visible_report(session, actor, report_id)
    if not is_secretariat(actor, view.ceptoar):
        raise NotPermitted("editions are proposed by the secretariat of the report's CEPTOAR")
    version = view.latest
    if version.number != wish.number:
        raise Conflict(f"version {version.number} of the report has come meanwhile; look at it first")
    if is_withdrawn(session, report_id, version.filed_at):
        raise Conflict("the report was withdrawn; its sender can bring it back with a new version")
    return view


def _wanted_forms(session: Session, view: ReportView, wish: Wish, policy: Policy) -> dict[Form, dict[str, str]]:
    """The forms that reach somebody new, each with its readers and the rules that let them in."""
    sender = load_sender(session, view.organization_id, (view.sector, view.ceptoar))
    consent = consent_of(view.latest.fields)
    circle = circle_of(policy, sender, consent, view.latest.label)
    decision = decide_editions(policy, sender, consent, wish.label)
    wanted = forms_of(decision, circle, only_anonymised=wish.only_anonymised)
    if not wanted:
        raise Invalid(Fault("label", "nobody-new", "a label that reaches somebody new", wish.label.value))
    return wanted


def take_hints_of(draft: ProposalDraft, wish: Wish, taken: Mapping[str, Iterable[str]]) -> Wish:
    """The wish with what is proposed in place of each hint that the secretariat took, by text."""
    form = next((each for each in draft.forms if each.form is Form.ANONYMISED), None)
    if form is None:
        return wish
    edited = dict(wish.edited_texts)
    other = draft.translation.texts if draft.translation else {}
    for name, keys in taken.items():
        text = other[name] if name in other else text_of(form.fields, name) if name not in OTHER_TEXTS else ""
        changed = take_hints(text, [each for each in draft.hints if each.field == name], keys)
        if changed != text and name in other:
            other[name] = changed
        elif changed != text:
            edited[name] = changed
    title, summary = other.get("other_title", wish.other_title), other.get("other_summary", wish.other_summary)
    return replace(wish, edited_texts=edited, other_title=title, other_summary=summary)


def propose(
    session: Session,
    actor: Actor,
    report_id: UUID,
    wish: Wish,
    *,
    context: Context,
    policy: Policy,
    builder: EditionBuilder,
) -> Proposed:
    """Publish at once what the sender's label allows; what is wider waits for the sender's approval.

    Under an embargo what could go out at once waits for its end.

    Raises:
        Invalid: a form names the sender, or something stricter than itself (besides what `draft_proposal` raises).
    """
    actor.must(Permission.PROPOSAL_MAKE)
    # Before anything is looked at: a label that the sender raises in the same moment is seen, or comes after.
    locked = select(Report).where(Report.id == report_id).with_for_update()
    report = session.execute(locked, execution_options={"populate_existing": True}).scalar_one_or_none()
    draft = draft_proposal(session, actor, report_id, wish, context=context, policy=policy, builder=builder)
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
    outdate_proposals(session, report.id, context)
    proposal = _store(session, actor, draft, context)
    if proposal.state is not ProposalState.APPROVED:
        if proposal.state is ProposalState.WAITING:
            put_times(session, proposal)
            ask_for_mails(session, MailMatter.PROPOSAL, proposal.id, context.now)
        record(session, _made(actor, draft, proposal), context)
    else:
        _publish_at_once(session, actor, report, draft, proposal, policy=policy, builder=builder, context=context)
    return Proposed(proposal.id, proposal.state)


def _anonymised(fields: ReportFields, wish: Wish) -> ReportFields:
    return anonymise(fields, parse_texts(wish.edited_texts), left_out=wish.left_out)


def _findings(
    session: Session, report: Report, content: ReportFields | None, translation: Translation | None
) -> tuple[Finding, ...]:
    if content is None:
        return ()
    sender = session.get_one(Organization, report.organization_id)
    names = [sender.name_ja, sender.name_en, report.reference, str(sender.id), str(report.id)]
    other = translation.texts if translation else {}
    translated = [Finding(field, found) for field, text in other.items() for found in find_names_in(text, names)]
    return (*find_names(content, names), *translated)


def _mentions(
    session: Session,
    actor: Actor,
    contents: list[ReportFields],
    translation: Translation | None,
    of: tuple[Label, UUID],
) -> tuple[Mention, ...]:
    label, report_id = of
    found = find_stricter(session, actor, contents, label, of=report_id)
    if translation is None:
        return found
    return (*found, *find_stricter_in(session, actor, translation.texts, label, of=report_id))


def _hints(
    session: Session,
    report: Report,
    forms: tuple[BuiltForm, ...],
    translation: Translation | None,
    builder: EditionBuilder,
) -> tuple[Hint, ...]:
    form = next((each for each in forms if each.form is Form.ANONYMISED), None)
    if form is None:
        return ()
    known = load_dictionary(session, report, audience_name(form.label, form.rules), builder)
    texts = {name: text_of(form.fields, name) for name in ALL_TEXTS} | (translation.texts if translation else {})
    return find_hints(texts, known, keep=[each.value for each in form.fields.indicators])


def _strictest_set(report: Report, version: VersionView) -> Label:
    """What the sender set; a newer version that the secretariat may not see counts too, without being told."""
    return Label.strictest(version.label, report.label)


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
    session: Session,
    actor: Actor,
    report: Report,
    draft: ProposalDraft,
    proposal: Proposal,
    *,
    policy: Policy,
    builder: EditionBuilder,
    context: Context,
) -> None:
    objects = new_objects(report, draft.version.number, draft.forms)
    publication = Publication(
        collection=load_sector_collection(session, report.sector),
        objects=with_signatures(objects, builder),
        tag=Tag.EDITION_PUBLISH,
        exercise=report.exercise,
        publisher_id=actor.organization.id,
        subjects=[("report", str(report.id))],
        decision=decision_of(proposal) | recipients_of(draft.forms),
    )
    publish(session, actor, publication, policy=policy, context=context)
    ask_for_mails(session, MailMatter.PUBLISHED, proposal.id, context.now)


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
