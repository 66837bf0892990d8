"""Operation: what a reader's words are found in, newest first: the same grants as every page, never a rank.

A rank tells of what others wrote, and so does a count; there is neither. First the newest texts of the reader's own
feed are looked at: common words fill a page from them. Only then the index is asked, for what is rarer. Where even
that would be too much, the page goes on walking down the reader's own feed and says that there is `more`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from sharing.readers import Reader
from sharing.reading import grants
from sharing.reading.downwards import Downwards, Place, begin, find_end
from sharing.reading.driver import fetch
from sharing.reading.grants import Row, View
from sharing.reading.judge import keep
from sharing.reading.newest import PAGE_ROWS, Facts, Look, scan_down, with_facts
from sharing.reading.question import Question
from sharing.reading.search_index import Ways, find_candidates, list_holding
from sharing.rules.object_texts import is_searched, texts_of
from sharing.rules.search_terms import Asked, parse_question

NEAR_ROWS: Final = 2_000
"""Rows of the reader's own feed that are walked before the whole index is asked; of a report seven in eight only say
something about others, and are passed over."""

FAR_ROWS: Final = 10_000
"""Rows that one page looks at where the index has too much to say."""

MOST_CANDIDATES: Final = 10_000
"""Objects that the index may name before walking is the better way."""

_SCANNED_AT_ONCE: Final = 500
_LOOKED_AT_ONCE: Final = 100


class Sought(msgspec.Struct, frozen=True, array_like=True):
    """What somebody looks for: words, and the filters of the feed."""

    words: str
    look: Look = Look()


_DOWN: Final = Downwards(b"search", Sought)


class FoundPage(Struct, frozen=True):
    """Rows in falling order of position, and the way to older ones; never how many there are."""

    rows: tuple[Row, ...]
    next: str | None
    sought: Sought
    is_readable: bool = True
    """Whether the words hold anything that can be looked for."""

    @property
    def highest_label(self) -> int:
        """The strictest label among the rows."""
        return max((row.label for row in self.rows), default=0)


def search(
    session: Session,
    reader: Reader,
    feed: int,
    sought: Sought,
    *,
    token: str | None = None,
    limit: int = PAGE_ROWS,
    sealer: CursorSealer,
) -> FoundPage:
    """The newest objects of a feed that hold every word and that the reader may see; with `next`, the ones before.

    Raises:
        BadCursor: the token was not given to this reader for this feed.
    """
    view = View(session, reader.windows, feed)
    place = begin(view, sought, sought.look.until) if token is None else _DOWN.open(sealer, token, reader, feed)
    sought = place.asked
    asked = parse_question(sought.words)
    if asked is None:
        return FoundPage((), None, sought, is_readable=False)
    if not view.windows:
        return FoundPage((), None, sought)
    rows, reached, exhausted = _Walk(view, sought.look, asked, place.horizon, limit).run(place.position)
    end = find_end(rows, reached, exhausted=exhausted, limit=limit)
    following = None
    if end is not None:
        following = _DOWN.seal(sealer, Place(sought, end, place.horizon), reader, feed)
    return FoundPage(tuple(rows[:limit]), following, sought)


@dataclass
class _Walk:
    """One page being found."""

    view: View
    look: Look
    asked: Asked
    horizon: int
    limit: int
    _found: list[Row] = field(default_factory=list)

    @property
    def _ways(self) -> Ways:
        return [word.ways for word in self.asked.words]

    @property
    def _tokens(self) -> list[int]:
        return [window.token_id for window in self.view.windows]

    def run(self, position: int) -> tuple[list[Row], int, bool]:
        """Rows (perhaps one more than a page), the position that was reached, and whether nothing is left below."""
        reached, exhausted = self._near(position, NEAR_ROWS)
        if len(self._found) > self.limit:
            return self._found, reached, exhausted
        near, self._found = self._found, []
        if self._far(position):
            return self._found, 0, True
        self._found = near
        if not exhausted:
            reached, exhausted = self._near(reached, FAR_ROWS)
        return self._found, reached, exhausted

    def _near(self, position: int, most: int) -> tuple[int, bool]:
        """Walk down the feed; where the walk ended, and whether it came to the end of the feed."""
        examined, exhausted = 0, False
        while not exhausted and len(self._found) <= self.limit and examined < most:
            rows = scan_down(self.view, self.look.after, position, _SCANNED_AT_ONCE)
            exhausted = len(rows) < _SCANNED_AT_ONCE
            if rows:
                examined += len(rows)
                position = rows[-1][0].position
                passing = [(row, facts) for row, facts in rows if _passes(self.look, row, facts)]
                held = list_holding(self.view.session, self._ways, [row.object_id for row, _ in passing], self._tokens)
                bodies = _bodies_of(self.view, sorted(held))
                self._take(
                    (row._replace(body=bodies[row.object_id]), facts)
                    for row, facts in passing
                    if row.object_id in bodies
                )
        return position, exhausted

    def _far(self, position: int) -> bool:
        """Ask the index for everything below a position; whether that was all there is."""
        candidates = find_candidates(self.view.session, self._ways, self._tokens, MOST_CANDIDATES)
        if len(candidates) >= MOST_CANDIDATES:
            return False
        places = _places_of(self.view, candidates, self.look.after, position)
        for start in range(0, len(places), _LOOKED_AT_ONCE):
            self._take(_rows_at(self.view, places[start : start + _LOOKED_AT_ONCE]))
            if len(self._found) > self.limit:
                break
        return True

    def _take(self, rows: Iterable[tuple[Row, Facts]]) -> None:
        """Keep what passes the filters, holds the words, and is what this reader gets of its versions and editions."""
        seen: Callable[[], int] = lambda: self.horizon  # noqa: E731  `keep` asks only where it must
        taken = [
            row for row, facts in rows if _passes(self.look, row, facts) and self.asked.holds(texts_of(bytes(row.body)))
        ]
        self._found += keep(self.view, Question(fullest=True), seen, taken)


def _passes(look: Look, row: Row, facts: Facts) -> bool:
    """As in the feed; but parts of a report have a line too: an indicator is what was looked for."""
    if not look.types:
        look, kind = msgspec.structs.replace(look, types=(row.type,)), row.type
        return is_searched(kind) and look.takes(row, facts)
    return look.takes(row, facts)


def _places_of(view: View, object_ids: list[int], after: int, before: int) -> list[tuple[int, int, int]]:
    """(position, probe, object) of each grant of these objects that the reader holds between two positions."""
    if not object_ids:
        return []
    sql = _PLACES_SQLITE if view.on_sqlite else _PLACES_POSTGRES
    parameters = grants.view_parameters(view) | {"objects": grants.list_parameter(view, object_ids)}
    return [tuple(row) for row in fetch(view.session, sql, parameters | {"after": after, "before": before})]


# Straight from the grants, without the objects; LIMIT -1 makes the windows a table once, not once an object.
_PLACES_SQLITE: Final = """
    SELECT DISTINCT g.position, g.probe, g.object_id
    FROM json_each(:objects) n
    CROSS JOIN grants g INDEXED BY ix_grants_object ON g.object_id = n.value AND g.feed = :feed
    CROSS JOIN (SELECT json_extract(value, '$[0]') AS token_id, json_extract(value, '$[1]') AS opened
                FROM json_each(:windows) LIMIT -1) w ON g.token_id = w.token_id AND g.position > w.opened
    WHERE g.position > :after AND g.position < :before
    ORDER BY g.position DESC
