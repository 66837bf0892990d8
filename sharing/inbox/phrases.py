"""Operation: 定型文: a secretariat keeps phrases for its editions, one list for all its coordinators."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from models.phrases import Phrases
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid, NotPermitted
from sharing.permissions import Permission
from sharing.reports.checks import bad_sign
from sharing.reports.visible import must_keep_inbox

MOST: Final = 60
"""Phrases of one secretariat; nobody chooses among more."""
LONGEST: Final = 2_000
"""Characters of one phrase."""


def list_phrases(session: Session, actor: Actor) -> tuple[str, ...]:
    """The phrases of the actor's secretariat, in its order.

    Raises:
        NotPermitted: the actor is no secretariat.
    """
    must_keep_inbox(actor)
    row = session.get(Phrases, actor.organization.id)
    return tuple(map(str, row.texts)) if row else ()


def save_phrases(session: Session, actor: Actor, texts: Sequence[str], *, context: Context) -> None:
    """Replace the phrases; each once, empty ones left out.

    Raises:
        NotPermitted: the actor is no secretariat.
        Invalid: too many, too long, or with characters that a text must not have.
    """
    must_keep_inbox(actor)
    actor.must(Permission.PROPOSAL_MAKE)
    if actor.account_id is None:
        raise NotPermitted("phrases are changed by a person")
    kept = list(dict.fromkeys(text for each in texts if (text := each.replace("\r\n", "\n").strip())))
    if len(kept) > MOST:
        raise Invalid(Fault("phrases", "too-many", f"at most {MOST}", str(len(kept))))
    longest = max(map(len, kept), default=0)
    if longest > LONGEST:
        raise Invalid(Fault("phrases", "too-long", f"at most {LONGEST} characters", str(longest)))
    if any(bad_sign(each, lines=True) for each in kept):
        raise Invalid(Fault("phrases", "control-characters", "text without control characters", "some"))
    row = session.get(Phrases, actor.organization.id, with_for_update=True)
    if row is None:
        row = Phrases(organization_id=actor.organization.id)
        session.add(row)
    row.texts, row.saved_by, row.saved_at = kept, actor.account_id, context.now
    session.flush()
    record(session, Event(Tag.PHRASES_CHANGE, actor, [("organization", str(actor.organization.id))]), context)
