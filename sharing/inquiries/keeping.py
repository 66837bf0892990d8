"""Operation: keep a message of a question, and say in the trail that it was; its words stay out of the entry."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.inquiry import Inquiry, InquiryMessage
from models.report import Report
from models.vocabulary import InquiryState, InquiryWords
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, NotPermitted
from sharing.inquiries.texts import Said
from sharing.inquiries.visible import Locked
from sharing.rules.inquiries import Step


def must_do(locked: Locked, step: Step) -> None:
    """Check that a step is this actor's, and the next.

    Raises:
        NotPermitted: it never is this actor's.
        Conflict: the question stands elsewhere by now.
    """
    if step in locked.steps:
        return
    if not locked.steps and locked.inquiry.state is not InquiryState.CLOSED:
        raise NotPermitted("this is not for the current roles")
    raise Conflict("the question stands elsewhere by now; look at it again")


def author_of(actor: Actor) -> UUID:
    """The person who writes.

    Raises:
        NotPermitted: nobody does.
    """
    if actor.account_id is None:
        raise NotPermitted("a message is written by a person")
    return actor.account_id


def keep_message(
    session: Session, actor: Actor, inquiry: Inquiry, wrote: tuple[InquiryWords, Said], context: Context
) -> InquiryMessage:
    """Keep the words; the question must be locked, so that no two get one number."""
    words, said = wrote
    count = select(func.count()).select_from(InquiryMessage).where(InquiryMessage.inquiry_id == inquiry.id)
    message = InquiryMessage(
        id=context.new_id(),
        inquiry_id=inquiry.id,
        number=session.execute(count).scalar_one() + 1,
        words=words,
        label=said.label,
        text=said.text,
        organization_id=actor.organization.id,
        written_by=author_of(actor),
        written_at=context.now,
        digest=None,
        decided_by=None,
        decided_at=None,
        is_approved=False,
    )
    session.add(message)
    session.flush()
    return message


def note(
    session: Session,
    tag: Tag,
    actor: Actor,
    locked: tuple[Inquiry, Report],
    context: Context,
    *,
    message: InquiryMessage | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Record a step that secretariat and sender may know of; of the asker it says nothing."""
    inquiry, report = locked
    subjects = [("report", str(report.id)), ("organization", str(report.organization_id))]
    record(session, Event(tag, actor, subjects, decision=said_of(inquiry, message) | dict(more or {})), context)


def note_of_asker(
    session: Session,
    tag: Tag,
    actor: Actor,
    inquiry: Inquiry,
    context: Context,
    *,
    message: InquiryMessage | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Record what an asker did: neither the report nor its sender, since the asker may prove what the entry says."""
    decision = said_of(inquiry, message) | dict(more or {})
    record(session, Event(tag, actor, [("inquiry", str(inquiry.id))], decision=decision), context)


def said_of(inquiry: Inquiry, message: InquiryMessage | None) -> dict[str, Any]:
    """A step as the trail remembers it."""
    said: dict[str, Any] = {"inquiry": str(inquiry.id)}
    if message is not None:
        said |= {"message": str(message.id), "label": message.label.value}
    return said
