"""Operation: what became of a mail: sent, tried again later, or given up; and what an administrator sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.mail import Mail
from models.vocabulary import MailState
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.mails.letters import Letter
from sharing.permissions import Permission

FIRST_DELAY: Final = timedelta(minutes=5)
"""A server that does not know the sender yet (greylisting) mostly takes the second try."""

LONGEST_DELAY: Final = timedelta(hours=4)
"""Each failure doubles the wait, up to this."""

MAX_ATTEMPTS: Final = 16
"""Nearly two days, about as long as mail servers themselves try; then a mail is given up."""

LONGEST_FAILURE: Final = 100
"""Characters of the column."""

MOST_LISTED: Final = 500
"""Mails that the administrator's list shows."""


class Failure(Struct, frozen=True):
    """How the mail server refused, in the hub's own words: what servers say may hold addresses."""

    words: str
    for_good: bool
    """Trying again is of no use: the server knows no such mail box, or wants no such mail."""


@dataclass(frozen=True)
class MailLine:
    """A mail as the administrator sees it: neither whose it is nor what it is about."""

    number: str
    state: MailState
    attempts: int
    failure: str
    due_at: datetime
    ended_at: datetime | None


def note_sent(session: Session, letter: Letter, *, context: Context) -> None:
    """The mail server took it: mark it, and what was told of with it. Marked twice, it is recorded once."""
    mails = _taken(session, letter)
    for mail in mails:
        mail.state = MailState.SENT if mail.id == letter.told[0].mail_id else MailState.FOLDED
        mail.sent_at, mail.failure = context.now, ""
    if mails:
        record(session, Event(Tag.MAIL_SEND, None, _subjects(letter), decision=_said(letter)), context)


def note_failed(session: Session, letter: Letter, failure: Failure, *, context: Context) -> bool:
    """The mail server did not take it: later again, or never; whether it was given up."""
    mails = _taken(session, letter)
    given_up = bool(mails) and (failure.for_good or max(mail.attempts for mail in mails) >= MAX_ATTEMPTS)
    for mail in mails:
        mail.failure = failure.words[:LONGEST_FAILURE]
        mail.due_at = context.now + min(FIRST_DELAY * 2 ** (mail.attempts - 1), LONGEST_DELAY)
        if given_up:
            mail.state, mail.ended_at = MailState.FAILED, context.now
    if given_up:
        decision = {**_said(letter), "failure": failure.words}
        record(session, Event(Tag.MAIL_FAIL, None, _subjects(letter), decision=decision), context)
    return given_up


def list_mails(session: Session, actor: Actor) -> list[MailLine]:
    """What waits and what was given up, the next first.

    Raises:
        NotPermitted: only an administrator looks after the mail.
    """
    actor.must(Permission.HUB_ADMINISTER)
    query = select(Mail).where(Mail.state.in_([MailState.WAITING, MailState.FAILED]))
    rows = session.execute(query.order_by(Mail.due_at, Mail.id).limit(MOST_LISTED)).scalars()
    return [MailLine(row.number, row.state, row.attempts, row.failure, row.due_at, row.ended_at) for row in rows]


def count_given_up(session: Session) -> int:
    """How many mails were given up."""
    query = select(func.count()).select_from(Mail).where(Mail.state == MailState.FAILED)
    return session.execute(query).scalar_one()


def retry_mails(session: Session, actor: Actor, *, context: Context) -> int:
    """Give the mails that were given up another try; how many. What their recipients may know is asked again.

    Raises:
        NotPermitted: only an administrator does.
    """
    actor.must(Permission.HUB_ADMINISTER)
    again: Any = session.execute(
        update(Mail)
        .where(Mail.state == MailState.FAILED)
        .values(state=MailState.WAITING, attempts=0, due_at=context.now, ended_at=None)
    )
    if again.rowcount:
        record(session, Event(Tag.MAIL_RETRY, actor, decision={"mails": again.rowcount}), context)
    return int(again.rowcount)


def _taken(session: Session, letter: Letter) -> Sequence[Mail]:
    """The mails of a letter that nobody has marked meanwhile."""
    idents = [each.mail_id for each in letter.told]
    query = select(Mail).where(Mail.id.in_(idents), Mail.state == MailState.WAITING).order_by(Mail.id)
    return session.execute(query.with_for_update()).scalars().all()


def _said(letter: Letter) -> dict[str, Any]:
    return {
        "mails": [{"number": each.number, "matter": each.matter.value} for each in letter.told],
        "label": letter.label.value if letter.label else None,
        "message": letter.message_id,
    }


def _subjects(letter: Letter) -> list[tuple[str, str]]:
    """The person who is told: neither what of, nor its organization, whose managers would learn that something came."""
    return [("account", str(letter.account_id)), *(("mail", each.number) for each in letter.told)]
