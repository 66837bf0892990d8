"""Operation: which disclosures reached an object: its reader saw it at a position within the range."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sharing.reading.driver import fetch, uuid_parameter

MOST_LISTED = 1_000
"""Disclosures of one object that are listed, newest first; the trail itself holds all."""


class Known(NamedTuple):
    """What filters are compared with."""

    id: int
    stix_id: str
    type: str
    spec_version: str
    version_us: int
    label: int


class Reached(NamedTuple):
    """One disclosure whose range holds a position at which its reader saw the object."""

    disclosure_id: int
    object_id: int
    feed: int
    position: int
    organization_id: Any
    account_id: Any
    key_id: Any
    door: str
    filters: str
    at: Any


_OBJECTS = "SELECT id, stix_id, type, spec_version, version_us, label FROM objects"

# A window that has closed since counts too: leaving does not undo what was given.
# What was deleted since was given all the same: closed grants are asked like those that stand.
_TABLES = ("grants", "closed_grants")

# What was closed is given to nobody who reads over its place later: a reading counts where it was noted before the
# entry that closed it, or where it happened before that, and was only noted after.
_UNTIL = {
    "grants": "",
    "closed_grants": """
        AND EXISTS (SELECT 1 FROM audit_entries e WHERE e.id = g.entry_id
                    AND (d.entry_id < e.id OR d.at <= e.recorded_at))
    """,
}

_REACHED = """
    SELECT DISTINCT d.id, g.object_id, d.feed, g.position,
           d.organization_id, d.account_id, d.key_id, d.door, d.filters, d.at
    FROM {grants} g
    JOIN token_windows w ON w.token_id = g.token_id
        AND g.position > w.opened AND (w.closed IS NULL OR g.position <= w.closed)
    JOIN disclosures d ON d.feed = g.feed AND d.first_position <= g.position AND d.last_position >= g.position
        AND (d.organization_id = w.organization_id OR d.account_id = w.account_id)
    WHERE g.object_id = :object AND (d.object_id IS NULL OR d.object_id = g.object_id) {until}
    ORDER BY d.id DESC LIMIT :most
"""

_NEWER = """
    SELECT min(g.position)
    FROM objects f
    JOIN objects o ON o.stix_id = f.stix_id AND o.publisher_id = f.publisher_id AND o.version_us > f.version_us
    JOIN {grants} g ON g.object_id = o.id
    JOIN token_windows w ON w.token_id = g.token_id
        AND g.position > w.opened AND (w.closed IS NULL OR g.position <= w.closed)
    WHERE f.id = :object AND g.feed = :feed AND (w.organization_id = :organization OR w.account_id = :account)
"""


def list_own_objects(session: Session, publisher_id: UUID, stix_id: str) -> list[Known]:
    """Every version of an id by this publisher, and by nobody else."""
    sql = f"{_OBJECTS} WHERE stix_id = :stix_id AND publisher_id = :publisher"
    parameters = {"stix_id": stix_id, "publisher": uuid_parameter(session, publisher_id)}
    return [Known(*row) for row in fetch(session, sql, parameters)]


def list_report_objects(session: Session, report_id: UUID) -> list[Known]:
    """Every edition of a report in every form; whoever calls has checked whose report it is."""
    sql = f"{_OBJECTS} WHERE report_id = :report"
    return [Known(*row) for row in fetch(session, sql, {"report": uuid_parameter(session, report_id)})]


def list_reached(session: Session, objects: Sequence[Known]) -> list[Reached]:
    """The disclosures whose ranges hold these objects, newest first within each."""
    found: list[Reached] = []
    for each in objects:
        for table in _TABLES:
            rows = fetch(
                session, _REACHED.format(grants=table, until=_UNTIL[table]), {"object": each.id, "most": MOST_LISTED}
            )
            found += [Reached(*row) for row in rows]
    return found


MOST_EXAMINED = 20_000
"""Disclosures that one page of readings looks through; it then answers what it has, perhaps nothing, and goes on."""

_FLOOR = "SELECT id FROM disclosures WHERE id < :before ORDER BY id DESC LIMIT 1 OFFSET :skip"

_WITHIN = """
    s.feed = r.feed AND s.first_position <= r.position AND s.last_position >= r.position
    AND (s.object_id IS NULL OR s.object_id = r.object_id)
    AND (r.ended_by IS NULL OR s.entry_id < r.ended_by OR s.at <= r.ended_at)
