"""Operation: take the next mail that waits, with what its recipient may know now.

SMTP knows no "exactly once": a server may have taken a mail and its answer be lost. A mail is taken for a while, sent
outside of any unit of work, and then marked (`outcomes`); after a crash between these it is sent again, with the same
Message-ID and date, by which whoever gets it twice can know it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer, SecretSealer
from models.account import Account
from models.mail import Mail, MailAddress
from models.vocabulary import AccountState, MailMatter, MailState
from sharing.actor import Context
from sharing.mails.addresses import code_context
from sharing.mails.letters import Letter, Told
from sharing.mails.recipients import WISHES, Recipient, find_recipient
from sharing.mails.rights import Look, look_at_mail

TAKEN_FOR: Final = timedelta(minutes=15)
"""So long nobody else sends a mail that was taken; longer than any mail server is waited for."""

HOUR: Final = timedelta(hours=1)


class Terms(Struct, frozen=True):
    """On which terms mails are taken."""

    most_an_hour: int
    """Mails that one person gets in an hour; what comes beyond is told of as one."""
    cursors: CursorSealer
    seeds: SecretSealer


def take_letter(session: Session, terms: Terms, *, context: Context) -> Letter | None:
    """Take the next mail that is due; None where none is.

    Who may know nothing of it any more gets nothing. Who has had enough this hour gets the rest as one, later.
    """
    while (mail := _next_due(session, context.now)) is not None:
        if mail.matter is MailMatter.CODE:
            letter = _code_letter(session, mail, terms, context.now)
        elif (free_at := _full_until(session, mail.account_id, terms, context.now)) is not None:
            _hold(session, mail.account_id, free_at)
            continue
        else:
            letter = _letter(session, mail, terms, context.now)
        session.flush()
        if letter is not None:
            return letter
    return None


def has_due_mail(session: Session, now: datetime) -> bool:
    """Whether a mail is due."""
    return session.execute(_due(now).with_only_columns(Mail.id).limit(1)).first() is not None


def _due(now: datetime) -> Select[Mail]:
    return (
        select(Mail).where(Mail.state == MailState.WAITING, Mail.due_at <= now).order_by(Mail.due_at, Mail.key, Mail.id)
    )


def _next_due(session: Session, now: datetime) -> Mail | None:
    return session.execute(_due(now).limit(1).with_for_update(skip_locked=True)).scalar_one_or_none()


def _full_until(session: Session, account_id: UUID, terms: Terms, now: datetime) -> datetime | None:
    """When a person who has had the hour's mails may get the next; None where it may now."""
    sent = select(Mail.sent_at).where(
        Mail.account_id == account_id,
        Mail.state == MailState.SENT,
        Mail.matter != MailMatter.CODE,
        Mail.sent_at > now - HOUR,
    )
    times = [at for at in session.execute(sent.order_by(Mail.sent_at)).scalars() if at is not None]
    return times[-terms.most_an_hour] + HOUR if len(times) >= terms.most_an_hour else None


def _hold(session: Session, account_id: UUID, free_at: datetime) -> None:
    session.execute(
        update(Mail)
        .where(
            Mail.account_id == account_id,
            Mail.state == MailState.WAITING,
            Mail.matter != MailMatter.CODE,
            Mail.due_at <= free_at,
        )
        .values(is_held=True, due_at=free_at)
    )


def _letter(session: Session, first: Mail, terms: Terms, now: datetime) -> Letter | None:
    """A mail, or all that are held back for its recipient: of real things and of exercises apart."""
    told: list[tuple[Mail, Told]] = []
    recipient: Recipient | None = None
    for mail in _together(session, first, now):
        found = find_recipient(session, mail.account_id, mail.membership_id) if mail.membership_id else None
        one = _told(session, mail, found, terms, now)
        if found is None or one is None or one.seen is None:
            mail.state, mail.ended_at = MailState.DROPPED, now
            continue
        if told and told[0][1].seen is not None and told[0][1].seen.exercise is not one.seen.exercise:
            continue  # it goes out next
        recipient = recipient or found
        told.append((mail, one))
    if recipient is None:
        return None
    _mark_taken([mail for mail, _ in told], now)
    return Letter(
        tuple(one for _, one in told),
        first.account_id,
        recipient.address,
        recipient.locale,
        told[0][0].made_at,
        recipient.actor,
    )


def _together(session: Session, first: Mail, now: datetime) -> Sequence[Mail]:
    if not first.is_held:
        return [first]
    held = _due(now).where(Mail.account_id == first.account_id, Mail.is_held)
    return list(session.execute(held.with_for_update(skip_locked=True)).scalars())


def _told(session: Session, mail: Mail, recipient: Recipient | None, terms: Terms, now: datetime) -> Told | None:
    if recipient is None or WISHES[mail.matter] not in recipient.wishes:
        return None
    seen = look_at_mail(Look(session, recipient.actor, now, terms.cursors), mail)
    return Told(mail.id, mail.number, mail.matter, seen)


def _code_letter(session: Session, mail: Mail, terms: Terms, now: datetime) -> Letter | None:
    """The code that confirms an address; one that was replaced or is outdated is not sent."""
    row, account = session.get(MailAddress, mail.account_id), session.get_one(Account, mail.account_id)
    is_good = row is not None and row.code_until is not None and row.code_until > now
    if row is None or row.code_sealed is None or not is_good or account.state is not AccountState.ACTIVE:
        mail.state, mail.ended_at = MailState.DROPPED, now
        return None
    code = terms.seeds.open(row.code_sealed, code_context(account.id)).decode()
    _mark_taken([mail], now)
    told = Told(mail.id, mail.number, mail.matter, None)
    return Letter((told,), account.id, row.address, account.locale, mail.made_at, code=code)


def _mark_taken(mails: Sequence[Mail], now: datetime) -> None:
    for mail in mails:
        mail.attempts += 1
        mail.due_at = now + TAKEN_FOR
