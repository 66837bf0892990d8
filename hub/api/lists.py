"""A door: the organization's named lists, made, changed and closed."""

from typing import Any, Final
from uuid import UUID

from flask import Response

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from sharing.errors import Fault, Invalid
from sharing.lists.changing import LONGEST_NAME, add_to_list, close_list, make_list, remove_from_list
from sharing.lists.reading import ListView, list_lists, load_list
from sharing.reports.range_changes.list_narrowing import list_still_named, narrow_to_list
from sharing.reports.reasons import REASON_LIMIT

room = Room("lists", __name__, url_prefix="/api/v1", description="Named lists: whom you name in your reports")

_MOST: Final = 2**53 - 1
"""The highest number that every reader of JSON holds exactly."""

_PATH: Final = {"name": "list_id", "description": "The id of one of your organization's lists."}
_TOKENS: Final = ["council", "secretariat:water"]

ListLineSchema = fields.schema(
    "ListLine",
    {
        "id": fields.ident("The id, which a report names in `lists`.", required=True),
        "name": fields.text("What your organization calls it.", "隣接事業者", required=True),
        "made_at": fields.moment("When it was made.", required=True),
        "closed_at": fields.moment("When it was closed.", allow_none=True, required=True),
        "members": fields.number("How many stand on it.", 3, required=True),
    },
)
ListLinesSchema = fields.schema("ListLines", {"items": fields.parts(ListLineSchema, required=True)})
MemberSchema = fields.schema(
    "ListMember",
    {
        "id": fields.number("By which it is taken off.", 12, required=True),
        "token": fields.text("Who it is.", "secretariat:water", required=True),
        "name_ja": fields.text("The name in Japanese.", required=True),
        "name_en": fields.text("The name in English.", required=True),
        "added_at": fields.moment("When it was put on.", required=True),
        "removed_at": fields.moment("When it was taken off.", allow_none=True, required=True),
        "counts": fields.flag("False: it takes part no more, and gets nothing.", True, required=True),
    },
)
ListSchema = fields.schema(
    "NamedList",
    {
        "id": fields.ident("The id.", required=True),
        "name": fields.text("What your organization calls it.", required=True),
        "made_at": fields.moment("When it was made.", required=True),
        "closed_at": fields.moment("When it was closed.", allow_none=True, required=True),
        "members": fields.parts(MemberSchema, required=True),
    },
)
NewListSchema = fields.schema(
    "NewList", {"name": fields.text("What to call it.", "隣接事業者", longest=LONGEST_NAME, required=True)}
)
NamesSchema = fields.schema(
    "ListNames", {"tokens": fields.texts("Whom to put on it, by their tokens.", _TOKENS, required=True)}
)
RemovalSchema = fields.schema(
    "ListRemoval",
    {"member": fields.number("Its id on the list.", 12, least=1, most=_MOST, strict=True, required=True)},
)
StillNamedSchema = fields.schema(
    "ListStillNamed",
    {
        "reference": fields.text("The reference number (整理番号).", "K7QM-4TX2-P", required=True),
        "label": fields.label("The label of the last version.", required=True),
        "exercise": fields.flag("True: an exercise (訓練), not real.", False, required=True),
        "summary": fields.text("Its one sentence.", required=True),
        "filed_at": fields.moment("When the last version was filed.", required=True),
        "tokens": fields.texts("Who would lose it.", _TOKENS, required=True),
    },
)
StillNamedListSchema = fields.schema("ListStillNamedList", {"items": fields.parts(StillNamedSchema, required=True)})
NarrowingSchema = fields.schema(
    "ListNarrowing",
    {
        "reports": fields.texts("The reference numbers of those to take back.", ["K7QM-4TX2-P"], required=True),
        "reason": fields.text("Why.", "提供先を見直した。", longest=REASON_LIMIT, required=True),
    },
)
NarrowedSchema = fields.schema(
    "ListNarrowed", {"narrowed": fields.number("How many reports were taken back.", 1, required=True)}
)
AddedSchema = fields.schema("ListAdded", {"added": fields.number("How many were new.", 2, required=True)})


@operation(room, "/lists", "指定先リストの一覧", refusals=(403,))
@room.response(200, ListLinesSchema)
def read_lists() -> dict[str, Any]:
    """The lists of your organization; the open ones first"""
    with the_hub().reading() as session:
        return {"items": list_lists(session, the_actor(), closed=True)}