"""

# Each side is gathered once, then joined by its holder: asking of every disclosure whether some grant was within it
# takes as long as their product. Organizations and persons apart, since an OR of both is joined by no index.
_READINGS = f"""
    WITH reach AS MATERIALIZED (
        SELECT g.object_id, g.feed, g.position, w.organization_id, w.account_id, g.ended_by, g.ended_at
        FROM (
            SELECT g.object_id, g.feed, g.token_id, g.position, NULL AS ended_by, NULL AS ended_at
            FROM objects o JOIN grants g ON g.object_id = o.id WHERE o.report_id = :report
            UNION ALL
            SELECT c.object_id, c.feed, c.token_id, c.position, e.id, e.recorded_at
            FROM objects o JOIN closed_grants c ON c.object_id = o.id JOIN audit_entries e ON e.id = c.entry_id
            WHERE o.report_id = :report
        ) g
        JOIN token_windows w ON w.token_id = g.token_id
            AND g.position > w.opened AND (w.closed IS NULL OR g.position <= w.closed)
    ),
    seen AS MATERIALIZED (
        SELECT id, entry_id, at, organization_id, account_id, object_id, feed, first_position, last_position
        FROM disclosures WHERE id < :before AND id >= :floor
    ),
    reached AS MATERIALIZED (
        SELECT s.id, r.object_id, r.position FROM reach r CROSS JOIN seen s
        WHERE s.organization_id = r.organization_id AND {_WITHIN}
        UNION ALL
        SELECT s.id, r.object_id, r.position FROM reach r CROSS JOIN seen s
        WHERE r.account_id IS NOT NULL AND s.account_id = r.account_id AND {_WITHIN}
    ),
    newest AS MATERIALIZED (SELECT DISTINCT id FROM reached ORDER BY id DESC LIMIT :most)
    SELECT d.id, x.object_id, d.feed, min(x.position),
           d.organization_id, d.account_id, d.key_id, d.door, d.filters, d.at
    FROM newest n JOIN disclosures d ON d.id = n.id JOIN reached x ON x.id = n.id
    GROUP BY d.id, x.object_id, d.feed, d.organization_id, d.account_id, d.key_id, d.door, d.filters, d.at
    ORDER BY d.id DESC, x.object_id
"""


def list_readings(session: Session, report_id: UUID, before: int, most: int) -> tuple[list[Reached], int | None]:
    """The newest disclosures before a number that reached a report, each with the objects of it that it reached.

    The second value is where to go on; None when all were looked through.
    """
    floors = fetch(session, _FLOOR, {"before": before, "skip": MOST_EXAMINED})
    floor = int(floors[0][0]) if floors else 0
    parameters = {
        "before": before,
        "floor": floor,
        "report": uuid_parameter(session, report_id),
        "most": most,
    }
    rows = [Reached(*row) for row in fetch(session, _READINGS, parameters)]
    found = {row.disclosure_id for row in rows}
    if len(found) == most:
        return rows, min(found)
    return rows, floor or None


def newer_version_since(session: Session, reached: Reached) -> int | None:
    """From which position on that reader saw a newer version of the object instead."""
    parameters = {
        "object": reached.object_id,
        "feed": reached.feed,
        "organization": reached.organization_id,
        "account": reached.account_id,
    }
    found = [fetch(session, _NEWER.format(grants=table), parameters)[0][0] for table in _TABLES]
    return min((position for position in found if position is not None), default=None)
