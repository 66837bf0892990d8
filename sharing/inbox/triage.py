"""Operation: handle a report in the inbox: take it, give it to a colleague, wait, set tags and priority, close, merge.

What a secretariat notes here is its own: the sender is not told, and nothing of it is published. Each change is one
entry of the secretariat's own trail.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.account import Account
from models.inbox import InboxItem, InboxRelation
from models.vocabulary import Handled, Role
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid
from sharing.inbox.items import InboxLine, load_item, load_line, split_tags
from sharing.people.lookup import hats_of_organization
from sharing.reports.visible import load_visible_report, must_keep_inbox

MOST_TAGS: Final = 10
"""Tags of one report; who needs more searches."""
LONGEST_TAG: Final = 30
LONGEST_NOTE: Final = 400
"""What one waits for, and why something was closed: one sentence."""
HIGHEST_PRIORITY: Final = 2
MOST_MERGED: Final = 50
"""Reports merged into one; a wave with more is an event of its own."""


class Handling(Struct, frozen=True):
    """What is to change; None leaves it as it is."""

    assign_to: UUID | None = None
    release: bool = False
    """Nobody has it any more."""
    priority: int | None = None
    tags: str | None = None
    waiting_for: str | None = None
    """For whom or what; empty: nobody any more."""


def list_colleagues(session: Session, actor: Actor) -> list[tuple[UUID, str]]:
    """Whom a report can be given to: the coordinators of the same secretariat, by account.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    hats = hats_of_organization(session, actor.organization.id)
    named = {hat.account.id: hat.account.display_name for hat in hats if Role.COORDINATOR in hat.roles}
    return sorted(named.items(), key=lambda each: (each[1], each[0]))


def handle_report(session: Session, actor: Actor, report_id: UUID, wish: Handling, *, context: Context) -> None:
    """Change who has a report, its priority and tags, or what it waits for.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: it does not lie in this inbox.
        Invalid: no such colleague, or a text that is too long.
        Conflict: it is closed.
    """
    item = load_item(session, actor, report_id)
    if item.state is Handled.CLOSED:
        raise Conflict("this report is closed in your inbox; open it again first")
    if wish.assign_to is not None:
        if wish.assign_to not in dict(list_colleagues(session, actor)):
            raise Invalid(Fault("assign_to", "no-colleague", "a coordinator of your secretariat", "somebody else"))
        item.assigned_to = wish.assign_to
    elif wish.release:
        item.assigned_to = None
    if wish.priority is not None:
        if not 0 <= wish.priority <= HIGHEST_PRIORITY:
            raise Invalid(Fault("priority", "range", f"0 to {HIGHEST_PRIORITY}", str(wish.priority)))
        item.priority = wish.priority
    if wish.tags is not None:
        item.tags = _tags(wish.tags)
    if wish.waiting_for is not None:
        item.waiting_for = _note("waiting_for", wish.waiting_for)
    if item.waiting_for:
        item.state = Handled.WAITING
    else:
        item.state = Handled.NEW if item.assigned_to is None else Handled.TAKEN
    item.changed_at = context.now
    _record(session, actor, Tag.INBOX_HANDLE, item, context)


def close_item(session: Session, actor: Actor, report_id: UUID, reason: str, *, context: Context) -> None:
    """Put a report away, with the reason; a further version opens it again.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: it does not lie in this inbox.
        Invalid: no reason, or one that is too long.
        Conflict: it is closed already.
    """
    item = load_item(session, actor, report_id)
    if item.state is Handled.CLOSED:
        raise Conflict("this report is closed in your inbox already")
    said = _note("reason", reason)
    if not said:
        raise Invalid(Fault("reason", "missing", "one sentence", "nothing"))
    item.state, item.reason, item.waiting_for, item.changed_at = Handled.CLOSED, said, "", context.now
    _record(session, actor, Tag.INBOX_CLOSE, item, context)


def reopen_item(session: Session, actor: Actor, report_id: UUID, *, context: Context) -> None:
    """Take a closed report into the inbox again; one that was merged stands for itself again.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: it does not lie in this inbox.
        Conflict: it is open.
    """
    item = load_item(session, actor, report_id)
    if item.state is not Handled.CLOSED:
        raise Conflict("this report is open in your inbox")
    item.state = Handled.NEW if item.assigned_to is None else Handled.TAKEN
    item.reason, item.merged_into, item.changed_at = "", None, context.now
    _record(session, actor, Tag.INBOX_REOPEN, item, context)


