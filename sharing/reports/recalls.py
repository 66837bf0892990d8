"""Operation: the sender changes its mind: withdraws a report, or narrows who may read it.

Each edition gets a further version, revoked and emptied, that goes to everybody who was given an earlier one; whoever
may go on reading gets the content again right behind it, as a version of its own. What was read cannot be unread: the
hub says so, asks what became of it, and counts the answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organization import Organization
from models.recall import Recall, RecallAnswer, RecallNotice
from models.report import Report
from models.vocabulary import Form, Label, RecallAnswerKind, RecallKind, ReportKind
from sharing.actor import Actor, Context
from sharing.audiences import facts_of, load_sender, load_world
from sharing.audit.tags import Tag
from sharing.collections import load_sector_collection
from sharing.disclosures import list_organizations_given
from sharing.due import put_due
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.people.lookup import new_id
from sharing.permissions import Permission
from sharing.publications import publish
from sharing.publishing.nouns import EditionOf, NewObject, Publication
from sharing.reading.series import Series, list_report_series
from sharing.reports.builder import BuiltObject, EditionBuilder
from sharing.reports.checks import bad_sign
from sharing.reports.fields import ReportFields
from sharing.reports.file import add_version, outdate_proposals, publish_original
from sharing.reports.ranges import circle_of, consent_of, decide_editions, forms_of, reduced
from sharing.reports.visible import ReportView, is_secretariat, load_visible_report
from sharing.rules.policy import Policy
from sharing.rules.tokens import covers, narrow_tokens, tokens_of_organization

DUE_KIND: Final = "recall-reminder"
"""The kind of the due rows."""

REMINDED_AFTER: Final = (timedelta(days=3), timedelta(days=7), timedelta(days=14))
"""When those who have not answered are asked again."""

REASON_LIMIT: Final = 2_000
"""Characters of the reason, which the sender's people and their secretariat read, and nobody else."""

