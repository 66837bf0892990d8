"""Operation: the printed codes of resets: which of them are good, and which one must carry a new second factor."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models.account import Invitation, ResetRequest
from sharing.people.invitations import code_digest
from sharing.people.lookup import hats_of_account
from sharing.rules.resets import ResetKind


def find_letter(session: Session, account_id: UUID) -> ResetRequest | None:
    """The reset whose printed code must carry the next second factor of a person who has none; None asks for no code.

    Where the password was reset with it, it was chosen with that code, as when joining. Where it was not, whoever
    knows the password could otherwise enrol an app of their own before the person does.
    """
    statement = (
        select(ResetRequest)
        .where(
            ResetRequest.account_id == account_id,
            ResetRequest.approved.is_(True),
            ResetRequest.what != ResetKind.PASSWORD.value,
        )
        .order_by(ResetRequest.decided_at.desc(), ResetRequest.id.desc())
        .limit(1)
    )
    newest = session.execute(statement).scalar_one_or_none()
    return newest if newest is not None and newest.what == ResetKind.SECOND_FACTOR.value else None


def find_by_code(session: Session, code: str, *, hmac_key: bytes, now: datetime) -> ResetRequest | None:
    """What a printed code resets; None when it is unknown, used, withdrawn or expired, or would open more by now."""
    digest = code_digest(hmac_key, code)
    return _unless_it_opens_more(session, _good(now).where(Invitation.code_digest == digest))


def is_good(session: Session, letter: ResetRequest, now: datetime) -> bool:
    """Whether the code of this reset still opens something."""
    return _unless_it_opens_more(session, _good(now).where(ResetRequest.id == letter.id)) is not None


def awaits_letter(session: Session, account_id: UUID, now: datetime) -> bool:
    """Whether a reset of this person was granted whose code is still to be used: nobody can be signed in."""
    return session.execute(_good(now).where(ResetRequest.account_id == account_id).limit(1)).first() is not None


def _good(now: datetime) -> Select[ResetRequest]:
    return (
        select(ResetRequest)
        .join(Invitation, Invitation.id == ResetRequest.id)
        .where(
            Invitation.used_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > now,
            ResetRequest.approved.is_(True),
            ResetRequest.decided_at.is_not(None),
        )
    )


def _unless_it_opens_more(session: Session, statement: Select[ResetRequest]) -> ResetRequest | None:
    """Who granted it did not stand over a hat that came later: a code must not wait until it opens more."""
    found = session.execute(statement.with_for_update()).scalar_one_or_none()
    if found is None or found.decided_at is None:
        return None
    decided = found.decided_at
    worn = hats_of_account(session, found.account_id)
    return None if any(hat.membership.began_at > decided for hat in worn) else found
