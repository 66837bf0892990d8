"""Operation: the last requests of a key, for whoever set it up: holder, manager of the organization, administrator.

They are notes, not records: kept in memory first, written a little later, lost with a process that is killed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from models.bulk import insert_rows
from sharing.actor import Actor
from sharing.errors import NotVisible
from sharing.people.keys import list_keys
from sharing.reading.driver import fetch, run_many, uuid_parameter

KEPT: Final = 100
"""Requests of each key that are kept."""

LONGEST: Final = 300
"""Characters of each text of a note; what a client sends is not kept without bound."""


class RequestLine(msgspec.Struct, frozen=True, array_like=True):
    """One request, as its program's administrator wants to see it."""

    at_us: int
    method: str
    path: str
    query: str
    agent: str
    status: int
    given: int
    """How many objects, records or versions the answer held."""
    more: bool
    """Whether the answer said that there is more."""
    last: str
    """The X-TAXII-Date-Added-Last of the answer."""
    problem: str
    """What was said of a refusal."""
    codes: str = ""
    """The same in codes; empty for what was noted before there were any."""


class Note(NamedTuple):
    """A request of a key."""

    key_id: UUID
    line: RequestLine


_COLUMNS: Final = (("key_id", "uuid"), ("at_us", "int8"), ("line", "bytea"))
_TRIM: Final = """
    DELETE FROM key_requests WHERE key_id = :key AND at_us <= (
        SELECT at_us FROM key_requests WHERE key_id = :key ORDER BY at_us DESC LIMIT 1 OFFSET :kept
    )
"""
_LIST: Final = "SELECT line FROM key_requests WHERE key_id = :key ORDER BY at_us DESC LIMIT :kept"
_FREE: Final = "SELECT max(at_us) FROM key_requests WHERE key_id = :key"
_DECODER: Final = msgspec.json.Decoder(RequestLine)


def keep_notes(session: Session, notes: Sequence[Note]) -> None:
    """Write notes, and forget the oldest of each key beyond what is kept."""
    by_key: dict[UUID, list[RequestLine]] = {}
    for note in notes:
        by_key.setdefault(note.key_id, []).append(note.line)
    rows = []
    for key_id, lines in by_key.items():
        newest = fetch(session, _FREE, {"key": uuid_parameter(session, key_id)})[0][0] or 0
        for line in lines[-KEPT:]:
            newest = max(newest + 1, line.at_us)  # several processes note for one key
            rows.append((key_id, newest, msgspec.json.encode(line)))
    insert_rows(session, "key_requests", _COLUMNS, rows)
    keys = [{"key": uuid_parameter(session, key_id), "kept": KEPT} for key_id in by_key]
    run_many(session, _TRIM, keys)


def list_requests(session: Session, actor: Actor, key_id: UUID, now: datetime) -> list[RequestLine]:
    """The last requests of a key that this actor may look after, newest first.

    Raises:
        NotVisible: there is no such key, or it is not this actor's to look after.
    """
    if key_id not in {line.key.id for line in list_keys(session, actor, now)}:
        raise NotVisible("no such key")
    rows = fetch(session, _LIST, {"key": uuid_parameter(session, key_id), "kept": KEPT})
    return [_DECODER.decode(bytes(row[0])) for row in rows]
