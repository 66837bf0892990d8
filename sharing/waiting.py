"""Operation: what waits for an actor under its current hat, with counts that are true; nothing here shows content."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.audit import AuditEntry, LogState
from models.deadlines import DeadlineRule
from models.job import Due
from models.moments import microseconds_of
from models.organization import Organization
from models.vocabulary import DueState, InquiryState, Label, Role, Status
from sharing.actor import Actor
from sharing.digests import count_digests
from sharing.inbox.calls import list_unconfirmed
from sharing.inbox.items import View, count_inbox_items
from sharing.inquiries.listing import list_inquiries
from sharing.mails.outcomes import count_given_up
from sharing.people.confirming import list_waiting_letters
from sharing.people.invitations import list_invitations
from sharing.people.resets import list_resets
from sharing.permissions import Permission
from sharing.readers import load_reader, reads_content
from sharing.reading.editions import MOST_LISTED
from sharing.reading.lost import count_lost
from sharing.reading.newest import Look, newest_editions
from sharing.reports.approval.delegations import is_delegate
from sharing.reports.authorities import MOST_LOOKED_AT, count_deadlines
from sharing.reports.drafts import count_drafts
from sharing.reports.range_changes.recall_answers import count_unanswered
from sharing.reports.reading import count_inbox_of, count_open, count_own_waiting
from sharing.reports.visible import OWN_ROLES, is_secretariat
from sharing.rules.inquiries import Side

REMIND_AFTER: Final = timedelta(days=3)
"""A question without an answer for so long is told of again, where the hub's settings say nothing else."""

RECENT: Final = timedelta(days=7)
"""What reached the actor within this time counts as new."""

LOST_FOR: Final = timedelta(days=30)
"""So long it is told what one can read no more; whoever signs in once a month is told too."""

STUCK_AFTER: Final = timedelta(minutes=1)
"""An entry that waits longer for integration waits for a person."""


class Matter(StrEnum):
    """What something that waits is about."""

    APPROVALS = "approvals"
    """Editions that this approver decides on."""
    WITH_APPROVERS = "with-approvers"
    """Editions of one's organization that its approvers decide on."""
    CALLS = "calls"
    """What the secretariat registered for one's organization by telephone, and nobody of it has confirmed."""
    OPEN_REPORTS = "open-reports"
    DEADLINES = "deadlines"
    """What authorities are to be told of one's own reports within a week, or were to be."""
    DRAFTS = "drafts"
    """What one's organization has begun to write and not sent."""
    INBOX_UNREAD = "inbox-unread"
    """Reports of members that this person has not opened in their last version."""
    INBOX_OPEN = "inbox-open"
    INBOX_REFUSED = "inbox-refused"
    INBOX_WAITING = "inbox-waiting"
    RECALLS = "recalls"
    """Editions that were recalled, of which the sender asks what became."""
    INQUIRIES = "inquiries"
    """Questions about members' reports that the secretariat passes on, words or releases."""
    INQUIRIES_TO_US = "inquiries-to-us"
    """Questions to one's organization that wait for an answer or an approval."""
    INQUIRIES_LATE = "inquiries-late"
    """Questions that have had no answer for days; the secretariat and the asked organization are reminded."""
    INQUIRIES_ANSWERED = "inquiries-answered"
    """One's own questions to which an answer has come."""
    RECENT_REPORTS = "recent-reports"
    DIGESTS = "digests"
    """Digests that this person has not opened."""
    NO_LONGER_SHARED = "no-longer-shared"
    """What one could read until the past was decided again."""
    RESETS = "resets"
    INVITATIONS = "invitations"
    WAITING_LETTERS = "letters"
    """Letters that another person wrote and an administrator confirms."""
    LOG_ENTRIES = "log-entries"
    FAILED_WORK = "failed-work"
    FAILED_MAILS = "failed-mails"
    """Mails that were given up."""
    NOT_INTEGRATED = "not-integrated"
    ORGANIZATIONS = "organizations"


@dataclass(frozen=True)
class WaitingItem:
    """One matter with its count."""

    matter: Matter
    count: int
    urgent: bool
    """Somebody has to do something; the others are for knowing."""
    at_least: bool = False
    """There may be more than were counted."""
    report_id: UUID | None = None
    """The report on whose page the first of them is dealt with."""


def waiting_for(
    session: Session,
    actor: Actor,
    now: datetime,
    rules: Sequence[DeadlineRule] = (),
    *,
    remind_after: timedelta = REMIND_AFTER,
) -> list[WaitingItem]:
    """Everything that waits for this actor, what is urgent first; matters that its roles do not have are left out."""
    items = [
        *_of_senders(session, actor, now, rules),
        *_of_secretariat(session, actor),
        *_of_people(session, actor, now),
    ]
    items += [
        *_of_talk(session, actor, now, remind_after),
        *_of_readers(session, actor, now),
        *_of_keepers(session, actor, now),
    ]
    return sorted(items, key=lambda item: not (item.urgent and item.count))


