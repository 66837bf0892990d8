"""Operation: note that somebody takes a table away as a file. What it holds was judged when it was read."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag


def note_export(session: Session, actor: Actor, what: str, told: Mapping[str, Any], *, context: Context) -> None:
    """Record the download of a table, and what it was narrowed to; that of a report's is found under the report.

    Not how much it held, nor up to where: colleagues who may know less than the reader are shown the hash of the entry.
    """
    about = [("report", str(told["report"]))] if "report" in told else []
    subjects = [("organization", str(actor.organization.id)), *about]
    record(session, Event(Tag.EXPORT, actor, subjects, decision={"what": what, **told}), context)
