"""A door: feeds and single objects. Stored bytes are joined as they are; what is given is logged before it leaves."""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from flask import Response, request

from feeds.stix.timestamps import format_timestamp
from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.security.beat import hold, hold_if_missed
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.vocabulary import CollectionKind, Label
from sharing.collections.access import OpenCollection, list_collections, load_collection
from sharing.disclosures import shown_of
from sharing.errors import NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader, load_reader
from sharing.reading.grants import Row
from sharing.reading.newest import PAGE_ROWS, Look
from sharing.reading.page import BIGGEST_PAGE, page
from sharing.reading.question import ALL, FIRST, LAST, Question
from sharing.reading.search import Sought, search
from sharing.reading.why import Grounds, list_grounds
from sharing.rules.search_terms import LONGEST_QUESTION

room = Room("feeds", __name__, url_prefix="/api/v1", description="Published objects: feeds and single objects")

USUAL_PAGE: Final = 100
"""Items of a page where no limit is given."""
MOST_VALUES: Final = 100
"""Values of one filter."""
MOST_FOUND: Final = 100
"""Items of a page of a search: each is looked into."""
LONGEST_ID: Final = 250
"""Characters of a STIX id; no longer one is stored."""

STIX_ID = "incident--0f5c1a2e-6a51-4f5e-9d7b-1d2c3b4a5f60"
_OBJECT = fields.said(
    "The STIX object, byte for byte as it is stored.", {"type": "incident"}, kind="object", answered=True
)

FeedSchema = fields.schema(
    "Feed",
    {
        "id": fields.ident("The id, the same as in TAXII.", required=True),
        "alias": fields.text("A readable name for addresses.", "inbox", allow_none=True, required=True),
        "kind": fields.one_of("Why it exists.", [kind.value for kind in CollectionKind], "inbox", required=True),
        "title_ja": fields.text("The title in Japanese.", required=True),
        "title_en": fields.text("The title in English.", required=True),
        "description": fields.text("What it is for.", required=True),
        "sector": fields.text("The code of its sector.", allow_none=True, required=True),
        "highest_label": fields.label("The strictest label that it takes.", required=True),
        "can_read": fields.flag("Whether you may read it.", True, required=True),
        "can_write": fields.flag("Whether you may post to it, by TAXII.", False, required=True),
    },
)
FeedsSchema = fields.schema("Feeds", {"items": fields.parts(FeedSchema, required=True)})

_HEAD = {
    "date_added": fields.position("Its position in the feed, for you.", required=True),
    "id": fields.text("The STIX id.", STIX_ID, required=True),
    "version": fields.text("The version as its publisher wrote it.", "2026-11-20T03:00:00.000Z", required=True),
    "type": fields.text("The STIX type.", "incident", required=True),
    "label": fields.label("The label under which it is shared.", required=True),
    "exercise": fields.flag("True: an exercise (訓練), not real.", False, required=True),
}
ItemSchema = fields.schema("Item", {**_HEAD, "object": _OBJECT})
PageSchema = fields.schema(
    "Page",
    {
        "items": fields.parts(ItemSchema, required=True),
        "more": fields.flag("Whether there is more right now.", False, required=True),
        "next": fields.text("Where to go on while there is more.", allow_none=True, required=True),
    },
)
GroundSchema = fields.schema(
    "Ground",
    {
        "audience": fields.text("The group, of those you belong to, to which it was given.", required=True),
        "rule": fields.text("The rule of the sharing policy that gave it.", allow_none=True, required=True),
        "date_added": fields.position("Since when.", required=True),
    },
)
VersionSchema = fields.schema("ObjectVersion", {name: _HEAD[name] for name in ("date_added", "version", "label")})
ObjectSchema = fields.schema(
    "Object",
    {
        **_HEAD,
        "why": fields.parts(GroundSchema, required=True),
        "versions": fields.parts(VersionSchema, required=True),
        "object": _OBJECT,
    },
)
PageQuery = fields.schema(
    "PageQuery",
    {
        "added_after": fields.position("Only what was added after this position: the last `date_added` that you have."),
        "type": fields.values(
            fields.text("A type.", longest=LONGEST_ID),
            "STIX types, between commas.",
            most=MOST_VALUES,
            example="incident",
        ),
        "id": fields.values(
            fields.text("An id.", longest=LONGEST_ID), "STIX ids, between commas.", most=MOST_VALUES, example=STIX_ID
        ),
        "version": fields.one_of("Which versions of each object; the last where nothing is said.", [LAST, FIRST, ALL]),
        "highest_label": fields.label("No label stricter than this.", "TLP:GREEN"),
        "limit": fields.number("Items of a page.", USUAL_PAGE, least=1, most=BIGGEST_PAGE),
        "next": fields.text("The `next` of the page before; it carries the filters.", longest=8192),
    },
)


