"""Operation: the titles of the editions that came to a reader, for texts that are searched for them again and again.

A process remembers which titles came into each set of windows, and is told what came since: a program that posts
every second need not be walked through the same hundreds of editions each time. Remembered is only what to look for.
Whether a reader sees an edition is judged when a text quotes it, by the rules of the feeds.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from models.vocabulary import EDITION_TYPE
from models.ways import REMEMBERED, Statement
from sharing.reading import grants
from sharing.reading.editions import HIGHEST_COUNTED
from sharing.reading.grants import View
from sharing.reading.judge import keep
from sharing.reading.newest import Wanted, ask_down
from sharing.reading.question import Question
from sharing.rules.mentions import Title, title_for

NEWEST_ROWS: Final = 1_000
"""Incidents of a feed that are looked at at once: of a reader who comes for the first time, or of what came since."""
MOST_KEPT: Final = 1_000
"""Titles that are remembered of one set of windows, the newest first; half a kilobyte each."""
MOST_SHELVES: Final = 64
"""Sets of windows of which titles are remembered; whoever came least lately begins anew."""

_SHELVES: Final = "titles of editions"
_END: Final = 2**63 - 1
_SEEN: Final = Question(fullest=True, highest=HIGHEST_COUNTED)
_COLUMNS: Final = "g.position, f.object_id, o.stix_id, o.label, f.title"
_SQLITE: Final = Wanted(
    _COLUMNS, "LEFT JOIN edition_facts f ON f.object_id = g.object_id LEFT JOIN objects o ON o.id = f.object_id"
)
# A plan is kept that was made while there were no editions yet: it must not be to walk through all of them.
_POSTGRES: Final = Wanted(
    _COLUMNS,
    "LEFT JOIN LATERAL (SELECT object_id, title FROM edition_facts WHERE object_id = g.object_id OFFSET 0) f ON true"
    " LEFT JOIN LATERAL (SELECT stix_id, label FROM objects WHERE id = f.object_id OFFSET 0) o ON true",
)
"""Of posted incidents, which are no editions, nothing but where they stand."""


class Called(NamedTuple):
    """The edition that a title is of."""

    object_id: int
    stix_id: str


class Shelf(Struct, frozen=True):
    """The titles that came into a set of windows up to a position."""

    reached: int = 0
    titles: tuple[Title, ...] = ()
    begins: frozenset[str] = frozenset()


_EMPTY: Final = Shelf()


def shelf_of(view: View) -> Shelf:
    """What is remembered of a reader's windows; to be completed by `ask_since`."""
    return _shelves(view).get(tuple(view.windows), _EMPTY)


def ask_since(view: View, shelf: Shelf) -> Statement:
    """The question for what came into a reader's windows since; a walk."""
    wanted = _SQLITE if view.on_sqlite else _POSTGRES
    return ask_down(view, wanted, shelf.reached, _END, NEWEST_ROWS, types=(EDITION_TYPE,))


def completed(view: View, shelf: Shelf, rows: Sequence[tuple[Any, ...]]) -> Shelf:
    """The same shelf with the answer to `ask_since`; it is remembered."""
    if rows:
        came = (title_for(title, rank, Called(*edition)) for _, *edition, rank, title in rows if title is not None)
        titles = (*(each for each in came if each is not None and each.rank <= HIGHEST_COUNTED), *shelf.titles)
        kept = titles[:MOST_KEPT]
        shelf = Shelf(rows[0][0], kept, frozenset([each.begin for each in kept]))
    shelves, windows = _shelves(view), tuple(view.windows)
    shelves.pop(windows, None)  # the newest stand last; others may come with the same windows at the same time
    shelves[windows] = shelf
    while len(shelves) > MOST_SHELVES:
        shelves.popitem(last=False)
    return shelf


def still_seen(view: View, titles: Iterable[Title]) -> set[Title]:
    """Those whose edition the reader sees now: the fullest of each report, at its newest version, never at RED."""
    called = {title.of: title for title in titles if isinstance(title.of, Called)}
    ids = sorted({each.stix_id for each in called})
    rows = [row for row in grants.of_ids(view, ids, 0, _END) if (row.object_id, row.stix_id) in called]
    kept = keep(view, _SEEN, lambda: grants.highest_position(view), rows)
    return {called[Called(row.object_id, row.stix_id)] for row in kept}


def _shelves(view: View) -> "OrderedDict[tuple[Any, ...], Shelf]":
    shelves: OrderedDict[tuple[Any, ...], Shelf] = view.session.info[REMEMBERED].setdefault(_SHELVES, OrderedDict())
    return shelves
