"""Operation: the bytes of a page's rows, within a bound: a page of large objects ends sooner, and is never empty.

Rows are found with the bytes of the objects that are light: so small that a whole page of them keeps within the bound.
Nearly every page holds nothing else and is found by one question. Heavy ones are weighed before they are fetched.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias, TypeVar

from sharing.reading import grants
from sharing.reading.grants import Given, Row, View

PAGE_BYTES: Final = 64 * 1024 * 1024
"""Bytes of objects that one page holds at most; a single larger object would make a page of its own."""

_ANY_SIZE: Final = 2**31 - 1

_R = TypeVar("_R", Row, Given)

Found: TypeAlias = tuple[list[_R], int, bool]
"""Rows (perhaps one more than a page), the position that was reached, and whether nothing is left after it."""


def light_enough(rows: int) -> int:
    """The size up to which objects may come with the rows that find them: so many of them keep within the bound."""
    return PAGE_BYTES // max(rows, 1)


def fitting(view: View, found: Found[_R], size: int) -> Found[_R]:
    """The rows with their bytes, as many of the first `size` as fit into a page; what is left out is left for the next.

    A row that went away meanwhile is left out.
    """
    rows, reached, exhausted = found
    page = rows[:size]
    if None not in [row.body for row in page]:
        return found
    weighed = grants.weigh(view, _without_body(page), light=light_enough(size))
    taken: list[_R] = []
    weight, examined = 0, 0
    for row in page:
        length, body = (len(row.body), row.body) if row.body is not None else weighed.get(row.object_id, (0, b""))
        weight += length
        if taken and weight > PAGE_BYTES:
            break
        examined += 1
        if row.body is not None or row.object_id in weighed:
            taken.append(row._replace(body=body))
    if examined < len(rows):
        return _with_bodies(view, taken), page[examined - 1].position, False
    return _with_bodies(view, taken), reached, exhausted


def body_of(view: View, row: Row) -> bytes | None:
    """The bytes of one row that was found without; None where it went away meanwhile."""
    return grants.weigh(view, [row.object_id], light=_ANY_SIZE).get(row.object_id, (0, None))[1]


def _without_body(rows: Iterable[Any]) -> list[int]:
    return [row.object_id for row in rows if row.body is None]


def _with_bodies(view: View, rows: list[_R]) -> list[_R]:
    """Fetch what is still missing; it was weighed and fits."""
    missing = _without_body(rows)
    if not missing:
        return rows
    bodies = grants.weigh(view, missing, light=_ANY_SIZE)
    whole = [
        row if row.body is not None else row._replace(body=bodies.get(row.object_id, (0, None))[1]) for row in rows
    ]
    return [row for row in whole if row.body is not None]
