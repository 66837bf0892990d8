"""Operation: a person who is signed in changes the own password or second factor; the other sessions end."""

from uuid import UUID

from sqlalchemy.orm import Session

from crypto.passwords import hash_password
from crypto.sealing import SecretSealer
from models.account import Account
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Invalid, NotVisible
from sharing.people.invitations import password_faults
from sharing.people.lookup import load_account_for_change
from sharing.people.refusals import pauses, refuse
from sharing.people.second_factor import fitting_step, keep_seed
from sharing.people.sign_in import Candidate, end_sessions


def find_own_candidate(session: Session, account_id: UUID) -> Candidate:
    """What is stored of the person's own password, to be compared outside of a transaction.

    Raises:
        NotVisible: there is no such person.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotVisible("no such account")
    return Candidate(account.username, account.id, account.password_hash)


def change_password(
    session: Session,
    actor: Actor,
    candidate: Candidate,
    new_password: str,
    *,
    fits: bool,
    keep: bytes,
    hmac_key: bytes,
    context: Context,
) -> bool:
    """Set another password, where the present one was right; no is counted as a failed sign-in is. `keep` stays open.

    Raises:
        Invalid: the new password cannot be taken.
        NotVisible: the actor is no person.
    """
    account = _load(session, actor)
    unchanged = candidate.account_id == account.id and candidate.password_hash == account.password_hash
    if not (fits and unchanged) or pauses(account, context.now):
        refuse(session, account.username, account, "present password", hmac_key=hmac_key, context=context)
        return False
    faults = password_faults(new_password, account.username)
    if faults:
        raise Invalid(*faults)
    account.password_hash = hash_password(new_password)
    _finish(session, actor, account, "password", keep=keep, context=context)
    return True


def replace_second_factor(
    session: Session,
    actor: Actor,
    seed: str,
    *,
    new_code: str,
    present_code: str,
    keep: bytes,
    seeds: SecretSealer,
    hmac_key: bytes,
    context: Context,
) -> bool:
    """Move to another authenticator app with a code of the present one; no is counted as a failed sign-in is.

    Raises:
        Invalid: the code of the new app does not fit.
        NotVisible: the actor is no person with a second factor.
    """
    account = _load(session, actor)
    if account.totp_sealed is None:
        raise NotVisible("no such second factor")
    fits = fitting_step(account, present_code, seeds=seeds, context=context) is not None
    if not fits or pauses(account, context.now):
        refuse(session, account.username, account, "present second factor", hmac_key=hmac_key, context=context)
        return False
    keep_seed(account, seed, new_code, seeds=seeds, context=context)
    _finish(session, actor, account, "second factor", keep=keep, context=context)
    return True


def _load(session: Session, actor: Actor) -> Account:
    account = load_account_for_change(session, actor.account_id) if actor.account_id else None
    if account is None or actor.scopes is not None:
        raise NotVisible("no such account")
    return account


def _finish(session: Session, actor: Actor, account: Account, what: str, *, keep: bytes, context: Context) -> None:
    session.flush()
    ended = end_sessions(session, account.id, context.now, but=keep)
    told = {"what": what, "sessions ended": ended}
    subjects = [("account", str(account.id))]
    record(session, Event(Tag.CREDENTIALS_SET, actor, subjects, decision=told), context)
