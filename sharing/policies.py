"""Operation: draft policies: brought by one administrator, tried on the past, put in force by another.

A new policy decides forward only. Administrators see which cells change and how many cases that touches; which cases,
by reference number, is for auditors, who may know that anything happened.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from models.policy import PolicyChange, PolicyDraft
from models.report import PolicyVersion, Proposal, Report, ReportVersion
from models.vocabulary import DraftState, EntryKind, Form, Label, ProposalState
from sharing.actor import Actor, Context
from sharing.audiences import load_sender, load_world
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.jobs.due import put_due
from sharing.permissions import Permission
from sharing.reports.fields import from_document
from sharing.reports.ranges import Consent, consent_of, decide_editions, decide_original
from sharing.rules.audience import AudienceDecision, Sender
from sharing.rules.policy import BadPolicy, Cell, Policy, ReaderKind, parse_policy
from sharing.rules.tokens import World, covers
from sharing.two_persons import administering_person, decide, load_waiting, must_be_another

DUE_KIND: Final = "policy-trial"
CHUNK: Final = 1_000
"""Versions of reports that one unit of work tries; progress shows after each."""
MOST_CHANGES: Final = 20_000
"""Cases that are kept one by one; beyond, they are only counted."""
CASES: Final = 50
"""Cases on one page."""

Readers = dict[str, Form]
"""Token to the form that its holders read."""


class Difference(Struct, frozen=True):
    """A cell that says something else."""

    reader: ReaderKind
    label: Label
    before: Cell
    after: Cell


def load_in_force(session: Session) -> PolicyVersion:
    """The policy that decides now."""
    return session.execute(select(PolicyVersion).order_by(PolicyVersion.number.desc()).limit(1)).scalar_one()


def list_versions(session: Session) -> list[PolicyVersion]:
    """Every policy that was ever in force, the newest first."""
    return list(session.execute(select(PolicyVersion).order_by(PolicyVersion.number.desc())).scalars())


def draft_policy(session: Session, actor: Actor, document: Mapping[str, Any], context: Context) -> PolicyDraft:
    """Bring a policy that is to be tried on the past and then decided on.

    Raises:
        NotPermitted: only a person who administers brings one.
        Invalid: the file cannot be used, the message names the cell; or its version has been used.
    """
    made_by = administering_person(actor)
    try:
        policy = parse_policy(document)
    except BadPolicy as error:
        raise Invalid(Fault("policy", "bad-policy", str(error))) from error
    used = or_(
        select(PolicyVersion.version).where(PolicyVersion.version == policy.version).exists(),
        select(PolicyDraft.id).where(PolicyDraft.version == policy.version).exists(),
    )
    if session.execute(select(used)).scalar_one():
        raise Invalid(Fault("policy", "taken", "a version that no policy has had", policy.version))
    draft = PolicyDraft(
        id=context.new_id(),
        version=policy.version,
        base=load_in_force(session).number,
        body=dict(document),
        state=DraftState.WAITING,
        made_by=made_by,
        made_at=context.now,
        total=session.execute(select(func.count()).select_from(ReportVersion)).scalar_one(),
        examined=0,
        changed=0,
        tried_at=None,
        decided_by=None,
        decided_at=None,
    )
    session.add(draft)
    session.flush()
    put_due(session, DUE_KIND, f"{draft.id}/0", context.now, {"draft": str(draft.id), "chunk": 0, "after": None})
    record(session, Event(Tag.POLICY_DRAFT, actor, _subjects(draft), decision=dict(document)), context)
    return draft


def put_in_force(session: Session, actor: Actor, draft_id: UUID, context: Context) -> PolicyVersion:
    """Let a draft decide from now on. What was decided stands.

    Raises:
        NotVisible: there is no such draft.
        NotPermitted: the actor does not administer, or brought the draft.
        Conflict: it was decided before, has not been tried on all of the past, or another policy has come meanwhile.
    """
    draft = load_waiting(session, actor, PolicyDraft, draft_id)
    must_be_another(actor, draft)
    if draft.tried_at is None:
        raise Conflict("the draft has not been tried on all of the past yet")
    number = load_in_force(session).number
    if number != draft.base:
        raise Conflict("another policy has come into force since; bring the draft again to compare it with that")
    decide(draft, DraftState.IN_FORCE, actor, context.now)
    made = PolicyVersion(version=draft.version, number=number + 1, body=draft.body, in_force_at=context.now)
    session.add(made)
    session.flush()
    event = Event(Tag.POLICY_LOAD, actor, _subjects(draft), decision=dict(draft.body), kind=EntryKind.POLICY)
    record(session, event, context)
    return made


def withdraw_draft(session: Session, actor: Actor, draft_id: UUID, context: Context) -> None:
    """Drop a draft.

    Raises:
        NotVisible: there is no such draft.
        NotPermitted: the actor does not administer.
        Conflict: it was decided before.
    """
    draft = load_waiting(session, actor, PolicyDraft, draft_id)
    decide(draft, DraftState.WITHDRAWN, actor, context.now)
    session.flush()
    record(session, Event(Tag.POLICY_WITHDRAW, actor, _subjects(draft)), context)


def list_drafts(session: Session, actor: Actor) -> list[PolicyDraft]:
    """The drafts, the newest first.

    Raises:
        NotPermitted: the actor neither administers nor audits.
    """
    _must_see(actor)
    return list(session.execute(select(PolicyDraft).order_by(PolicyDraft.made_at.desc())).scalars())


def load_draft(session: Session, actor: Actor, draft_id: UUID) -> tuple[PolicyDraft, list[Difference]]:
    """A draft and the cells in which it differs from the policy that it was compared with.

    Raises:
        NotPermitted: the actor neither administers nor audits.
        NotVisible: there is no such draft.
    """
    _must_see(actor)
    draft = session.get(PolicyDraft, draft_id)
    if draft is None:
        raise NotVisible("no such draft")
    return draft, compare(_base(session, draft), parse_policy(draft.body))


def list_cases(session: Session, actor: Actor, draft_id: UUID, *, after: int = -1) -> list[PolicyChange]:
    """The cases that a draft would have decided differently, by reference number, in pages.

    Raises:
        NotPermitted: the actor does not audit: that a report exists is for its readers and for the audit.
    """
    actor.must(Permission.TRAIL_METADATA)
    query = select(PolicyChange).where(PolicyChange.draft_id == draft_id, PolicyChange.place > after)
    return list(session.execute(query.order_by(PolicyChange.place).limit(CASES)).scalars())


def compare(before: Policy, after: Policy) -> list[Difference]:
    """The cells that say something else."""
    return [
        Difference(reader, label, before.cell(reader, label), after.cell(reader, label))
        for reader in ReaderKind
        for label in Label
        if before.cell(reader, label).words != after.cell(reader, label).words
    ]


def handle_trial(session: Session, payload: Mapping[str, Any], context: Context) -> None:
    """Try a draft on the next versions of reports; the caller commits, and the next part is due at once."""
    draft = session.get(PolicyDraft, UUID(payload["draft"]), with_for_update=True)
    if draft is None or draft.state is not DraftState.WAITING or draft.tried_at is not None:
        return
    last = UUID(payload["after"]) if payload["after"] else None
    query = select(ReportVersion, Report).join(Report, Report.id == ReportVersion.report_id)
    if last is not None:
        query = query.where(ReportVersion.id > last)
    rows = [(version, report) for version, report in session.execute(query.order_by(ReportVersion.id).limit(CHUNK))]
    trial = _Trial(session, _base(session, draft), parse_policy(draft.body))
    approved = _approved(session, [version.id for version, _ in rows])
    found = [change for version, report in rows for change in trial.changes(report, version, approved[version.id])]
    kept = found[: max(0, MOST_CHANGES - draft.changed)]
    if kept:
        start = draft.changed
        values = [{"draft_id": draft.id, "place": start + n, **change} for n, change in enumerate(kept)]
        session.execute(insert(PolicyChange), values)
    draft.examined += len(rows)
    draft.changed += len(found)
    if len(rows) < CHUNK:
        draft.tried_at, draft.total = context.now, draft.examined
        return
    chunk = int(payload["chunk"]) + 1
    told = {"draft": str(draft.id), "chunk": chunk, "after": str(rows[-1][0].id)}
    put_due(session, DUE_KIND, f"{draft.id}/{chunk}", context.now, told)


def _approved(session: Session, versions: Sequence[UUID]) -> Mapping[UUID, list[Label]]:
    """The labels at which something of each version was approved."""
    found: dict[UUID, list[Label]] = {each: [] for each in versions}
    query = select(Proposal.version_id, Proposal.label).where(
        Proposal.version_id.in_(versions), Proposal.state == ProposalState.APPROVED
    )
    for version_id, label in session.execute(query.order_by(Proposal.id)):
        found[version_id].append(label)
    return found


class _Trial:
    """Two policies asked about the same cases; what decides a case is asked once, however many cases share it."""

    def __init__(self, session: Session, before: Policy, after: Policy) -> None:
        self._session = session
        self._before, self._after = before, after
        self._world = load_world(session, ())
        self._senders: dict[tuple[UUID, str, str], Sender] = {}
        self._known: dict[tuple[Sender, Consent, Label, bool], tuple[list[Any], list[Any]]] = {}

    def changes(self, report: Report, version: ReportVersion, approved: Sequence[Label]) -> Iterator[dict[str, Any]]:
        """What would have been otherwise about one version: its original, and what was approved of it."""
        consent = consent_of(from_document(version.fields))
        base = {"reference": report.reference, "number": version.number}
        sender = self._sender(report)
        gains, losses = self._compare(sender, consent, version.label, original=True)
        if gains or losses:
            yield {**base, "form": Form.ORIGINAL, "label": version.label, "gains": gains, "losses": losses}
        for label in approved:
            gains, losses = self._compare(sender, consent, label, original=False)
            if gains or losses:
                yield {**base, "form": Form.ANONYMISED, "label": label, "gains": gains, "losses": losses}

    def _sender(self, report: Report) -> Sender:
        key = (report.organization_id, report.sector, report.ceptoar)
        if key not in self._senders:
            filed_in = (report.sector, report.ceptoar)
            self._senders[key] = load_sender(self._session, report.organization_id, filed_in)
        return self._senders[key]

    def _compare(
        self, sender: Sender, consent: Consent, label: Label, *, original: bool
    ) -> tuple[list[Any], list[Any]]:
        key = (sender, consent, label, original)
        if key not in self._known:
            decide = decide_original if original else decide_editions
            before, after = (
                _readers(decide(policy, sender, consent, label), original=original)
                for policy in (self._before, self._after)
            )
            self._known[key] = _beyond(self._world, after, before), _beyond(self._world, before, after)
        return self._known[key]


def _readers(decision: AudienceDecision, *, original: bool) -> Readers:
    forms = (Form.NAMED,) if original else (Form.ANONYMISED, Form.NAMED)
    return {token: form for form in forms for token in decision.tokens(form)}


def _beyond(world: World, wide: Readers, narrow: Readers) -> list[Any]:
    """Who is in one set of readers and in no group of the other, or there with less than the sender's name."""
    return [[token, form.value] for token, form in sorted(wide.items()) if not _reaches(world, narrow, token, form)]


def _reaches(world: World, readers: Readers, token: str, form: Form) -> bool:
    same = readers.get(token)
    if same is not None and same.fullness >= form.fullness:
        return True  # itself: of a long list, each name need not be held against all the others
    return any(found.fullness >= form.fullness and covers(world, other, token) for other, found in readers.items())


def _base(session: Session, draft: PolicyDraft) -> Policy:
    body = session.execute(select(PolicyVersion.body).where(PolicyVersion.number == draft.base)).scalar_one()
    return parse_policy(body)


def _must_see(actor: Actor) -> None:
    if not actor.may(Permission.TRAIL_METADATA):
        actor.must(Permission.HUB_ADMINISTER)


def _subjects(draft: PolicyDraft) -> list[tuple[str, str]]:
    return [("policy", draft.version)]
