"""Operation: the SQL of reading. A handful of index ranges, one a token, merged by position.

Two different texts, because each database has one form that stays quick at any share of a million objects:
`token IN (…)` is 50 to 250 times slower on both, and a test of the plans forbids it here.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import Struct
from sqlalchemy.orm import Session

from sharing.readers import Window
from sharing.reading.driver import is_sqlite, walk


class View(Struct, frozen=True):
    """One reader's windows on one feed, in one unit of work."""

    session: Session
    windows: Sequence[Window]
    feed: int

    @property
    def on_sqlite(self) -> bool:
        """Which of the two databases is asked."""
        return is_sqlite(self.session)


class Row(NamedTuple):
    """One granted object, in the order of `OBJECT_COLUMNS` between the grant and the bytes."""

    position: int
    probe: int
    object_id: int
    stix_id: str
    version_us: int
    version: str
    type: str
    spec_version: str
    label: int
    superseded: bool
    fullness: int
    report_id: Any
    publisher_id: Any
    audience_id: int
    exercise: bool
    body: bytes


OBJECT_COLUMNS = (
    "o.id, o.stix_id, o.version_us, o.version, o.type, o.spec_version, o.label, o.superseded,"
    " o.fullness, o.report_id, o.publisher_id, o.audience_id, o.exercise"
)


class Given(NamedTuple):
    """One granted object as a machine is given it: its bytes, and what must be judged and logged of it."""

    position: int
    probe: int
    object_id: int
    label: int
    superseded: bool
    body: bytes


class Listed(NamedTuple):
    """One granted object as a manifest lists it."""

    position: int
    probe: int
    object_id: int
    label: int
    superseded: bool
    stix_id: str
    version: str
    spec_version: str


Slim = TypeVar("Slim", Given, Listed)
"""Rows of the few columns that an answer to a machine needs: half the time of a page."""

_LIGHT_BODY: Final = "CASE WHEN length(o.body) <= :light THEN o.body END"
"""The bytes of an object that is small enough; neither database touches those of a large one to know its length."""

_SLIM_COLUMNS: Final[Mapping[type, str]] = {
    Given: f"o.id, o.label, o.superseded, {_LIGHT_BODY}",
    Listed: "o.id, o.label, o.superseded, o.stix_id, o.version, o.spec_version",
}


def scan_slim(view: View, after: int, until: int, count: int, kind: type[Slim], *, light: int) -> list[Slim]:
    """As `scan`, with the columns of that kind of row alone."""
    columns = _SLIM_COLUMNS[kind]
    rows: list[Slim] = list(map(kind._make, _scan(view, after, until, count, columns=columns, light=light)))
    return rows


MOST_RANGES: Final = 200
"""Index ranges that one question merges at most; SQLite joins no more than 500 in one statement."""


def scans_types(view: View, types: Sequence[str]) -> bool:
    """Whether these types are few enough, and such as can be stored, to be asked for as index ranges of their own."""
    named = bool(types) and all(each.isascii() and each.isprintable() for each in types)
    return named and len(view.windows) * len(types) <= MOST_RANGES


def scan(view: View, after: int, until: int, count: int, *, light: int | None, types: Sequence[str] = ()) -> list[Row]:
    """The next rows after a position, up to and including `until`, in order, each once; of these types, or of all.

    Only objects of at most `light` bytes come with their body, the others with None, to be weighed first; all of them
    where that is None.
    """
    columns = f"{OBJECT_COLUMNS}, {_body(light)}"
    return list(map(Row._make, _scan(view, after, until, count, columns=columns, light=light, types=types)))


def _body(light: int | None) -> str:
    return "NULL" if light is None else _LIGHT_BODY


def bind_ranges(view: View, after: int, types: Sequence[str] = ()) -> dict[str, Any]:
    """What fills in the ranges of a walk: one for each open window, and of these types where any are named."""
    if not view.on_sqlite:
        return _arrays(view.windows, after) | ({"types": list(types)} if types else {})
    bound: dict[str, Any] = {f"k{number}": kind for number, kind in enumerate(types)}
    for number, window in enumerate(view.windows):
        bound[f"t{number}"] = window.token_id
        bound[f"a{number}"] = max(after, window.opened)
    return bound


