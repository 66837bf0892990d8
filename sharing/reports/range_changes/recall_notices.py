"""Operation: the notices of a change of mind, whom they ask, and the content again for whoever keeps it.

Each edition gets a further version, revoked and emptied, for everybody who was given an earlier one; whoever may go on
reading gets the content right behind it, as a version of its own, under a stricter label where it got one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.moments import MICROSECOND, moment_at
from models.organization import Organization
from models.recall import Recall, RecallAnswer, RecallNotice
from models.report import Report
from models.vocabulary import Form, Label, MailMatter, RecallAnswerKind, RecallKind
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.tags import Tag
from sharing.collections.access import load_sector_collection
from sharing.disclosures import list_organizations_given
from sharing.errors import NotPermitted
from sharing.jobs.due import put_due_unseen
from sharing.jobs.mails import ask_for_mails
from sharing.publications import publish
from sharing.publishing.nouns import EditionOf, NewObject, Publication
from sharing.reading.series import Series
from sharing.reports.editions.builder import BuiltObject, EditionBuilder
from sharing.reports.editions.outgoing import each_once, outgoing
from sharing.reports.editions.signatures import with_signatures
from sharing.reports.means import Means
from sharing.reports.versions import outdate_proposals
from sharing.reports.visible import ReportView
from sharing.rules.tokens import tokens_of_organization

DUE_KIND: Final = "recall-reminder"
"""The kind of the due rows."""

REMINDED_AFTER: Final = (timedelta(days=3), timedelta(days=7), timedelta(days=14))
"""When those who have not answered are asked again."""


@dataclass(frozen=True)
class Step:
    """What happens to one id: to whom the notice goes, and who gets the content again behind it."""

    series: Series
    kept: Mapping[str, str] = field(default_factory=dict)
    reissued: bool = False
    """The content goes out again with the notice; else the next version of the original brings it, or nothing does."""
    raised: Label | None = None
    """The stricter label under which it goes out again; none leaves it as it is."""


class Change(Struct, frozen=True):
    """What a sender changed its mind about, and why."""

    kind: RecallKind
    label: Label | None
    reason: str
    steps: Sequence[Step]


def keep_recall(session: Session, actor: Actor, view: ReportView, change: Change, context: Context) -> Recall:
    """Write a change of mind down, with a question to every organization that has read what it now loses.

    Raises:
        NotPermitted: the actor is no person.
    """
    outdate_proposals(session, view.id, context)
    if actor.account_id is None:
        raise NotPermitted("a recall is made by a person")
    recall = Recall(
        id=context.new_id(),
        report_id=view.id,
        kind=change.kind,
        label=change.label,
        reason=change.reason,
        made_by=actor.account_id,
        made_at=context.now,
        reminders=0,
        reminded_at=None,
    )
    session.add(recall)
    session.flush()
    asked = _list_asked(session, view, change.steps)
    for organization in asked:
        session.add(RecallAnswer(recall_id=recall.id, organization_id=organization, kind=RecallAnswerKind.NONE))
    if asked:
        for number, after in enumerate(REMINDED_AFTER, start=1):
            payload = {"recall": str(recall.id), "number": number}
            put_due_unseen(session, DUE_KIND, f"{recall.id}/{number}", context.now + after, payload)
        ask_for_mails(session, MailMatter.RECALLED, recall.id, context.now)
    return recall


def publish_notices(
    session: Session, actor: Actor, report: Report, recalled: tuple[Recall, Sequence[Step]], *, means: Means
) -> None:
    """The notices, and right behind them the content for those who keep it; an entry for each publisher."""
    recall, steps = recalled
    by_publisher: dict[UUID, list[NewObject]] = {}
    for step in steps:
        at = max(means.context.now, moment_at(step.series.version_us + 1))
        notice = means.builder.recalled(step.series.body, at)
        session.add(
            RecallNotice(
                recall_id=recall.id,
                stix_id=step.series.stix_id,
                version_us=notice.version_us or 0,
                is_main=notice.is_main or step.series.stix_id == means.builder.technical_id(report.id),
            )
        )
        objects = by_publisher.setdefault(step.series.publisher_id, [])
        objects.append(_new_object(step.series, report, notice, step.series.rules))
        if step.reissued:
            objects += _content_again(step, report, at + MICROSECOND, means.builder)
    collection = load_sector_collection(session, report.sector)
    for publisher, objects in by_publisher.items():
        publication = Publication(
            collection=collection,
            objects=_signed(each_once(objects), means.builder, of_hub=publisher != report.organization_id),
            tag=Tag.REPORT_RECALL,
            exercise=report.exercise,
            publisher_id=publisher,
            subjects=[("report", str(report.id)), ("organization", str(report.organization_id))],
            decision={"report": str(report.id), "recall": str(recall.id), "kind": recall.kind.value},
        )
        publish(session, actor, publication, policy=means.policy, context=means.context)


def _signed(objects: list[NewObject], builder: EditionBuilder, *, of_hub: bool) -> list[NewObject]:
    """What was the hub's own writing stays that; a report as its sender filed it carries no signature of the hub."""
    return with_signatures(objects, builder) if of_hub else objects


def _list_asked(session: Session, view: ReportView, steps: Sequence[Step]) -> list[UUID]:
    """The organizations that were given what they lose now; the sender itself is not asked."""
    given = list_organizations_given(session, view.id) - {view.organization_id}
    rows = session.execute(select(Organization).where(Organization.id.in_(given)).order_by(Organization.id)).scalars()
    asked: list[UUID] = []
    for row in rows:
        held = tokens_of_organization(facts_of(row))
        if any(held & step.series.rules.keys() and not held & step.kept.keys() for step in steps):
            asked.append(row.id)
    return asked


def _content_again(step: Step, report: Report, at: datetime, builder: EditionBuilder) -> list[NewObject]:
    """The content as a version of its own; a new label brings its definition along."""
    series = step.series
    if step.raised is None:
        again = builder.reissued(series.body, at)
        return [_new_object(series, report, again, step.kept, facts=series.facts)]
    again, definition = builder.raised(series.body, step.raised, at)
    content = _new_object(series, report, again, step.kept, facts=series.facts)
    companion = _new_object(series, report, definition, step.kept)
    return [
        replace(content, label=step.raised),
        replace(companion, label=Label.CLEAR, report_id=None, fullness=0),
    ]


def _new_object(
    series: Series,
    report: Report,
    built: BuiltObject,
    rules: Mapping[str, str],
    *,
    facts: Mapping[str, object] | None = None,
) -> NewObject:
    form = next((form for form in Form if form.fullness == series.fullness), None)
    edition = EditionOf(form=form, **facts) if form and facts is not None else None  # type: ignore[arg-type]
    label = Label.of_rank(series.label)
    return outgoing(built, label, dict(rules), report_id=report.id, edition=edition, fullness=series.fullness)
