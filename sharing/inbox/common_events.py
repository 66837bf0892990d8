"""Operation: an event that hits several sectors: one secretariat names it, each links the reports of its own members.

A link tells nobody anything by itself. Whoever looks at an event is shown, of the reports linked to it, the editions
that it may see anyway, and of its own inbox the reports that it linked itself; not how many others there are, nor of
which sectors they are.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.common_event import CommonEvent, CommonEventLink
from models.inbox import InboxItem
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted, NotVisible
from sharing.inbox.items import InboxLine, load_item, load_line
from sharing.people.lookup import check_name
from sharing.readers import Reader
from sharing.reading.grants import Row
from sharing.reading.of_reports import MOST, list_editions_of
from sharing.reports.visible import load_visible_report, must_keep_inbox

LONGEST_TITLE: Final = 120
LONGEST_DESCRIPTION: Final = 2_000
MOST_LISTED: Final = 100


class CommonEventView(Struct, frozen=True):
    """An event as every secretariat sees it."""

    id: UUID
    title: str
    description: str
    exercise: bool
    opened_at: datetime
    closed_at: datetime | None
    is_own: bool
    """The viewer's secretariat named it, and may close it."""


class CommonEventPage(Struct, frozen=True):
    """An event with what this viewer may see of the reports linked to it."""

    event: CommonEventView
    own: tuple[InboxLine, ...]
    editions: tuple[Row, ...]
    """In order of position, the newest first; those of the own inbox are left out, they stand under `own`."""


def open_event(
    session: Session, actor: Actor, title: str, description: str, *, exercise: bool = False, context: Context
) -> UUID:
    """Name an event; secretariats of all CEPTOARs see the name and the description, so neither may tell of a member.

    Raises:
        NotPermitted: the actor is no secretariat.
        Invalid: no title, or a text that is too long.
    """
    must_keep_inbox(actor)
    if actor.account_id is None:
        raise NotPermitted("an event is named by a person")
    said = description.replace("\r\n", "\n").strip()
    if len(said) > LONGEST_DESCRIPTION or "\0" in said:
        raise Invalid(Fault("description", "too-long", f"up to {LONGEST_DESCRIPTION} characters", str(len(said))))
    event = CommonEvent(
        id=context.new_id(),
        organization_id=actor.organization.id,
        title=check_name("title", title, LONGEST_TITLE),
        description=said,
        exercise=exercise,
        opened_by=actor.account_id,
        opened_at=context.now,
        closed_at=None,
    )
    session.add(event)
    session.flush()
    _record(session, actor, Tag.EVENT_OPEN, event, context)
    return event.id


def link_report(session: Session, actor: Actor, event_id: UUID, reference: str, *, context: Context) -> bool:
    """Link a report of the own inbox to an event, or where it is linked, take it off; whether it is linked now.

    Raises:
        NotPermitted: the actor is no secretariat.
        NotVisible: there is no such event, or no such report in this inbox.
        Invalid: one is an exercise and the other is not.
        Conflict: the event is closed, or holds too many of this inbox.
    """
    event = _load(session, actor, event_id)
    item = load_item(session, actor, load_visible_report(session, actor, reference).id)
    if event.closed_at is not None:
        raise Conflict("this event is closed")
    if event.exercise != item.exercise:
        raise Invalid(Fault("reference", "exercise", "both exercises, or both real", "one of each"))
    link = session.get(CommonEventLink, (event.id, item.report_id))
    if link is None:
        if len(_own_links(session, actor, event.id)) >= MOST:
            raise Conflict(f"an inbox links at most {MOST} reports to one event")
        assert actor.account_id is not None
        session.add(
            CommonEventLink(
                event_id=event.id, report_id=item.report_id, linked_by=actor.account_id, linked_at=context.now
            )
        )
    else:
        session.delete(link)
    session.flush()
    _record(session, actor, Tag.EVENT_LINK, event, context)
    return link is None


def close_event(session: Session, actor: Actor, event_id: UUID, *, context: Context) -> None:
    """Close an event; it stays readable, and nothing more is linked to it.

    Raises:
        NotPermitted: the actor is no secretariat, or another one named the event.
        NotVisible: there is no such event.
        Conflict: it is closed already.
    """
    event = _load(session, actor, event_id)
    if event.organization_id != actor.organization.id:
        raise NotPermitted("an event is closed by the secretariat that named it")
    if event.closed_at is not None:
        raise Conflict("this event is closed already")
    event.closed_at = context.now
    session.flush()
    _record(session, actor, Tag.EVENT_CLOSE, event, context)


def list_events(session: Session, actor: Actor) -> list[CommonEventView]:
    """The events, open ones first, then the newest.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    query = select(CommonEvent).order_by(
        CommonEvent.closed_at.is_not(None), CommonEvent.opened_at.desc(), CommonEvent.id
    )
    return [_view(actor, event) for event in session.execute(query.limit(MOST_LISTED)).scalars()]


def load_event(session: Session, reader: Reader, event_id: UUID) -> CommonEventPage:
    """An event with what this secretariat may see of the reports linked to it.

    Raises:
        NotPermitted: the reader is no secretariat.
        NotVisible: there is no such event.
    """
    actor = reader.actor
    event = _load(session, actor, event_id)
    own = _own_links(session, actor, event.id)
    query = select(CommonEventLink.report_id).where(CommonEventLink.event_id == event.id)
    others = [each for each in session.execute(query).scalars() if each not in set(own)]
    # In parts: how many are hidden must not decide which of the open ones are shown.
    editions = [
        row
        for start in range(0, len(others), MOST)
        for row in list_editions_of(session, reader, others[start : start + MOST], exercise=event.exercise)
    ]
    editions.sort(key=lambda row: row.position, reverse=True)
    return CommonEventPage(_view(actor, event), tuple(_lines(session, actor, own)), tuple(editions))


def _lines(session: Session, actor: Actor, own: list[UUID]) -> Iterator[InboxLine]:
    for each in own:
        with suppress(NotVisible):  # linked by who was this secretariat before
            yield load_line(session, actor, each)


def _load(session: Session, actor: Actor, event_id: UUID) -> CommonEvent:
    must_keep_inbox(actor)
    event = session.get(CommonEvent, event_id)
    if event is None:
        raise NotVisible("no such event")
    return event


def _own_links(session: Session, actor: Actor, event_id: UUID) -> list[UUID]:
    query = (
        select(CommonEventLink.report_id)
        .join(InboxItem, InboxItem.report_id == CommonEventLink.report_id)
        .where(CommonEventLink.event_id == event_id, InboxItem.ceptoar == actor.organization.ceptoar)
        .order_by(CommonEventLink.linked_at, CommonEventLink.report_id)
    )
    return list(session.execute(query).scalars())


def _view(actor: Actor, event: CommonEvent) -> CommonEventView:
    return CommonEventView(
        event.id,
        event.title,
        event.description,
        event.exercise,
        event.opened_at,
        event.closed_at,
        event.organization_id == actor.organization.id,
    )


def _record(session: Session, actor: Actor, tag: Tag, event: CommonEvent, context: Context) -> None:
    subjects = [("organization", str(actor.organization.id))]
    record(session, Event(tag, actor, subjects, decision={"event": str(event.id)}), context)
