"""A door: the daily digests that the holder of the key received, shown with the rights of the moment."""

from typing import Any
from uuid import UUID

import orjson
from flask import Response

from feeds.stix.timestamps import format_timestamp, microseconds_of
from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.feeds import ItemSchema, embed, head_of, raw
from models.collection import INBOX_FEED
from sharing.digests import LISTED, count_digests, list_digests, load_digest
from sharing.disclosures import shown_of
from sharing.reading.editions import HIGHEST_COUNTED
from sharing.reading.question import Question

FARTHEST = 1_000
"""Pages; more than a century of days."""

room = Room("digests", __name__, url_prefix="/api/v1", description="Daily digests")

_HEAD = {
    "id": fields.ident("The id.", required=True),
    "made_at": fields.moment("When it was made.", required=True),
    "read_at": fields.moment("When you first opened it on the pages.", allow_none=True, required=True),
}
DigestLineSchema = fields.schema(
    "DigestLine", {**_HEAD, "count": fields.number("How many items it held when it was made.", 4, required=True)}
)
DigestsSchema = fields.schema(
    "Digests",
    {
        "items": fields.parts(DigestLineSchema, required=True),
        "more": fields.flag("Whether there is a further page.", False, required=True),
    },
)
DigestsQuery = fields.schema("DigestsQuery", {"page": fields.number("Which page.", 1, least=1, most=FARTHEST)})
DigestSchema = fields.schema(
    "Digest",
    {
        **_HEAD,
        "began_at": fields.moment("Since when it counts.", required=True),
        "some_gone": fields.flag("Whether something that it held is no longer shared with you.", False, required=True),
        "is_full": fields.flag(
            "Whether it holds as much as a digest can; the feed may have more.", False, required=True
        ),
        "items": fields.parts(ItemSchema, required=True),
    },
)


@operation(room, "/digests", "日次ダイジェストの一覧", refusals=(403,))
@room.arguments(DigestsQuery, location="query", error_status_code=400)
@room.response(200, DigestsSchema)
def read_digests(query: dict[str, Any]) -> dict[str, Any]:
    """The digests that you received, the newest first"""
    page = query.get("page", 1)
    with the_hub().reading() as session:
        lines = list_digests(session, the_actor(), page=page)
        count = count_digests(session, the_actor())
    return {
        "items": [
            {"id": line.id, "made_at": line.made_at, "read_at": line.read_at, "count": line.items} for line in lines
        ],
        "more": count > page * LISTED,
    }


@operation(
    room,
    "/digests/<uuid:digest_id>",
    "日次ダイジェスト1件",
    refusals=(403, 404),
    path={"name": "digest_id", "description": "The id of a digest of yours."},
)
@room.response(200, DigestSchema)
def read_digest(digest_id: UUID) -> Response:
    """A digest with what of it you may see now; never TLP:RED"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        view = load_digest(session, actor, digest_id, sealer=hub.secrets.cursor)
    asked = Question(ids=tuple(row.stix_id for row in view.rows), fullest=True, highest=HIGHEST_COUNTED)
    hub.disclosures.log(shown_of(actor, INBOX_FEED, view.rows, asked, what="digest", at=hub.clock()))
    head = {
        "id": view.id,
        "made_at": format_timestamp(microseconds_of(view.made_at)),
        "read_at": format_timestamp(microseconds_of(view.read_at)) if view.read_at else None,
        "began_at": format_timestamp(microseconds_of(view.began_at)),
        "some_gone": view.some_gone,
        "is_full": view.is_full,
    }
    items = b",".join(embed(head_of(row), row) for row in view.rows)
    return raw(orjson.dumps(head)[:-1] + b',"items":[' + items + b"]}")
