"""A door for readers: one box over all that one may see, newest first."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, render_template, request
from msgspec import Struct

from hub.security.beat import hold
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint
from hub.web.reading.feed import address, as_reference, log_rows, read_words, strictest
from hub.web.words.reading import Item, item_of, load_lists
from models.collection import INBOX_FEED
from sharing.errors import BadCursor
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.reading.driver import as_uuid
from sharing.reading.grants import Row
from sharing.reading.search import Sought, search
from sharing.reports.visible import list_visible_ids

blueprint = page_blueprint("search", url_prefix="/search")
protect(blueprint)


class Hit(Struct, frozen=True):
    """One line of the answer: the object, and the report's own page where the reader has one."""

    item: Item
    report_id: UUID | None


@blueprint.get("/")
def index() -> str | Response:
    """What the words are found in."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.FEED_READ)
    hold()
    typed = read_words()
    stale = False
    with hub.reading() as session:
        reader = load_reader(session, actor)
        sought = Sought(as_reference(typed))
        try:
            got = search(session, reader, INBOX_FEED, sought, token=request.args.get("next"), sealer=hub.secrets.cursor)
        except BadCursor:
            stale = True
            got = search(session, reader, INBOX_FEED, sought, sealer=hub.secrets.cursor)
        lists = load_lists(session)
        named = {ident for row in got.rows if (ident := as_uuid(row.report_id)) is not None}
        own = list_visible_ids(session, actor, named)
        hits = [
            Hit(item_of(row, lists), ident if (ident := as_uuid(row.report_id)) in own else None) for row in got.rows
        ]
    log_rows(got.rows, INBOX_FEED, what="search")
    return render_template(
        "search/index.html",
        typed=typed,
        hits=_each_once(got.rows, hits),
        is_readable=got.is_readable,
        page_label=strictest(got.rows),
        next_url=address("search.index", {"q": typed, "next": got.next}) if got.next else None,
        first_url=address("search.index", {"q": typed}) if request.args.get("next") else None,
        stale=stale,
    )


def _each_once(rows: Sequence[Row], hits: Sequence[Hit]) -> list[Hit]:
    """An indicator that stands in several editions of one report is one line; editions themselves come once already."""
    found: dict[object, Hit] = {}
    for row, hit in zip(rows, hits, strict=True):
        part = row.report_id is not None and not row.fullness
        found.setdefault((row.report_id, row.type, hit.item.title) if part else row.object_id, hit)
    return list(found.values())
