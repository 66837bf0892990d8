"""Operation: what lies before a reader that is sent what it may see: the next rows, and how far they reach."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from crypto.sealing import CursorSealer
from sharing.readers import Reader
from sharing.reading import grants
from sharing.reading.grants import Row, View
from sharing.reading.page import page
from sharing.reading.question import Question, open_cursor


class Ahead(NamedTuple):
    """Rows in rising order; everything up to `reached` was looked at, so the next question begins there."""

    rows: tuple[Row, ...]
    reached: int
    more: bool


def ahead(
    session: Session, reader: Reader, feed: int, question: Question, *, limit: int, sealer: CursorSealer
) -> Ahead:
    """The next rows after `question.after`; perhaps none, with a higher `reached`, where the filters leave out much."""
    horizon = grants.highest_position(View(session, reader.windows, feed))
    found = page(session, reader, feed, question, limit=limit, sealer=sealer)
    if found.next is not None:
        return Ahead(found.rows, open_cursor(sealer, found.next, reader.key, feed).position, more=True)
    bound = question.until - 1 if question.until else horizon
    return Ahead(found.rows, max(question.after, min(bound, horizon)), more=False)
