"""Operation: which of several versions, copies and editions one reader gets. Only flagged rows are compared."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from sharing.reading.driver import walk
from sharing.reading.grants import (
    Given,
    Listed,
    Row,
    Slim,
    View,
    granted,
    grants_of,
    joined,
    list_parameter,
    numbered,
    view_parameters,
)
from sharing.reading.question import ALL, FIRST, LAST, Question

_R = TypeVar("_R", Row, Given, Listed)


def keep(
    view: View,
    question: Question,
    horizon: Callable[[], int],
    rows: list[Row],
) -> list[Row]:
    """The rows that this reader gets, judged as of the horizon and only by what it may itself see."""
    if question.filters_rows:
        rows = [row for row in rows if _passes_plain(row, question)]
    rows = _without_repetitions(view, rows)
    rows = of_versions(view, question, horizon, rows)
    return _fullest(view, question, horizon, rows) if question.fullest else rows


def keep_slim(view: View, question: Question, horizon: Callable[[], int], rows: list[Slim]) -> list[Slim]:
    """As `keep`, for questions that look at nothing but versions."""
    return of_versions(view, question, horizon, _without_repetitions(view, rows))


def _passes_plain(row: Row, question: Question) -> bool:
    return (
        row.label <= question.highest
        and (not question.types or row.type in question.types)
        and (not question.spec_versions or row.spec_version in question.spec_versions)
    )


def _without_repetitions(view: View, rows: list[_R]) -> list[_R]:
    """An object, or another publisher's copy of the same version, is given once: at the lowest visible position."""
    flagged = [row.object_id for row in rows if row.probe]
    if not flagged:
        return rows
    lowest: dict[int, int] = {}
    for ident, position in walk(view.session, _copies(view), _parameters(view, flagged)):
        lowest[ident] = min(position, lowest.get(ident, position))
    return [row for row in rows if not row.probe or lowest.get(row.object_id) == row.position]


_FEW: Final = 4
"""Rows of one object on a page, for each of which other publishers' versions of it are looked through."""

# A version's own publisher, those before and those after are each a range of the index, and mostly the last two are
# empty. Where a page holds many versions of one object, these two would be all versions by all others, for every row:
# two that post thousands of one object each kept its readers waiting. There it goes from publisher to publisher, each
# found behind the one before.
_COPIES: Final = """
    WITH RECURSIVE numbered AS MATERIALIZED (
        SELECT f.id, f.stix_id, f.publisher_id, f.version_us FROM {flagged}
    ),
    flagged AS MATERIALIZED (
        SELECT f.id, f.stix_id, f.publisher_id, f.version_us,
            f.stix_id IN (SELECT f.stix_id FROM numbered f GROUP BY f.stix_id HAVING count(*) > {few}) AS many
        FROM numbered f
    ),
    walked(id, stix_id, version_us, publisher_id) AS (
        SELECT f.id, f.stix_id, f.version_us,
            (SELECT p.publisher_id FROM objects p WHERE p.stix_id = f.stix_id ORDER BY p.publisher_id LIMIT 1)
        FROM flagged f WHERE f.many
        UNION ALL
        SELECT f.id, f.stix_id, f.version_us, (
            SELECT p.publisher_id FROM objects p
            WHERE p.stix_id = f.stix_id AND p.publisher_id > f.publisher_id ORDER BY p.publisher_id LIMIT 1
        )
        FROM walked f WHERE f.publisher_id IS NOT NULL
    )
    {arms}
"""


def _copies(view: View) -> str:
    """The question for visible positions of each flagged version's copies: some answers of each, the lowest counts."""
    few = "WHERE NOT f.many"
    listed = (("flagged", "=", few), ("flagged", "<", few), ("flagged", ">", few), ("walked", "=", ""))
    arms = (
        f"""
        SELECT f.id, min(g.position)
        FROM {name} f {joined(view)} objects o
            ON o.stix_id = f.stix_id AND o.publisher_id {by} f.publisher_id AND o.version_us = f.version_us
        {grants_of(view)}
        {where} GROUP BY f.id
        """
        for name, by, where in listed
    )
    return _COPIES.format(flagged=numbered(view, "flagged", "f"), few=_FEW, arms=" UNION ALL ".join(arms))


