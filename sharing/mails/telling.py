"""Operation: from what happened to mails that wait: a row for each hat that is to be told, once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from crypto.hashing import keyed_hash
from crypto.sealing import CursorSealer
from crypto.tokens import new_reference
from models.inserts import insert_into
from models.mail import Mail
from models.vocabulary import MailMatter, MailState
from sharing.actor import Actor, Context
from sharing.jobs.due import put_due
from sharing.jobs.mails import DUE_KIND
from sharing.mails.recipients import list_recipients, report_of
from sharing.mails.rights import Look, look

AT_ONCE: Final = 50
"""Hats of one unit of work: what each may know takes some milliseconds, and nobody waits long behind it."""

_MINUTE: Final = timedelta(minutes=1)


def handle_mails(
    session: Session, payload: Mapping[str, Any], context: Context, *, sealer: CursorSealer, hmac_key: bytes
) -> None:
    """Make a mail wait for everybody who may know of a thing now, and has still to be told; asked twice, once.

    Some at a time: a row of its own asks for the rest.

    Id and number follow, under the key, from who is told of what: they depend on nobody else who is told.
    """
    matter, subject = MailMatter(payload["matter"]), UUID(payload["subject"])
    key = f"{matter}/{subject}/{payload['number']}"
    report_id = report_of(session, matter, subject)
    after = UUID(payload["after"]) if "after" in payload else None
    found = list_recipients(session, matter, subject, after=after, most=AT_ONCE)
    if found.last is not None:
        put_due(session, DUE_KIND, f"{key}/{found.last}", context.now, {**payload, "after": str(found.last)})
    for actor in found.actors:
        if look(Look(session, actor, context.now, sealer), matter, subject) is not None:
            about = {"matter": matter, "subject": subject, "report_id": report_id, "key": key}
            _make(session, actor, about, hmac_key, context.now)


def next_minute(now: datetime) -> datetime:
    """When a mail made now is sent: at a full minute, so that its time says no more than that."""
    return now.replace(second=0, microsecond=0) + _MINUTE


def _make(session: Session, actor: Actor, about: Mapping[str, Any], hmac_key: bytes, now: datetime) -> None:
    drawn = keyed_hash(hmac_key, "mail", f"{actor.membership_id}/{about['key']}".encode())
    row = {
        "id": UUID(bytes=drawn[:16], version=4),
        "number": new_reference(lambda size: drawn[16 : 16 + size]),
        "account_id": actor.account_id,
        "membership_id": actor.membership_id,
        "state": MailState.WAITING,
        "made_at": next_minute(now),
        "due_at": next_minute(now),
        "attempts": 0,
        "failure": "",
        "is_held": False,
        **about,
    }
    once = (
        insert_into(session, Mail)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["account_id", "membership_id", "key"])
    )
    session.execute(once)