@operation(room, "/feeds", "フィードの一覧")
@room.response(200, FeedsSchema)
def read_feeds() -> dict[str, Any]:
    """The feeds that you may read or write"""
    with the_hub().reading() as session:
        opened = list_collections(session, load_reader(session, the_actor()))
    return {"items": [_feed(each) for each in opened]}


@operation(
    room,
    "/feeds/<feed>/objects",
    "フィードの1ページ",
    refusals=(403, 404),
    about=(
        "In the order in which they were added. Follow `next` while `more`; then come back with `added_after` set to "
        "the last `date_added`: nothing is skipped, however late it was committed."
    ),
    path={"name": "feed", "description": "The id or alias of a feed.", "example": "inbox"},
)
@room.arguments(PageQuery, location="query", error_status_code=400)
@room.response(200, PageSchema)
def read_feed(query: dict[str, Any], feed: str) -> Response:
    """A page of a feed"""
    hub = the_hub()
    given = _filters(query)
    with hub.reading(snapshot=False) as session:
        reader = load_reader(session, the_actor())
        opened = load_collection(session, reader, feed)
        if not opened.can_read:
            raise NotPermitted("this feed can be written, not read")
        token = query.get("next")
        limit = query.get("limit", USUAL_PAGE if token is None else None)
        found = page(
            session,
            reader,
            opened.feed,
            Question(**given),
            limit=limit,
            token=token,
            given=given,
            sealer=hub.secrets.cursor,
        )
    hold_if_missed(request.environ, found.question.ids, found.rows)
    shown = shown_of(reader.actor, opened.feed, found.rows, found.question, what="objects", at=hub.clock())
    hub.disclosures.log(shown)
    items = b",".join(embed(head_of(row), row) for row in found.rows)
    tail = orjson.dumps({"more": found.more, "next": found.next})
    return raw(b'{"items":[' + items + b"]," + tail[1:])


SearchQuery = fields.schema(
    "SearchQuery",
    {
        "q": fields.text(
            "Words; all must be found. Width, case, blanks inside Japanese and old characters do not matter.",
            "停電",
            longest=LONGEST_QUESTION,
            required=True,
        ),
        "type": fields.values(
            fields.text("A type.", longest=LONGEST_ID), "STIX types, between commas.", most=MOST_VALUES, example="note"
        ),
        "limit": fields.number("Items of a page.", PAGE_ROWS, least=1, most=MOST_FOUND),
        "next": fields.text("The `next` of the page before; it carries words and filters.", longest=8192),
    },
)


@operation(
    room,
    "/feeds/<feed>/search",
    "フィード内の検索",
    refusals=(403, 404),
    about=(
        "What holds all these words, the newest first, never by a rank. A page may be empty while there is `more`: "
        "then it examined as much as one request may. What machines posted is found some seconds later."
    ),
    path={"name": "feed", "description": "The id or alias of a feed.", "example": "inbox"},
)
@room.arguments(SearchQuery, location="query", error_status_code=400)
@room.response(200, PageSchema)
def search_feed(query: dict[str, Any], feed: str) -> Response:
    """Search a feed"""
    hub = the_hub()
    actor = the_actor()
    actor.must(Permission.FEED_READ)
    hold()
    with hub.reading() as session:
        reader = load_reader(session, actor)
        opened = load_collection(session, reader, feed)
        if not opened.can_read:
            raise NotPermitted("this feed can be written, not read")
        sought = Sought(query["q"], Look(types=tuple(sorted(set(query.get("type", ()))))))
        limit = query.get("limit", PAGE_ROWS)
        found = search(
            session, reader, opened.feed, sought, token=query.get("next"), limit=limit, sealer=hub.secrets.cursor
        )
    rising = sorted(found.rows, key=lambda row: row.position)
    named = Question(ids=tuple(row.stix_id for row in rising))
    hub.disclosures.log(shown_of(actor, opened.feed, rising, named, what="search", at=hub.clock()))
    items = b",".join(embed(head_of(row), row) for row in found.rows)
    tail = orjson.dumps({"more": found.next is not None, "next": found.next})
    return raw(b'{"items":[' + items + b"]," + tail[1:])


