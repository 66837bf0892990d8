"""Operation: who could read an object, from when until when, by which rule: grants joined with everybody's windows.

Only for whoever may ask about an object as its sender; a reader's own "why" is `sharing.reading.why`.
Readers of one class (tier, CEPTOAR, whether others may name them) are counted together, so ten thousand are few rows.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sharing.reading.driver import fetch, is_sqlite, uuid_parameter


class Edition(NamedTuple):
    """The object that stands for one edition of a report at one version."""

    id: int
    stix_id: str
    fullness: int
    label: int
    number: int
    entry_id: int
    superseded: bool


class ReachedClass(NamedTuple):
    """Organizations of one class that hold one token through which an object is open, counted together."""

    object_id: int
    token: str
    rule: str | None
    since: int
    closed: bool
    last_closed: int | None
    organizations: int
    tier: str
    sector: str | None
    ceptoar: str | None
    ministry: str | None
    findable: bool
    later_entry: int | None
    """By which it was given after its publication, if it was."""


class ReachedOne(NamedTuple):
    """One organization, or one person, to whom an object is or was open."""

    window_id: int
    object_id: int
    token: str
    rule: str | None
    since: int
    closed: int | None
    organization_id: Any
    account_id: Any
    later_entry: int | None


_EDITIONS: Final = """
    SELECT o.id, o.stix_id, o.fullness, o.label, f.number, o.entry_id, o.superseded
    FROM objects o JOIN edition_facts f ON f.object_id = o.id
    WHERE o.report_id = :report ORDER BY o.id
"""

# The feed that the object was published in; the inbox holds the same grants again. A regrant's rule is its audience's.
# A grant that was closed counts until then: the entry that closed it has its time, which positions are made of.
_GRANTS: Final = """
    FROM (
        SELECT object_id, feed, token_id, position, NULL AS ended FROM grants WHERE object_id = :object
        UNION ALL
        SELECT c.object_id, c.feed, c.token_id, c.position, e.ts_ms * 1000
        FROM closed_grants c JOIN audit_entries e ON e.id = c.entry_id WHERE c.object_id = :object
    ) g
    JOIN objects o ON o.id = g.object_id AND o.feed = g.feed
    JOIN tokens t ON t.id = g.token_id
    LEFT JOIN audience_tokens a ON a.audience_id = o.audience_id AND a.token_id = g.token_id
    LEFT JOIN (
        SELECT r.feed, x.token_id, min(x.rule) AS rule, max(r.entry_id) AS entry_id
        FROM regrants r JOIN audience_tokens x ON x.audience_id = r.audience_id
        WHERE r.object_id = :object GROUP BY r.feed, x.token_id
    ) y ON y.feed = g.feed AND y.token_id = g.token_id
    JOIN token_windows w ON w.token_id = g.token_id
        AND g.position > w.opened AND (w.closed IS NULL OR g.position <= w.closed)
"""
_ENDED: Final = "CASE WHEN w.closed < g.ended OR g.ended IS NULL THEN w.closed ELSE g.ended END"

_RULE: Final = "coalesce(min(a.rule), min(y.rule))"
# The entry by which it was given later, where the publication itself did not give it.
_LATER: Final = "CASE WHEN min(a.rule) IS NULL THEN max(y.entry_id) END"

_CLASSES: Final = f"""
    SELECT o.id, t.name, {_RULE}, min(g.position), {_ENDED} IS NOT NULL, max({_ENDED}), count(DISTINCT c.id),
           c.tier, c.sector, c.ceptoar, c.ministry, c.findable, {_LATER}
    {_GRANTS} JOIN organizations c ON c.id = w.organization_id
    WHERE g.object_id = :object
    GROUP BY o.id, t.name, {_ENDED} IS NOT NULL, c.tier, c.sector, c.ceptoar, c.ministry, c.findable
    ORDER BY t.name
"""

_SINGLE: Final = f"""
    SELECT w.id, o.id, t.name, {_RULE}, min(g.position), {_ENDED}, w.organization_id, w.account_id, {_LATER}
    {_GRANTS} LEFT JOIN organizations c ON c.id = w.organization_id
    WHERE g.object_id = :object AND w.id > :after
      AND (w.organization_id IS NULL OR w.organization_id = :own OR c.findable {{true}} OR c.tier {{tiers}}
           OR (c.ceptoar = :ceptoar AND c.tier {{members}}))
    GROUP BY w.id, o.id, t.name, {_ENDED}, w.organization_id, w.account_id
    ORDER BY w.id LIMIT :most
"""


def list_editions(session: Session, report_id: UUID) -> list[Edition]:
    """The editions of a report in every version, the oldest first; whoever calls has checked whose it is."""
    rows = fetch(session, _EDITIONS, {"report": uuid_parameter(session, report_id)})
    return [Edition._make((*row[:6], bool(row[6]))) for row in rows]


def list_reached_classes(session: Session, object_id: int) -> list[ReachedClass]:
    """The classes of organizations to which an object is or was open."""
    rows = fetch(session, _CLASSES, {"object": object_id})
    return [ReachedClass._make((*row[:4], bool(row[4]), *row[5:11], bool(row[11]), row[12])) for row in rows]


def list_reached_single(
    session: Session,
    object_id: int,
    *,
    own: UUID,
    ceptoar: str | None,
    tiers: Sequence[str],
    members: Sequence[str],
    after: int,
    most: int,
) -> list[ReachedOne]:
    """One by one: the own organization, persons, those who let others name them, those of these tiers, and members.

    The caller says, by the rule of who may be known, which tiers are told by name, and of which CEPTOAR the members.
    """
    sql = _SINGLE.format(
        true="= 1" if is_sqlite(session) else "",
        tiers=_among(tiers),
        members=_among(members),
    )
    parameters = {
        "object": object_id,
        "own": uuid_parameter(session, own),
        "ceptoar": ceptoar or "",
        "after": after,
        "most": most,
    }
    return [ReachedOne(*row) for row in fetch(session, sql, parameters)]


def _among(words: Sequence[str]) -> str:
    """A list of words of our own vocabulary as SQL; nothing of a request comes here."""
    if not all(word.isidentifier() for word in words):
        raise ValueError("expected plain words")
    return f"IN ({', '.join(repr(word) for word in words)})" if words else "IN ('')"
