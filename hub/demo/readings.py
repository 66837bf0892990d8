"""Operation of the demo: people look through what they were sent, so that ledgers have something to say."""

from collections.abc import Iterable

from hub.wiring import Hub
from models.collection import INBOX_FEED
from sharing.actor import Actor
from sharing.disclosures import shown_of, write_disclosures
from sharing.readers import load_reader
from sharing.reading.newest import Look, newest
from sharing.reading.question import Question


def look_through(hub: Hub, actors: Iterable[Actor]) -> None:
    """Each of these people opens the first page of their feed, now: positions are now too."""
    shown = []
    with hub.reading() as session:
        for actor in actors:
            page = newest(session, load_reader(session, actor), INBOX_FEED, Look(), sealer=hub.secrets.cursor)
            rows = sorted(page.rows, key=lambda row: row.position)
            named = Question(ids=tuple(row.stix_id for row in rows))
            shown += shown_of(actor, INBOX_FEED, rows, named, what="feed", at=hub.clock())
    with hub.writing() as session:
        write_disclosures(session, shown, hub.units)
