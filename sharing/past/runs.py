"""Operation: deciding the past again: proposed by one administrator under the policy in force, let by another.

Administrators see how many objects gain or lose readers; which cases, by reference number, is for auditors.
"""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.policy import Redecision, RedecisionCase
from models.report import Report
from models.vocabulary import RedecisionState
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, NotVisible
from sharing.jobs.due import put_due
from sharing.past.work import APPLY, PREVIEW
from sharing.permissions import Permission
from sharing.policies import CASES, load_in_force
from sharing.reading.standing import count_posted
from sharing.two_persons import administering_person, decide, load_waiting, must_be_another


def propose_past(session: Session, actor: Actor, context: Context) -> Redecision:
    """Have it looked at what the policy in force would change of everything that was published before.

    Raises:
        NotPermitted: only a person who administers proposes it.
        Conflict: another such proposal is open.
    """
    made_by = administering_person(actor)
    opened = Redecision.state.in_([RedecisionState.WAITING, RedecisionState.RUNNING])
    if session.execute(select(Redecision.id).where(opened)).first() is not None:
        raise Conflict("another such proposal is open; let it be decided first")
    reports = session.execute(select(func.count()).select_from(Report)).scalar_one()
    made = Redecision(
        id=context.new_id(),
        policy=load_in_force(session).version,
        state=RedecisionState.WAITING,
        made_by=made_by,
        made_at=context.now,
        total=reports + count_posted(session),
        examined=0,
        gaining=0,
        losing=0,
        cases=0,
        previewed_at=None,
        decided_by=None,
        decided_at=None,
        applied=0,
        done_at=None,
    )
    session.add(made)
    session.flush()
    put_due(session, PREVIEW, f"{made.id}/0", context.now, {"run": str(made.id), "part": 0, "of": "reports"})
    record(session, Event(Tag.PAST_PROPOSE, actor, _subjects(made), decision={"policy": made.policy}), context)
    return made


def confirm_past(session: Session, actor: Actor, run_id: UUID, context: Context) -> Redecision:
    """Let the past be decided again; a job does it, part by part.

    Raises:
        NotVisible: there is no such proposal.
        NotPermitted: the actor does not administer, or proposed it.
        Conflict: it was decided before, not all of the past has been looked at, or another policy has come since.
    """
    run = load_waiting(session, actor, Redecision, run_id)
    must_be_another(actor, run)
    if run.previewed_at is None:
        raise Conflict("not all of the past has been looked at yet")
    if load_in_force(session).version != run.policy:
        raise Conflict("another policy has come into force since; propose it again to look at what that changes")
    decide(run, RedecisionState.RUNNING, actor, context.now)
    session.flush()
    put_due(session, APPLY, f"{run.id}/0", context.now, {"run": str(run.id), "part": 0, "of": "reports"})
    told = {"policy": run.policy, "gaining": run.gaining, "losing": run.losing}
    record(session, Event(Tag.PAST_CONFIRM, actor, _subjects(run), decision=told), context)
    return run


def withdraw_past(session: Session, actor: Actor, run_id: UUID, context: Context) -> None:
    """Drop a proposal that was not confirmed.

    Raises:
        NotVisible: there is no such proposal.
        NotPermitted: the actor does not administer.
        Conflict: it was decided before.
    """
    run = load_waiting(session, actor, Redecision, run_id)
    decide(run, RedecisionState.WITHDRAWN, actor, context.now)
    session.flush()
    record(session, Event(Tag.PAST_WITHDRAW, actor, _subjects(run), decision={"policy": run.policy}), context)


def list_past(session: Session, actor: Actor) -> list[Redecision]:
    """Every proposal to decide the past again, the newest first.

    Raises:
        NotPermitted: the actor neither administers nor audits.
    """
    _must_see(actor)
    return list(session.execute(select(Redecision).order_by(Redecision.made_at.desc(), Redecision.id)).scalars())


def load_past(session: Session, actor: Actor, run_id: UUID) -> Redecision:
    """One proposal with how far it is.

    Raises:
        NotPermitted: the actor neither administers nor audits.
        NotVisible: there is no such proposal.
    """
    _must_see(actor)
    found = session.get(Redecision, run_id)
    if found is None:
        raise NotVisible("no such proposal")
    return found


def list_past_cases(session: Session, actor: Actor, run_id: UUID, *, after: int = -1) -> list[RedecisionCase]:
    """What it changes case by case, in pages.

    Raises:
        NotPermitted: the actor does not audit: that a report exists is for its readers and for the audit.
    """
    actor.must(Permission.TRAIL_METADATA)
    query = select(RedecisionCase).where(RedecisionCase.redecision_id == run_id, RedecisionCase.place > after)
    return list(session.execute(query.order_by(RedecisionCase.place).limit(CASES)).scalars())


def _must_see(actor: Actor) -> None:
    if not actor.may(Permission.TRAIL_METADATA):
        actor.must(Permission.HUB_ADMINISTER)


def _subjects(run: Redecision) -> list[tuple[str, str]]:
    return [("policy", run.policy)]
