"""Operation: 引き継ぎ: what one shift of a secretariat tells the next, and who of the next has taken it over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from models.account import Account
from models.inbox import ShiftNote
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.reports.visible import must_keep_inbox

LONGEST: Final = 4_000
MOST_LISTED: Final = 20


@dataclass(frozen=True)
class ShiftNoteView:
    """A note as the people of its secretariat see it."""

    id: UUID
    text: str
    written_by: str
    written_at: datetime
    taken_by: str
    taken_at: datetime | None
    is_own: bool


def hand_over(session: Session, actor: Actor, text: str, *, context: Context) -> UUID:
    """Leave a note for the next shift.

    Raises:
        NotPermitted: the actor is no secretariat.
        Invalid: there is no text, or it is too long.
    """
    must_keep_inbox(actor)
    if actor.account_id is None:
        raise NotPermitted("a shift is handed over by a person")
    said = text.replace("\r\n", "\n").strip()
    if not said or len(said) > LONGEST or "\0" in said:
        raise Invalid(Fault("text", "length", f"1 to {LONGEST} characters", str(len(said))))
    note = ShiftNote(
        id=context.new_id(),
        organization_id=actor.organization.id,
        text=said,
        written_by=actor.account_id,
        written_at=context.now,
        taken_by=None,
        taken_at=None,
    )
    session.add(note)
    session.flush()
    _record(session, actor, Tag.SHIFT_HAND_OVER, note, context)
    return note.id


def take_over(session: Session, actor: Actor, note_id: UUID, *, context: Context) -> None:
    """Say that one has read a note and goes on from it.

    Raises:
        NotPermitted: the actor is no secretariat, or wrote it.
        NotVisible: there is no such note of this secretariat.
        Conflict: somebody has taken it already.
    """
    must_keep_inbox(actor)
    query = select(ShiftNote).where(ShiftNote.id == note_id, ShiftNote.organization_id == actor.organization.id)
    note = session.execute(query.with_for_update()).scalar_one_or_none()
    if note is None:
        raise NotVisible("no such note")
    if note.written_by == actor.account_id:
        raise NotPermitted("a note is taken over by somebody else than who wrote it")
    if note.taken_at is not None:
        raise Conflict("somebody has taken this note over already")
    note.taken_by, note.taken_at = actor.account_id, context.now
    session.flush()
    _record(session, actor, Tag.SHIFT_TAKE_OVER, note, context)


def list_shift_notes(session: Session, actor: Actor) -> list[ShiftNoteView]:
    """The last notes of the actor's secretariat, the newest first.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    writer, taker = aliased(Account), aliased(Account)
    query = (
        select(ShiftNote, writer.display_name, taker.display_name)
        .join(writer, writer.id == ShiftNote.written_by)
        .outerjoin(taker, taker.id == ShiftNote.taken_by)
        .where(ShiftNote.organization_id == actor.organization.id)
        .order_by(ShiftNote.written_at.desc(), ShiftNote.id)
        .limit(MOST_LISTED)
    )
    return [
        ShiftNoteView(
            note.id, note.text, by, note.written_at, taken or "", note.taken_at, note.written_by == actor.account_id
        )
        for note, by, taken in session.execute(query)
    ]


def _record(session: Session, actor: Actor, tag: Tag, note: ShiftNote, context: Context) -> None:
    subjects = [("organization", str(actor.organization.id))]
    record(session, Event(tag, actor, subjects, decision={"note": str(note.id)}), context)
