"""Operation: the labels of objects that a text or another object names, as far as its author may see them."""

import json
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import Label
from models.ways import Statement
from sharing.readers import Reader
from sharing.reading.driver import walk
from sharing.reading.grants import View, grants_of, view_parameters

AT_ONCE: Final = 2_000
"""Ids of one question."""


def find_labels(session: Session, reader: Reader, ids: Iterable[str]) -> dict[str, Label]:
    """The label of each id that this reader sees, by the id in small letters: a UUID has no case.

    Of several versions, copies or spellings the widest: so much is known of it.
    """
    found: dict[str, int] = {}
    for each in ask_labels(session, reader, ids):
        for stix_id, rank in walk(session, each.sql, each.parameters, kept=each.kept):
            name = stix_id.lower()
            found[name] = min(rank, found.get(name, rank))
    return {stix_id: Label.of_rank(rank) for stix_id, rank in found.items()}


def ask_labels(session: Session, reader: Reader, ids: Iterable[str]) -> list[Statement]:
    """The questions of `find_labels`, which may be asked ahead; none for a reader who sees nothing."""
    wanted = list(dict.fromkeys(map(str.lower, ids)))
    view = View(session, reader.windows, INBOX_FEED)
    if not (wanted and view.windows):
        return []
    sql, parameters = _labels(view), view_parameters(view)
    parts: Any = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
    asked = (parameters | {"ids": json.dumps(named) if view.on_sqlite else named} for named in parts)
    return [Statement(sql, each, kept=True) for each in asked]


def _labels(view: View) -> str:
    """What is named in small letters, and what was posted in others: that few stand in an index of their own."""
    if view.on_sqlite:
        named = (
            "json_each(:ids) j CROSS JOIN objects o INDEXED BY uq_objects_series ON o.stix_id = j.value",
            "json_each(:ids) j CROSS JOIN objects o INDEXED BY ix_objects_capitals"
            " ON lower(o.stix_id) = j.value AND o.stix_id <> lower(o.stix_id)",
        )
    else:
        named = (
            "(SELECT id, stix_id, label FROM objects WHERE stix_id = ANY(:ids) OFFSET 0) o",
            "(SELECT id, stix_id, label FROM objects"
            " WHERE lower(stix_id) = ANY(:ids) AND stix_id <> lower(stix_id) OFFSET 0) o",
        )
    arms = (f"SELECT o.stix_id, min(o.label) FROM {each} {grants_of(view)} GROUP BY o.stix_id" for each in named)
    return " UNION ALL ".join(arms)
