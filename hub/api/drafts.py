"""A door: drafts of reports, written on from pages and programs; no colleague's words are written over unseen."""

from typing import Any, Final
from uuid import UUID

from flask import Response

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from sharing.errors import Fault, Invalid, NotVisible
from sharing.reports.draft_values import MOST_NAMES, Written
from sharing.reports.drafts import SavedDraft, erase_draft, list_drafts, load_draft, save_draft, undo_save
from sharing.reports.reading import load_report
from sharing.reports.visible import load_visible_report

room = Room("drafts", __name__, url_prefix="/api/v1", description="Reports that are being written")

_DRAFT: Final = {
    "name": "draft_id",
    "description": "The id of the draft.",
    "schema": {"type": "string", "format": "uuid"},
}

FieldSchema = fields.schema(
    "DraftField",
    {
        "name": fields.text("The control of the form, as the page names it.", "summary", required=True),
        "value": fields.texts("What stands in it; several where several can be chosen.", ["停電"], required=True),
        "version": fields.number("Which version of it that is.", 2, least=0, most=2**31 - 1, load_default=0),
    },
)
WrittenSchema = fields.schema(
    "DraftWritten",
    {
        "name": fields.text("The control of the form.", "summary", required=True),
        "value": fields.texts("What stands in it.", ["停電"], required=True),
        "version": fields.number("Which version of it that is; send it back with the next save.", 2, required=True),
        "saved_by": fields.text("Who wrote it.", required=True),
        "saved_at": fields.moment("When.", required=True),
    },
)
LineSchema = fields.schema(
    "DraftLine",
    {
        "id": fields.ident("Its id.", required=True),
        "reference": fields.text("The report that it goes on with.", allow_none=True, required=True),
        "near_miss": fields.flag("It is of the shorter form of a near miss.", False, required=True),
        "summary": fields.text("What stands as the summary.", required=True),
        "label": fields.text("What stands as the label.", "TLP:AMBER", required=True),
        "saved_at": fields.moment("When it was last saved.", required=True),
        "saved_by": fields.text("By whom.", required=True),
    },
)
DraftsSchema = fields.schema("Drafts", {"items": fields.parts(LineSchema, required=True)})
DraftSchema = fields.schema(
    "Draft",
    {
        "id": fields.ident("Its id.", required=True),
        "near_miss": fields.flag("It is of the shorter form of a near miss.", False, required=True),
        "saved_at": fields.moment("When it was last saved.", required=True),
        "saved_by": fields.text("By whom.", required=True),
        "fields": fields.parts(WrittenSchema, required=True),
    },
)
SaveSchema = fields.schema(
    "DraftSave",
    {
        "fields": fields.parts(FieldSchema, required=True),
        "near_miss": fields.flag("A new draft is of the shorter form of a near miss.", False, load_default=False),
        "reference": fields.text("A new draft goes on with this report of yours.", "K7QM-4TX2-P"),
    },
)
SaveAgainSchema = fields.schema("DraftSaveAgain", {"fields": fields.parts(FieldSchema, required=True)})
SavedSchema = fields.schema(
    "DraftSaved",
    {
        "id": fields.ident("The id of the draft.", required=True),
        "saved_at": fields.moment("When it was saved.", required=True),
        "versions": fields.parts(
            fields.schema(
                "DraftVersion",
                {
                    "name": fields.text("The control of the form.", "summary", required=True),
                    "version": fields.number("Its version now.", 3, required=True),
                },
            ),
            required=True,
        ),
        "taken": fields.parts(WrittenSchema, required=True),
        "conflicts": fields.parts(WrittenSchema, required=True),
    },
)
UndoneSchema = fields.schema(
    "DraftUndone", {"undone": fields.flag("False: there was nothing of yours to take back.", True, required=True)}
)
_ABOUT: Final = (
    "`fields` holds everything that stands in the form, each with the `version` that you began with (0: none). What a "
    "colleague changed meanwhile is not written over: where you left it alone it comes back under `taken`, where you "
    "changed it too under `conflicts`."
)


@operation(room, "/drafts", "下書きの一覧", refusals=(403,))
@room.response(200, DraftsSchema)
def read_drafts() -> dict[str, Any]:
    """What your organization has begun to write and not sent"""
    with the_hub().reading() as session:
        found = list_drafts(session, the_actor())
    return {"items": [{name: getattr(each, name) for name in LineSchema._declared_fields} for each in found]}