"""
_PLACES_POSTGRES: Final = """
    SELECT DISTINCT g.position, g.probe, g.object_id
    FROM unnest((:objects)::bigint[]) AS n(value)
    CROSS JOIN LATERAL (SELECT position, probe, token_id, object_id FROM grants
                        WHERE grants.object_id = n.value AND grants.feed + 0 = :feed OFFSET 0) g
    JOIN unnest((:tokens)::int[], (:opened)::bigint[]) AS w(token_id, opened)
        ON g.token_id = w.token_id AND g.position > w.opened
    WHERE g.position > :after AND g.position < :before
    ORDER BY g.position DESC
"""


def _bodies_of(view: View, object_ids: list[int]) -> dict[int, bytes]:
    """The bytes of objects that the reader was found to see."""
    if not object_ids:
        return {}
    sql = f"SELECT o.id, o.body FROM {grants.numbered(view, 'objects', 'o')}"
    return dict(fetch(view.session, sql, {"objects": grants.list_parameter(view, object_ids)}))


def _rows_at(view: View, places: list[tuple[int, int, int]]) -> list[tuple[Row, Facts]]:
    """The objects of these places with their bytes, in the order of the places."""
    sql = f"""
        SELECT 0, 0, {grants.OBJECT_COLUMNS}, o.body, f.event_type, f.sector, f.title
        FROM {grants.numbered(view, "objects", "o")} LEFT JOIN edition_facts f ON f.object_id = o.id
    """
    named = list(dict.fromkeys(ident for _, _, ident in places))
    rows = fetch(view.session, sql, {"objects": grants.list_parameter(view, named)})
    found = {row[2]: with_facts(row) for row in rows}
    return [
        (found[ident][0]._replace(position=position, probe=probe), found[ident][1])
        for position, probe, ident in places
        if ident in found
    ]
