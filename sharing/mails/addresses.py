"""Operation: a person's address for mail, confirmed by a code that went there, and what is wanted there."""

import hmac
from collections.abc import Collection
from datetime import timedelta
from typing import Final
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crypto.sealing import SecretSealer
from crypto.tokens import new_reference
from models.mail import Mail, MailAddress
from models.vocabulary import MailMatter, MailState, MailWish
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.people.lookup import load_account_for_change
from sharing.rules.mail_address import parse_address

CODE_DIGITS: Final = 8
"""Typed by a person from a mail; with few tries nobody guesses one in a hundred million."""

CODE_GOOD_FOR: Final = timedelta(hours=24)
"""Mail servers that do not know the sender yet may let it wait for hours."""

MOST_TRIES: Final = 5
"""Then the code is worthless, and a new one has to be sent."""

MOST_CODES: Final = 5
"""Codes a person can have sent in a day: nobody fills the mail box of a stranger with them."""

LONGEST_TYPED: Final = 64
"""What people type is short; longer input is not examined."""

_DAY: Final = timedelta(days=1)


def find_address(session: Session, account_id: UUID) -> MailAddress | None:
    """The address of a person, confirmed or not."""
    return session.get(MailAddress, account_id)


def set_address(session: Session, actor: Actor, text: str, *, sealer: SecretSealer, context: Context) -> bool:
    """Name an address and have a code sent there; until it comes back nothing else is. Whether a code is sent.

    The address that is confirmed already stays so, and no code is sent.

    Raises:
        Invalid: it is no plain address, or too many codes were sent today.
        NotVisible: the actor is no person.
    """
    account_id = _lock_person(session, actor)
    address = parse_address(text)
    row = session.get(MailAddress, account_id, with_for_update=True)
    if row is not None and row.address == address and row.confirmed_at is not None:
        return False
    _check_codes(session, account_id, context)
    if row is None:
        row = MailAddress(account_id=account_id, wishes=sorted(MailWish))
        session.add(row)
    row.address, row.set_at, row.confirmed_at = address, context.now, None
    row.code_sealed = sealer.seal(_new_code(context), code_context(account_id))
    row.code_until, row.code_tries = context.now + CODE_GOOD_FOR, 0
    _drop_waiting(session, account_id, context)
    session.add(_code_mail(account_id, context))
    session.flush()
    record(session, Event(Tag.MAIL_ADDRESS_SET, actor, _subjects(account_id)), context)
    return True


def confirm_address(session: Session, actor: Actor, code: str, *, sealer: SecretSealer, context: Context) -> bool:
    """Confirm the address by the code that went there; whether it fits. A wrong one counts.

    Raises:
        Conflict: there is nothing to confirm any more: no address, or its code is outdated or was tried too often.
        NotVisible: the actor is no person.
    """
    account_id = _lock_person(session, actor)
    row = session.get(MailAddress, account_id, with_for_update=True)
    if row is None or row.code_sealed is None or row.code_until is None or row.code_until <= context.now:
        raise Conflict("the code is not good any more; have a new one sent")
    typed = "".join(sign for sign in normalize("NFKC", code[:LONGEST_TYPED]) if sign.isdigit()).encode()
    if not hmac.compare_digest(typed, sealer.open(row.code_sealed, code_context(account_id))):
        row.code_tries += 1
        if row.code_tries >= MOST_TRIES:
            row.code_sealed = row.code_until = None
        return False
    row.confirmed_at, row.code_sealed, row.code_until, row.code_tries = context.now, None, None, 0
    session.flush()
    record(session, Event(Tag.MAIL_ADDRESS_CONFIRM, actor, _subjects(account_id)), context)
    return True


def set_wishes(session: Session, actor: Actor, wishes: Collection[MailWish], *, context: Context) -> None:
    """Choose which mails are wanted; none is a choice too.

    Raises:
        NotVisible: the actor is no person, or has named no address.
    """
    account_id = _lock_person(session, actor)
    row = session.get(MailAddress, account_id, with_for_update=True)
    if row is None:
        raise NotVisible("no address for mail")
    row.wishes = sorted(set(wishes))
    session.flush()
    decision = {"wishes": list(row.wishes)}
    record(session, Event(Tag.MAIL_WISHES_SET, actor, _subjects(account_id), decision=decision), context)


def forget_address(session: Session, actor: Actor, *, context: Context) -> None:
    """Take the address away: nothing is sent any more, nor what waits.

    Raises:
        NotVisible: the actor is no person, or has named no address.
    """
    account_id = _lock_person(session, actor)
    row = session.get(MailAddress, account_id, with_for_update=True)
    if row is None:
        raise NotVisible("no address for mail")
    session.delete(row)
    _drop_waiting(session, account_id, context)
    session.flush()
    record(session, Event(Tag.MAIL_ADDRESS_FORGET, actor, _subjects(account_id)), context)


def code_context(account_id: UUID) -> bytes:
    """What binds a sealed code to its person."""
    return b"mail-code/" + account_id.bytes


def _lock_person(session: Session, actor: Actor) -> UUID:
    account = load_account_for_change(session, actor.account_id) if actor.account_id else None
    if account is None:
        raise NotVisible("no such account")
    return account.id


def _check_codes(session: Session, account_id: UUID, context: Context) -> None:
    count = select(func.count()).where(
        Mail.account_id == account_id, Mail.matter == MailMatter.CODE, Mail.made_at > context.now - _DAY
    )
    if session.execute(count).scalar_one() >= MOST_CODES:
        raise Invalid(Fault("address", "too-many-codes", f"at most {MOST_CODES} codes in 24 hours", "more"))


def _new_code(context: Context) -> bytes:
    drawn = int.from_bytes(context.random_bytes(16)) % 10**CODE_DIGITS
    return str(drawn).zfill(CODE_DIGITS).encode()


def _drop_waiting(session: Session, account_id: UUID, context: Context) -> None:
    """What waits was for the old address, or for nobody."""
    session.execute(
        update(Mail)
        .where(Mail.account_id == account_id, Mail.state == MailState.WAITING)
        .values(state=MailState.DROPPED, ended_at=context.now)
    )


def _code_mail(account_id: UUID, context: Context) -> Mail:
    ident = context.new_id()
    return Mail(
        id=ident,
        number=new_reference(context.random_bytes),
        account_id=account_id,
        membership_id=None,
        matter=MailMatter.CODE,
        key=f"{MailMatter.CODE}/{ident}",
        state=MailState.WAITING,
        made_at=context.now,
        due_at=context.now,
    )


def _subjects(account_id: UUID) -> list[tuple[str, str]]:
    return [("account", str(account_id))]
