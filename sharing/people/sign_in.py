"""Operation: sign-in in two steps: the password, the second factor. One answer and the same work for every refusal.

The door reads the candidate, verifies the password outside of any transaction (it takes 20 ms on purpose, and SQLite
has one writer), then writes down what came of it. The count of failures is looked at again in that last step, under a
lock: however many guesses are tried at once, no more are answered than one after the other would be.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crypto.hashing import sha256
from crypto.passwords import hash_password, needs_rehash, verify_password
from crypto.sealing import SecretSealer
from models.account import Account, SignIn
from models.vocabulary import AccountState, Door
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.people.invitations import normal_username
from sharing.people.letters import find_letter
from sharing.people.lookup import HatRow, hats_of_account, is_past, load_account_for_change
from sharing.people.refusals import NOBODY, pauses, refuse
from sharing.people.second_factor import fitting_step
from sharing.rules.second_factor import HALF_LIFE, SESSION_LIFE, demands_second_factor
from sharing.setup import hub_facts

TOKEN_BYTES: Final = 32
"""256 random bits: nobody guesses a session."""


class Candidate(Struct, frozen=True):
    """What is known of a typed name before its password is looked at."""

    typed: str
    account_id: UUID | None
    password_hash: str | None

    def fits(self, password: str) -> bool:
        """Whether the password is right; without an account the same work, and no."""
        return verify_password(self.password_hash, password)


class Step(Struct, frozen=True):
    """A step that was done: what the browser keeps, and whether the second factor is still to come."""

    token: str
    account_id: UUID
    complete: bool
    enrolled: bool


def session_digest(token: str) -> bytes:
    """What is stored of a session's token; any text has one."""
    return sha256(token.encode("utf-8", "surrogatepass"))


def find_candidate(session: Session, typed: str) -> Candidate:
    """What is stored of a name that somebody typed."""
    username = normal_username(typed)
    row = session.execute(select(Account.id, Account.password_hash).where(Account.username == username)).first()
    return Candidate(username, row[0], row[1]) if row else Candidate(username, None, None)


def finish_password(
    session: Session, candidate: Candidate, password: str, *, fits: bool, hmac_key: bytes, context: Context
) -> Step | None:
    """Write down what came of a password; None refuses, without a reason.

    Wrong name, wrong password, a pause, a suspended account: the same statements run, and one entry is written.
    """
    account = load_account_for_change(session, candidate.account_id or NOBODY)
    if account is None or not fits or not _may_sign_in(account, candidate, context.now):
        refuse(session, candidate.typed, account, "password", hmac_key=hmac_key, context=context)
        return None
    if needs_rehash(account.password_hash or ""):
        account.password_hash = hash_password(password)
    hats = hats_of_account(session, account.id)
    enrolled = account.totp_sealed is not None
    demanded = enrolled or any(demands_second_factor(hat.roles) for hat in hats)
    is_whole = not demanded and find_letter(session, account.id) is None
    if is_whole:
        account.failures, account.locked_until = 0, None
    token = _begin(session, account, hats, context, complete=is_whole, second_factor=False)
    told = {"step": "password", "complete": is_whole}
    tag = Tag.SIGN_IN if is_whole else Tag.SIGN_IN_PREPARE
    record(session, Event(tag, person_before_hat(account, hats), subjects_of(account), decision=told), context)
    return Step(token, account.id, is_whole, enrolled)


def finish_second_factor(
    session: Session, token: str, code: str, *, seeds: SecretSealer, hmac_key: bytes, context: Context
) -> Step | None:
    """Complete a sign-in with a code; None refuses. A code is good once; the session gets a new token."""
    half = load_half(session, token, context.now)
    account = load_account_for_change(session, half.account_id) if half else None
    if half is None or account is None or account.totp_sealed is None:
        return None
    open_to_try = account.state is AccountState.ACTIVE and not pauses(account, context.now)
    step = fitting_step(account, code, seeds=seeds, context=context) if open_to_try else None
    if step is None:
        refuse(session, account.username, account, "second factor", hmac_key=hmac_key, context=context)
        return None
    account.totp_last_step = step
    return complete(session, account, half, context, how="second factor")


def load_half(session: Session, token: str, now: datetime) -> SignIn | None:
    """The sign-in that has its password and waits for its second factor."""
    row = session.get(SignIn, session_digest(token))
    if row is None or row.ended_at is not None or is_past(row.expires_at, now) or row.second_factor_at is not None:
        return None
    return row


def end_sessions(session: Session, account_id: UUID, now: datetime, *, but: bytes = b"") -> int:
    """End every session of a person, perhaps but one; part of a larger operation, so it records nothing."""
    ended = session.execute(
        update(SignIn)
        .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.digest != but)
        .values(ended_at=now)
        .returning(SignIn.digest)
    )
    return len(ended.all())


def complete(session: Session, account: Account, half: SignIn, context: Context, *, how: str) -> Step:
    """End the half session and begin a whole one under a new token."""
    account.failures, account.locked_until = 0, None
    half.ended_at = context.now
    hats = hats_of_account(session, account.id)
    token = _begin(session, account, hats, context, complete=True, second_factor=True)
    told = {"step": how, "complete": True}
    record(session, Event(Tag.SIGN_IN, person_before_hat(account, hats), subjects_of(account), decision=told), context)
    return Step(token, account.id, complete=True, enrolled=True)


def _may_sign_in(account: Account, candidate: Candidate, now: datetime) -> bool:
    unchanged = account.password_hash == candidate.password_hash
    return unchanged and account.state is AccountState.ACTIVE and not pauses(account, now)


def _begin(
    session: Session, account: Account, hats: list[HatRow], context: Context, *, complete: bool, second_factor: bool
) -> str:
    token = context.random_bytes(TOKEN_BYTES).hex()
    session.add(
        SignIn(
            digest=session_digest(token),
            account_id=account.id,
            membership_id=hats[0].membership.id if complete and len(hats) == 1 else None,
            second_factor_at=context.now if second_factor else None,
            started_at=context.now,
            expires_at=context.now + (SESSION_LIFE if complete else HALF_LIFE),
        )
    )
    session.flush()
    return token


def person_before_hat(account: Account, hats: list[HatRow]) -> Actor:
    """The person before a hat is chosen: no roles yet."""
    facts = facts_of(hats[0].organization) if hats else hub_facts()
    return Actor(account.id, None, facts, frozenset(), Door.WEB)


def subjects_of(account: Account) -> list[tuple[str, str]]:
    """What the steps of a sign-in are about."""
    return [("account", str(account.id))]