def _scan(
    view: View, after: int, until: int, count: int, *, columns: str, light: int | None, types: Sequence[str] = ()
) -> list[tuple[Any, ...]]:
    if not view.windows:
        return []
    parameters: dict[str, Any] = {"feed": view.feed, "until": until, "count": count}
    if ":light" in columns:
        parameters["light"] = light
    if view.on_sqlite:
        sql = _sqlite_scan(len(view.windows), len(types), columns)
    else:
        sql = _postgres_scan(columns, typed=bool(types))
    rows = walk(view.session, sql, parameters | bind_ranges(view, after, types))
    # Sorting here costs nothing where the merge kept the order, and SQLite would carry all the bytes through a sorter.
    rows.sort(key=_POSITION)
    return rows


_POSITION: Final = itemgetter(0)


def highest_position(view: View) -> int:
    """The highest position that this reader may see in this feed; never a global one."""
    if not view.windows:
        return 0
    sql = _sqlite_highest(len(view.windows)) if view.on_sqlite else _POSTGRES_HIGHEST
    rows = walk(view.session, sql, {"feed": view.feed} | bind_ranges(view, 0))
    return max((row[0] or 0 for row in rows), default=0)


def of_ids(
    view: View, ids: Sequence[str], after: int, until: int, *, count: int | None = None, light: int | None = None
) -> list[Row]:
    """The next rows of these STIX ids, or all of them, as `scan`; asked by id, not by walking the feed."""
    if not view.windows or not ids:
        return []
    if view.on_sqlite:
        named = "FROM json_each(:ids) j CROSS JOIN objects o ON o.stix_id = j.value"
        parameters: dict[str, Any] = {"ids": json.dumps(list(ids))}
    else:
        named = "FROM objects o"
        parameters = {"ids": list(ids)}
    where = "" if view.on_sqlite else "AND o.stix_id = ANY(:ids)"
    # The bytes are joined last, so that they go through no sorter.
    sql = f"""
        SELECT g.position, g.probe, {OBJECT_COLUMNS}, {_body(light)}
        FROM (
            SELECT DISTINCT g.position, g.probe, o.id AS object_id
            {named} {grants_of(view)}
            WHERE g.position > :after AND g.position <= :until {where}
            ORDER BY g.position {"" if count is None else "LIMIT :count"}
        ) g {joined(view)} objects o ON o.id = g.object_id ORDER BY g.position
    """
    parameters |= view_parameters(view) | {"after": after, "until": until}
    parameters |= ({} if count is None else {"count": count}) | ({} if light is None else {"light": light})
    return [Row._make(row) for row in walk(view.session, sql, parameters, kept=True)]


def weigh(view: View, object_ids: Sequence[int], *, light: int) -> dict[int, tuple[int, bytes | None]]:
    """The size of each of these objects where the reader may see it, and its bytes where they are at most so many."""
    if not view.windows or not object_ids:
        return {}
    sql = f"""
        SELECT o.id, length(o.body), {_LIGHT_BODY}
        FROM (
            SELECT DISTINCT o.id AS object_id
            FROM {numbered(view, "objects", "o")} {grants_of(view)}
        ) g {joined(view)} objects o ON o.id = g.object_id
    """
    parameters = view_parameters(view) | {"objects": list_parameter(view, object_ids), "light": light}
    return {ident: (size, body) for ident, size, body in walk(view.session, sql, parameters)}


def view_parameters(view: View) -> dict[str, Any]:
    """The feed and the reader's windows as parameters, for `windows_join`."""
    if view.on_sqlite:
        return {"feed": view.feed, "windows": json.dumps([[window.token_id, window.opened] for window in view.windows])}
    return _arrays(view.windows, 0) | {"feed": view.feed}


def list_parameter(view: View, values: Sequence[int]) -> Any:
    """Numbers as one parameter, for `numbered`."""
    return json.dumps(list(values)) if view.on_sqlite else list(values)


def numbered(view: View, name: str, alias: str) -> str:
    """The objects whose numbers a parameter lists, first in the order of joining."""
    if view.on_sqlite:
        return f"json_each(:{name}) n CROSS JOIN objects {alias} ON {alias}.id = n.value"
    return (
        f"unnest((:{name})::bigint[]) AS n(value)"
        f" CROSS JOIN LATERAL (SELECT * FROM objects WHERE objects.id = n.value OFFSET 0) {alias}"
    )


