"""Operation: what a wish to share a report further would lead to: forms, readers, and what speaks against it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.canonical import canonical_json
from models.organization import Organization
from models.report import Report
from models.vocabulary import Form, Label
from sharing.actor import Actor
from sharing.audiences import load_sender
from sharing.errors import Conflict, Fault, Invalid, NotPermitted
from sharing.permissions import Permission
from sharing.reports.editions.blameless import with_blameless_lessons
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.dictionary import audience_name, load_dictionary
from sharing.reports.editions.hints import Hint, find_hints, take_hints
from sharing.reports.editions.making import BuiltForm, Draft, build_form
from sharing.reports.editions.recognition import Recognition, recognise
from sharing.reports.editions.redaction import Finding, anonymise, find_names, find_names_in
from sharing.reports.editions.translation import OTHER_TEXTS, Translation, read_translation
from sharing.reports.fields import ALL_TEXTS, ReportFields, parse_texts, text_of, to_document
from sharing.reports.means import Means
from sharing.reports.mentions import find_stricter, find_stricter_in
from sharing.reports.range_changes.recalls import is_withdrawn
from sharing.reports.ranges import circle_of, consent_of, decide_editions, forms_of
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


def draft_proposal(session: Session, actor: Actor, report_id: UUID, wish: Wish, *, means: Means) -> ProposalDraft:
    """Make the forms that a wish leads to, to be looked at; nothing is written.

    Raises:
        NotVisible: there is no such report, or this secretariat may not see it.
        NotPermitted: the actor does not coordinate the report's CEPTOAR.
        Conflict: a newer version has come.
        Invalid: the label reaches nobody new, or an edited text cannot be taken.
    """
    view = _load_proposable(session, actor, report_id, wish)
    version = view.latest
    report = session.get_one(Report, report_id)
    translation = read_translation(wish.other_language, wish.other_title, wish.other_summary)
    wanted = _wanted_forms(session, view, wish, means.policy)
    forms = tuple(
        build_form(session, report, each, wanted[each.form], builder=means.builder, now=means.context.now)
        for each in _drafts(
            session, actor, report, version, wish, forms=wanted, translation=translation, builder=means.builder
        )
    )
    contents = {each.form: each.fields for each in forms}
    hints = _hints(session, report, forms, translation, means.builder)
    return ProposalDraft(
        view,
        version,
        wish.label,
        wish.label.rank < _strictest_set(report, version).rank,
        forms,
        _findings(session, report, contents.get(Form.ANONYMISED), translation),
        means.policy.version,
        hints=hints,
        mentions=()
        if wish.keep_mentions
        else _mentions(session, actor, list(contents.values()), translation, (wish.label, report.id)),
        recognition=recognise(session, report, hints) if Form.ANONYMISED in contents else None,
        translation=translation,
    )


def _drafts(
    session: Session,
    actor: Actor,
    report: Report,
    version: VersionView,
    wish: Wish,
    *,
    forms: Iterable[Form],
    translation: Translation | None,
    builder: EditionBuilder,
) -> list[Draft]:
    """What each form says: the anonymised one as the secretariat edited it, others without blame in the lessons."""
    named = with_blameless_lessons(session, report, version.fields, builder)
    return [
        Draft(
            form,
            wish.label,
            version.number,
            _anonymised(version.fields, wish) if form is Form.ANONYMISED else named,
            actor.organization.id,
            translation,
        )
        for form in forms
    ]


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