def _of_senders(session: Session, actor: Actor, now: datetime, rules: Sequence[DeadlineRule]) -> Iterator[WaitingItem]:
    if not actor.roles & OWN_ROLES or not actor.may(Permission.REPORT_READ):
        return
    waiting = count_own_waiting(session, actor)
    decides = Role.APPROVER in actor.roles or is_delegate(session, actor, now)
    yield WaitingItem(Matter.APPROVALS if decides else Matter.WITH_APPROVERS, waiting, urgent=decides)
    if calls := list_unconfirmed(session, actor):
        yield WaitingItem(Matter.CALLS, len(calls), urgent=True, report_id=calls[0])
    if actor.may(Permission.REPORT_FILE) and actor.account_id is not None:
        yield WaitingItem(Matter.DRAFTS, count_drafts(session, actor), urgent=True)
    still_open = count_open(session, actor)
    if rules:
        due, is_all = count_deadlines(session, actor, rules, now), still_open <= MOST_LOOKED_AT
        yield WaitingItem(Matter.DEADLINES, due, urgent=True, at_least=not is_all)
    yield WaitingItem(Matter.OPEN_REPORTS, still_open, urgent=False)


def _of_secretariat(session: Session, actor: Actor) -> Iterator[WaitingItem]:
    if not actor.organization.ceptoar or not is_secretariat(actor, actor.organization.ceptoar):
        return
    counts = count_inbox_items(session, actor)
    yield WaitingItem(Matter.INBOX_UNREAD, counts[View.UNREAD], urgent=True)
    yield WaitingItem(Matter.INBOX_REFUSED, count_inbox_of(session, actor, Status.REFUSED), urgent=True)
    yield WaitingItem(Matter.INBOX_OPEN, counts[View.OPEN], urgent=False)
    yield WaitingItem(Matter.INBOX_WAITING, count_inbox_of(session, actor, Status.WAITING), urgent=False)


def _of_talk(session: Session, actor: Actor, now: datetime, remind_after: timedelta) -> Iterator[WaitingItem]:
    """Questions and answers, where there are any; exercises are not counted."""
    if not actor.may(Permission.INQUIRY_PARTAKE):
        return
    found = [line for line in list_inquiries(session, actor, now=now) if not line.exercise]
    office = sum(Side.OFFICE in line.sides and line.waits for line in found)
    to_us = sum(Side.SENDER in line.sides and line.waits for line in found)
    late = sum(line.is_late(now, remind_after) for line in found)
    answered = sum(Side.ASKER in line.sides and line.state is InquiryState.RELEASED for line in found)
    for matter, count in (
        (Matter.INQUIRIES, office),
        (Matter.INQUIRIES_TO_US, to_us),
        (Matter.INQUIRIES_LATE, late),
        (Matter.INQUIRIES_ANSWERED, answered),
    ):
        if count:
            yield WaitingItem(matter, count, urgent=matter is not Matter.INQUIRIES_ANSWERED)


def _of_people(session: Session, actor: Actor, now: datetime) -> Iterator[WaitingItem]:
    resets = [each for each in list_resets(session, actor, now) if each.may_decide]
    manages = actor.may(Permission.PEOPLE_MANAGE)
    if manages or resets:
        yield WaitingItem(Matter.RESETS, len(resets), urgent=True)
    if manages or actor.may(Permission.MEMBER_MANAGERS_INVITE):
        yield WaitingItem(Matter.INVITATIONS, len(list_invitations(session, actor, now)), urgent=False)
    if actor.may(Permission.HUB_ADMINISTER):
        letters = [each for each in list_waiting_letters(session, actor, now) if not each.is_mine]
        if letters:
            yield WaitingItem(Matter.WAITING_LETTERS, len(letters), urgent=True)


def _of_readers(session: Session, actor: Actor, now: datetime) -> Iterator[WaitingItem]:
    """Live reports in their fullest visible edition; RED and exercises are not counted."""
    if not reads_content(actor) or not actor.may(Permission.FEED_READ):
        return
    yield WaitingItem(Matter.RECALLS, count_unanswered(session, actor), urgent=True)
    reader = load_reader(session, actor)
    since = microseconds_of(now - RECENT)
    below_red = tuple(label.rank for label in Label if label is not Label.RED)
    recent, is_all = newest_editions(session, reader, Look(labels=below_red, after=since), most=MOST_LISTED)
    yield WaitingItem(Matter.RECENT_REPORTS, len(recent), urgent=False, at_least=not is_all)
    if actor.may(Permission.DIGEST_READ) and (unread := count_digests(session, actor, unread=True)):
        yield WaitingItem(Matter.DIGESTS, unread, urgent=False)
    if lost := count_lost(session, reader, now - LOST_FOR):
        yield WaitingItem(Matter.NO_LONGER_SHARED, lost, urgent=False)


def _of_keepers(session: Session, actor: Actor, now: datetime) -> Iterator[WaitingItem]:
    if actor.may(Permission.TRAIL_METADATA):
        size = session.execute(select(LogState.size).where(LogState.id == 1)).scalar_one()
        yield WaitingItem(Matter.LOG_ENTRIES, size, urgent=False)
    if actor.may(Permission.HUB_ADMINISTER):
        failed = select(func.count()).select_from(Due).where(Due.state == DueState.FAILED)
        apart = select(func.count(), func.min(AuditEntry.recorded_at)).where(AuditEntry.log_index.is_(None))
        members = select(func.count()).select_from(Organization).where(Organization.left_at.is_(None))
        yield WaitingItem(Matter.FAILED_WORK, session.execute(failed).scalar_one(), urgent=True)
        if mails := count_given_up(session):
            yield WaitingItem(Matter.FAILED_MAILS, mails, urgent=True)
        entries, oldest = session.execute(apart).one()
        # Readings below AMBER wait for a second by design: nothing to do about them.
        is_stuck = oldest is not None and oldest < now - STUCK_AFTER
        yield WaitingItem(Matter.NOT_INTEGRATED, entries, urgent=is_stuck)
        yield WaitingItem(Matter.ORGANIZATIONS, session.execute(members).scalar_one(), urgent=False)
