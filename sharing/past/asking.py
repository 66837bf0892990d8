"""Operation: ask for the past of a newcomer; a job gives it a moment later, so that joining is quick."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from sharing.actor import Context
from sharing.jobs.due import put_due
from sharing.rules.tokens import OrganizationFacts

DUE_KIND: Final = "newcomer-past"
"""The kind of the due rows."""


def ask_for_past(session: Session, facts: OrganizationFacts, names: Sequence[str], context: Context) -> None:
    """Have an organization given what policy lets it see of the past of the groups that it came to just now."""
    key = f"{facts.id}/{context.now.timestamp():.6f}"
    told = {"organization": str(facts.id), "tokens": list(names), "key": key, "part": 0, "place": 0, "after": None}
    put_due(session, DUE_KIND, f"{key}/0", context.now, told)
