"""Operation: the first code of a new second factor completes a sign-in; after a reset, only with the letter's code.

Two persons took a lost second factor away, and the code that they had printed went to whom they meant. The password
alone is therefore not enough to bring the next one: it may be what somebody else knows.
"""

from sqlalchemy.orm import Session

from crypto.sealing import SecretSealer
from models.account import Invitation
from models.vocabulary import AccountState
from sharing.actor import Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.people.letters import find_by_code, find_letter, is_good
from sharing.people.lookup import hats_of_account, load_account_for_change
from sharing.people.refusals import pauses, refuse
from sharing.people.second_factor import keep_seed, open_pending
from sharing.people.sign_in import Step, complete, end_sessions, load_half, person_before_hat, subjects_of


def present_code(session: Session, token: str, code: str, *, hmac_key: bytes, context: Context) -> bool:
    """Show the printed code of a reset after the password; only then a new second factor can be enrolled.

    Mistyped, used, withdrawn, expired, another person's, an account that pauses: one answer, and each is counted as
    a failed sign-in is. The code stays good until the second factor is there: an enrolment may be interrupted.
    """
    half = load_half(session, token, context.now)
    account = load_account_for_change(session, half.account_id) if half else None
    if half is None or account is None or account.totp_sealed is not None:
        return False
    letter = find_letter(session, account.id)
    shown = find_by_code(session, code, hmac_key=hmac_key, now=context.now)
    open_to_try = account.state is AccountState.ACTIVE and not pauses(account, context.now)
    if letter is None or shown is not letter or not open_to_try:
        refuse(session, account.username, account, "reset code", hmac_key=hmac_key, context=context)
        return False
    half.letter_at = context.now
    session.flush()
    actor = person_before_hat(account, hats_of_account(session, account.id))
    told = {"step": "reset code", "complete": False}
    record(session, Event(Tag.SIGN_IN_PREPARE, actor, subjects_of(account), decision=told), context)
    return True


def finish_enrolment(
    session: Session, token: str, sealed: bytes, code: str, *, seeds: SecretSealer, context: Context
) -> Step | None:
    """Complete a sign-in with the first code of a new second factor; None where there is nothing to complete.

    Raises:
        Invalid: the code does not fit the seed.
    """
    half = load_half(session, token, context.now)
    account = load_account_for_change(session, half.account_id) if half else None
    if half is None or account is None or account.totp_sealed is not None:
        return None
    letter = find_letter(session, account.id)
    if letter is not None and (half.letter_at is None or not is_good(session, letter, context.now)):
        return None
    seed = open_pending(sealed, account.id, token, seeds=seeds)
    if seed is None or account.state is not AccountState.ACTIVE:
        return None
    keep_seed(account, seed, code, seeds=seeds, context=context)
    if letter is not None:
        session.get_one(Invitation, letter.id).used_at = context.now
        end_sessions(session, account.id, context.now, but=half.digest)
    return complete(session, account, half, context, how="enrolment")