def grants_of(view: View) -> str:
    """Joins the grants `g` of each object `o` in this feed that lie in an open window of the reader.

    Both are told to go object by object: SQLite guesses that a feed is small and walks all of it, and PostgreSQL does
    so until its statistics have caught up with a bulk load.
    """
    if view.on_sqlite:
        by_object = "CROSS JOIN grants g INDEXED BY ix_grants_object ON g.object_id = o.id AND g.feed = :feed"
    else:
        by_object = (
            "CROSS JOIN LATERAL (SELECT position, probe, token_id FROM grants"
            " WHERE grants.object_id = o.id AND grants.feed + 0 = :feed OFFSET 0) g"
        )
    return f"{by_object} {windows_join(view)}"


def granted(view: View) -> str:
    """The grants `g` of one object `o` as `grants_of` has them, for a question of their own about each."""
    on = "g INDEXED BY ix_grants_object" if view.on_sqlite else "g"
    feed = "g.feed" if view.on_sqlite else "g.feed + 0"
    grants = f"(SELECT position, token_id FROM grants {on} WHERE g.object_id = o.id AND {feed} = :feed) g"
    return f"{grants} {windows_join(view)}"


def joined(view: View) -> str:
    """The join that keeps the written order on SQLite."""
    return "CROSS JOIN" if view.on_sqlite else "JOIN"


def windows_join(view: View) -> str:
    """A join that keeps only grants `g` inside an open window of the reader."""
    if view.on_sqlite:
        return (
            "CROSS JOIN json_each(:windows) w"
            " ON g.token_id = json_extract(w.value, '$[0]') AND g.position > json_extract(w.value, '$[1]')"
        )
    return (
        "JOIN unnest((:tokens)::int[], (:opened)::bigint[]) AS w(token_id, opened)"
        " ON g.token_id = w.token_id AND g.position > w.opened"
    )


def _arrays(windows: Sequence[Window], after: int) -> dict[str, Any]:
    return {
        "tokens": [window.token_id for window in windows],
        "opened": [max(after, window.opened) for window in windows],
    }


@cache
def _sqlite_scan(tokens: int, types: int, columns: str) -> str:
    kinds = [f" INDEXED BY uq_grants_type WHERE type = :k{number} AND" for number in range(types)] or [" WHERE"]
    arms = " UNION ".join(
        f"SELECT position, probe, object_id FROM grants{kind}"
        f" feed = :feed AND token_id = :t{number} AND position > :a{number} AND position <= :until"
        for number in range(tokens)
        for kind in kinds
    )
    return (
        f"SELECT g.position, g.probe, {columns}"
        f" FROM ({arms} ORDER BY position LIMIT :count) g"
        " CROSS JOIN objects o ON o.id = g.object_id"
    )


@cache
def _postgres_scan(columns: str, *, typed: bool) -> str:
    kinds = "CROSS JOIN unnest((:types)::text[]) AS k(type)" if typed else ""
    of_kind = "AND grants.type = k.type" if typed else ""
    return f"""
        SELECT g.position, g.probe, {columns}
        FROM (
            SELECT DISTINCT r.position, r.probe, r.object_id
            FROM unnest((:tokens)::int[], (:opened)::bigint[]) AS w(token_id, opened) {kinds}
            CROSS JOIN LATERAL (
                SELECT position, probe, object_id FROM grants
                WHERE feed = :feed AND grants.token_id = w.token_id {of_kind}
                  AND position > w.opened AND position <= :until
                ORDER BY position LIMIT :count
            ) r
            ORDER BY r.position LIMIT :count
        ) g JOIN objects o ON o.id = g.object_id
    """


@cache
def _sqlite_highest(tokens: int) -> str:
    return " UNION ALL ".join(
        f"SELECT max(position) FROM grants WHERE feed = :feed AND token_id = :t{number} AND position > :a{number}"
        for number in range(tokens)
    )


_POSTGRES_HIGHEST = """
    SELECT r.position
    FROM unnest((:tokens)::int[], (:opened)::bigint[]) AS w(token_id, opened)
    CROSS JOIN LATERAL (
        SELECT position FROM grants
        WHERE feed = :feed AND grants.token_id = w.token_id AND position > w.opened
        ORDER BY position DESC LIMIT 1
    ) r
"""
