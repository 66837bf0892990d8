"""Operation: what a person prefers."""

from sqlalchemy.orm import Session

from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid, NotVisible
from sharing.people.lookup import load_account_for_change

LANGUAGES = frozenset({"ja", "en"})
"""The languages of the interface."""


def set_language(session: Session, actor: Actor, language: str, *, context: Context) -> None:
    """Remember the language of a person.

    Raises:
        Invalid: the interface does not speak it.
        NotVisible: the actor is no person.
    """
    if language not in LANGUAGES:
        raise Invalid(Fault("language", "unknown_code", expected="ja or en", found=language[:10]))
    account = load_account_for_change(session, actor.account_id) if actor.account_id else None
    if account is None:
        raise NotVisible("no such account")
    account.locale = language
    session.flush()
    subjects = [("account", str(account.id))]
    record(session, Event(Tag.PREFERENCE_SET, actor, subjects, decision={"language": language}), context)
