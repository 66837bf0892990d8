"""A door: the technical part of a report as it would go out alone, looked at by a program before it does."""

from typing import Any, Final

import orjson

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.report_schemas import ContentSchema
from hub.reports.technical import look_at_technical
from sharing.errors import Fault, Invalid, NotVisible
from sharing.reports.codes import load_codes
from sharing.reports.fields import parse_fields
from sharing.reports.technical import FIELD
from sharing.reports.visible import load_visible_report

room = Room("technical", __name__, url_prefix="/api/v1", description="The technical part, looked at first")

TechnicalAskedSchema = fields.schema(
    "TechnicalAsked",
    {
        "report": fields.text("The reference number, where this is to be a follow-up of a report of yours."),
        "content": fields.part(ContentSchema, required=True),
    },
)
TechnicalPreviewSchema = fields.schema(
    "TechnicalPreview",
    {
        "label": fields.label("The label at which it would go out.", "TLP:GREEN", required=True),
        "digest": fields.text("What `technical_seen` names when the report is filed.", required=True),
        "readers": fields.texts("The groups that would read it, besides those who read the report.", required=True),
        "objects": fields.said(
            "The STIX objects, in their exact content; ids and times are given when it goes out.",
            kind="array",
            items={"type": "object"},
        ),
        "hints": fields.texts("Words in it that may still give you away.", required=True),
        "mentions": fields.texts("What it names that fewer may read.", required=True),
    },
)
_ABOUT: Final = (
    "`content` is what you would file, with its `technical_label`. Nothing is written. 422 where it cannot go out "
    "alone: it names you or your systems, says nothing, or reaches nobody new."
)


@operation(
    room,
    "/preview/technical",
    "技術情報の単独提供の確認",
    method="POST",
    refusals=(403, 404, 413, 415, 422),
    about=_ABOUT,
)
@room.arguments(TechnicalAskedSchema)
@room.response(200, TechnicalPreviewSchema)
def preview_technical_part(body: dict[str, Any]) -> dict[str, Any]:
    """The technical part as it would go out alone, and to whom; nothing is written"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        said = parse_fields(dict(body["content"]), load_codes(session), hub.clock())
        if said.technical_label is None:
            raise Invalid(Fault(FIELD, "missing", "a label"))
        view = load_visible_report(session, actor, body["report"]) if body.get("report") else None
        if view is not None and not view.is_own:
            raise NotVisible("no such report")
        told = look_at_technical(hub, session, actor, said, view)
    return {
        "label": told.label,
        "digest": told.digest.hex(),
        "readers": sorted(told.rules),
        "objects": [orjson.loads(each.raw) for each in told.objects],
        "hints": list(dict.fromkeys(each.found for each in told.hints)),
        "mentions": [each.words for each in told.mentions],
    }
