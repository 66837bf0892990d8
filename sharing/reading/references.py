"""Operation: the labels of objects that a text or another object names, as far as its author may see them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading import grants
from sharing.reading.grants import View

MOST_NAMED: Final = 50_000
"""Ids of one post that are looked up; the first ones, so that a post of any size is answered in bounded time. Ten
thousand relationships name twenty thousand."""
AT_ONCE: Final = 2_000
"""Ids of one question."""

_END: Final = 2**63 - 1


def find_labels(session: Session, reader: Reader, ids: Sequence[str]) -> dict[str, Label]:
    """The label of each id that this reader sees; of several versions or copies the widest: so much is known of it."""
    wanted = list(dict.fromkeys(ids))[:MOST_NAMED]
    if not wanted:
        return {}
    found: dict[str, int] = {}
    view = View(session, reader.windows, INBOX_FEED)
    for start in range(0, len(wanted), AT_ONCE):
        for row in grants.of_ids(view, wanted[start : start + AT_ONCE], 0, _END):
            found[row.stix_id] = min(row.label, found.get(row.stix_id, row.label))
    return {stix_id: Label.of_rank(rank) for stix_id, rank in found.items()}
