"""Operation: from what happened to mails that wait: a row for each hat that is to be told, once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from crypto.tokens import new_reference
from models.mail import Mail
from models.vocabulary import MailMatter, MailState
from sharing.actor import Actor, Context
from sharing.mails.recipients import list_recipients, report_of
from sharing.mails.rights import Look, look
from sharing.people.lookup import new_id

_MINUTE: Final = timedelta(minutes=1)


def handle_mails(session: Session, payload: Mapping[str, Any], context: Context, *, sealer: CursorSealer) -> None:
    """Make a mail wait for everybody who may know of a thing now, and has still to be told; asked twice, once."""
    matter, subject = MailMatter(payload["matter"]), UUID(payload["subject"])
    key = f"{matter}/{subject}/{payload['number']}"
    report_id = report_of(session, matter, subject)
    for actor in list_recipients(session, matter, subject):
        if look(Look(session, actor, context.now, sealer), matter, subject) is not None:
            _make(session, actor, {"matter": matter, "subject": subject, "report_id": report_id, "key": key}, context)


def next_minute(now: datetime) -> datetime:
    """When a mail made now is sent: at a full minute, so that its time says no more than that."""
    return now.replace(second=0, microsecond=0) + _MINUTE


def _make(session: Session, actor: Actor, about: Mapping[str, Any], context: Context) -> None:
    insert: Any = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
    row = {
        "id": new_id(context),
        "number": new_reference(context.random_bytes),
        "account_id": actor.account_id,
        "membership_id": actor.membership_id,
        "state": MailState.WAITING,
        "made_at": next_minute(context.now),
        "due_at": next_minute(context.now),
        "attempts": 0,
        "failure": "",
        "is_held": False,
        **about,
    }
    once = insert(Mail).values(**row).on_conflict_do_nothing(index_elements=["account_id", "membership_id", "key"])
    session.execute(once)
