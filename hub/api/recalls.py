"""A door: a sender changes its mind; those who had what it takes back say what became of it."""

from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.feeds import LONGEST_ID
from hub.api.report_schemas import REFERENCE
from hub.reports.originals import log_originals
from models.vocabulary import Label, RecallAnswerKind, RecallKind
from sharing.actor import Actor
from sharing.disclosures import shown_of
from sharing.errors import Fault, Invalid, NotVisible
from sharing.reading.question import Question
from sharing.reports.range_changes.recall_answers import (
    RecallRequest,
    RecallView,
    answer_recall,
    list_recalls,
    list_requests,
)
from sharing.reports.range_changes.recalls import CONSENTS, Narrower, narrow_report, raise_report, withdraw_report
from sharing.reports.reading import load_report
from sharing.reports.reasons import REASON_LIMIT

room = Room("recalls", __name__, url_prefix="/api/v1", description="What was withdrawn, and what became of it")

_ANSWERS: Final = [RecallAnswerKind.DELETED.value, RecallAnswerKind.KEPT.value]
_KINDS: Final = [kind.value for kind in RecallKind]
_STIX_ID: Final = {"name": "stix_id", "description": "The STIX id of what was recalled."}

RequestSchema = fields.schema(
    "RecallRequest",
    {
        "id": fields.text("The STIX id of the edition, as you knew it.", required=True),
        "version": fields.text("The version that takes it back; `revoked` in the feed.", required=True),
        "label": fields.label("The label of the edition.", required=True),
        "exercise": fields.flag("True: an exercise (訓練), not real.", False, required=True),
        "asked_at": fields.moment("When it was taken back.", required=True),
        "is_asked": fields.flag("Your organization had read it, and is asked what became of it.", True, required=True),
        "answer": fields.one_of(
            "What your organization has said.", [kind.value for kind in RecallAnswerKind], "none", required=True
        ),
        "reminders": fields.number("How often you were reminded.", 0, required=True),
    },
)
RequestsSchema = fields.schema("RecallRequests", {"items": fields.parts(RequestSchema, required=True)})
AnswerSchema = fields.schema(
    "RecallAnswer",
    {"answer": fields.one_of("deleted, or kept because a law requires it.", _ANSWERS, "deleted", required=True)},
)
RecallSchema = fields.schema(
    "Recall",
    {
        "id": fields.ident("The id.", required=True),
        "kind": fields.one_of("What the sender did.", _KINDS, "withdraw", required=True),
        "label": fields.text("The label from then on.", "TLP:AMBER", allow_none=True, required=True),
        "reason": fields.text("Why; only the sender and its secretariat read it.", required=True),
        "made_at": fields.moment("When.", required=True),
        "asked": fields.number("How many organizations had read it and were asked.", 2, required=True),
        "answered": fields.number("How many have answered.", 1, required=True),
        "deleted": fields.number("How many have deleted it.", 1, required=True),
        "kept": fields.number("How many keep it because a law requires it.", 0, required=True),
    },
)
RecallsSchema = fields.schema("Recalls", {"items": fields.parts(RecallSchema, required=True)})
ChangeSchema = fields.schema(
    "RecallChange",
    {
        "kind": fields.one_of("withdraw; narrow: take consents back; raise: a stricter label.", _KINDS, required=True),
        "label": fields.label("For raise: nothing of it stays wider than this.", "TLP:AMBER"),
        "taken_back": fields.texts("For narrow: of " + ", ".join(CONSENTS) + ".", ["consent_nco"], load_default=list),
        "reason": fields.text("Why.", "誤りがあった。", longest=REASON_LIMIT, required=True),
    },
)
MadeSchema = fields.schema("RecallMade", {"id": fields.ident("The id.", required=True)})


@operation(room, "/recalls", "取下げ等の通知", refusals=(403,))
@room.response(200, RequestsSchema)
def read_requests() -> dict[str, Any]:
    """What was taken back of what reached you; what waits for your answer comes first"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        found = list_requests(session, actor, sealer=hub.secrets.cursor)
    for feed in dict.fromkeys(each.feed for each in found):
        rows = [each.row for each in found if each.feed == feed]
        hub.disclosures.log(shown_of(actor, feed, rows, Question(), what="recalls", at=hub.clock()))
    return {"items": [_request(each) for each in found]}


@operation(
    room,
    "/recalls/<stix_id>/answer",
    "取下げへの回答",
    method="POST",
    refusals=(403, 404, 413, 415, 422),
    path=_STIX_ID,
)
@room.arguments(AnswerSchema)
@room.response(204, description="The sender sees it, by count")
def answer(body: dict[str, Any], stix_id: str) -> Any:
    """Say what became of it, for your organization; a later word replaces an earlier"""
    hub, kind = the_hub(), RecallAnswerKind(body["answer"])
    if len(stix_id) > LONGEST_ID:
        raise NotVisible("nothing by this id was recalled")
    with hub.writing() as session:
        answer_recall(session, the_actor(), stix_id, kind, context=hub.context(), sealer=hub.secrets.cursor)
    return Response(status=204)


@operation(room, "/reports/<reference>/recalls", "情報連絡の取下げ等", refusals=(403, 404), path=REFERENCE)
@room.response(200, RecallsSchema)
def read_recalls(reference: str) -> dict[str, Any]:
    """How the sender changed its mind about a report, and how many have answered"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        view = load_report(session, actor, reference)
        found = list_recalls(session, view)
    log_originals(hub, actor, [view], what="report")
    return {"items": [_recall(each) for each in found]}


@operation(
    room,
    "/reports/<reference>/recalls",
    "取下げ・共有範囲の縮小",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=REFERENCE,
)
@room.arguments(ChangeSchema)
@room.response(201, MadeSchema)
def create_recall(body: dict[str, Any], reference: str) -> Any:
    """Withdraw a report, take consents back, or raise its label; whoever had it is told and asked"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        made = _change(session, actor, load_report(session, actor, reference).id, body)
    return {"id": made}, 201


def _change(session: Session, actor: Actor, report_id: UUID, body: dict[str, Any]) -> UUID:
    hub, reason = the_hub(), body["reason"]
    context = hub.context()
    submission = context.new_id()
    means = hub.means(session, context)
    kind = RecallKind(body["kind"])
    if kind is RecallKind.WITHDRAW:
        return withdraw_report(session, actor, report_id, reason, means=means)
    if kind is RecallKind.NARROW:
        now = load_report(session, actor, report_id).label
        less = Narrower(now, frozenset(body["taken_back"]))
        return narrow_report(session, actor, report_id, less, reason, submission=submission, means=means)
    if "label" not in body:
        raise Invalid(Fault("label", "missing", "one of " + ", ".join(Label)))
    return raise_report(session, actor, report_id, Label(body["label"]), reason, submission=submission, means=means)


def _request(each: RecallRequest) -> dict[str, Any]:
    return {
        "id": each.stix_id,
        "version": each.row.version,
        "label": each.label,
        "exercise": bool(each.row.exercise),
        "asked_at": each.asked_at,
        "is_asked": each.is_asked,
        "answer": each.answer,
        "reminders": each.reminders,
    }


def _recall(each: RecallView) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind,
        "label": each.label,
        "reason": each.reason,
        "made_at": each.made_at,
        "asked": each.asked,
        "answered": each.answered,
        "deleted": each.count(RecallAnswerKind.DELETED),
        "kept": each.count(RecallAnswerKind.KEPT),
    }
