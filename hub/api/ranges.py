"""A door: how far a report goes: embargoes on it, and the sender's word that it may go further."""

from datetime import datetime
from typing import Any, Final

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.report_schemas import REFERENCE
from hub.reports.originals import log_originals
from models.vocabulary import Label
from sharing.errors import Fault, Invalid
from sharing.reports.range_changes.embargoes import EmbargoView, end_embargo, list_embargoes, set_embargo
from sharing.reports.range_changes.recalls import CONSENTS
from sharing.reports.range_changes.widening import Wider, widen_report
from sharing.reports.reading import load_report
from sharing.reports.reasons import REASON_LIMIT
from sharing.reports.seen import Seen
from sharing.reports.visible import load_visible_report

room = Room("ranges", __name__, url_prefix="/api/v1", description="Embargoes, and letting a report go further")

_UNTIL: Final = "2026-12-01T09:00:00+09:00"

EmbargoSchema = fields.schema(
    "Embargo",
    {
        "id": fields.ident("The id.", required=True),
        "organization": fields.ident("Who set it.", required=True),
        "until": fields.moment("Until when it holds.", required=True),
        "reason": fields.text("Why; the sender and its secretariat read it.", required=True),
        "is_own": fields.flag("Your organization set it, and may end it.", True, required=True),
    },
)
EmbargoesSchema = fields.schema("Embargoes", {"items": fields.parts(EmbargoSchema, required=True)})
NewEmbargoSchema = fields.schema(
    "NewEmbargo",
    {
        "until": fields.text("Until when, with a zone.", _UNTIL, longest=40, required=True),
        "reason": fields.text("Why.", "公表を準備している。", longest=REASON_LIMIT, required=True),
    },
)
SetSchema = fields.schema("EmbargoSet", {"id": fields.ident("The id.", required=True)})
EndedSchema = fields.schema(
    "EmbargoEnded",
    {"published": fields.flag("True: what waited has gone out with this.", False, required=True)},
)
WideningSchema = fields.schema(
    "Widening",
    {
        "label": fields.label("The label from now on; the same or a wider one.", "TLP:GREEN", required=True),
        "given": fields.texts(
            "Consents that you give: of " + ", ".join(CONSENTS) + ".", ["consent_nco"], load_default=list
        ),
        "keep_mentions": fields.flag(
            "What a text names may stay, though fewer may read it.", False, load_default=False
        ),
        "number": fields.number(
            "The version that you looked at; refused where a newer one has come.", 1, least=1, most=10_000, strict=True
        ),
    },
)
WidenedSchema = fields.schema(
    "Widened",
    {
        "reference": fields.text("The reference number (整理番号).", required=True),
        "number": fields.number("The version that says so: 第n報.", 2, required=True),
        "filed_at": fields.moment("When.", required=True),
    },
)


@operation(room, "/reports/<reference>/embargoes", "解禁日時の一覧", refusals=(403, 404), path=REFERENCE)
@room.response(200, EmbargoesSchema)
def read_embargoes(reference: str) -> dict[str, Any]:
    """The embargoes that hold on a report, the last to end first"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        view = load_report(session, actor, reference)
        found = list_embargoes(session, actor, view)
    log_originals(hub, actor, [view], what="report")
    return {"items": [_embargo(each) for each in found]}


@operation(
    room,
    "/reports/<reference>/embargoes",
    "解禁日時の設定",
    method="POST",
    refusals=(403, 404, 413, 415, 422),
    path=REFERENCE,
)
@room.arguments(NewEmbargoSchema)
@room.response(201, SetSchema)
def create_embargo(body: dict[str, Any], reference: str) -> Any:
    """Let nothing of a report go further than its own circle until a time; your earlier embargo makes place"""
    hub, actor = the_hub(), the_actor()
    until = _until(body["until"])
    with hub.writing() as session:
        report_id = load_visible_report(session, actor, reference).id
        made = set_embargo(session, actor, report_id, until, body["reason"], context=hub.context())
    return {"id": made}, 201


@operation(
    room,
    "/reports/<reference>/embargoes",
    "解禁",
    method="DELETE",
    refusals=(403, 404, 409),
    path=REFERENCE,
)
@room.response(200, EndedSchema)
def end_one_embargo(reference: str) -> dict[str, Any]:
    """End the embargo of your organization at once; what waited for nothing else goes out"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        gone_out = end_embargo(
            session,
            actor,
            load_visible_report(session, actor, reference).id,
            means=hub.means(session),
        )
    return {"published": gone_out}


@operation(
    room,
    "/reports/<reference>/widen",
    "共有範囲の拡大",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=REFERENCE,
)
@room.arguments(WideningSchema)
@room.response(201, WidenedSchema)
def widen(body: dict[str, Any], reference: str) -> Any:
    """Let a report of your organization go further: a new version with a wider label, or with consents given"""
    hub, actor, context = the_hub(), the_actor(), the_hub().context()
    with hub.writing() as session:
        filed = widen_report(
            session,
            actor,
            load_visible_report(session, actor, reference).id,
            Wider(Label(body["label"]), frozenset(body["given"]), Seen(body["number"]) if "number" in body else None),
            submission=context.new_id(),
            keep_mentions=body["keep_mentions"],
            means=hub.means(session, context),
        )
    return {"reference": filed.reference, "number": filed.number, "filed_at": filed.filed_at}, 201


def _until(text: str) -> datetime:
    """A time with a zone.

    Raises:
        Invalid: it is none, or has no zone.
    """
    wrong = Fault("until", "not-a-time", f"a time with a zone, like {_UNTIL}")
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(wrong) from None
    if until.tzinfo is None:
        raise Invalid(wrong)
    return until


def _embargo(each: EmbargoView) -> dict[str, Any]:
    return {
        "id": each.id,
        "organization": each.organization_id,
        "until": each.until_at,
        "reason": each.reason,
        "is_own": each.is_own,
    }
