"""Operation: which grants there must be, from objects, audiences and regrants, against those that are there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from sharing.reading.driver import fetch

AT_ONCE: Final = 500
"""Regrants looked at together."""


CLOSED: Final = -1
"""Stands for the probe of a grant that its publisher closed since."""


class GrantRow(NamedTuple):
    """A row of `grants`, or of those that were closed."""

    feed: int
    token_id: int
    position: int
    object_id: int
    probe: int


class Placed(NamedTuple):
    """An object that its entry published, with the position that follows from the entry."""

    object_id: int
    position: int
    feed: int
    exercise: bool
    audience_id: int


@dataclass
class Recount:
    """What a stretch of entries came to."""

    faults: list[tuple[int, str]] = field(default_factory=list)
    """Object, and what is wrong with its grants."""
    extras: list[GrantRow] = field(default_factory=list)
    """Grants beyond those that publishing gave: regrants must explain them."""
    found: int = 0


_PLACED: Final = """
    SELECT o.id, e.first_position + row_number() OVER (PARTITION BY o.entry_id ORDER BY o.id) - 1,
           o.feed, o.exercise, o.audience_id
    FROM objects o JOIN audit_entries e ON e.id = o.entry_id WHERE o.entry_id {among}
"""
_GRANTS: Final = """
    SELECT g.feed, g.token_id, g.position, g.object_id, g.probe, g.type = o.type
    FROM grants g JOIN objects o ON o.id = g.object_id
    WHERE o.entry_id {among} AND g.position <= :upto
    UNION ALL
    SELECT c.feed, c.token_id, c.position, c.object_id, -1, 1 = 1
    FROM closed_grants c JOIN objects o ON o.id = c.object_id WHERE o.entry_id {among}
"""
_TOKENS: Final = "SELECT audience_id, token_id FROM audience_tokens WHERE audience_id IN ({ids})"
_TWINS: Final = """
    SELECT o.id, CASE WHEN f.first_position < e.first_position OR f.id = e.id THEN 1 ELSE 0 END
    FROM objects o JOIN objects c ON c.stix_id = o.stix_id AND c.version_us = o.version_us AND c.id <> o.id
    JOIN audit_entries e ON e.id = o.entry_id JOIN audit_entries f ON f.id = c.entry_id
    WHERE o.entry_id {among}
"""


def recount_grants(session: Session, among: str, upto: int) -> Recount:
    """Compare the grants of some entries' objects with what publishing must have given them.

    `among` is a condition of SQL on an entry's number, made of numbers alone; positions beyond `upto` are left out.
    """
    made = Recount()
    placed = [Placed(*row) for row in fetch(session, _PLACED.format(among=among), {})]
    if not placed:
        return made
    tokens = _tokens(session, {each.audience_id for each in placed})
    there: dict[int, dict[tuple[int, int, int], int]] = defaultdict(dict)
    for row in fetch(session, _GRANTS.format(among=among), {"upto": upto}):
        of_object = there[row[3]]
        if row[:3] in of_object:
            made.faults.append((row[3], f"a grant at position {row[2]} is closed and open at once"))
        of_object[row[0], row[1], row[2]] = row[4]
        if not row[5]:
            made.faults.append((row[3], f"a grant at position {row[2]} names another type"))
        made.found += row[4] != CLOSED
    twins: dict[int, int] = {}
    for ident, before in fetch(session, _TWINS.format(among=among), {}):
        twins[ident] = max(before, twins.get(ident, 0))
    for each in placed:
        _compare(made, each, tokens.get(each.audience_id, ()), there.pop(each.object_id, {}), twins.get(each.object_id))
    return made


def _compare(
    made: Recount,
    each: Placed,
    tokens: Sequence[int],
    there: dict[tuple[int, int, int], int],
    twin: int | None,
) -> None:
    feeds = [each.feed] if each.exercise or each.feed == INBOX_FEED else [each.feed, INBOX_FEED]
    missing = wrong = 0
    for feed in feeds:
        for token in tokens:
            probe = there.pop((feed, token, each.position), None)
            missing += probe is None
            wrong += (probe == 1 and twin is None) or (probe == 0 and bool(twin))
    if missing:
        made.faults.append((each.object_id, f"{missing} of its grants at position {each.position} are not there"))
    if wrong:
        made.faults.append((each.object_id, "its grants note wrongly whether another copy of it exists"))
    made.extras += [GrantRow(*name, each.object_id, probe) for name, probe in there.items()]


def _tokens(session: Session, audiences: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    ids = ", ".join(str(number) for number in sorted(audiences))
    for audience, token in fetch(session, _TOKENS.format(ids=ids), {}):
        found[audience].append(token)
    return found


_REGRANTS: Final = """
    SELECT r.entry_id, r.object_id, r.feed, r.audience_id, o.exercise,
           e.first_position + e.object_count + (
               SELECT count(DISTINCT s.object_id) FROM regrants s
               WHERE s.entry_id = r.entry_id AND s.object_id < r.object_id)
    FROM regrants r JOIN audit_entries e ON e.id = r.entry_id JOIN objects o ON o.id = r.object_id
    WHERE e.log_index IS NOT NULL AND e.first_position <= :upto
      AND (r.entry_id, r.object_id, r.feed) > (:entry, :object, :feed)
    ORDER BY r.entry_id, r.object_id, r.feed LIMIT :limit
