"""Operation: of named reports the editions that one reader may see, each report once: in its fullest, at its newest."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from models.collection import EXERCISE_FEED, INBOX_FEED
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading.driver import fetch, uuid_parameter
from sharing.reading.grants import OBJECT_COLUMNS, Row, View, grants_of, highest_position, view_parameters
from sharing.reading.judge import keep
from sharing.reading.question import Question

MOST: Final = 200
"""Reports that one question names."""


def list_editions_of(session: Session, reader: Reader, report_ids: Sequence[UUID], *, exercise: bool) -> list[Row]:
    """The visible editions below RED, the newest position first; of a report that is hidden there is none."""
    view = View(session, reader.windows, EXERCISE_FEED if exercise else INBOX_FEED)
    if not view.windows or not report_ids:
        return []
    ids: Any = [uuid_parameter(session, each) for each in list(report_ids)[:MOST]]
    if view.on_sqlite:
        named, ids = "json_each(:reports) j CROSS JOIN objects o ON o.report_id = j.value", json.dumps(ids)
    else:
        named = (
            "unnest((:reports)::uuid[]) AS n(value)"
            " CROSS JOIN LATERAL (SELECT * FROM objects WHERE objects.report_id = n.value OFFSET 0) o"
        )
    sql = f"""
        SELECT DISTINCT g.position, g.probe, {OBJECT_COLUMNS}, o.body
        FROM {named} {grants_of(view)}
        WHERE o.fullness > 0 AND o.label <= :highest
        ORDER BY g.position DESC
    """
    parameters = view_parameters(view) | {"reports": ids, "highest": Label.AMBER_STRICT.rank}
    rows = [Row._make(row) for row in fetch(session, sql, parameters)]
    question = Question(fullest=True, highest=Label.AMBER_STRICT.rank)
    return keep(view, question, lambda: highest_position(view), rows)
