"""Operation: keep the status of a post for a day, for whoever posted it and nobody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from models.bulk import insert_rows
from sharing.actor import Actor, Context
from sharing.errors import NotVisible
from sharing.reading.driver import as_moment, fetch, moment_parameter, uuid_parameter

KEPT: Final = timedelta(hours=25)
"""The specification asks for a day; an hour more, so that a clock that differs does not make it less."""

_COLUMNS: Final = (
    ("id", "uuid"),
    ("membership_id", "uuid"),
    ("entry_id", "int4"),
    ("created_at", "timestamptz"),
    ("body", "bytea"),
)
_SELECT: Final = """
    SELECT s.body, s.created_at, CASE WHEN s.entry_id IS NOT NULL AND e.log_index IS NULL THEN 1 ELSE 0 END
    FROM post_statuses s LEFT JOIN audit_entries e ON e.id = s.entry_id
    WHERE s.id = :id AND s.membership_id = :membership
"""
_FORGET: Final = "DELETE FROM post_statuses WHERE created_at < :before RETURNING id"


@dataclass(frozen=True)
class KeptStatus:
    """A status as it was answered, and whether its objects still wait to enter the feed."""

    body: bytes
    pending: bool


def new_status_id(context: Context) -> UUID:
    """An id for a status; random, so that it tells nothing and cannot be guessed."""
    return UUID(bytes=context.random_bytes(16), version=4)


def keep_status(
    session: Session, actor: Actor, ident: UUID, body: bytes, *, entry_id: int | None, context: Context
) -> None:
    """Keep a status; now and then the outdated ones are forgotten on the way."""
    row = (ident, actor.membership_id, entry_id, context.now, body)
    insert_rows(session, "post_statuses", _COLUMNS, [row])
    if ident.bytes[0] == 0:  # one in 256: the index makes it cheap, but not free
        fetch(session, _FORGET, {"before": moment_parameter(session, context.now - KEPT)})


def load_status(session: Session, actor: Actor, ident: str, *, now: datetime) -> KeptStatus:
    """The status of a post of this actor's.

    Raises:
        NotVisible: there is none, it is another's, or it is older than a day.
    """
    if actor.membership_id is None:
        raise NotVisible("no such status")
    try:
        wanted = UUID(ident)
    except ValueError:
        raise NotVisible("no such status") from None
    parameters = {
        "id": uuid_parameter(session, wanted),
        "membership": uuid_parameter(session, actor.membership_id),
    }
    rows = fetch(session, _SELECT, parameters)
    if not rows or as_moment(rows[0][1]) < now - KEPT:
        raise NotVisible("no such status")
    return KeptStatus(bytes(rows[0][0]), pending=bool(rows[0][2]))
