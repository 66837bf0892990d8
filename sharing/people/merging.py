"""Operation: an organization goes up in another: proposed by one administrator, confirmed by another.

It leaves: its windows close, its hats and keys end with the next request, and the ledger keeps what it could read. Its
people are taken over one by one by the manager of the other (`carrying`). Its reports stay with who sent them; whether
the other's reporters and approvers may read them is said by an approver of its own, before it leaves, and by nobody
else: an administrator could otherwise merge an organization into a friend's to read all that it ever filed.
"""

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, aliased

from models.organization import Organization
from models.organization_change import Merger
from models.vocabulary import MoveState, Tier
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.jobs.due import put_due
from sharing.people.lookup import hats_of_organization, load_known_organization
from sharing.people.organizations import let_leave
from sharing.permissions import Permission
from sharing.two_persons import administering_person, decide, load_waiting, must_be_another

REACH: Final = "merger-reach"
"""The kind of the due rows by which reports are given to the successor."""
_MEMBERS: Final = frozenset({Tier.OPERATOR, Tier.BODY})


class MergerView(Struct, frozen=True):
    """A merger as those see it whom it concerns."""

    id: UUID
    organization_id: UUID
    name_ja: str
    name_en: str
    into_id: UUID
    into_ja: str
    into_en: str
    state: MoveState
    people: int
    """Open hats of the organization that leaves."""
    reports_agreed: bool

    def name(self, locale: str) -> str:
        """The name of the organization that leaves."""
        return self.name_ja if locale == "ja" else self.name_en

    def into(self, locale: str) -> str:
        """The name of the organization into which it goes up."""
        return self.into_ja if locale == "ja" else self.into_en


def propose_merger(
    session: Session, actor: Actor, organization_id: UUID, into_id: UUID, context: Context
) -> MergerView:
    """Propose that an operator or body goes up in another; nothing changes yet.

    Raises:
        NotPermitted: only a person who administers proposes it.
        NotVisible: there is no such organization.
        Invalid: it is the same organization.
        Conflict: only operators and bodies merge, and one merger of an organization at a time.
    """
    made_by = administering_person(actor)
    if organization_id == into_id:
        raise Invalid(Fault("into", "same", "another organization"))
    # In one order, so that two proposals the other way round wait for each other.
    pair = {each: load_known_organization(session, actor, each) for each in sorted({organization_id, into_id})}
    if not {each.tier for each in pair.values()} <= _MEMBERS:
        raise Conflict("expected two operators or bodies: what others are for cannot go up in another")
    waiting = select(Merger.id).where(
        Merger.state == MoveState.WAITING,
        Merger.organization_id.in_(pair) | Merger.into_id.in_(pair),
    )
    if session.execute(waiting).first() is not None:
        raise Conflict("a merger of one of them waits already; confirm or drop it first")
    merger = Merger(
        id=context.new_id(),
        organization_id=organization_id,
        into_id=into_id,
        reports_agreed_by=None,
        state=MoveState.WAITING,
        made_by=made_by,
        made_at=context.now,
        decided_by=None,
        decided_at=None,
    )
    session.add(merger)
    session.flush()
    record(session, Event(Tag.MERGER_PROPOSE, actor, _subjects(merger)), context)
    return _load(session, merger.id)


def agree_to_reach(session: Session, actor: Actor, merger_id: UUID, context: Context) -> None:
    """Let the reporters and approvers of the successor read the reports of one's own organization, but for RED.

    Raises:
        NotPermitted: only an approver decides on the organization's reports.
        NotVisible: no such merger of the own organization waits.
        Conflict: it was agreed before.
    """
    actor.must(Permission.PROPOSAL_DECIDE)
    merger = session.get(Merger, merger_id, with_for_update=True)
    own = merger is not None and merger.organization_id == actor.organization.id
    if merger is None or not own or merger.state is not MoveState.WAITING or actor.account_id is None:
        raise NotVisible("no such merger")
    if merger.reports_agreed_by is not None:
        raise Conflict("this was agreed before")
    merger.reports_agreed_by = actor.account_id
    session.flush()
    record(session, Event(Tag.MERGER_AGREE, actor, _subjects(merger)), context)


def confirm_merger(session: Session, actor: Actor, merger_id: UUID, context: Context) -> MergerView:
    """Do what another administrator proposed: the organization leaves, with the next request at every door.

    Raises:
        NotPermitted: the actor does not administer, or proposed it.
        NotVisible: there is no such merger, or one of the two has left.
        Conflict: it was decided before.
    """
    merger = load_waiting(session, actor, Merger, merger_id)
    must_be_another(actor, merger)
    pair = {
        each: load_known_organization(session, actor, each) for each in sorted({merger.organization_id, merger.into_id})
    }
    decide(merger, MoveState.DONE, actor, context.now)
    let_leave(session, pair[merger.organization_id], context.now)
    if merger.reports_agreed_by is not None:
        put_due(session, REACH, f"{merger.id}/0", context.now, {"merger": str(merger.id), "part": 0, "after": None})
    told = {"into": str(merger.into_id), "reports": merger.reports_agreed_by is not None}
    record(session, Event(Tag.MERGER, actor, _subjects(merger), decision=told), context)
    return _load(session, merger.id)


def withdraw_merger(session: Session, actor: Actor, merger_id: UUID, context: Context) -> None:
    """Drop a merger that was not confirmed.

    Raises:
        NotPermitted: the actor does not administer.
        NotVisible: there is no such merger.
        Conflict: it was decided before.
    """
    administering_person(actor)
    merger = load_waiting(session, actor, Merger, merger_id)
    decide(merger, MoveState.WITHDRAWN, actor, context.now)
    session.flush()
    record(session, Event(Tag.MERGER_DROP, actor, _subjects(merger)), context)


def list_mergers(session: Session, actor: Actor) -> list[MergerView]:
    """The mergers that wait, the oldest first: all of them for administrators, else those of the own organization.

    Raises:
        NotPermitted: the actor neither administers nor decides on the organization's reports.
    """
    query = _views().where(Merger.state == MoveState.WAITING)
    if not actor.may(Permission.HUB_ADMINISTER):
        actor.must(Permission.PROPOSAL_DECIDE)
        query = query.where(Merger.organization_id == actor.organization.id)
    return [_view(session, row) for row in session.execute(query.order_by(Merger.made_at, Merger.id))]


def _views() -> Select[Merger, Organization, Organization]:
    into = aliased(Organization)
    return (
        select(Merger, Organization, into)
        .join(Organization, Organization.id == Merger.organization_id)
        .join(into, into.id == Merger.into_id)
    )


def _load(session: Session, merger_id: UUID) -> MergerView:
    return _view(session, session.execute(_views().where(Merger.id == merger_id)).one())


def _view(session: Session, row: Row[Merger, Organization, Organization]) -> MergerView:
    merger, leaving, into = row
    return MergerView(
        id=merger.id,
        organization_id=leaving.id,
        name_ja=leaving.name_ja,
        name_en=leaving.name_en,
        into_id=into.id,
        into_ja=into.name_ja,
        into_en=into.name_en,
        state=merger.state,
        people=len(hats_of_organization(session, leaving.id)),
        reports_agreed=merger.reports_agreed_by is not None,
    )


def _subjects(merger: Merger) -> list[tuple[str, str]]:
    return [("organization", str(merger.organization_id)), ("organization", str(merger.into_id))]
