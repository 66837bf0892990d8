"""Operation: close the grants of a publisher's own objects in one collection: they move to where only the ledger looks.

What the publisher may delete is what it sees of its own in the collection; another's copy of the same id, seen or not,
never counts.
"""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.ways import Statement
from sharing.audit.seals import note_rows
from sharing.readers import Reader
from sharing.reading.driver import as_uuid, fetch, is_sqlite, run_many, uuid_parameter
from sharing.reading.grants import Row, View, highest_position, of_ids
from sharing.reading.judge import of_versions
from sharing.reading.question import Question

_END: Final = 2**63 - 1


def list_own_visible(session: Session, reader: Reader, feed: int, stix_id: str, question: Question) -> list[Row]:
    """The versions of an id that the reader's organization published and the reader sees in this feed, each once."""
    view = View(session, reader.windows, feed)
    publisher = reader.actor.organization.id
    own = {
        row.object_id: row
        for row in reversed(of_ids(view, (stix_id,), 0, _END))
        if as_uuid(row.publisher_id) == publisher
        and (not question.spec_versions or row.spec_version in question.spec_versions)
    }
    rows = sorted(own.values(), key=lambda row: row.position)
    return of_versions(view, question, lambda: highest_position(view), rows)


def awaits_integration(session: Session, publisher_id: UUID, stix_id: str) -> bool:
    """Whether something of this publisher's under this id is recorded and not yet granted."""
    parameters = {"stix_id": stix_id, "publisher": uuid_parameter(session, publisher_id)}
    return bool(fetch(session, _AWAITS, parameters))


def close_grants(session: Session, feed: int, object_ids: Sequence[int], entry_id: int) -> None:
    """Close every grant of these objects in a feed; the inbox keeps what another collection still grants."""
    on_sqlite = is_sqlite(session)
    named = "SELECT value FROM json_each(:ids)" if on_sqlite else "SELECT unnest((:ids)::bigint[])"
    given: Any = json.dumps(list(object_ids)) if on_sqlite else list(object_ids)
    parameters = {"ids": given, "feed": feed, "inbox": INBOX_FEED, "entry": entry_id}
    for which in (_IN_FEED, _IN_INBOX):
        for statement in (_KEEP, _CLOSE):
            run_many(session, statement.format(which=which.format(named=named)), [parameters])
    note_rows(session, "closed_grants", entry_id=entry_id)


def close_tokens(session: Session, feed: int, object_ids: Sequence[int], names: Sequence[str], entry_id: int) -> None:
    """Close the grants of these objects to these tokens in a feed; the inbox keeps what another collection grants."""
    on_sqlite = is_sqlite(session)
    named = "SELECT value FROM json_each(:ids)" if on_sqlite else "SELECT unnest((:ids)::bigint[])"
    among = "SELECT value FROM json_each(:names)" if on_sqlite else "SELECT unnest((:names)::text[])"
    tokens = f" AND token_id + 0 IN (SELECT id FROM tokens WHERE name IN ({among}))"
    parameters = {
        "ids": json.dumps(list(object_ids)) if on_sqlite else list(object_ids),
        "names": json.dumps(list(names)) if on_sqlite else list(names),
        "feed": feed,
        "inbox": INBOX_FEED,
        "entry": entry_id,
    }
    for which in (_IN_FEED, _IN_INBOX):
        for statement in (_KEEP, _CLOSE):
            run_many(session, statement.format(which=which.format(named=named) + tokens), [parameters])
    note_rows(session, "closed_grants", entry_id=entry_id)


def close_newcomers(session: Session, own: Sequence[str], entry_id: int) -> None:
    """Close what an organization was given of the past as a newcomer: grants to its own tokens, by that rule alone."""
    found: dict[tuple[int, str], list[int]] = {}
    for name in own:
        for ident, feed in fetch(session, _NEWCOMERS, {"name": name, "rule": "newcomer/%"}):
            found.setdefault((feed, name), []).append(ident)
    for (feed, name), idents in sorted(found.items()):
        close_tokens(session, feed, idents, [name], entry_id)


def list_closed(session: Session, object_ids: Sequence[int], feed: int) -> set[int]:
    """Those of the objects whose grants in a feed were closed at some time."""
    if not object_ids:
        return set()
    on_sqlite = is_sqlite(session)
    numbered = "json_each(:ids) n" if on_sqlite else "unnest((:ids)::bigint[]) AS n(value)"
    given: Any = json.dumps(list(object_ids)) if on_sqlite else list(object_ids)
    rows = fetch(session, _CLOSED.format(numbered=numbered), {"ids": given, "feed": feed})
    return {row[0] for row in rows}


def ask_closed_of(session: Session, publisher_id: UUID, stix_ids: Sequence[str], feed: int) -> Statement:
    """The question for those of a publisher's objects with these ids whose grants in a feed were closed once."""
    on_sqlite = is_sqlite(session)
    named = _NAMED_SQLITE if on_sqlite else _NAMED_POSTGRES
    parameters = {
        "ids": json.dumps(list(stix_ids)) if on_sqlite else list(stix_ids),
        "publisher": uuid_parameter(session, publisher_id),
        "feed": feed,
    }
    return Statement(_CLOSED_OF.format(named=named), parameters, kept=True)


_AWAITS: Final = """
    SELECT 1 FROM objects o
    WHERE o.stix_id = :stix_id AND o.publisher_id = :publisher AND (
        EXISTS (SELECT 1 FROM audit_entries e WHERE e.id = o.entry_id AND e.log_index IS NULL)
        OR EXISTS (
            SELECT 1 FROM audit_entries e JOIN regrants r ON r.entry_id = e.id
            WHERE e.log_index IS NULL AND r.object_id = o.id
        )
    )
    LIMIT 1
"""
# Arithmetic keeps both databases from the primary key: few objects of a feed are meant, not the feed.
_IN_FEED: Final = "object_id IN ({named}) AND feed + 0 = :feed"
_IN_INBOX: Final = """object_id IN ({named}) AND feed + 0 = :inbox AND NOT EXISTS (
        SELECT 1 FROM grants k
        WHERE k.object_id = grants.object_id AND k.token_id + 0 = grants.token_id AND k.feed + 0 <> :inbox
    )"""
_NEWCOMERS: Final = """
    SELECT DISTINCT r.object_id, r.feed FROM regrants r
    JOIN audience_tokens a ON a.audience_id = r.audience_id JOIN tokens t ON t.id = a.token_id
    WHERE t.name = :name AND a.rule LIKE :rule
"""
_KEEP: Final = """
    INSERT INTO closed_grants (feed, token_id, position, object_id, entry_id)
    SELECT feed, token_id, position, object_id, CAST(:entry AS BIGINT) FROM grants WHERE {which}
"""
_CLOSE: Final = "DELETE FROM grants WHERE {which}"
_CLOSED: Final = """
    SELECT DISTINCT c.object_id FROM {numbered} CROSS JOIN closed_grants c
    WHERE c.object_id = n.value AND c.feed + 0 = :feed
"""
_CLOSED_OF: Final = """
    SELECT DISTINCT c.object_id FROM {named} CROSS JOIN closed_grants c
    WHERE c.object_id = o.id AND c.feed + 0 = :feed
"""
_NAMED_SQLITE: Final = "json_each(:ids) j CROSS JOIN objects o ON o.stix_id = j.value AND o.publisher_id = :publisher"
_NAMED_POSTGRES: Final = (
    "(SELECT id FROM objects WHERE stix_id = ANY((:ids)::text[]) AND publisher_id = :publisher OFFSET 0) o"
)
