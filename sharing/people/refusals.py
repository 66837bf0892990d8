"""Operation: a wrong password or code is counted, slows the account down, and is recorded without what was typed."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from crypto.hashing import keyed_hash
from models.account import Account
from models.vocabulary import Door
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.rules.second_factor import pause_after
from sharing.setup import hub_facts

NOBODY: Final = UUID(int=0)
"""Stands for the account of an unknown name, so that the same statements run."""


def pauses(account: Account, now: datetime) -> bool:
    """Whether the account takes no sign-in right now."""
    return account.locked_until is not None and account.locked_until > now


def refuse(
    session: Session, typed: str, account: Account | None, step: str, *, hmac_key: bytes, context: Context
) -> None:
    """Count a failure and record it: the same two statements whether or not there is such an account."""
    failures = account.failures if account else 0
    locked_until = account.locked_until if account else None
    if account is None or not pauses(account, context.now):
        # While it pauses nothing is counted: others must not be able to make the pause endless.
        failures += 1
        pause = pause_after(failures)
        locked_until = context.now + pause if pause else None
    session.execute(
        update(Account)
        .where(Account.id == (account.id if account else NOBODY))
        .values(failures=failures, locked_until=locked_until)
        .execution_options(synchronize_session=False)
    )
    # Never the typed name in clear: it may be a password typed into the wrong field.
    told = {"step": step, "name": keyed_hash(hmac_key, "typed-name", typed.encode("utf-8", "surrogatepass")).hex()}
    actor = Actor(None, None, hub_facts(), frozenset(), Door.WEB)
    subjects = [("account", str(account.id if account else NOBODY))]
    record(session, Event(Tag.SIGN_IN_FAILED, actor, subjects, decision=told), context)