@operation(room, "/lists", "指定先リストの作成", method="POST", refusals=(403, 409, 413, 415, 422))
@room.arguments(NewListSchema)
@room.response(201, ListSchema)
def create_list(body: dict[str, Any]) -> Any:
    """Make an empty list"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        made = make_list(session, actor, body["name"], hub.context()).id
    with hub.reading() as session:
        view = load_list(session, actor, made)
    return _list(view), 201, {"Location": f"/api/v1/lists/{made}"}


@operation(room, "/lists/<uuid:list_id>", "指定先リスト1件", refusals=(403, 404), path=_PATH)
@room.response(200, ListSchema)
def read_list(list_id: UUID) -> dict[str, Any]:
    """A list with everybody who is or was on it"""
    with the_hub().reading() as session:
        return _list(load_list(session, the_actor(), list_id))


@operation(
    room,
    "/lists/<uuid:list_id>/members",
    "指定先の追加",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=_PATH,
)
@room.arguments(NamesSchema)
@room.response(200, AddedSchema)
def add_members(body: dict[str, Any], list_id: UUID) -> dict[str, Any]:
    """Put organizations, desks, people or groups on a list; whoever stands on it stays"""
    hub = the_hub()
    with hub.writing() as session:
        added = add_to_list(session, the_actor(), list_id, body["tokens"], hub.context())
    return {"added": added}


@operation(
    room,
    "/lists/<uuid:list_id>/members/remove",
    "指定先の削除",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=_PATH,
)
@room.arguments(RemovalSchema)
@room.response(204, description="It is taken off; reports filed before stand")
def remove_member(body: dict[str, Any], list_id: UUID) -> Any:
    """Take a name off a list"""
    hub = the_hub()
    with hub.writing() as session:
        remove_from_list(session, the_actor(), list_id, body["member"], hub.context())
    return Response(status=204)


@operation(room, "/lists/<uuid:list_id>", "指定先リストの終了", method="DELETE", refusals=(403, 404, 409), path=_PATH)
@room.response(204, description="It is closed for good")
def close_one(list_id: UUID) -> Any:
    """Close a list: it can be chosen no more, and what was filed with it stands"""
    hub = the_hub()
    with hub.writing() as session:
        close_list(session, the_actor(), list_id, hub.context())
    return Response(status=204)


@operation(room, "/lists/<uuid:list_id>/narrowing", "外れた相手に提供済みの情報連絡", refusals=(403, 404), path=_PATH)
@room.response(200, StillNamedListSchema)
def read_narrowing(list_id: UUID) -> dict[str, Any]:
    """Reports that went out by a list to somebody who is on it no more, the newest first"""
    with the_hub().reading() as session:
        return {"items": list_still_named(session, the_actor(), list_id)}


@operation(
    room,
    "/lists/<uuid:list_id>/narrowing",
    "外れた相手からの取下げ",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=_PATH,
)
@room.arguments(NarrowingSchema)
@room.response(200, NarrowedSchema)
def narrow_by_list(body: dict[str, Any], list_id: UUID) -> dict[str, Any]:
    """Take reports back from those who are on a list no more: each gets a new version and a notice, like a recall"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        named = {each.reference: each.report_id for each in list_still_named(session, actor, list_id)}
        unknown = Fault("reports", "unknown-report", "a report that `narrowing` lists")
        if not named.keys() >= set(body["reports"]):
            raise Invalid(unknown)
        done = narrow_to_list(
            session,
            actor,
            list_id,
            [named[reference] for reference in body["reports"]],
            body["reason"],
            means=hub.means(session),
        )
    return {"narrowed": done}


def _list(view: ListView) -> dict[str, Any]:
    counting = {each.id for each in view.counting}
    return {
        "id": view.id,
        "name": view.name,
        "made_at": view.made_at,
        "closed_at": view.closed_at,
        "members": [
            {
                "id": each.id,
                "token": each.token,
                "name_ja": each.name_ja,
                "name_en": each.name_en,
                "added_at": each.added_at,
                "removed_at": each.removed_at,
                "counts": each.id in counting,
            }
            for each in view.members
        ],
    }
