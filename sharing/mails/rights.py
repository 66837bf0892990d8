"""Operation: what somebody may know, at this moment, of what a mail is about. This is all that a mail is made of.

Everything here asks the operations that pages ask, with the recipient's own eyes; whoever may not see the thing, or has
dealt with it already, is told nothing. RED is never told of. A mail about a report carries the label of its original,
also where an edition of it went further: that its sender is the one who is told is as confidential as the original.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.collection import INBOX_FEED
from models.mail import Mail
from models.report import Proposal
from models.vocabulary import InquiryState, Label, MailMatter
from sharing.actor import Actor
from sharing.digests import load_digest
from sharing.errors import NotPermitted, NotVisible
from sharing.inbox.items import load_line
from sharing.inquiries.visible import InquiryView, load_inquiry
from sharing.reading.grants import Row
from sharing.reports.approval.approvals import waits_for
from sharing.reports.range_changes.recall_answers import list_asked
from sharing.reports.ranges import original_label
from sharing.reports.visible import ReportView, load_visible_report
from sharing.rules.inquiries import Side, Step


@dataclass(frozen=True)
class Seen:
    """What its recipient may know of it now."""

    label: Label
    exercise: bool
    rows: tuple[Row, ...] = field(default=(), repr=False)
    """The entries of a digest."""
    feed: int = INBOX_FEED


class Look(Struct, frozen=True):
    """Whose eyes, when."""

    session: Session
    actor: Actor
    now: datetime
    sealer: CursorSealer


def look(eyes: Look, matter: MailMatter, subject: UUID) -> Seen | None:
    """What the recipient may know of a thing and still has to be told; None where there is nothing."""
    try:
        seen = _WAYS[matter](eyes, subject)
    except (NotVisible, NotPermitted):
        return None
    return None if seen is None or seen.label is Label.RED else seen


def look_at_mail(eyes: Look, mail: Mail) -> Seen | None:
    """The same for a mail that is to be sent."""
    return None if mail.subject is None else look(eyes, mail.matter, mail.subject)


def _filed(eyes: Look, subject: UUID) -> Seen | None:
    """A report lies in the inbox, and this person has not opened its last version."""
    line = load_line(eyes.session, eyes.actor, subject)
    return Seen(original_label(line.label), line.exercise) if line.is_unread else None


def _proposal(eyes: Look, subject: UUID) -> Seen | None:
    """An edition waits for this very person."""
    if not waits_for(eyes.session, eyes.actor, subject, eyes.now):
        return None
    return _of_report(_report_of(eyes, subject))


def _published(eyes: Look, subject: UUID) -> Seen | None:
    """An edition of an own report went out; who let it go knows."""
    proposal = eyes.session.get_one(Proposal, subject)
    report = _report_of(eyes, subject)
    return _of_report(report) if report.is_own and proposal.decided_by != eyes.actor.account_id else None


def _read(eyes: Look, subject: UUID) -> Seen | None:
    """The secretariat opened an own report."""
    report = load_visible_report(eyes.session, eyes.actor, subject)
    return _of_report(report) if report.is_own else None


def _question(eyes: Look, subject: UUID) -> Seen | None:
    """A question has come to the secretariat."""
    inquiry = _inquiry(eyes, subject)
    waits = Side.OFFICE in inquiry.sides and inquiry.state is InquiryState.ASKED
    return _of_inquiry(inquiry) if waits else None


def _asked(eyes: Look, subject: UUID) -> Seen | None:
    """A question has come to the sender."""
    inquiry = _inquiry(eyes, subject)
    waits = Side.SENDER in inquiry.sides and inquiry.state is InquiryState.PASSED
    return _of_inquiry(inquiry) if waits else None


def _answer(eyes: Look, subject: UUID) -> Seen | None:
    """The exact words of an answer wait for this very person."""
    inquiry = _inquiry(eyes, subject)
    return _of_inquiry(inquiry) if Step.APPROVE in inquiry.steps else None


def _recalled(eyes: Look, subject: UUID) -> Seen | None:
    """An answer is asked."""
    asked = list_asked(eyes.session, eyes.actor, subject, sealer=eyes.sealer)
    if not asked:
        return None
    return Seen(Label.strictest(*(each.label for each in asked)), any(each.feed != INBOX_FEED for each in asked))


def _digest(eyes: Look, subject: UUID) -> Seen | None:
    """A digest waits to be opened, and something of it can still be seen."""
    digest = load_digest(eyes.session, eyes.actor, subject, sealer=eyes.sealer)
    if digest.read_at is not None or not digest.rows:
        return None
    return Seen(Label.of_rank(digest.highest_label), exercise=False, rows=digest.rows)


def _report_of(eyes: Look, proposal_id: UUID) -> ReportView:
    proposal = eyes.session.get(Proposal, proposal_id)
    if proposal is None:
        raise NotVisible("no such proposal")
    return load_visible_report(eyes.session, eyes.actor, proposal.report_id)


def _of_report(report: ReportView) -> Seen:
    return Seen(original_label(report.label), report.exercise)


def _inquiry(eyes: Look, subject: UUID) -> InquiryView:
    return load_inquiry(eyes.session, eyes.actor, subject, now=eyes.now, sealer=eyes.sealer)


def _of_inquiry(inquiry: InquiryView) -> Seen:
    return Seen(original_label(inquiry.page_label), inquiry.exercise)


_WAYS: Final[Mapping[MailMatter, Callable[[Look, UUID], Seen | None]]] = {
    MailMatter.FILED: _filed,
    MailMatter.QUESTION: _question,
    MailMatter.PROPOSAL: _proposal,
    MailMatter.ANSWER: _answer,
    MailMatter.PUBLISHED: _published,
    MailMatter.READ: _read,
    MailMatter.ASKED: _asked,
    MailMatter.RECALLED: _recalled,
    MailMatter.DIGEST: _digest,
}
