"""Operation: the sharing agreement, accepted by each person once per version."""

from sqlalchemy.orm import Session

from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, NotVisible
from sharing.people.lookup import load_account_for_change


def accept_agreement(session: Session, actor: Actor, version: str, *, in_force: str, context: Context) -> None:
    """Accept the agreement that is in force.

    Raises:
        Conflict: the version that was read is not the one in force any more.
        NotVisible: the actor is no person.
    """
    if version != in_force:
        raise Conflict("expected the agreement in force, found another version: read the new one first")
    account = load_account_for_change(session, actor.account_id) if actor.account_id else None
    if account is None:
        raise NotVisible("no such account")
    account.agreement_version = version
    account.agreement_at = context.now
    session.flush()
    subjects = [("account", str(account.id))]
    record(session, Event(Tag.AGREEMENT_ACCEPT, actor, subjects, decision={"version": version}), context)
