"""Operation: the sender changes its mind: withdraws a report, narrows who may read it, or raises its label.

Each edition gets a further version, revoked and emptied, that goes to everybody who was given an earlier one; whoever
may go on reading gets the content again right behind it, as a version of its own. What was read cannot be unread: the
hub says so, asks what became of it, and counts the answers.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.recall import Recall
from models.report import Report
from models.vocabulary import Form, Label, RecallKind, ReportKind
from sharing.actor import Actor
from sharing.audiences import load_sender, load_world
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.reading.series import Series, list_report_series
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.signatures import SIGNATURE_TYPE
from sharing.reports.fields import ReportFields
from sharing.reports.means import Means
from sharing.reports.range_changes.recall_notices import Change, Step, keep_recall, publish_notices
from sharing.reports.ranges import circle_of, consent_of, decide_editions, forms_of, reduced
from sharing.reports.reasons import check_reason
from sharing.reports.technical import technical_readers, technical_series
from sharing.reports.technical_part import strictened
from sharing.reports.versions import add_version, publish_original
from sharing.reports.visible import ReportView, is_secretariat, load_visible_report
from sharing.rules.policy import Policy
from sharing.rules.tokens import covers, narrow_tokens

_SAYING_NOTHING: Final = frozenset({"identity", SIGNATURE_TYPE})

CONSENTS: Final = ("consent_nco", "consent_ministry", "consent_foreign", "name_to_sector")
"""What a sender may take back besides choosing a stricter label."""


class Narrower(Struct, frozen=True):
    """A narrower range: a label at least as strict, and consents that are taken back."""

    label: Label
    taken_back: frozenset[str] = frozenset()
    """Of `CONSENTS`."""
    unnamed: frozenset[str] = frozenset()
    """Tokens of those who are named no more."""


def withdraw_report(session: Session, actor: Actor, report_id: UUID, reason: str, *, means: Means) -> UUID:
    """Withdraw everything that was published of a report (取下げ); earlier disclosures stay on record.

    The sender's reporters and approvers may, and its secretariat: to stop something is always within the range.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: the actor sees it but does not work on it.
        Invalid: no reason, or one that cannot be taken.
        Conflict: everything is withdrawn already.
    """
    report, view = load_changeable(session, actor, report_id)
    reason = check_reason(reason)
    steps = [Step(each) for each in _load_published(session, report_id)]
    recall = keep_recall(session, actor, view, Change(RecallKind.WITHDRAW, None, reason, steps), means.context)
    publish_notices(session, actor, report, (recall, steps), means=means)
    return recall.id


def narrow_report(
    session: Session, actor: Actor, report_id: UUID, wanted: Narrower, reason: str, *, submission: UUID, means: Means
) -> UUID:
    """Narrow the range of a report (共有範囲を狭める): a new version with the stricter label or fewer consents.

    An edition that the sender once approved wider than its label stays, unless the label itself becomes stricter.

    Raises:
        NotPermitted: only the sender's reporters and approvers set the range.
        Invalid: it is not narrower (besides what `withdraw_report` raises).
        Conflict: nothing of it is published any more.
    """
    report, view = _load_own(session, actor, report_id)
    fields = _narrowed(view.latest.fields, wanted)
    widest = fields.label if fields.label is not view.label else Label.CLEAR
    range_ = _Range(RecallKind.NARROW, wanted.label, fields, widest, check_reason(reason))
    return _change_range(session, actor, (report, view), range_, submission, means=means)


def raise_report(
    session: Session, actor: Actor, report_id: UUID, label: Label, reason: str, *, submission: UUID, means: Means
) -> UUID:
    """Raise the label (ラベルを厳しくする): neither the report nor an edition of it stays wider than this.

    Who may read an edition at the stricter label gets it again, marked so; everybody else keeps only the notice. The
    report itself has a new version only where its own label was wider.

    Raises:
        NotPermitted: only the sender's reporters and approvers set the range.
        Invalid: nothing of it is wider than this (besides what `withdraw_report` raises).
        Conflict: nothing of it is published any more.
    """
    report, view = _load_own(session, actor, report_id)
    reason = check_reason(reason)
    if label.rank <= min(each.rank for each in _labels(view, _load_published(session, report_id))):
        raise Invalid(Fault("label", "not-stricter", "a label that something published is wider than", label.value))
    fields = strictened(_next(view.latest.fields, label=Label.strictest(view.label, label)), label)
    return _change_range(
        session,
        actor,
        (report, view),
        _Range(RecallKind.RAISE, label, fields, label, reason),
        submission,
        means=means,
    )


def list_stricter(session: Session, view: ReportView) -> list[Label]:
    """The labels to which something published of a report can be raised; the caller has checked whose it is."""
    published = _published(session, view.id)
    widest = min(each.rank for each in _labels(view, published)) if published else Label.RED.rank
    return [label for label in Label if label.rank > widest]


def is_withdrawn(session: Session, report_id: UUID, filed_at: datetime) -> bool:
    """Whether a report was withdrawn after this version of it; a later version brings it back."""
    withdrawn = select(Recall.id).where(
        Recall.report_id == report_id, Recall.kind == RecallKind.WITHDRAW, Recall.made_at >= filed_at
    )
    return session.execute(withdrawn).first() is not None


def load_changeable(session: Session, actor: Actor, report_id: UUID) -> tuple[Report, ReportView]:
    """The report, locked, for those who may withdraw it or hold it back.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: the actor sees it but does not work on it.
    """
    actor.must(Permission.REPORT_READ)
    locked = select(Report).where(Report.id == report_id).with_for_update()
    report = session.execute(locked, execution_options={"populate_existing": True}).scalar_one_or_none()
    view = load_visible_report(session, actor, report_id)
    if report is None:
        raise NotVisible("no such report")
    own = view.is_own and actor.may(Permission.REPORT_FILE)
    office = actor.may(Permission.PROPOSAL_MAKE) and is_secretariat(actor, view.ceptoar)
    if actor.account_id is None or not (own or office):
        raise NotPermitted("a report is withdrawn by its sender, or by the secretariat of its CEPTOAR")
    return report, view


def _load_own(session: Session, actor: Actor, report_id: UUID) -> tuple[Report, ReportView]:
    """The report, locked, for the sender itself."""
    actor.must(Permission.REPORT_FILE)
    report, view = load_changeable(session, actor, report_id)
    if not view.is_own or actor.account_id is None:
        raise NotPermitted("the sender sets the range")
    return report, view


class _Range(Struct, frozen=True):
    """What the sender wants from now on: the next version of the report, and how wide an edition may be at most."""

    kind: RecallKind
    label: Label
    fields: ReportFields
    widest: Label
    reason: str


def _change_range(
    session: Session, actor: Actor, of: tuple[Report, ReportView], wanted: _Range, submission: UUID, *, means: Means
) -> UUID:
    """The notices first, then the next version of the report, where it says something else than the last one."""
    report, view = of
    series, fields = _load_published(session, report.id), wanted.fields
    steps = _narrowing_steps(
        session, report, (fields, wanted.widest), series, policy=means.policy, builder=means.builder
    )
    change = Change(wanted.kind, wanted.label, wanted.reason, steps)
    recall = keep_recall(session, actor, view, change, means.context)
    publish_notices(session, actor, report, (recall, steps), means=means)
    if wanted.kind is RecallKind.NARROW or _says_other(fields, view.latest.fields):
        assert actor.account_id is not None
        version = add_version(
            session, report, fields, submission=submission, filer=actor.account_id, context=means.context
        )
        publish_original(session, actor, report, version, fields, means=means)
    return recall.id


def _narrowed(fields: ReportFields, wanted: Narrower) -> ReportFields:
    unknown = sorted(wanted.taken_back - set(CONSENTS))
    if unknown:
        raise Invalid(Fault("taken_back", "unknown-code", "one of " + ", ".join(CONSENTS), unknown[0][:40]))
    given = {name for name in wanted.taken_back if getattr(fields, name)}
    unnamed = wanted.unnamed & set(fields.named)
    if wanted.label.rank < fields.label.rank or (wanted.label is fields.label and not given and not unnamed):
        raise Invalid(Fault("label", "not-narrower", "a stricter label, or a consent that is taken back"))
    named = tuple(token for token in fields.named if token not in unnamed)
    narrowed = _next(fields, label=wanted.label, named=named, **dict.fromkeys(given, False))
    return strictened(narrowed, wanted.label) if wanted.label is not fields.label else narrowed


def _next(fields: ReportFields, **changed: object) -> ReportFields:
    """The same content as a further version."""
    kind = ReportKind.FOLLOW_UP if fields.kind is ReportKind.FIRST else fields.kind
    return msgspec.structs.replace(fields, kind=kind, **changed)


def _says_other(fields: ReportFields, last: ReportFields) -> bool:
    """Whether the report has to say from now on that it, or its technical part, goes less far."""
    return (fields.label, fields.technical_label) != (last.label, last.technical_label)


def _labels(view: ReportView, published: Sequence[Series]) -> list[Label]:
    """The labels of everything that is published, and that of the report."""
    return [view.label, *(Label.of_rank(each.label) for each in published)]


def _load_published(session: Session, report_id: UUID) -> list[Series]:
    """What can be recalled.

    Raises:
        Conflict: there is nothing.
    """
    found = _published(session, report_id)
    if not found:
        raise Conflict("nothing of this report is published any more")
    return found


def _published(session: Session, report_id: UUID) -> list[Series]:
    """What can be recalled: not what is recalled already, nor identities and signatures, which say nothing of it."""
    every = list_report_series(session, report_id)
    return [each for each in every if not each.is_recalled and each.type not in _SAYING_NOTHING]


def _narrowing_steps(
    session: Session,
    report: Report,
    narrowed: tuple[ReportFields, Label],
    series: Sequence[Series],
    *,
    policy: Policy,
    builder: EditionBuilder,
) -> list[Step]:
    """The ids of which somebody loses the content, with who keeps it; an edition wider than it may be is raised."""
    fields, widest = narrowed
    sender = load_sender(session, report.organization_id, (report.sector, report.ceptoar))
    consent = consent_of(fields)
    circle = circle_of(policy, sender, consent, fields.label)
    mains = {form: builder.main_id(report.id, form) for form in Form}
    by_form = {form: next((s for s in series if s.stix_id == ident), None) for form, ident in mains.items()}
    world = load_world(session, {token for each in series for token in each.rules} | set(circle) | consent.named)
    alone = technical_series(report.id, series, builder)
    steps: list[Step] = []
    for each in series:
        form = Form.ANONYMISED if each.stix_id in alone else _form_of(each, by_form)
        label = Label.of_rank(each.label)
        raised = None
        if form is not Form.ORIGINAL and widest.rank > label.rank:
            label = raised = widest
        if each.stix_id in alone:
            allowed = technical_readers(sender, fields, label, policy)
        elif form is Form.ORIGINAL:
            allowed = circle
        else:
            wanted = decide_editions(policy, sender, consent, label)
            only = by_form[Form.NAMED] is None
            allowed = forms_of(wanted, circle, only_anonymised=only).get(form, {})
        if raised or any(not any(covers(world, wide, token) for wide in allowed) for token in each.rules):
            kept = {token: each.rules[source] for token, source in narrow_tokens(world, each.rules, allowed).items()}
            again = form is not Form.ORIGINAL and bool(kept)
            steps.append(Step(each, reduced(world, kept), reissued=again, raised=raised))
    return steps


def _form_of(series: Series, mains: Mapping[Form, Series | None]) -> Form:
    """The form that an object belongs to: that of the main object which shares most of its readers."""
    shared = {
        form: len(main.rules.keys() & series.rules.keys()) + (main.stix_id == series.stix_id) * len(main.rules)
        for form, main in mains.items()
        if main is not None and main.publisher_id == series.publisher_id
    }
    return max(shared, key=lambda form: shared[form]) if shared else Form.ORIGINAL
