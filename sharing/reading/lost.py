"""Operation: how much a reader could read and cannot any more, since the past was decided again.

It is counted from nothing but what this reader itself was given: a number for it alone, without a title or a cause.
What it reads in another form, or by another way, is not lost; what is RED is told to nobody by a number.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.audit.tags import Tag
from sharing.readers import Reader
from sharing.reading.driver import fetch, moment_parameter
from sharing.reading.grants import View, grants_of, view_parameters

_APPLIED: Final = Tag.PAST_APPLY.value
_ENTRIES: Final = "SELECT min(id) FROM audit_entries WHERE tag = :tag AND recorded_at >= :since"

_WINDOWS: Final = {
    True: """
        json_each(:windows) w CROSS JOIN closed_grants c
        ON c.feed = :feed AND c.token_id = json_extract(w.value, '$[0]') AND c.position > json_extract(w.value, '$[1]')
    """,
    False: """
        unnest((:tokens)::int[], (:opened)::bigint[]) AS w(token_id, opened)
        JOIN closed_grants c ON c.feed = :feed AND c.token_id = w.token_id AND c.position > w.opened
    """,
}
"""What was closed of what the reader's windows held, by whether it is SQLite."""

_COMPANIONS: Final = "('identity', 'marking-definition', 'extension-definition')"
"""They say nothing of what names them."""

_LOST: Final = """
    WITH lost AS (
        SELECT DISTINCT o.report_id, o.stix_id
        FROM {windows} JOIN audit_entries e ON e.id = c.entry_id JOIN objects o ON o.id = c.object_id
        WHERE c.entry_id >= :first AND e.tag = :tag AND o.label < :red
          AND o.type NOT IN {companions}
    )
    SELECT count(DISTINCT COALESCE(CAST(l.report_id AS TEXT), l.stix_id)) FROM lost l
    WHERE NOT EXISTS (
        SELECT 1 FROM objects o {grants}
        WHERE (o.stix_id = l.stix_id OR o.report_id = l.report_id) AND o.type NOT IN {companions}
    )
"""


def count_lost(session: Session, reader: Reader, since: datetime) -> int:
    """Reports and posted objects that the reader has lost since then; exercises are not counted."""
    told = {"tag": _APPLIED}
    begun = fetch(session, _ENTRIES, told | {"since": moment_parameter(session, since)})
    first = begun[0][0] if begun else None
    if first is None or not reader.windows:
        return 0
    view = View(session, reader.windows, INBOX_FEED)
    sql = _LOST.format(windows=_WINDOWS[view.on_sqlite], grants=grants_of(view), companions=_COMPANIONS)
    return int(fetch(session, sql, view_parameters(view) | told | {"first": first, "red": Label.RED.rank})[0][0])
