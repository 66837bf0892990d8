"""Operation: a feed for people, newest first: the same grants as a page for machines, walked from the other end.

Machines walk forward so that they miss nothing; a person wants to see what came last. Both are judged by the same
rules (`judge.keep`), and a person gets only the fullest visible edition of a report.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.collection import INBOX_FEED
from models.vocabulary import EDITION_TYPE
from models.ways import Statement
from sharing.readers import Reader
from sharing.reading import grants
from sharing.reading.downwards import Downwards, Place, begin, find_end
from sharing.reading.driver import walk
from sharing.reading.editions import HIGHEST_COUNTED
from sharing.reading.grants import Row, View
from sharing.reading.judge import keep
from sharing.reading.page import ROW_BOUND
from sharing.reading.question import Question
from sharing.reading.weighing import fitting

PAGE_ROWS: Final = 30
"""Rows of one page for people."""

_BATCH: Final = 500
"""Rows looked at together; most feeds fill a page from one batch."""

COMPANIONS: Final = (
    "identity",
    "relationship",
    "marking-definition",
    "extension-definition",
    "language-content",
)
"""Types that only say something about others: shown to a person who asks for them by type, else left out."""


class Facts(NamedTuple):
    """What is kept beside an object that is the edition of a report; nothing of any other."""

    event_type: str | None
    sector: str | None
    title: str | None


def stands_alone(row: Row) -> bool:
    """Whether a person wants a line for it: no companion, and no part of a report whose edition has a line itself."""
    return row.type not in COMPANIONS and (row.report_id is None or row.fullness > 0)


class Look(msgspec.Struct, frozen=True, array_like=True):
    """What a person wants to see. Empty means all; several fields must all hold."""

    types: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()
    event_types: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    after: int = 0
    """Only higher positions."""
    until: int = 0
    """Only positions below this, where it is not 0."""

    def takes(self, row: Row, facts: Facts) -> bool:
        """Whether a row passes."""
        return (
            (row.type in self.types if self.types else stands_alone(row))
            and (not self.labels or row.label in self.labels)
            and (not self.event_types or facts.event_type in self.event_types)
            and (not self.sectors or facts.sector in self.sectors)
        )


_DOWN: Final = Downwards(b"newest", Look)


@dataclass(frozen=True)
class Newest:
    """Rows in falling order of position, and the way to older ones; never how many there are."""

    rows: tuple[Row, ...]
    next: str | None
    look: Look

    @property
    def highest_label(self) -> int:
        """The strictest label among the rows."""
        return max((row.label for row in self.rows), default=0)


def newest(
    session: Session,
    reader: Reader,
    feed: int,
    look: Look,
    *,
    token: str | None = None,
    limit: int = PAGE_ROWS,
    sealer: CursorSealer,
) -> Newest:
    """The newest rows of a feed that a person may see; with the `next` of an earlier page, the ones before.

    Raises:
        BadCursor: the token was not given to this reader for this feed.
    """
    view = View(session, reader.windows, feed)
    place = begin(view, look, look.until) if token is None else _DOWN.open(sealer, token, reader, feed)
    found, reached, exhausted = _walk(view, place.asked, (place.position, place.horizon), limit)
    rows, reached, exhausted = fitting(view, ([row for row, _ in found], reached, exhausted), limit)
    end = find_end(rows, reached, exhausted=exhausted, limit=limit)
    following = None
    if end is not None:
        following = _DOWN.seal(sealer, Place(place.asked, end, place.horizon), reader, feed)
    return Newest(tuple(rows[:limit]), following, place.asked)


_FULLEST: Final = Question(fullest=True)


def newest_editions(
    session: Session, reader: Reader, look: Look, *, most: int, within: int = ROW_BOUND
) -> tuple[list[tuple[Row, str]], bool]:
    """The newest editions of live reports that a reader may see, and what each is called; and whether these are all.

    They come without their bytes, each report once, and never at RED: one that is left out as too strict displaces
    nothing. At most `within` rows of the feed are looked at.
    """
    view = View(session, reader.windows, INBOX_FEED)
    only = msgspec.structs.replace(look, types=(EDITION_TYPE,))
    place, below_red = begin(view, only, look.until), Question(fullest=True, highest=HIGHEST_COUNTED)
    if place.horizon <= look.after:
        return [], True
    found, _, is_all = _walk(view, only, (place.position, place.horizon), most, below_red, within=within)
    return [(row, facts.title) for row, facts in found[:most] if facts.title is not None], is_all and len(found) <= most


def _walk(
    view: View,
    look: Look,
    place: tuple[int, int],
    limit: int,
    question: Question = _FULLEST,
    *,
    within: int = ROW_BOUND,
) -> tuple[list[tuple[Row, Facts]], int, bool]:
    """Walk down until one row more than a page is found, the rows run out, or the bound is reached."""
    position, horizon = place
    found: list[tuple[Row, Facts]] = []
    examined, exhausted = 0, not view.windows
    batch = min(_BATCH, within)
    seen: Callable[[], int] = lambda: horizon  # noqa: E731  `keep` asks only where it must
    while not exhausted and len(found) <= limit and examined < within:
        rows = scan_down(view, look.after, position, batch, look.types)
        exhausted = len(rows) < batch
        if rows:
            examined += len(rows)
            position = rows[-1][0].position
            facts = {row.position: each for row, each in rows}
            taken = [row for row, each in rows if look.takes(row, each)]
            found += [(row, facts[row.position]) for row in keep(view, question, seen, taken)]
    return found[: limit + 1], position, exhausted


def scan_down(view: View, after: int, before: int, count: int, types: Sequence[str] = ()) -> list[tuple[Row, Facts]]:
    """The next rows below a position, highest first, without their bytes; of these types alone, if they are few."""
    objects = f"{grants.joined(view)} objects o ON o.id = g.object_id"
    wanted = Wanted(_COLUMNS, f"{objects} LEFT JOIN edition_facts f ON f.object_id = o.id")
    asked = ask_down(view, wanted, after, before, count, types=types)
    return [with_facts(row) for row in walk(view.session, asked.sql, asked.parameters)]


class Wanted(NamedTuple):
    """What is wanted of each grant `g`, and from which tables."""

    columns: str
    joins: str


def ask_down(
    view: View, wanted: Wanted, after: int, before: int, count: int, *, types: Sequence[str] = ()
) -> Statement:
    """The question of `scan_down`, for what is wanted of these rows; a walk."""
    parameters: dict[str, Any] = {"feed": view.feed, "before": before, "count": count}
    types = types if grants.scans_types(view, types) else ()
    if view.on_sqlite:
        sql = _sqlite_down(len(view.windows), len(types), wanted)
    else:
        sql = _postgres_down(wanted, typed=bool(types))
    return Statement(sql, parameters | grants.bind_ranges(view, after, types))


def with_facts(row: tuple[Any, ...]) -> tuple[Row, Facts]:
    """A row as the database gives it, with the columns of `Facts` last."""
    return Row._make(row[:-3]), Facts._make(row[-3:])


_COLUMNS: Final = f"g.position, g.probe, {grants.OBJECT_COLUMNS}, NULL, f.event_type, f.sector, f.title"


@cache
def _sqlite_down(tokens: int, types: int, wanted: Wanted) -> str:
    kinds = [f" INDEXED BY uq_grants_type WHERE type = :k{number} AND" for number in range(types)] or [" WHERE"]
    arms = " UNION ".join(
        f"SELECT position, probe, object_id FROM grants{kind}"
        f" feed = :feed AND token_id = :t{number} AND position > :a{number} AND position < :before"
        for number in range(tokens)
        for kind in kinds
    )
    return (
        f"SELECT {wanted.columns} FROM ({arms} ORDER BY position DESC LIMIT :count) g"
        f" {wanted.joins} ORDER BY g.position DESC"
    )


@cache
def _postgres_down(wanted: Wanted, *, typed: bool) -> str:
    kinds = "CROSS JOIN unnest((:types)::text[]) AS k(type)" if typed else ""
    of_kind = "AND grants.type = k.type" if typed else ""
    return f"""
        SELECT {wanted.columns}
        FROM (
            SELECT DISTINCT r.position, r.probe, r.object_id
            FROM unnest((:tokens)::int[], (:opened)::bigint[]) AS w(token_id, opened) {kinds}
            CROSS JOIN LATERAL (
                SELECT position, probe, object_id FROM grants
                WHERE feed = :feed AND grants.token_id = w.token_id {of_kind}
                  AND position > w.opened AND position < :before
                ORDER BY position DESC LIMIT :count
            ) r
            ORDER BY r.position DESC LIMIT :count
        ) g {wanted.joins}
        ORDER BY g.position DESC
    """
