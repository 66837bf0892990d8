"""Operation: an organization says which domains and networks are its own."""

from typing import Final

from sqlalchemy.orm import Session

from models.own_systems import OwnSystems
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid, NotPermitted
from sharing.permissions import Permission
from sharing.reports.pasted import read_own

MOST_LINES: Final = 500
"""Domains and networks of one organization; larger ones name their networks by their prefixes."""
LONGEST_LIST: Final = 50_000
"""Characters of the list."""


def load_own_systems(session: Session, actor: Actor) -> tuple[str, ...]:
    """The list of the actor's organization.

    Raises:
        NotPermitted: the actor files no reports.
    """
    actor.must(Permission.REPORT_FILE)
    row = session.get(OwnSystems, actor.organization.id)
    return tuple(row.lines.splitlines()) if row else ()


def save_own_systems(session: Session, actor: Actor, text: str, *, context: Context) -> None:
    """Replace the list.

    Raises:
        NotPermitted: the actor files no reports.
        Invalid: too long, or with a line that is neither a domain nor a network.
    """
    actor.must(Permission.REPORT_FILE)
    if actor.account_id is None:
        raise NotPermitted("the list is changed by a person")
    if len(text) > LONGEST_LIST:
        raise Invalid(Fault("lines", "too-long", f"at most {LONGEST_LIST} characters", str(len(text))))
    lines, wrong = read_own(text)
    if wrong:
        raise Invalid(Fault("lines", "no-system", "a domain or a network a line", ", ".join(map(str, wrong[:10]))))
    if len(lines) > MOST_LINES:
        raise Invalid(Fault("lines", "too-many", f"at most {MOST_LINES}", str(len(lines))))
    row = session.get(OwnSystems, actor.organization.id, with_for_update=True)
    if row is None:
        row = OwnSystems(organization_id=actor.organization.id)
        session.add(row)
    row.lines, row.saved_by, row.saved_at = "\n".join(lines), actor.account_id, context.now
    session.flush()
    record(session, Event(Tag.OWN_SYSTEMS_CHANGE, actor, [("organization", str(actor.organization.id))]), context)