CONSENTS: Final = ("consent_nco", "consent_ministry", "consent_foreign", "name_to_sector")
"""What a sender may take back besides choosing a stricter label."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Narrower:
    """A narrower range: a label at least as strict, and consents that are taken back."""

    label: Label
    taken_back: frozenset[str] = frozenset()
    """Of `CONSENTS`."""


@dataclass(frozen=True)
class _Step:
    """What happens to one id: to whom the notice goes, and who gets the content again behind it."""

    series: Series
    kept: Mapping[str, str] = field(default_factory=dict)
    reissued: bool = False
    """The content goes out again with the notice; else the next version of the original brings it, or nothing does."""


def withdraw_report(
    session: Session,
    actor: Actor,
    report_id: UUID,
    reason: str,
    *,
    context: Context,
    policy: Policy,
    builder: EditionBuilder,
) -> UUID:
    """Withdraw everything that was published of a report (取下げ); earlier disclosures stay on record.

    The sender's reporters and approvers may, and its secretariat: to stop something is always within the range.

    Raises:
        NotVisible: there is no such report for this actor.
        NotPermitted: the actor sees it but does not work on it.
        Invalid: no reason, or one that cannot be taken.
        Conflict: everything is withdrawn already.
    """
    report, view = _load_changeable(session, actor, report_id)
    reason = _checked(reason)
    steps = [_Step(each) for each in _published(session, report_id)]
    if not steps:
        raise Conflict("nothing of this report is published any more")
    recall = _keep(session, actor, view, (RecallKind.WITHDRAW, None, reason, steps), context)
    _publish(session, actor, report, (recall, steps), policy=policy, builder=builder, context=context)
    return recall.id


def narrow_report(
    session: Session,
    actor: Actor,
    report_id: UUID,
    wanted: Narrower,
    reason: str,
    *,
    submission: UUID,
    context: Context,
    policy: Policy,
    builder: EditionBuilder,
) -> UUID:
    """Narrow the range of a report (共有範囲を狭める): a new version with the stricter label or fewer consents.

    Raises:
        NotPermitted: only the sender's reporters and approvers set the range.
        Invalid: it is not narrower (besides what `withdraw_report` raises).
        Conflict: nothing of it is published any more.
    """
    actor.must(Permission.REPORT_FILE)
    report, view = _load_changeable(session, actor, report_id)
    if not view.is_own or actor.account_id is None:
        raise NotPermitted("the sender sets the range")
    reason = _checked(reason)
    fields = _narrowed(view.latest.fields, wanted)
    series = _published(session, report_id)
    if not series:
        raise Conflict("nothing of this report is published any more")
    # An edition that the sender once approved wider than its label stays, unless the label itself becomes stricter.
    widest = fields.label if fields.label is not view.label else Label.CLEAR
    steps = _narrowing_steps(session, report, (fields, widest), series, policy=policy, builder=builder)
    recall = _keep(session, actor, view, (RecallKind.NARROW, wanted.label, reason, steps), context)
    _publish(session, actor, report, (recall, steps), policy=policy, builder=builder, context=context)
    version = add_version(session, report, fields, (submission, actor.account_id), context)
    publish_original(session, actor, report, version, policy=policy, context=context, builder=builder, fields=fields)
    return recall.id


def is_withdrawn(session: Session, report_id: UUID, filed_at: datetime) -> bool:
    """Whether a report was withdrawn after this version of it; a later version brings it back."""
    withdrawn = select(Recall.id).where(
        Recall.report_id == report_id, Recall.kind == RecallKind.WITHDRAW, Recall.made_at >= filed_at
    )
    return session.execute(withdrawn).first() is not None


def _load_changeable(session: Session, actor: Actor, report_id: UUID) -> tuple[Report, ReportView]:
    """The report, locked, for those who may withdraw it."""
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


def _checked(reason: str) -> str:
    reason = reason.replace("\r\n", "\n").strip()
    if not reason:
        raise Invalid(Fault("reason", "missing", "a reason"))
    if len(reason) > REASON_LIMIT:
        raise Invalid(Fault("reason", "too-long", f"at most {REASON_LIMIT} characters", str(len(reason))))
    if bad_sign(reason, lines=True):
        raise Invalid(Fault("reason", "control-characters", "text without control characters", "some"))
    return reason


def _narrowed(fields: ReportFields, wanted: Narrower) -> ReportFields:
    unknown = sorted(wanted.taken_back - set(CONSENTS))
    if unknown:
        raise Invalid(Fault("taken_back", "unknown-code", "one of " + ", ".join(CONSENTS), unknown[0][:40]))
    given = {name for name in wanted.taken_back if getattr(fields, name)}
    if wanted.label.rank < fields.label.rank or (wanted.label is fields.label and not given):
        raise Invalid(Fault("label", "not-narrower", "a stricter label, or a consent that is taken back"))
    kind = ReportKind.FOLLOW_UP if fields.kind is ReportKind.FIRST else fields.kind
    return msgspec.structs.replace(fields, label=wanted.label, kind=kind, **dict.fromkeys(given, False))


def _published(session: Session, report_id: UUID) -> list[Series]:
    """What can be recalled: not identities, which say nothing of the report, nor what is recalled already."""
    every = list_report_series(session, report_id)
    return [each for each in every if not each.is_recalled and each.type != "identity"]


def _narrowing_steps(
    session: Session,
    report: Report,
    narrowed: tuple[ReportFields, Label],
    series: Sequence[Series],
    *,
    policy: Policy,
    builder: EditionBuilder,
) -> list[_Step]:
    """The ids of which somebody loses the content, with who keeps it; editions wider than the label have to go."""
    fields, widest = narrowed
    sender, consent = load_sender(session, report.organization_id), consent_of(fields)
    circle = circle_of(policy, sender, consent, fields.label)
    mains = {form: builder.main_id(report.id, form) for form in Form}
    by_form = {form: next((s for s in series if s.stix_id == ident), None) for form, ident in mains.items()}
    world = load_world(session, {token for each in series for token in each.rules} | set(circle))
    steps: list[_Step] = []
    for each in series:
        form = _form_of(each, by_form)
        label = Label.of_rank(each.label)
        if form is Form.ORIGINAL:
            allowed = circle
        elif widest.rank > label.rank:
            allowed = {}
        else:
            wanted = decide_editions(policy, sender, consent, label)
            only = by_form[Form.NAMED] is None
            allowed = forms_of(wanted, circle, only_anonymised=only).get(form, {})
        if any(not any(covers(world, wide, token) for wide in allowed) for token in each.rules):
            kept = {token: each.rules[source] for token, source in narrow_tokens(world, each.rules, allowed).items()}
            reissued = form is not Form.ORIGINAL and bool(kept)
            steps.append(_Step(each, reduced(world, kept), reissued))
    return steps


def _form_of(series: Series, mains: Mapping[Form, Series | None]) -> Form:
    """The form that an object belongs to: that of the main object which shares most of its readers."""
    shared = {
        form: len(main.rules.keys() & series.rules.keys()) + (main.stix_id == series.stix_id) * len(main.rules)
        for form, main in mains.items()
        if main is not None and main.publisher_id == series.publisher_id
    }
    return max(shared, key=lambda form: shared[form]) if shared else Form.ORIGINAL


def _keep(
    session: Session,
    actor: Actor,
    view: ReportView,
    said: tuple[RecallKind, Label | None, str, Sequence[_Step]],
    context: Context,
) -> Recall:
    """Write the recall down, with a question to every organization that has read what it now loses."""
    outdate_proposals(session, view.id, context)
    kind, label, reason, steps = said
    if actor.account_id is None:
        raise NotPermitted("a recall is made by a person")
    recall = Recall(
        id=new_id(context),
        report_id=view.id,
        kind=kind,
        label=label,
        reason=reason,
        made_by=actor.account_id,
        made_at=context.now,
        reminders=0,
        reminded_at=None,
    )
    session.add(recall)
    session.flush()
    asked = _list_asked(session, view, steps)
    for organization in asked:
        session.add(RecallAnswer(recall_id=recall.id, organization_id=organization, kind=RecallAnswerKind.NONE))
    if asked:
        for number, after in enumerate(REMINDED_AFTER, start=1):
            payload = {"recall": str(recall.id), "number": number}
            put_due(session, DUE_KIND, f"{recall.id}/{number}", context.now + after, payload)
    return recall


def _list_asked(session: Session, view: ReportView, steps: Sequence[_Step]) -> list[UUID]:
    """The organizations that were given what they lose now; the sender itself is not asked."""
    given = list_organizations_given(session, view.id) - {view.organization_id}
    rows = session.execute(select(Organization).where(Organization.id.in_(given)).order_by(Organization.id)).scalars()
    asked: list[UUID] = []
    for row in rows:
        held = tokens_of_organization(facts_of(row))
        if any(held & step.series.rules.keys() and not held & step.kept.keys() for step in steps):
            asked.append(row.id)
    return asked


def _publish(
    session: Session,
    actor: Actor,
    report: Report,
    recalled: tuple[Recall, Sequence[_Step]],
    *,
    policy: Policy,
    builder: EditionBuilder,
    context: Context,
) -> None:
    """The notices, and right behind them the content for those who keep it; an entry for each publisher."""
    recall, steps = recalled
    collection = load_sector_collection(session, report.sector)
    by_publisher: dict[UUID, list[NewObject]] = {}
    for step in steps:
        each = step.series
        at = max(context.now, _moment(each.version_us + 1))
        notice = builder.recalled(each.body, at)
        session.add(
            RecallNotice(
                recall_id=recall.id, stix_id=each.stix_id, version_us=notice.version_us or 0, is_main=notice.is_main
            )
        )
        objects = by_publisher.setdefault(each.publisher_id, [])
        objects.append(_new_object(each, report, notice, each.rules, facts=None))
        if step.reissued:
            again = builder.reissued(each.body, at + timedelta(microseconds=1))
            objects.append(_new_object(each, report, again, step.kept, facts=each.facts))
    for publisher, objects in by_publisher.items():
        publication = Publication(
            collection=collection,
            objects=objects,
            tag=Tag.REPORT_RECALL,
            exercise=report.exercise,
            publisher_id=publisher,
            subjects=[("report", str(report.id)), ("organization", str(report.organization_id))],
            decision={"report": str(report.id), "recall": str(recall.id), "kind": recall.kind.value},
        )
        publish(session, actor, publication, policy=policy, context=context)


def _new_object(
    series: Series, report: Report, built: BuiltObject, rules: Mapping[str, str], *, facts: Mapping[str, object] | None
) -> NewObject:
    form = next((form for form in Form if form.fullness == series.fullness), None)
    edition = EditionOf(form=form, **facts) if form and facts is not None else None  # type: ignore[arg-type]
    return NewObject(
        stix_id=built.stix_id,
        type=built.type,
        spec_version=built.spec_version,
        version_us=built.version_us,
        version=built.version,
        created_by_ref=built.created_by_ref,
        label=Label.of_rank(series.label),
        raw=built.raw,
        definition_refs=built.definition_refs,
        audience=dict(rules),
        report_id=report.id,
        edition=edition,
        fullness=series.fullness,
    )


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