def of_versions(
    view: View,
    question: Question,
    horizon: Callable[[], int],
    rows: list[_R],
) -> list[_R]:
    """The rows whose versions are wanted: last and first as far as this reader sees, up to the horizon.

    Where a version of the specification is asked for, they are those of that one: whoever reads 2.0 alone gets the last
    object of 2.0, also after its publisher went on in 2.1.
    """
    wanted = question.versions
    if ALL in wanted:
        return rows
    exact = {version for version in wanted if isinstance(version, int)}
    older: set[int] = set()
    newer: set[int] = set()
    if LAST in wanted:
        flagged = [row.object_id for row in rows if row.superseded]
        if not flagged and wanted == (LAST,):
            return rows
        newer = _with_visible_sibling(view, flagged, horizon, ">", question.spec_versions) if flagged else set()
    if FIRST in wanted:
        older = _with_visible_sibling(view, [row.object_id for row in rows], horizon, "<", question.spec_versions)
    return [
        row
        for row in rows
        if (LAST in wanted and row.object_id not in newer)
        or (FIRST in wanted and row.object_id not in older)
        or (isinstance(row, Row) and row.version_us in exact)
    ]


def _with_visible_sibling(
    view: View, objects: list[int], horizon: Callable[[], int], order: str, spec_versions: tuple[str, ...]
) -> set[int]:
    """Those objects of which this reader sees a newer (or older) version of the same series up to the horizon.

    The newest (or oldest) that it sees is looked for once in each series, from that end: ten thousand versions of one
    object, each held against all the others, kept a reader waiting for minutes.
    """
    if not objects:
        return set()
    series: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for ident, stix_id, publisher_id, version_us in walk(
        view.session, _SERIES.format(flagged=numbered(view, "flagged", "f")), {"flagged": list_parameter(view, objects)}
    ):
        series.setdefault((stix_id, publisher_id), []).append((version_us, ident))
    ends = _visible_ends(view, [each[0][1] for each in series.values()], horizon, order, spec_versions)
    return {
        ident
        for each in series.values()
        if (end := ends.get(each[0][1])) is not None
        for version_us, ident in each
        if (version_us < end if order == ">" else version_us > end)
    }


_SERIES: Final = "SELECT f.id, f.stix_id, f.publisher_id, f.version_us FROM {flagged}"


def _visible_ends(
    view: View, objects: list[int], horizon: Callable[[], int], order: str, spec_versions: tuple[str, ...]
) -> dict[int, int | None]:
    """For each object the newest (or oldest) version of its series that this reader sees, found from that end."""
    specs = {f"spec{number}": each for number, each in enumerate(spec_versions)}
    of_specs = f"AND o.spec_version IN ({', '.join(f':{name}' for name in specs)})" if specs else ""
    sql = f"""
        SELECT f.id, (
            SELECT o.version_us FROM objects o
            WHERE o.stix_id = f.stix_id AND o.publisher_id = f.publisher_id {of_specs}
                AND EXISTS (SELECT 1 FROM {granted(view)} WHERE g.position <= :horizon)
            ORDER BY o.version_us {"DESC" if order == ">" else "ASC"} LIMIT 1
        )
        FROM {numbered(view, "flagged", "f")}
    """
    parameters = _parameters(view, objects) | specs | {"horizon": horizon()}
    return {row[0]: row[1] for row in walk(view.session, sql, parameters)}


def _fullest(view: View, question: Question, horizon: Callable[[], int], rows: list[Row]) -> list[Row]:
    """Leave out a report's lesser edition where this reader sees a fuller one; it must not look like two reports.

    One that the question leaves out as too strict displaces nothing: the report stays in its form below RED.
    """
    flagged = [row.object_id for row in rows if row.report_id is not None and row.fullness]
    if not flagged:
        return rows
    sql = f"""
        SELECT DISTINCT f.id
        FROM {numbered(view, "flagged", "f")}
        {joined(view)} objects o ON o.report_id = f.report_id AND o.fullness > f.fullness AND o.label <= :highest
        {grants_of(view)}
        WHERE g.position <= :horizon
    """
    parameters = _parameters(view, flagged) | {"horizon": horizon(), "highest": question.highest}
    lesser = {row[0] for row in walk(view.session, sql, parameters)}
    return [row for row in rows if row.object_id not in lesser]


def _parameters(view: View, flagged: list[int]) -> dict[str, Any]:
    return view_parameters(view) | {"flagged": list_parameter(view, flagged)}
