"""Operation: through which grants one reader sees one object: the tokens that it holds itself, and no others.

Whoever else may see the object is not told here; the sender's own page does that.
"""

from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from sharing.readers import Reader
from sharing.reading.driver import fetch
from sharing.reading.grants import View, grants_of, list_parameter, numbered, view_parameters, windows_join


class Grounds(NamedTuple):
    """One grant of an object to a token of the reader, and the rule of the policy that made it."""

    token: str
    rule: str | None
    position: int
    entry_id: int


class Recorded(NamedTuple):
    """A visible version and the entry that published it."""

    object_id: int
    entry_id: int
    place: int
    sha256: bytes


def list_grounds(session: Session, reader: Reader, feed: int, object_id: int) -> list[Grounds]:
    """Every grant through which this reader sees the object, the oldest first."""
    view = View(session, reader.windows, feed)
    if not view.windows:
        return []
    parameters = view_parameters(view) | {"object": object_id}
    rows = fetch(session, _FIRST.format(windows=windows_join(view)), parameters)
    rows += fetch(session, _AGAIN.format(windows=windows_join(view)), parameters)
    return sorted((Grounds._make(row) for row in rows), key=lambda each: (each.position, each.token))


def list_recorded(session: Session, reader: Reader, feed: int, object_ids: list[int]) -> list[Recorded]:
    """The entries that published these versions, for those that the reader may see."""
    view = View(session, reader.windows, feed)
    if not view.windows or not object_ids:
        return []
    sql = f"""
        SELECT DISTINCT o.id, o.entry_id, o.place, o.sha256
        FROM {numbered(view, "objects", "o")} {grants_of(view)}
        ORDER BY o.id
    """
    parameters = view_parameters(view) | {"objects": list_parameter(view, object_ids)}
    return [Recorded(row[0], row[1], row[2], bytes(row[3])) for row in fetch(session, sql, parameters)]


# A grant belongs to the entry whose positions hold it: first those of the new objects, then those of the regrants.
_FIRST: Final = """
    SELECT t.name, a.rule, g.position, o.entry_id
    FROM grants g {windows}
    JOIN objects o ON o.id = g.object_id
    JOIN audit_entries e ON e.id = o.entry_id
        AND g.position >= e.first_position AND g.position < e.first_position + e.object_count
    JOIN tokens t ON t.id = g.token_id
    LEFT JOIN audience_tokens a ON a.audience_id = o.audience_id AND a.token_id = g.token_id
    WHERE g.feed = :feed AND g.object_id = :object
"""
_AGAIN: Final = """
    SELECT t.name, min(a.rule), g.position, e.id
    FROM grants g {windows}
    JOIN regrants r ON r.object_id = g.object_id
    JOIN audit_entries e ON e.id = r.entry_id
        AND g.position >= e.first_position + e.object_count
        AND g.position < e.first_position + e.object_count + e.regrants
    JOIN tokens t ON t.id = g.token_id
    LEFT JOIN audience_tokens a ON a.audience_id = r.audience_id AND a.token_id = g.token_id
    WHERE g.feed = :feed AND g.object_id = :object
    GROUP BY t.name, g.position, e.id
"""
