"""Operation: what a person was told by mail, and what one of those mails was about."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crypto.errors import BadReference
from crypto.tokens import parse_reference
from models.mail import Mail
from models.vocabulary import MailMatter, MailState
from sharing.errors import NotVisible

MOST_LISTED: Final = 50
"""Mails that the list of a person shows, the newest."""

_TOLD: Final = (MailState.SENT, MailState.FOLDED)


class OwnMail(Struct, frozen=True):
    """Something that a person was told by mail."""

    number: str
    matter: MailMatter
    subject: UUID
    report_id: UUID | None
    membership_id: UUID
    """The hat that was told: its page is seen under that one."""
    at: datetime


def list_own_mails(session: Session, account_id: UUID) -> list[OwnMail]:
    """What was told, the newest first. What was not sent is not here: why it was not may be hidden from its person."""
    query = _told(account_id).order_by(Mail.sent_at.desc(), Mail.key).limit(MOST_LISTED)
    return [_own(row) for row in session.execute(query).scalars()]


def load_own_mail(session: Session, account_id: UUID, number: str) -> OwnMail:
    """What a mail was about, by its number; whether that is still open to its reader its page asks.

    Raises:
        NotVisible: this person was sent no such mail.
    """
    try:
        tidy = parse_reference(number)
    except BadReference:
        tidy = ""
    row = session.execute(_told(account_id).where(Mail.number == tidy).order_by(Mail.sent_at.desc())).scalars().first()
    if row is None:
        raise NotVisible("no such mail")
    return _own(row)


def _told(account_id: UUID) -> Select[Mail]:
    return select(Mail).where(Mail.account_id == account_id, Mail.state.in_(_TOLD), Mail.membership_id.is_not(None))


def _own(row: Mail) -> OwnMail:
    assert row.subject is not None
    assert row.membership_id is not None
    return OwnMail(row.number, row.matter, row.subject, row.report_id, row.membership_id, row.sent_at or row.made_at)
