"""Operation: what stands published, object by object, with everybody to whom it is granted; for deciding again.

Only for operations that decide who reads what; no reader is answered from here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.reading.driver import among_numbers, as_uuid, fetch, uuid_parameter

REVOKED: Final = b'"revoked":true'


class Piece(NamedTuple):
    """One version of one object of a report."""

    id: int
    stix_id: str
    publisher_id: UUID
    type: str
    version_us: int
    label: int
    feed: int
    entry_id: int
    audience_id: int
    body: bytes
    number: int | None
    """The version of the report, where the object stands for it in a form."""

    @property
    def is_recall(self) -> bool:
        """Whether it says only that what was there is recalled."""
        return REVOKED in self.body


class Posted(NamedTuple):
    """A posted object in one of the collections in which it is granted."""

    id: int
    publisher_id: UUID
    label: int
    feed: int
    superseded: bool
    tokens: frozenset[str]


class Stored(NamedTuple):
    """An object as it was published."""

    label: int
    body: bytes


class Past(NamedTuple):
    """An object that stands published, as it was granted to a group."""

    id: int
    publisher_id: UUID
    label: int
    feed: int
    position: int


_PIECES: Final = """
    SELECT o.id, o.stix_id, o.publisher_id, o.type, o.version_us, o.label, o.feed, o.entry_id, o.audience_id, o.body,
           f.number
    FROM objects o LEFT JOIN edition_facts f ON f.object_id = o.id
    WHERE o.report_id = :report ORDER BY o.version_us, o.id
"""
_POSTED: Final = """
    SELECT id, publisher_id, label, superseded FROM objects
    WHERE id > :after AND report_id IS NULL AND type NOT IN ('marking-definition', 'extension-definition', 'identity')
    ORDER BY id LIMIT :limit
"""
_GRANTED: Final = """
    SELECT g.object_id, g.feed, t.name FROM grants g JOIN tokens t ON t.id = g.token_id
    WHERE g.object_id {among} AND g.feed + 0 <> :inbox
"""
_GRANTED_TO: Final = """
    SELECT g.object_id, g.feed FROM grants g
    WHERE g.object_id {among} AND g.token_id + 0 = (SELECT id FROM tokens WHERE name = :token) AND g.feed + 0 <> :inbox
"""
_COMPANIONS: Final = frozenset({"identity", "marking-definition", "extension-definition"})
_PAST: Final = """
    SELECT o.id, o.publisher_id, o.label, o.feed, g.position, o.superseded, o.type, o.body
    FROM grants g JOIN objects o ON o.id = g.object_id
    WHERE g.feed = :inbox AND g.token_id = (SELECT id FROM tokens WHERE name = :token)
      AND g.position > :after AND g.position <= :until
    ORDER BY g.position LIMIT :limit
"""
_COUNT: Final = """
    SELECT count(*) FROM objects
    WHERE report_id IS NULL AND type NOT IN ('marking-definition', 'extension-definition', 'identity')
"""
_TOKENS: Final = """
    SELECT a.audience_id, t.name FROM audience_tokens a JOIN tokens t ON t.id = a.token_id
    WHERE a.audience_id {among}
"""
_LABELS: Final = "SELECT id, label FROM objects WHERE id {among}"
_STORED: Final = "SELECT id, label, body FROM objects WHERE id {among}"


def list_pieces(session: Session, report_id: UUID) -> list[Piece]:
    """Every version of every object that was published of a report, the oldest first."""
    rows = fetch(session, _PIECES, {"report": uuid_parameter(session, report_id)})
    return [Piece._make((*row[:2], _uuid(row[2]), *row[3:9], bytes(row[9]), row[10])) for row in rows]


def list_posted(session: Session, after: int, limit: int) -> tuple[list[Posted], int | None]:
    """The next posted objects, one for each collection in which they are granted; and where the following begin.

    Definitions and identities say nothing by themselves and follow what names them.
    """
    rows = fetch(session, _POSTED, {"after": after, "limit": limit})
    granted = list_granted(session, [row[0] for row in rows])
    found = [
        Posted(row[0], _uuid(row[1]), row[2], feed, bool(row[3]), frozenset(names))
        for row in rows
        for feed, names in sorted(granted.get(row[0], {}).items())
    ]
    return found, rows[-1][0] if len(rows) == limit else None


def list_past(
    session: Session, token: str, stretch: tuple[int, int], highest: int, limit: int
) -> tuple[list[Past], int | None]:
    """What stands of what was granted to a token after a position, up to another; and where the following begins.

    The newest version of each object alone, if it is no notice of recall; no exercises, no definitions or identities.
    """
    parameters = {
        "inbox": INBOX_FEED,
        "token": token,
        "after": stretch[0],
        "until": stretch[1],
        "limit": limit,
    }
    rows = fetch(session, _PAST, parameters)
    found = [
        Past(row[0], _uuid(row[1]), row[2], row[3], row[4])
        for row in rows
        if row[2] <= highest and not row[5] and row[6] not in _COMPANIONS and REVOKED not in bytes(row[7])
    ]
    return found, rows[-1][4] if len(rows) == limit else None


def count_posted(session: Session) -> int:
    """How many posted objects there are."""
    return int(fetch(session, _COUNT, {})[0][0])


def list_granted(session: Session, object_ids: Sequence[int]) -> Mapping[int, Mapping[int, set[str]]]:
    """By object and collection the tokens to which it is granted now; the inbox follows the collections."""
    found: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    if object_ids:
        sql = _GRANTED.format(among=among_numbers(sorted(object_ids)))
        for ident, feed, name in fetch(session, sql, {"inbox": INBOX_FEED}):
            found[ident][feed].add(name)
    return found


def list_granted_to(session: Session, object_ids: Sequence[int], token: str) -> Mapping[int, set[int]]:
    """By object the collections in which it is granted to this token now; however many others have it too."""
    found: dict[int, set[int]] = defaultdict(set)
    if object_ids:
        sql = _GRANTED_TO.format(among=among_numbers(sorted(object_ids)))
        for ident, feed in fetch(session, sql, {"token": token, "inbox": INBOX_FEED}):
            found[ident].add(feed)
    return found


def list_audience_tokens(session: Session, audiences: Iterable[int]) -> Mapping[int, set[str]]:
    """The tokens of each audience."""
    found: dict[int, set[str]] = defaultdict(set)
    for audience, name in fetch(session, _TOKENS.format(among=among_numbers(sorted(set(audiences)))), {}):
        found[audience].add(name)
    return found


def list_stored(session: Session, object_ids: Sequence[int]) -> dict[int, Stored]:
    """These objects, by their numbers."""
    if not object_ids:
        return {}
    rows = fetch(session, _STORED.format(among=among_numbers(sorted(object_ids))), {})
    return {row[0]: Stored(row[1], bytes(row[2])) for row in rows}


def list_labels(session: Session, object_ids: Sequence[int]) -> dict[int, Label]:
    """The label of each of these objects."""
    if not object_ids:
        return {}
    rows = fetch(session, _LABELS.format(among=among_numbers(sorted(object_ids))), {})
    return {row[0]: Label.of_rank(row[1]) for row in rows}


def _uuid(stored: Any) -> UUID:
    found = as_uuid(stored)
    assert found is not None
    return found