@operation(
    room,
    "/objects/<stix_id>",
    "オブジェクト1件(見える理由と版)",
    refusals=(403, 404),
    path={"name": "stix_id", "description": "The STIX id.", "example": STIX_ID},
)
@room.response(200, ObjectSchema)
def read_object(stix_id: str) -> Response:
    """An object in its last version, why you see it, and its versions"""
    hub = the_hub()
    actor = the_actor()
    actor.must(Permission.FEED_READ)
    if len(stix_id) > LONGEST_ID:
        raise NotVisible("no such object")
    last = Question(ids=(stix_id,))
    with hub.reading() as session:
        reader = load_reader(session, actor)
        feed, row = find_row(session, reader, last)
        question = Question(ids=(stix_id,), versions=(ALL,))
        every = page(session, reader, feed, question, sealer=hub.secrets.cursor, bodies=False).rows
        grounds = list_grounds(session, reader, feed, row.object_id)
    hub.disclosures.log(shown_of(actor, feed, [row], last, what="object", at=hub.clock()))
    # Another organization's copy under the same id is a series of its own.
    versions = [each for each in every if each.publisher_id == row.publisher_id]
    head = head_of(row) | {
        "why": [_ground(each) for each in grounds],
        "versions": [_version(each) for each in versions],
    }
    return raw(embed(head, row))


def find_row(session: Any, reader: Reader, question: Question) -> tuple[int, Row]:
    """The feed and the row of an object: real ones first, then exercises."""
    for feed in (INBOX_FEED, EXERCISE_FEED):
        rows: Sequence[Row] = page(session, reader, feed, question, sealer=the_hub().secrets.cursor).rows
        if rows:
            return feed, max(rows, key=lambda row: (row.version_us, -row.position))
    raise NotVisible("no such object")


def _filters(query: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if "added_after" in query:
        given["after"] = query["added_after"]
    for name, member in (("type", "types"), ("id", "ids")):
        if name in query:
            given[member] = tuple(sorted(set(query[name])))
    if "version" in query:
        given["versions"] = (query["version"],)
    if "highest_label" in query:
        given["highest"] = Label(query["highest_label"]).rank
    return given


def _feed(opened: OpenCollection) -> dict[str, Any]:
    collection = opened.collection
    return {
        "id": collection.id,
        "alias": collection.alias,
        "kind": collection.kind.value,
        "title_ja": collection.title_ja,
        "title_en": collection.title,
        "description": collection.description,
        "sector": collection.sector,
        "highest_label": collection.highest_label.value,
        "can_read": opened.can_read,
        "can_write": opened.can_write,
    }


def head_of(row: Row) -> dict[str, Any]:
    """What an item tells beside the object."""
    return {
        "date_added": format_timestamp(row.position),
        "id": row.stix_id,
        "version": row.version,
        "type": row.type,
        "label": Label.of_rank(row.label).value,
        "exercise": bool(row.exercise),
    }


def _version(row: Row) -> dict[str, Any]:
    head = head_of(row)
    return {name: head[name] for name in ("date_added", "version", "label")}


def _ground(grounds: Grounds) -> dict[str, Any]:
    return {"audience": grounds.token, "rule": grounds.rule, "date_added": format_timestamp(grounds.position)}


def embed(head: dict[str, Any], row: Row) -> bytes:
    """The stored bytes inside our own: never parsed, never written anew."""
    return orjson.dumps(head)[:-1] + b',"object":' + row.body + b"}"


def raw(body: bytes) -> Response:
    """An answer made of bytes."""
    answer = Response(body, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
