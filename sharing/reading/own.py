"""Operation: what a publisher itself has published before; another's objects never influence its answer."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from models.vocabulary import Label
from models.ways import Statement
from sharing.reading.driver import fetch, fetch_all, is_sqlite, uuid_parameter


class OwnVersion(Struct, frozen=True):
    """One version that this publisher has published."""

    id: int
    stix_id: str
    version_us: int
    version: str
    sha256: bytes
    created_by_ref: str | None
    superseded: bool
    feed: int
    audience_id: int
    label: int
    is_edition: bool = False
    """It is part of a report's edition, which goes out through the report only."""


_COLUMNS = (
    "o.id, o.stix_id, o.version_us, o.version, o.sha256, o.created_by_ref, o.superseded, o.feed, o.audience_id,"
    " o.label, o.report_id"
)
_SQLITE = (
    f"SELECT {_COLUMNS} FROM json_each(:ids) j"
    " CROSS JOIN objects o ON o.stix_id = j.value AND o.publisher_id = :publisher"
)
_POSTGRES = f"SELECT {_COLUMNS} FROM objects o WHERE o.stix_id = ANY(:ids) AND o.publisher_id = :publisher"
_BODY = "SELECT body FROM objects WHERE id = :id AND publisher_id = :publisher"


def list_own_versions(session: Session, publisher_id: UUID, stix_ids: Sequence[str]) -> list[OwnVersion]:
    """Every version of these ids by this publisher, and by nobody else."""
    return own_versions(fetch_all(session, [ask_own_versions(session, publisher_id, stix_ids)])[0])


def ask_own_versions(session: Session, publisher_id: UUID, stix_ids: Sequence[str]) -> Statement:
    """The question for `own_versions`, to be asked together with others."""
    ids: Any = list(stix_ids)
    publisher = uuid_parameter(session, publisher_id)
    if is_sqlite(session):
        return Statement(_SQLITE, {"ids": json.dumps(ids), "publisher": publisher})
    return Statement(_POSTGRES, {"ids": ids, "publisher": publisher}, kept=True)


def own_versions(rows: Iterable[tuple[Any, ...]]) -> list[OwnVersion]:
    """The versions that the answer to `ask_own_versions` tells of."""
    return [
        OwnVersion(
            row[0],
            row[1],
            row[2],
            row[3],
            bytes(row[4]),
            row[5],
            bool(row[6]),
            row[7],
            row[8],
            row[9],
            row[10] is not None,
        )
        for row in rows
    ]


def list_granted_tokens(
    session: Session, object_ids: Sequence[int], feed: int, only: Collection[str] | None = None
) -> dict[int, set[str]]:
    """To which tokens each of these objects is granted in a feed already; `only` asks for these few alone."""
    if not object_ids:
        return {}
    ids: Any = list(object_ids)
    numbered, held = "unnest((:ids)::bigint[]) AS n(value)", " + 0"
    if is_sqlite(session):
        # There the index of objects holds the rest of the key, and leads to the one grant.
        numbered, held, ids = "json_each(:ids) n", "", json.dumps(ids)
    granted: dict[int, set[str]] = {}
    if only is None or len(only) > FEW_TOKENS:
        rows = fetch(session, _GRANTED.format(numbered=numbered), {"ids": ids, "feed": feed})
        for object_id, token in rows:
            granted.setdefault(object_id, set()).add(token)
        return granted
    for token in sorted(only):
        rows = fetch(
            session, _GRANTED_TO.format(numbered=numbered, held=held), {"ids": ids, "feed": feed, "token": token}
        )
        for (object_id,) in rows:
            granted.setdefault(object_id, set()).add(token)
    return granted


FEW_TOKENS: Final = 8
"""So many tokens are asked for one by one: an object may be granted to hundreds who joined later."""
_GRANTED = """
    SELECT g.object_id, t.name
    FROM {numbered} CROSS JOIN grants g JOIN tokens t ON t.id = g.token_id
    WHERE g.object_id = n.value AND g.feed + 0 = :feed
"""
_GRANTED_TO = """
    SELECT DISTINCT g.object_id
    FROM {numbered} CROSS JOIN grants g
    WHERE g.object_id = n.value AND g.feed{held} = :feed
      AND g.token_id{held} = (SELECT id FROM tokens WHERE name = :token)
"""


def list_marked(session: Session, publisher_id: UUID, stix_ids: Sequence[str]) -> set[str]:
    """Those of the ids under which this publisher published something with marks on parts, or so written that it may.

    Told from the bytes: a key can be written with escapes, and then nobody knows without reading all of it.
    """
    sqlite = is_sqlite(session)
    ids: Any = json.dumps(list(stix_ids)) if sqlite else list(stix_ids)
    named = "json_each(:ids) j CROSS JOIN objects o ON o.stix_id = j.value" if sqlite else "objects o"
    where = "TRUE" if sqlite else "o.stix_id = ANY(:ids)"
    held = "instr(o.body, {}) > 0" if sqlite else "position({} in o.body) > 0"
    marked = " OR ".join(held.format(f":{name}") for name in ("key", "escape"))
    sql = f"SELECT DISTINCT o.stix_id FROM {named} WHERE {where} AND o.publisher_id = :publisher AND ({marked})"
    parameters = {"ids": ids, "publisher": uuid_parameter(session, publisher_id)}
    return {row[0] for row in fetch(session, sql, {**parameters, "key": b"granular_markings", "escape": b"\\u"})}


class OwnBody(NamedTuple):
    """The bytes of one of a publisher's own versions, with its label."""

    label: Label
    body: bytes


_BODIES: Final = "SELECT o.label, o.body FROM {ids} AND o.publisher_id = :publisher ORDER BY o.id"
_AT_ONCE: Final = 200
"""Ids asked for with one question; their bytes are looked at one after the other."""


def list_own_bodies(session: Session, publisher_id: UUID, stix_ids: Sequence[str]) -> Iterator[OwnBody]:
    """Every version of these ids by this publisher, and by nobody else; of what was erased nothing."""
    sqlite = is_sqlite(session)
    named = "json_each(:ids) j CROSS JOIN objects o ON o.stix_id = j.value" if sqlite else "objects o"
    where = " WHERE length(o.salt) > 0" if sqlite else " WHERE o.stix_id = ANY(:ids) AND length(o.salt) > 0"
    for start in range(0, len(stix_ids), _AT_ONCE):
        ids: Any = list(stix_ids[start : start + _AT_ONCE])
        parameters = {"ids": json.dumps(ids) if sqlite else ids, "publisher": uuid_parameter(session, publisher_id)}
        for label, body in fetch(session, _BODIES.format(ids=named + where), parameters):
            yield OwnBody(Label.of_rank(label), bytes(body))


def load_own_body(session: Session, publisher_id: UUID, object_id: int) -> bytes:
    """The bytes of one of the publisher's own versions, to compare a second post with."""
    rows = fetch(session, _BODY, {"id": object_id, "publisher": uuid_parameter(session, publisher_id)})
    return bytes(rows[0][0])
