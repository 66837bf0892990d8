"""Operation: the reports that one reader may see, each once: in its fullest visible edition, at its newest version.

Everything that lists, counts or charts reports asks here, so a number on a page is always a number of what the reader
may itself open. RED and exercises are never counted. `as_of` is a position: what came later is not there, so the same
position gives the same numbers again, whatever was published meanwhile.
"""

from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading import grants
from sharing.reading.driver import as_uuid, fetch
from sharing.reading.grants import View, view_parameters

HIGHEST_COUNTED: Final = Label.AMBER_STRICT.rank
"""The strictest label that lists for statistics and digests hold: RED is only ever on its own page."""

MOST_LISTED: Final = 1_000
"""Editions that one list gives at most; a caller that wants more asks again with `before`."""


class Edition(NamedTuple):
    """A report as this reader sees it, in the order of `_COLUMNS`."""

    position: int
    object_id: int
    stix_id: str
    version: str
    label: int
    fullness: int
    report_id: UUID | None
    number: int
    kind: str
    sector: str
    event_type: str
    service_impact: str
    noticed_on: date
    title: str


class MonthCount(Struct, frozen=True):
    """How many reports of one type were noticed in one month of the Japanese calendar day."""

    year: int
    month: int
    event_type: str
    count: int


class EditionFilter(Struct, frozen=True):
    """What a list of editions is limited to; empty means no limit."""

    sectors: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()
    before: int = 0
    """Only positions below this, where it is not 0."""


def visible_position(session: Session, reader: Reader) -> int:
    """The highest position that this reader sees now; 0 where it sees nothing. Never a global one."""
    return grants.highest_position(View(session, reader.windows, INBOX_FEED))


def list_editions(
    session: Session, reader: Reader, *, as_of: int, wanted: EditionFilter | None = None, limit: int = MOST_LISTED
) -> list[Edition]:
    """Each visible report once, newest position first."""
    wanted = wanted or EditionFilter()
    if not reader.windows:
        return []
    view = View(session, reader.windows, INBOX_FEED)
    conditions, parameters = _conditions(wanted)
    names = ", ".join(Edition._fields)
    chosen = _visible(view.on_sqlite, _COLUMNS)
    sql = f"SELECT {names} FROM ({chosen}) e {conditions} ORDER BY position DESC LIMIT :limit"
    parameters |= view_parameters(view) | {
        "as_of": as_of,
        "highest": HIGHEST_COUNTED,
        "limit": min(limit, MOST_LISTED),
    }
    return [_edition(row) for row in fetch(session, sql, parameters)]


def count_editions(session: Session, reader: Reader, *, as_of: int) -> list[MonthCount]:
    """How many visible reports of each type were noticed in each month, each report once."""
    if not reader.windows:
        return []
    view = View(session, reader.windows, INBOX_FEED)
    parameters = view_parameters(view) | {"as_of": as_of, "highest": HIGHEST_COUNTED}
    rows = fetch(session, _count_sql(view.on_sqlite), parameters)
    return [MonthCount(int(row[0]), int(row[1]), row[2], row[3]) for row in rows]


_COLUMNS: Final = (
    "s.position, s.object_id, o.stix_id, o.version, o.label, o.fullness, f.report_id, f.number, f.kind, f.sector,"
    " f.event_type, f.service_impact, f.noticed_on, f.title"
)


def _visible(on_sqlite: bool, columns: str) -> str:
    """Of all granted editions: the newest version of each, no RED, and of each report the fullest that is left.

    The version is chosen before RED is left out: a report that was raised to RED does not live on in its old version.
    Only versions that are flagged as superseded are compared with others, as in the feeds. Only the columns that are
    wanted are carried: they are sorted with the rows.
    """
    join, windows = _join(on_sqlite), _windows(on_sqlite)
    return f"""
        SELECT {columns}, row_number() OVER (
            PARTITION BY f.report_id ORDER BY o.fullness DESC, f.number DESC, o.version_us DESC, o.id DESC
        ) AS fuller
        FROM (
            SELECT g.object_id, min(g.position) AS position
            FROM edition_facts e {join} grants g ON g.object_id = e.object_id {windows}
            WHERE g.feed = :feed AND g.position <= :as_of
            GROUP BY g.object_id
        ) s
        {join} edition_facts f ON f.object_id = s.object_id
        {join} objects o ON o.id = s.object_id
        WHERE NOT o.exercise AND o.label <= :highest AND (NOT o.superseded OR NOT EXISTS (
            SELECT 1 FROM objects v JOIN grants g ON g.object_id = v.id {windows}
            WHERE v.stix_id = o.stix_id AND v.publisher_id = o.publisher_id AND v.version_us > o.version_us
                AND g.feed = :feed AND g.position <= :as_of
        ))
    """


def _join(on_sqlite: bool) -> str:
    """CROSS keeps SQLite on the order as written: from the few editions, not from the million grants of a feed."""
    return "CROSS JOIN" if on_sqlite else "JOIN"


def _windows(on_sqlite: bool) -> str:
    return _SQLITE_WINDOWS if on_sqlite else _POSTGRES_WINDOWS


# LIMIT -1 makes it a table once: `json_each` would be parsed again for each of a hundred thousand editions.
_SQLITE_WINDOWS: Final = (
    "CROSS JOIN (SELECT json_extract(value, '$[0]') AS token_id, json_extract(value, '$[1]') AS opened"
    " FROM json_each(:windows) LIMIT -1) w ON g.token_id = w.token_id AND g.position > w.opened"
)
_POSTGRES_WINDOWS: Final = (
    "JOIN unnest((:tokens)::int[], (:opened)::bigint[]) AS w(token_id, opened)"
    " ON g.token_id = w.token_id AND g.position > w.opened"
)


@cache
def _count_sql(on_sqlite: bool) -> str:
    year, month = (
        ("CAST(strftime('%Y', noticed_on) AS INTEGER)", "CAST(strftime('%m', noticed_on) AS INTEGER)")
        if on_sqlite
        else ("extract(year FROM noticed_on)::int", "extract(month FROM noticed_on)::int")
    )
    return (
        f"SELECT {year}, {month}, event_type, count(*) FROM ({_visible(on_sqlite, 'f.event_type, f.noticed_on')}) e"
        " WHERE fuller = 1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )


def _conditions(wanted: EditionFilter) -> tuple[str, dict[str, Any]]:
    """The filters as SQL over the chosen editions: an edition is chosen first, then asked for its facts."""
    found, parameters = ["fuller = 1"], dict[str, Any]()
    for column, values in (
        ("sector", wanted.sectors),
        ("event_type", wanted.event_types),
        ("label", wanted.labels),
    ):
        names = [f"{column}_{place}" for place in range(len(values))]
        parameters |= dict(zip(names, values, strict=True))
        if names:
            found.append(f"{column} IN ({', '.join(':' + name for name in names)})")
    if wanted.before:
        found.append("position < :before")
        parameters["before"] = wanted.before
    return "WHERE " + " AND ".join(found), parameters


def _edition(row: tuple[Any, ...]) -> Edition:
    edition = Edition._make(row)
    noticed = edition.noticed_on
    return edition._replace(
        report_id=as_uuid(edition.report_id),
        noticed_on=date.fromisoformat(noticed) if isinstance(noticed, str) else noticed,
    )
