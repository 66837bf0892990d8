"""Operation: a page of a feed, as one reader may see it. Everything published is read through here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading import grants
from sharing.reading.grants import Given, Listed, Row, Slim, View
from sharing.reading.judge import keep, keep_slim
from sharing.reading.question import Cursor, Question, check_repeated, open_cursor, seal_cursor
from sharing.reading.weighing import Found, body_of, fitting, light_enough
from sharing.rules.matching import passes

ROW_BOUND: Final = 20_000
"""Rows that one page examines at most; then it answers what it has, with `more` and `next`."""

BIGGEST_PAGE: Final = 1_000
"""The highest `limit` that is honoured."""

_FILTER_FACTOR: Final = 4
"""When a filter will drop many rows they are fetched without their bytes, this many times more at each turn."""

MATCH_BOUND: Final = 5_000
"""Rows that one page examines at most where it must look into their bytes."""

MATCH_BYTES: Final = 64 * 1024 * 1024
"""Bytes that one such page looks into, and so the most that it holds: large objects make it shorter, not slower."""
_MATCHED_AT_ONCE: Final = 500
"""Rows whose bytes are held at a time while they are looked into."""

_END: Final = 2**63 - 1


class Page(Struct, frozen=True):
    """What one reader gets of a feed, in rising order of position."""

    rows: tuple[Row, ...]
    more: bool
    next: str | None
    question: Question
    """What was asked; with a `next`, what that carried."""

    @property
    def first(self) -> int | None:
        """The lowest position of the page."""
        return self.rows[0].position if self.rows else None

    @property
    def last(self) -> int | None:
        """The highest position of the page."""
        return self.rows[-1].position if self.rows else None

    @property
    def highest_label(self) -> int:
        """The strictest label among the objects of the page, which decides how its disclosure is logged."""
        return max((row.label for row in self.rows), default=0)


@dataclass(frozen=True)
class GivenPage:
    """A page whose rows hold little more than what its answer says, where nothing more was needed to find them."""

    rows: tuple[Row | Given | Listed, ...]
    more: bool
    next: str | None
    question: Question


def page(
    session: Session,
    reader: Reader,
    feed: int,
    question: Question,
    *,
    limit: int | None = None,
    token: str | None = None,
    given: dict[str, Any] | None = None,
    bodies: bool = True,
    sealer: CursorSealer,
) -> Page:
    """The next page of a feed for a reader; without `bodies` the rows carry no bytes.

    With a `token` (the `next` of an earlier page) the question comes from it; `given` are the filters that the caller
    repeated, which must agree.

    Raises:
        BadCursor: the token was not given to this reader for this feed and these filters.
    """

    def find(view: View, question: Question, stretch: _Stretch, size: int) -> _Found:
        return _rows(view, question, stretch, size, bodies=bodies)

    turn = _Turn(feed, question, limit, token, given, sealer)
    rows, more, following, asked = _turn(session, reader, turn, find)
    return Page(rows, more, following, asked)


def page_for_machines(
    session: Session,
    reader: Reader,
    feed: int,
    question: Question,
    kind: type[Given] | type[Listed],
    *,
    limit: int | None = None,
    token: str | None = None,
    given: dict[str, Any] | None = None,
    sealer: CursorSealer,
) -> GivenPage:
    """As `page`, for machines that are given the bytes and nothing else, or told ids and versions and nothing else.

    Raises:
        BadCursor: the token was not given to this reader for this feed and these filters.
    """

    def find(view: View, question: Question, stretch: _Stretch, size: int) -> _Found:
        if not question.is_plain:
            return _rows(view, question, stretch, size, bodies=kind is Given)
        if kind is Given:
            return _walk_slim(view, question, stretch, size, Given)
        return _walk_slim(view, question, stretch, size, Listed)

    turn = _Turn(feed, question, limit, token, given, sealer)
    return GivenPage(*_turn(session, reader, turn, find))


_Found: TypeAlias = Found[Any]


def _rows(view: View, question: Question, stretch: "_Stretch", size: int, *, bodies: bool = True) -> _Found:
    if question.matches:
        return _walk_matching(view, question, stretch, size)
    return _walk(view, question, stretch, size, bodies=bodies)


class _Turn(NamedTuple):
    """What one page is asked for."""

    feed: int
    question: Question
    limit: int | None
    token: str | None
    given: dict[str, Any] | None
    sealer: CursorSealer


def _turn(
    session: Session, reader: Reader, turn: _Turn, find: Callable[[View, Question, "_Stretch", int], _Found]
) -> tuple[tuple[Any, ...], bool, str | None, Question]:
    """Open the cursor where there is one, find the rows, and seal the way on."""
    feed, question, limit, token, given, sealer = turn
    position, horizon, size = question.after, 0, min(limit or BIGGEST_PAGE, BIGGEST_PAGE)
    if token is not None:
        cursor = open_cursor(sealer, token, reader.key, feed)
        check_repeated(cursor, given or {})
        question, position, horizon = cursor.question, cursor.position, cursor.horizon
        size = min(limit or cursor.limit, BIGGEST_PAGE)

    view = View(session, reader.windows, feed)

    @cache
    def seen() -> int:
        # A window is judged as of its end: what came later must not empty a digest of the past.
        return horizon or min(grants.highest_position(view), _bound(question))

    stretch = _Stretch(position, min(_bound(question), horizon or _END), seen)
    rows, reached, exhausted = find(view, question, stretch, size)
    more = len(rows) > size or not exhausted
    rows = rows[:size]
    if not more:
        return tuple(rows), False, None, question
    stands = rows[-1].position if len(rows) == size else reached
    token = seal_cursor(sealer, Cursor(question, stands, seen(), size), reader.key, feed)
    return tuple(rows), True, token, question


def _bound(question: Question) -> int:
    return question.until - 1 if question.until else _END


class _Stretch(Struct, frozen=True):
    """What lies before the reader: after a position, up to and including another, judged as of its horizon."""

    after: int
    until: int
    horizon: Callable[[], int]


def _walk_slim(view: View, question: Question, stretch: _Stretch, size: int, kind: type[Slim]) -> _Found:
    """As `_walk`, where nothing but positions and versions decides."""
    found: list[Slim] = []
    examined, position, exhausted = 0, stretch.after, False
    light = light_enough(size)
    while not exhausted and len(found) <= size and examined < ROW_BOUND:
        count = min(size + 1 - len(found), ROW_BOUND - examined)
        rows = grants.scan_slim(view, position, stretch.until, count, kind, light=light)
        exhausted = len(rows) < count
        if rows:
            examined += len(rows)
            position = rows[-1].position
            found += keep_slim(view, question, stretch.horizon, rows)
    if kind is Listed:
        return found, position, exhausted
    return fitting(view, (found, position, exhausted), size)


def _next(view: View, question: Question, position: int, until: int, count: int, *, light: int | None) -> list[Row]:
    """The next rows that the database can find: objects by their ids, types as ranges of their own, or everything."""
    if question.ids:
        return grants.of_ids(view, question.ids, position, until, count=count, light=light)
    types = question.types if grants.scans_types(view, question.types) else ()
    return grants.scan(view, position, until, count, light=light, types=types)


def _drops_many(view: View, question: Question) -> bool:
    """Whether filters leave out rows that the database finds, so that their bytes should not come with them."""
    if question.ids:
        return False
    typed = grants.scans_types(view, question.types)
    return bool(question.spec_versions or question.highest < Label.RED.rank or (question.types and not typed))


def _walk(view: View, question: Question, stretch: _Stretch, size: int, *, bodies: bool) -> _Found:
    """Walk the feed until one row more than a page is found, the rows run out, or the bound is reached."""
    found: list[Row] = []
    examined, position, ahead = 0, stretch.after, size + 1
    late = _drops_many(view, question)
    light = light_enough(size) if bodies and not late else None
    exhausted = False
    while not exhausted and len(found) <= size and examined < ROW_BOUND:
        ahead = ahead * _FILTER_FACTOR if late else size + 1 - len(found)
        count = min(ahead, ROW_BOUND - examined)
        rows = _next(view, question, position, stretch.until, count, light=light)
        exhausted = len(rows) < count
        if rows:
            examined += len(rows)
            position = rows[-1].position
            found += keep(view, question, stretch.horizon, rows)
    found = found[: size + 1]
    return fitting(view, (found, position, exhausted), size) if bodies else (found, position, exhausted)


def _walk_matching(view: View, question: Question, stretch: _Stretch, size: int) -> _Found:
    """As `_walk`, where the bytes decide: they are looked into before anything else is asked about a row."""
    found: list[Row] = []
    passes_ = passes(question.matches)
    examined, weighed, position, exhausted = 0, 0, stretch.after, False
    light = MATCH_BYTES // _MATCHED_AT_ONCE
    while not exhausted and len(found) <= size and examined < MATCH_BOUND and weighed < MATCH_BYTES:
        count = min(_MATCHED_AT_ONCE, MATCH_BOUND - examined)
        rows = _next(view, question, position, stretch.until, count, light=light)
        exhausted = len(rows) < count
        passed: list[Row] = []
        for row in rows:
            if weighed >= MATCH_BYTES:
                exhausted = False
                break
            body = row.body if row.body is not None else body_of(view, row)
            examined, position, weighed = examined + 1, row.position, weighed + len(body or b"")
            if body is not None and passes_(body):
                passed.append(row._replace(body=body))
        found += keep(view, question, stretch.horizon, passed)
    return found[: size + 1], position, exhausted