"""
_EARLIER: Final = """
    SELECT 1 FROM grants
    WHERE object_id = :object AND feed = :feed AND token_id = :token AND position < :position
    UNION ALL SELECT 1 FROM closed_grants
    WHERE object_id = :object AND feed = :feed AND token_id = :token AND position < :position AND entry_id > :entry
    LIMIT 1
"""


def recount_regrants(
    session: Session, extras: dict[tuple[int, int, int, int], int], upto: int
) -> Iterator[tuple[int, str]]:
    """What is wrong with grants given again: entry and words. Takes out of `extras` what a regrant explains.

    A regrant gives each token that the object has not reached in that feed yet; whom it had reached gets nothing new.
    """
    last = (0, 0, 0)
    while True:
        names = dict(zip(("entry", "object", "feed"), last, strict=True))
        rows = fetch(session, _REGRANTS, {"upto": upto, "limit": AT_ONCE, **names})
        if not rows:
            return
        tokens = _tokens(session, {row[3] for row in rows})
        for entry, object_id, feed, audience, exercise, position in rows:
            for name in (feed,) if exercise or feed == INBOX_FEED else (feed, INBOX_FEED):
                for token in tokens.get(audience, ()):
                    probe = extras.pop((name, token, position, object_id), None)
                    asked = {"entry": entry, "object": object_id, "feed": name, "token": token, "position": position}
                    if probe == 0:
                        yield entry, f"a grant given again at position {position} does not say so"
                    if probe is None and not fetch(session, _EARLIER, asked) and position <= upto:
                        yield entry, f"a grant given again at position {position} is not there"
        last = rows[-1][:3]


def count_grants(session: Session, upto: int) -> int:
    """Every grant up to a position."""
    return int(fetch(session, "SELECT count(*) FROM grants WHERE position <= :upto", {"upto": upto})[0][0])


def list_strays(session: Session, upto: int, limit: int) -> list[GrantRow]:
    """Grants of objects that do not exist, or beyond the last position."""
    sql = """
        SELECT g.feed, g.token_id, g.position, g.object_id, g.probe FROM grants g
        WHERE g.position > :upto OR NOT EXISTS (SELECT 1 FROM objects o WHERE o.id = g.object_id) LIMIT :limit
    """
    return [GrantRow(*row) for row in fetch(session, sql, {"upto": upto, "limit": limit})]


def entries_of_objects(session: Session, object_ids: Iterable[int]) -> Mapping[int, int]:
    """The number of the entry that published each object."""
    ids = ", ".join(str(number) for number in sorted(set(object_ids))) or "NULL"
    rows: list[Any] = fetch(session, f"SELECT id, entry_id FROM objects WHERE id IN ({ids})", {})
    return dict(rows)