@operation(room, "/drafts", "下書きの作成", method="POST", refusals=(403, 404, 413, 415, 422), about=_ABOUT)
@room.arguments(SaveSchema)
@room.response(201, SavedSchema)
def begin_draft(body: dict[str, Any]) -> dict[str, Any]:
    """Begin a draft of a first report, of a near miss, or of a further version of a report of yours"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        report_id = None
        if "reference" in body:
            report_id = load_visible_report(session, actor, body["reference"]).id
            if not load_report(session, actor, report_id).is_own:
                raise NotVisible("no such report of this organization")
        values, seen = _read(body["fields"])
        near_miss = body["near_miss"]
        context = hub.context()
        saved = save_draft(session, actor, values, seen, report_id=report_id, near_miss=near_miss, context=context)
    return _saved(saved)


@operation(room, "/drafts/<uuid:draft_id>", "下書きの内容", refusals=(403, 404), path=_DRAFT)
@room.response(200, DraftSchema)
def read_draft(draft_id: UUID) -> dict[str, Any]:
    """What stands in each field of a draft"""
    with the_hub().reading() as session:
        found = load_draft(session, the_actor(), draft_id)
    head = {name: getattr(found, name) for name in ("id", "near_miss", "saved_at", "saved_by")}
    return {**head, "fields": _written(dict(found.fields))}


@operation(
    room,
    "/drafts/<uuid:draft_id>",
    "下書きの保存",
    method="POST",
    refusals=(403, 404, 413, 415, 422),
    path=_DRAFT,
    about=_ABOUT,
)
@room.arguments(SaveAgainSchema)
@room.response(200, SavedSchema)
def save(body: dict[str, Any], draft_id: UUID) -> dict[str, Any]:
    """Save a draft, never over what a colleague wrote unseen"""
    hub = the_hub()
    values, seen = _read(body["fields"])
    with hub.writing() as session:
        return _saved(save_draft(session, the_actor(), values, seen, draft_id=draft_id, context=hub.context()))


@operation(
    room,
    "/drafts/<uuid:draft_id>/undo",
    "直前の保存の取消し",
    method="POST",
    refusals=(403, 404, 413, 415, 422),
    path=_DRAFT,
)
@room.arguments(fields.schema("Undo", {"last": fields.flag("The last save of yours.", True, required=True)}))
@room.response(200, UndoneSchema)
def undo(body: dict[str, Any], draft_id: UUID) -> dict[str, Any]:
    """Take your own last save back that still stands; what a colleague changed since stays"""
    hub = the_hub()
    if not body["last"]:
        raise Invalid(Fault("last", "not-confirmed", "true: no other save is taken back", "false"))
    with hub.writing() as session:
        return {"undone": undo_save(session, the_actor(), draft_id, context=hub.context())}


@operation(room, "/drafts/<uuid:draft_id>", "下書きの破棄", method="DELETE", refusals=(403, 404), path=_DRAFT)
@room.response(204, description="It is erased")
def erase(draft_id: UUID) -> Any:
    """Throw a draft away"""
    hub = the_hub()
    with hub.writing() as session:
        erase_draft(session, the_actor(), draft_id, context=hub.context())
    return Response(status=204)


def _read(given: list[dict[str, Any]]) -> tuple[dict[str, list[str]], dict[str, int]]:
    """What stands in each field, and the version that its writer began with.

    Raises:
        Invalid: too many fields, or one twice.
    """
    names = [each["name"] for each in given]
    if len(names) > MOST_NAMES:
        raise Invalid(Fault("fields", "too-many", f"at most {MOST_NAMES} fields", str(len(names))))
    if len(set(names)) != len(names):
        raise Invalid(Fault("fields", "twice", "each field once", "one of them twice"))
    return {each["name"]: each["value"] for each in given}, {each["name"]: each["version"] for each in given}


def _written(found: dict[str, Written]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "value": list(each.value),
            "version": each.version,
            "saved_by": each.saved_by,
            "saved_at": each.saved_at,
        }
        for name, each in sorted(found.items())
    ]


def _saved(saved: SavedDraft) -> dict[str, Any]:
    return {
        "id": saved.id,
        "saved_at": saved.saved_at,
        "versions": [{"name": name, "version": number} for name, number in sorted(saved.versions.items())],
        "taken": _written(dict(saved.taken)),
        "conflicts": _written(dict(saved.conflicts)),
    }
