"""Operation: the jobs of deciding the past again: first look at all of it, and, once it was confirmed, do it.

Reports come first, then what was posted. Each part is a due row with a key of its own, so a crash resumes with the part
that was not committed, and a part that is done twice finds nothing left to change.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.policy import Redecision, RedecisionCase
from models.report import PolicyVersion, Report
from models.vocabulary import Door, Form, Label, RedecisionState
from sharing.actor import Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import load_feed
from sharing.jobs.due import put_due
from sharing.past.posts import PostJudge
from sharing.past.reports import PieceChange, decide_report
from sharing.policies import load_in_force
from sharing.publications import lock_publisher
from sharing.publishing.again import Regiven, give_again
from sharing.reading.standing import Posted, list_posted
from sharing.reports.editions.builder import EditionBuilder
from sharing.rules.policy import Policy, parse_policy
from sharing.rules.redeciding import Again
from sharing.setup import hub_actor

PREVIEW: Final = "past-preview"
APPLY: Final = "past-apply"
"""The kinds of the due rows."""
REPORTS: Final = 200
"""Reports of one part."""
POSTS: Final = 2_000
"""Posted objects of one part."""
MOST_CASES: Final = 20_000
"""Cases that are kept one by one; beyond, they are only counted."""


class _Part(Struct, frozen=True):
    """What one due row stands for."""

    run: Redecision
    number: int
    of: str
    after: Any

    @classmethod
    def load(cls, session: Session, payload: Mapping[str, Any], state: RedecisionState) -> "_Part | None":
        """The part, with its run locked; None where the run is not in this state any more."""
        run = session.get(Redecision, UUID(payload["run"]), with_for_update=True)
        if run is None or run.state is not state:
            return None
        return cls(run, int(payload["part"]), str(payload["of"]), payload.get("after"))

    def go_on(self, session: Session, kind: str, context: Context, *, after: Any) -> bool:
        """Ask for the part after this one; False where this was the last. `after` is None at the end of its kind."""
        if after is None and self.of == "posts":
            return False
        of = "posts" if after is None else self.of
        told = {"run": str(self.run.id), "part": self.number + 1, "of": of, "after": after}
        put_due(session, kind, f"{self.run.id}/{self.number + 1}", context.now, told)
        return True


def handle_preview(session: Session, payload: Mapping[str, Any], context: Context, *, builder: EditionBuilder) -> None:
    """Look at the next part of the past; the caller commits, and the following part is due at once."""
    part = _Part.load(session, payload, RedecisionState.WAITING)
    if part is None or part.run.previewed_at is not None:
        return
    run, policy = part.run, _policy(session, part.run)
    after: Any
    if part.of == "reports":
        reports, after = _next_reports(session, part.after)
        for report in reports:
            _note_report(session, run, report, decide_report(session, report, policy=policy, builder=builder))
        run.examined += len(reports)
    else:
        posted, after = list_posted(session, int(part.after or 0), POSTS)
        _note_posts(session, run, PostJudge(session, policy).changes(posted))
        run.examined += len({each.id for each in posted})
    if not part.go_on(session, PREVIEW, context, after=after):
        run.previewed_at = context.now


def handle_apply(session: Session, payload: Mapping[str, Any], context: Context, *, builder: EditionBuilder) -> None:
    """Decide the next part of the past again; it stops where another policy has come into force."""
    part = _Part.load(session, payload, RedecisionState.RUNNING)
    if part is None:
        return
    run = part.run
    if load_in_force(session).version != run.policy:
        _end(session, run, RedecisionState.STOPPED, context)
        return
    policy = _policy(session, run)
    after: Any
    if part.of == "reports":
        reports, after = _next_reports(session, part.after)
        for report in reports:
            _apply_report(session, run, report, policy=policy, builder=builder, context=context)
        run.applied += len(reports)
    else:
        start = int(part.after or 0)
        for publisher in sorted({each.publisher_id for each in list_posted(session, start, POSTS)[0]}):
            lock_publisher(session, publisher)  # what is posted in this moment is seen, or comes after
        posted, after = list_posted(session, start, POSTS)
        _apply_posts(session, run, posted, PostJudge(session, policy), context)
        run.applied += len({each.id for each in posted})
    if not part.go_on(session, APPLY, context, after=after):
        _end(session, run, RedecisionState.DONE, context)


def _next_reports(session: Session, after: str | None) -> tuple[list[Report], str | None]:
    query = select(Report).order_by(Report.id).limit(REPORTS)
    if after:
        query = query.where(Report.id > UUID(after))
    found = list(session.execute(query).scalars())
    return found, str(found[-1].id) if len(found) == REPORTS else None


def _note_report(session: Session, run: Redecision, report: Report, changes: Sequence[PieceChange]) -> None:
    run.gaining += sum(1 for each in changes if each.again.gaining)
    run.losing += sum(1 for each in changes if each.again.losing)
    forms: dict[tuple[Form, int], list[PieceChange]] = {}
    for each in changes:
        forms.setdefault((each.form, each.piece.label), []).append(each)
    for (form, label), of in sorted(forms.items(), key=lambda item: (-item[0][0].fullness, item[0][1])):
        gains = sorted({token for each in of for token in each.again.gaining})
        losses = sorted({token for each in of for token in each.again.losing})
        case = {"reference": report.reference, "form": form, "label": Label.of_rank(label), "objects": len(of)}
        _keep_case(session, run, gains=gains, losses=losses, **case)


def _note_posts(session: Session, run: Redecision, changes: Sequence[tuple[Posted, Again]]) -> None:
    """Alike objects of one collection are one case, however many parts they came in."""
    if not changes:
        return
    run.gaining += sum(1 for _, again in changes if again.gaining)
    run.losing += sum(1 for _, again in changes if again.losing)
    query = select(RedecisionCase).where(RedecisionCase.redecision_id == run.id, RedecisionCase.collection != "")
    known = {_alike(case.collection, case.label, case.gains, case.losses): case for case in session.scalars(query)}
    for each, again in changes:
        collection = load_feed(session, each.feed)
        title, label = collection.alias or collection.title, Label.of_rank(each.label)
        gains, losses = sorted(again.gaining), sorted(again.losing)
        name = _alike(title, label, gains, losses)
        if name in known:
            known[name].objects += 1
            continue
        made = _keep_case(session, run, collection=title, label=label, objects=1, gains=gains, losses=losses)
        if made is not None:
            known[name] = made


def _alike(collection: str, label: Label, gains: Sequence[str], losses: Sequence[str]) -> tuple[Any, ...]:
    return collection, label, tuple(gains), tuple(losses)


def _keep_case(session: Session, run: Redecision, **case: Any) -> RedecisionCase | None:
    place, run.cases = run.cases, run.cases + 1
    if place >= MOST_CASES:
        return None
    made = RedecisionCase(redecision_id=run.id, place=place, **{"reference": "", "collection": "", **case})
    session.add(made)
    session.flush()
    return made


def _apply_report(
    session: Session, run: Redecision, report: Report, *, policy: Policy, builder: EditionBuilder, context: Context
) -> None:
    """One entry for one report: its history tells who gained and who lost."""
    if not decide_report(session, report, policy=policy, builder=builder):
        return
    session.refresh(report, with_for_update=True)  # a recall in the same moment comes before or after, never between
    changes = decide_report(session, report, policy=policy, builder=builder)
    groups: dict[tuple[UUID, int], list[PieceChange]] = {}
    for each in changes:
        groups.setdefault((each.piece.publisher_id, each.piece.feed), []).append(each)
    for publisher in sorted({publisher for publisher, _ in groups}):
        lock_publisher(session, publisher)
    given = [
        Regiven(
            publisher,
            feed,
            {each.piece.id: each.again.gaining for each in of},
            {each.piece.id: each.again.losing for each in of},
        )
        for (publisher, feed), of in groups.items()
    ]
    if not given:
        return
    told = [[each.piece.stix_id, sorted(each.again.gaining), sorted(each.again.losing)] for each in changes]
    subjects = [("report", str(report.id)), ("organization", str(report.organization_id)), ("policy", run.policy)]
    event = Event(
        Tag.PAST_APPLY,
        hub_actor(Door.JOB),
        subjects,
        recipients={"objects": told},
        decision={"report": str(report.id), "policy": run.policy, "run": str(run.id)},
    )
    give_again(session, event, given, context)


def _apply_posts(
    session: Session, run: Redecision, posted: Sequence[Posted], judge: PostJudge, context: Context
) -> None:
    """An entry for each publisher and collection of the part."""
    groups: dict[tuple[UUID, int], list[tuple[Posted, Again]]] = {}
    for each, again in judge.changes(posted):
        groups.setdefault((each.publisher_id, each.feed), []).append((each, again))
    for (publisher, feed), changes in sorted(groups.items()):
        collection = load_feed(session, feed)
        gains = {token: rule for _, again in changes for token, rule in again.gaining.items()}
        losses = sorted({token for _, again in changes for token in again.losing})
        event = Event(
            Tag.PAST_APPLY,
            hub_actor(Door.JOB),
            [("organization", str(publisher)), ("policy", run.policy)],
            recipients={"gaining": gains, "losing": losses},
            objects={"collection": str(collection.id), "objects": sorted(each.id for each, _ in changes)},
            decision={"policy": run.policy, "run": str(run.id)},
        )
        given = Regiven(
            publisher,
            feed,
            {each.id: again.gaining for each, again in changes},
            {each.id: again.losing for each, again in changes},
        )
        give_again(session, event, [given], context)


def _end(session: Session, run: Redecision, state: RedecisionState, context: Context) -> None:
    run.state, run.done_at = state, context.now
    session.flush()
    told = {"policy": run.policy, "run": str(run.id), "state": state.value, "applied": run.applied}
    event = Event(Tag.PAST_END, hub_actor(Door.JOB), [("policy", run.policy)], decision=told)
    record(session, event, context)


def _policy(session: Session, run: Redecision) -> Policy:
    body = session.execute(select(PolicyVersion.body).where(PolicyVersion.version == run.policy)).scalar_one()
    return parse_policy(body)