def merge_reports(session: Session, actor: Actor, report_id: UUID, into: str, *, context: Context) -> UUID:
    """Put a report away as one about the same as another. Both keep their sender, label, readers and history.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: one of them does not lie in this inbox.
        Invalid: they are the same, or one is an exercise and the other is not.
        Conflict: it is closed, or the other was merged itself.
    """
    other = load_item(session, actor, load_visible_report(session, actor, into).id)
    item = load_item(session, actor, report_id)
    if other.report_id == item.report_id:
        raise Invalid(Fault("into", "same", "another report", "the same"))
    if other.exercise != item.exercise:
        raise Invalid(Fault("into", "exercise", "both exercises, or both real", "one of each"))
    if item.state is Handled.CLOSED or other.merged_into is not None:
        raise Conflict("one of these was closed or merged meanwhile; look again")
    if _has_merged(session, item.report_id):
        raise Conflict("others were merged into this report; merge them into the other one first")
    item.state, item.merged_into, item.waiting_for, item.changed_at = Handled.CLOSED, other.report_id, "", context.now
    _record(session, actor, Tag.INBOX_MERGE, item, context)
    return other.report_id


def relate_reports(session: Session, actor: Actor, report_id: UUID, other: str, *, context: Context) -> None:
    """Note that two reports belong together, or where that is noted already, that they do not.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: one of them does not lie in this inbox.
        Invalid: they are the same.
    """
    second = load_item(session, actor, load_visible_report(session, actor, other).id)
    first = load_item(session, actor, report_id)
    if first.report_id == second.report_id:
        raise Invalid(Fault("other", "same", "another report", "the same"))
    low, high = sorted((first.report_id, second.report_id))
    row = session.get(InboxRelation, (low, high))
    if row is None:
        session.add(InboxRelation(report_id=low, other_id=high, ceptoar=first.ceptoar, made_at=context.now))
    else:
        session.delete(row)
    session.flush()
    _record(session, actor, Tag.INBOX_RELATE, first, context)


def list_merged(session: Session, actor: Actor, report_id: UUID) -> list[InboxLine]:
    """The reports that were merged into this one, as far as the actor sees them, the oldest first."""
    query = select(InboxItem.report_id).where(InboxItem.merged_into == report_id, InboxItem.ceptoar == _own(actor))
    return _lines(session, actor, session.execute(query.order_by(InboxItem.first_at)).scalars().all())


def list_related(session: Session, actor: Actor, report_id: UUID) -> list[InboxLine]:
    """The reports that were noted to belong to this one."""
    query = select(InboxRelation).where(
        InboxRelation.ceptoar == _own(actor),
        or_(InboxRelation.report_id == report_id, InboxRelation.other_id == report_id),
    )
    rows = session.execute(query.order_by(InboxRelation.made_at)).scalars()
    ids = [row.other_id if row.report_id == report_id else row.report_id for row in rows]
    return _lines(session, actor, ids)


def _own(actor: Actor) -> str:
    must_keep_inbox(actor)
    return actor.organization.ceptoar or ""


def _lines(session: Session, actor: Actor, ids: Sequence[UUID]) -> list[InboxLine]:
    return [load_line(session, actor, ident) for ident in ids[:MOST_MERGED]]


def _has_merged(session: Session, report_id: UUID) -> bool:
    return session.execute(select(InboxItem.report_id).where(InboxItem.merged_into == report_id)).first() is not None


def _tags(text: str) -> str:
    tags = list(dict.fromkeys(split_tags(text)))
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        raise Invalid(Fault("tags", "too-many", f"up to {MOST_TAGS} tags of up to {LONGEST_TAG} characters", "more"))
    return ", ".join(tags)


def _note(field: str, text: str) -> str:
    said = " ".join(text.split())
    if len(said) > LONGEST_NOTE:
        raise Invalid(Fault(field, "too-long", f"up to {LONGEST_NOTE} characters", str(len(said))))
    return said


def _record(session: Session, actor: Actor, tag: Tag, item: InboxItem, context: Context) -> None:
    """The secretariat's own trail alone: what it notes is not about the sender, so the report is no subject."""
    session.flush()
    decision = {"report": str(item.report_id), "state": item.state.value, "priority": item.priority}
    subjects = [("organization", str(actor.organization.id))]
    record(session, Event(tag, actor, subjects, decision=decision), context)


def names_of(session: Session, accounts: Sequence[UUID]) -> dict[UUID, str]:
    """The names of colleagues, by account."""
    rows = session.execute(select(Account.id, Account.display_name).where(Account.id.in_(list(accounts)))).all()
    return {row.id: row.display_name for row in rows}
