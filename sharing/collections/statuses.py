"""Operation: keep the status of a post for a day, for whoever posted it and nobody else.

A poster may name its post (`Idempotency-Key`): the same name with the same body is then answered with the first status,
and nothing is posted anew. Names are kept as long as statuses are.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from models.bulk import insert_rows
from sharing.actor import Actor, Context
from sharing.errors import Conflict, NotVisible
from sharing.reading.driver import as_moment, as_uuid, fetch, moment_parameter, uuid_parameter

KEPT: Final = timedelta(hours=25)
"""The specification asks for a day; an hour more, so that a clock that differs does not make it less."""

_COLUMNS: Final = (
    ("id", "uuid"),
    ("membership_id", "uuid"),
    ("entry_id", "int4"),
    ("feed", "int4"),
    ("created_at", "timestamptz"),
    ("body", "bytea"),
)
_SELECT: Final = """
    SELECT s.body, s.created_at, CASE WHEN s.entry_id IS NOT NULL AND e.log_index IS NULL THEN 1 ELSE 0 END,
           s.entry_id, s.feed
    FROM post_statuses s
    LEFT JOIN audit_entries e ON e.id = s.entry_id
    WHERE s.id = :id AND s.membership_id = :membership
"""
_FORGET: Final = (
    "DELETE FROM post_statuses WHERE created_at < :before RETURNING id",
    "DELETE FROM post_keys WHERE created_at < :before RETURNING status_id",
)
_KEY: Final = """
    SELECT feed, sha256, status_id, created_at FROM post_keys WHERE membership_id = :membership AND key = :key
"""
_KEEP_KEY: Final = """
    INSERT INTO post_keys (membership_id, key, feed, sha256, status_id, created_at)
    VALUES (:membership, :key, :feed, :sha256, :status, :now)
    ON CONFLICT DO NOTHING RETURNING status_id
"""
_DROP_KEY: Final = "DELETE FROM post_keys WHERE membership_id = :membership AND key = :key RETURNING status_id"


class KeptStatus(Struct, frozen=True):
    """A status as it was answered, and whether its objects still wait to enter the feed."""

    body: bytes
    pending: bool
    entry_id: int | None = None
    """The entry of the post in the trail; None where nothing of it was taken."""
    feed: int | None = None
    """Where it was posted."""


def new_status_id(context: Context) -> UUID:
    """An id for a status; random, so that it tells nothing and cannot be guessed."""
    return context.new_id()


def keep_status(
    session: Session, actor: Actor, ident: UUID, body: bytes, *, entry_id: int | None, feed: int, context: Context
) -> None:
    """Keep a status; now and then the outdated ones are forgotten on the way."""
    row = (ident, actor.membership_id, entry_id, feed, context.now, body)
    insert_rows(session, "post_statuses", _COLUMNS, [row])
    if ident.bytes[0] == 0:  # one in 256: the index makes it cheap, but not free
        for statement in _FORGET:
            fetch(session, statement, {"before": moment_parameter(session, context.now - KEPT)})


class NamedPost(Struct, frozen=True):
    """A post that its poster named."""

    key: str
    feed: int
    sha256: bytes


def find_named_post(session: Session, actor: Actor, named: NamedPost, *, now: datetime) -> UUID | None:
    """The status of the post that this actor named so before; None where it did not, or too long ago.

    Raises:
        Conflict: the name was given to another post.
    """
    row = _named(session, actor, named.key)
    if row is None or as_moment(row[3]) < now - KEPT:
        return None
    if (row[0], bytes(row[1])) != (named.feed, named.sha256):
        raise Conflict("expected this Idempotency-Key with the post that it named first, found another post")
    return as_uuid(row[2])


def keep_name(session: Session, actor: Actor, named: NamedPost, status_id: UUID, *, context: Context) -> None:
    """Keep the name of a post.

    Raises:
        Conflict: another post took the name meanwhile; nothing of this unit of work may be kept.
    """
    row = _named(session, actor, named.key)
    if row is not None and as_moment(row[3]) < context.now - KEPT:
        fetch(session, _DROP_KEY, _key_parameters(session, actor, named.key))
    parameters = _key_parameters(session, actor, named.key) | {
        "feed": named.feed,
        "sha256": named.sha256,
        "status": uuid_parameter(session, status_id),
        "now": moment_parameter(session, context.now),
    }
    if not fetch(session, _KEEP_KEY, parameters):
        raise Conflict("another post with this Idempotency-Key came first")


def _named(session: Session, actor: Actor, key: str) -> tuple[Any, ...] | None:
    if actor.membership_id is None:
        return None
    rows = fetch(session, _KEY, _key_parameters(session, actor, key))
    return rows[0] if rows else None


def _key_parameters(session: Session, actor: Actor, key: str) -> dict[str, Any]:
    assert actor.membership_id is not None
    return {"membership": uuid_parameter(session, actor.membership_id), "key": key}


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
    return KeptStatus(bytes(rows[0][0]), pending=bool(rows[0][2]), entry_id=rows[0][3], feed=rows[0][4])
