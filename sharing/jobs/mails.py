"""Operation: ask, in the unit of work of an event, that whoever it concerns be told by mail; a job finds out who.

The event pays for one row, however many are told. This module knows nothing of who that is, so that every operation
may call it.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from models.vocabulary import MailMatter
from sharing.jobs.due import put_due_unseen

DUE_KIND: Final = "mail"
"""The kind of the due rows."""


def ask_for_mails(session: Session, matter: MailMatter, subject: UUID, now: datetime, *, number: int = 0) -> None:
    """Have those told whom something concerns: what it is, its id, and which time where it happens repeatedly."""
    key = f"{matter}/{subject}/{number}"
    put_due_unseen(session, DUE_KIND, key, now, {"matter": matter.value, "subject": str(subject), "number": number})
