"""Operation: who was told of a report by mail, for its sender: readers by the one rule of `sharing.shown_readers`."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import Account, Membership
from models.mail import Mail
from models.vocabulary import MailMatter, MailState
from sharing.actor import Actor
from sharing.shown_readers import ShownReader, show_readers
from sharing.trail.ledger import must_be_senders

MOST_LISTED: Final = 200
"""Lines of who was told, the newest; a report has a handful of mails."""

NOT_THE_SENDERS: Final = (MailMatter.QUESTION,)
"""A sender knows of a question from when its secretariat passed it on, not from when that was told of it."""


class Told(Struct, frozen=True):
    """A desk that was told something about a report."""

    reader: ShownReader
    person: str | None
    """Of the own organization only."""
    matter: MailMatter
    at: datetime


def list_told(session: Session, actor: Actor, report_id: UUID) -> list[Told]:
    """Who was told by mail of a report of the actor's organization, the newest first.

    Raises:
        NotPermitted: the actor does not look at the trail.
        NotVisible: the organization has filed no such report.
    """
    must_be_senders(session, actor, report_id)
    rows = session.execute(
        select(Mail, Membership.organization_id, Account.display_name)
        .join(Membership, Membership.id == Mail.membership_id)
        .join(Account, Account.id == Mail.account_id)
        .where(
            Mail.report_id == report_id,
            Mail.state.in_([MailState.SENT, MailState.FOLDED]),
            Mail.matter.not_in(NOT_THE_SENDERS),
        )
        .order_by(Mail.sent_at.desc(), Mail.key, Mail.id)
        .limit(MOST_LISTED)
    ).all()
    shown = show_readers(session, actor.organization, {organization for _, organization, _ in rows})
    found: dict[tuple[str, str | None, MailMatter, datetime], Told] = {}
    for mail, organization, name in rows:
        reader = shown[organization]
        person = name if organization == actor.organization.id else None
        # How many persons of another desk were told is that desk's own: what was made at one moment is one line.
        found.setdefault(
            (reader.token, person, mail.matter, mail.made_at),
            Told(reader, person, mail.matter, mail.made_at if person is None else mail.sent_at or mail.made_at),
        )
    return list(found.values())
