"""Operation: take the payload and the salts of an entry's objects away; nobody is given them any more."""

from typing import Final

from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from sharing.reading.closing import close_grants
from sharing.reading.driver import fetch, run_many

_OBJECTS: Final = "SELECT id, feed FROM objects WHERE entry_id = :entry ORDER BY id"
_FEEDS: Final = "SELECT DISTINCT feed FROM grants WHERE object_id = :object"
_EMPTY: Final = "UPDATE objects SET body = :nothing, salt = :nothing, sha256 = :nothing WHERE entry_id = :entry"
_TITLE: Final = "UPDATE edition_facts SET title = '' WHERE object_id = :object"


def empty_titles(session: Session, entry_id: int) -> list[int]:
    """Take the titles of an entry's editions out of the lists; the objects whose rows were changed."""
    objects = [row[0] for row in fetch(session, _WITH_TITLE, {"entry": entry_id})]
    run_many(session, _TITLE, [{"object": each} for each in objects])
    return objects


_WITH_TITLE: Final = """
    SELECT f.object_id FROM edition_facts f JOIN objects o ON o.id = f.object_id WHERE o.entry_id = :entry
"""


def erase_objects(session: Session, entry_id: int, by_entry: int) -> int:
    """Close every grant of an entry's objects, then empty them; how many there were."""
    objects = fetch(session, _OBJECTS, {"entry": entry_id})
    for object_id, _ in objects:
        feeds = {row[0] for row in fetch(session, _FEEDS, {"object": object_id})} - {INBOX_FEED}
        for feed in [*sorted(feeds), INBOX_FEED]:
            close_grants(session, feed, [object_id], by_entry)
    run_many(session, _EMPTY, [{"entry": entry_id, "nothing": b""}])
    return len(objects)
