"""A door: questions about editions through the secretariat, and questions of a secretariat about a report."""

from collections.abc import Callable
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
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.vocabulary import AskerShown, InquiryEnd, InquiryState, InquiryWords, Label
from sharing.actor import Actor
from sharing.errors import NotVisible
from sharing.inquiries import answering
from sharing.inquiries.asking import ask, ask_back
from sharing.inquiries.listing import InquiryLine, list_inquiries
from sharing.inquiries.reading import shown_inquiries
from sharing.inquiries.texts import MESSAGE_LIMIT, Said
from sharing.inquiries.visible import InquiryView, find_visible_edition, load_inquiry
from sharing.reports.reading import load_report
from sharing.reports.reasons import REASON_LIMIT
from sharing.rules.inquiries import Side, Step

room = Room("questions", __name__, url_prefix="/api/v1", description="Questions about reports, and their answers")

_STATES: Final = [each.value for each in InquiryState]
_SIDES: Final = [each.value for each in Side]
_DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_INQUIRY: Final = {"name": "inquiry_id", "description": "The id of a question."}
_STIX_ID: Final = {"name": "stix_id", "description": "The STIX id of the edition as you read it."}
_WRITES: Final = (403, 404, 409, 413, 415, 422)
_QUESTION: Final = "予備系への切替えにどれほどかかりましたか。"

_WORDS: Final = {
    "text": fields.text("The exact words.", _QUESTION, longest=MESSAGE_LIMIT, required=True),
    "label": fields.label("Their label; never wider than what they are about.", required=True),
    "keep_mentions": fields.flag("What they name may stay, though fewer may read it.", False, load_default=False),
}
WordsSchema = fields.schema("QuestionWords", _WORDS)
AskSchema = fields.schema(
    "QuestionAsked",
    {
        **_WORDS,
        "shown": fields.one_of(
            "What the sender is told of who asks.",
            [each.value for each in AskerShown],
            "nothing",
            load_default="nothing",
        ),
    },
)
LineSchema = fields.schema(
    "QuestionLine",
    {
        "id": fields.ident("The id.", required=True),
        "sides": fields.texts("On which sides you take part: " + ", ".join(_SIDES) + ".", ["asker"], required=True),
        "state": fields.one_of("Where it stands, as far as you may know.", _STATES, "asked", required=True),
        "waits": fields.flag("Whether something is to be done by you.", False, required=True),
        "label": fields.label("The label of the question.", required=True),
        "exercise": fields.flag("True: about an exercise (訓練), not real.", False, required=True),
        "at": fields.moment("When it was asked; to the sender, when it was passed on.", required=True),
        "reference": fields.text("The report, for its sender and its secretariat.", allow_none=True, required=True),
        "excerpt": fields.text("How the question begins.", _QUESTION, required=True),
    },
)
LinesSchema = fields.schema("Questions", {"items": fields.parts(LineSchema, required=True)})
MessageSchema = fields.schema(
    "QuestionMessage",
    {
        "words": fields.one_of("What it is.", [each.value for each in InquiryWords], "question", required=True),
        "label": fields.label("Its label.", required=True),
        "text": fields.text("The exact words.", _QUESTION, required=True),
        "at": fields.moment("When it was written; to the asker, when it was released.", required=True),
        "digest": fields.text("Of a proposed answer: what an approval names.", _DIGEST, allow_none=True, required=True),
        "is_approved": fields.flag("Whether the sender has approved it.", False, required=True),
    },
)
QuestionSchema = fields.schema(
    "Question",
    {
        "id": fields.ident("The id.", required=True),
        "sides": fields.texts("On which sides you take part.", ["asker"], required=True),
        "state": fields.one_of("Where it stands, as far as you may know.", _STATES, "asked", required=True),
        "label": fields.label("The label of the question.", required=True),
        "exercise": fields.flag("True: about an exercise (訓練), not real.", False, required=True),
        "reference": fields.text("The report, for its sender and its secretariat.", allow_none=True, required=True),
        "about": fields.text("The STIX id of the edition, for those who read it.", allow_none=True, required=True),
        "asker": fields.text(
            "Who asks, as a token; null: somebody who may read the edition.",
            "ceptoar:water",
            allow_none=True,
            required=True,
        ),
        "asked_at": fields.moment("When; not told to the sender.", allow_none=True, required=True),
        "released_at": fields.moment("When the answer went to the asker.", allow_none=True, required=True),
        "ending": fields.text("Why it was closed.", "done", allow_none=True, required=True),
        "messages": fields.parts(MessageSchema, required=True),
        "may": fields.texts("What you may do next: " + ", ".join(Step) + ".", ["take_back"], required=True),
    },
)
MadeSchema = fields.schema("QuestionMade", {"id": fields.ident("The id.", required=True)})
HintSchema = fields.schema(
    "AnswerHint",
    {
        "kind": fields.text("What it is.", "phone", required=True),
        "found": fields.text("The words.", "03-1234-5678", required=True),
        "instead": fields.text("What is proposed in their place.", "（電話番号）", required=True),
    },
)
DraftSchema = fields.schema(
    "AnswerDraft",
    {
        "names": fields.texts("Names of the sender that it still holds; it cannot be proposed so.", required=True),
        "hints": fields.parts(HintSchema, required=True),
        "mentions": fields.texts("What it names that fewer may read.", required=True),
    },
)
ReasonSchema = fields.schema(
    "QuestionReason",
    {"reason": fields.text("Why; the secretariat reads it.", "調査中である。", longest=REASON_LIMIT, required=True)},
)
ApprovalSchema = fields.schema(
    "AnswerApproval",
    {"digest": fields.digest("The digest of the answer that you looked at.", _DIGEST, required=True)},
)
EndSchema = fields.schema(
    "QuestionEnd",
    {"ending": fields.one_of("Why.", [each.value for each in InquiryEnd], "done", required=True)},
)


@operation(room, "/questions", "照会の一覧", refusals=(403,))
@room.response(200, LinesSchema)
def read_questions() -> dict[str, Any]:
    """The questions in which you take part, what waits for you first"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        found = list_inquiries(session, actor, now=hub.clock())
    hub.disclosures.log(shown_inquiries(actor, [each.label for each in found], "inquiries", hub.clock()))
    return {"items": [_line(each) for each in found]}


@operation(room, "/questions/<uuid:inquiry_id>", "照会", refusals=(403, 404), path=_INQUIRY)
@room.response(200, QuestionSchema)
def read_question(inquiry_id: UUID) -> dict[str, Any]:
    """A question with the messages that are for you"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        view = load_inquiry(session, actor, inquiry_id, now=hub.clock(), sealer=hub.secrets.cursor)
    hub.disclosures.log(shown_inquiries(actor, [view.page_label], "inquiry", hub.clock()))
    return _question(view)


@operation(
    room, "/objects/<stix_id>/questions", "提供用版についての照会", method="POST", refusals=_WRITES, path=_STIX_ID
)
@room.arguments(AskSchema, example={"text": _QUESTION, "label": "TLP:GREEN", "shown": "nothing"})
@room.response(201, MadeSchema)
def create_question(body: dict[str, Any], stix_id: str) -> Any:
    """Ask about an edition; its sender is not named to you, nor you to it unless you say so"""
    hub, actor = the_hub(), the_actor()
    if len(stix_id) > LONGEST_ID:
        raise NotVisible("no such object")
    with hub.writing() as session:
        made = ask(
            session,
            actor,
            (stix_id, _feed_of(session, actor, stix_id)),
            _said(body),
            AskerShown(body["shown"]),
            context=hub.context(),
            sealer=hub.secrets.cursor,
            builder=hub.editions,
        )
    return {"id": made}, 201, {"Location": f"/api/v1/questions/{made}"}


@operation(
    room, "/reports/<reference>/questions", "情報連絡についての照会", method="POST", refusals=_WRITES, path=REFERENCE
)
@room.arguments(WordsSchema, example={"text": _QUESTION, "label": "TLP:AMBER"})
@room.response(201, MadeSchema)
def create_question_to_sender(body: dict[str, Any], reference: str) -> Any:
    """The secretariat asks the sender of a report, who answers in the thread"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        report = load_report(session, actor, reference)
        made = ask_back(session, actor, report.id, _said(body), context=hub.context())
    log_originals(hub, actor, [report])
    return {"id": made}, 201, {"Location": f"/api/v1/questions/{made}"}


@operation(room, "/questions/<uuid:inquiry_id>/pass", "照会の取次ぎ", method="POST", refusals=_WRITES, path=_INQUIRY)
@room.arguments(WordsSchema)
@room.response(204, description="It is with the sender")
def pass_question(body: dict[str, Any], inquiry_id: UUID) -> Any:
    """Pass a question on to the sender, in these words"""
    return _do(inquiry_id, answering.pass_on, _said(body))


@operation(room, "/questions/<uuid:inquiry_id>/answer", "回答", method="POST", refusals=_WRITES, path=_INQUIRY)
@room.arguments(WordsSchema)
@room.response(204, description="It is with the secretariat")
def answer_question(body: dict[str, Any], inquiry_id: UUID) -> Any:
    """Answer, to the secretariat of your CEPTOAR"""
    return _do(inquiry_id, answering.answer, _said(body))


@operation(room, "/questions/<uuid:inquiry_id>/decline", "回答しない", method="POST", refusals=_WRITES, path=_INQUIRY)
@room.arguments(ReasonSchema)
@room.response(204, description="The secretariat reads it, and nobody else")
def decline_question(body: dict[str, Any], inquiry_id: UUID) -> Any:
    """Do not answer, with the reason for the secretariat"""
    return _do(inquiry_id, answering.decline, body["reason"])


@operation(
    room, "/questions/<uuid:inquiry_id>/proposals/draft", "回答案の確認", method="POST", refusals=_WRITES, path=_INQUIRY
)
@room.arguments(WordsSchema)
@room.response(200, DraftSchema)
def draft_of_answer(body: dict[str, Any], inquiry_id: UUID) -> dict[str, Any]:
    """What in an answer may give the sender away; nothing is written"""
    hub = the_hub()
    with hub.reading() as session:
        found = answering.draft_answer(
            session, the_actor(), inquiry_id, _said(body), context=hub.context(), builder=hub.editions
        )
    return {
        "names": list(found.names),
        "hints": [{"kind": each.kind.value, "found": each.found, "instead": each.instead} for each in found.hints],
        "mentions": [each.words for each in found.mentions],
    }


@operation(
    room, "/questions/<uuid:inquiry_id>/proposals", "回答案の提示", method="POST", refusals=_WRITES, path=_INQUIRY
)
@room.arguments(WordsSchema)
@room.response(204, description="It waits for the sender's approval")
def propose_exact_answer(body: dict[str, Any], inquiry_id: UUID) -> Any:
    """Propose the exact answer; nothing goes out before the sender approves it"""
    return _do(inquiry_id, answering.propose_answer, _said(body), builder=the_hub().editions)


@operation(room, "/questions/<uuid:inquiry_id>/approve", "回答案の承認", method="POST", refusals=_WRITES, path=_INQUIRY)
@room.arguments(ApprovalSchema)
@room.response(204, description="The secretariat may release it")
def approve_exact_answer(body: dict[str, Any], inquiry_id: UUID) -> Any:
    """Approve exactly the answer that you looked at"""
    return _do(inquiry_id, answering.approve_answer, bytes.fromhex(body["digest"]))


@operation(room, "/questions/<uuid:inquiry_id>/refuse", "回答案の却下", method="POST", refusals=_WRITES, path=_INQUIRY)
@room.arguments(ReasonSchema)
@room.response(204, description="It is refused")
def refuse_exact_answer(body: dict[str, Any], inquiry_id: UUID) -> Any:
    """Refuse the proposed answer, with the reason for the secretariat"""
    return _do(inquiry_id, answering.refuse_answer, body["reason"])


@operation(room, "/questions/<uuid:inquiry_id>/release", "回答の通知", method="POST", refusals=_WRITES, path=_INQUIRY)
@room.arguments(ApprovalSchema)
@room.response(204, description="The asker reads it")
def release_exact_answer(body: dict[str, Any], inquiry_id: UUID) -> Any:
    """Let the approved answer that you looked at go to who asked"""
    return _do(inquiry_id, answering.release_answer, bytes.fromhex(body["digest"]))


@operation(room, "/questions/<uuid:inquiry_id>/close", "照会の終了", method="POST", refusals=_WRITES, path=_INQUIRY)
@room.arguments(EndSchema)
@room.response(204, description="It is closed")
def close_question(body: dict[str, Any], inquiry_id: UUID) -> Any:
    """Close a question, or take your own back"""
    return _do(inquiry_id, answering.close_inquiry, InquiryEnd(body["ending"]))


def _do(inquiry_id: UUID, act: Callable[..., None], *said: Any, **more: Any) -> Response:
    hub = the_hub()
    with hub.writing() as session:
        act(session, the_actor(), inquiry_id, *said, context=hub.context(), **more)
    return Response(status=204)


def _said(body: dict[str, Any]) -> Said:
    return Said(body["text"], Label(body["label"]), body["keep_mentions"])


def _feed_of(session: Session, actor: Actor, stix_id: str) -> int:
    """The feed in which the actor sees it: real ones first, then exercises."""
    sealer = the_hub().secrets.cursor
    is_exercise = find_visible_edition(session, actor, stix_id, INBOX_FEED, sealer) is None
    return EXERCISE_FEED if is_exercise else INBOX_FEED


def _line(each: InquiryLine) -> dict[str, Any]:
    return {
        "id": each.id,
        "sides": sorted(each.sides),
        "state": each.state.value,
        "waits": each.waits,
        "label": each.label.value,
        "exercise": each.exercise,
        "at": each.at,
        "reference": each.reference,
        "excerpt": each.excerpt,
    }


def _question(view: InquiryView) -> dict[str, Any]:
    return {
        "id": view.id,
        "sides": sorted(view.sides),
        "state": view.state.value,
        "label": view.label.value,
        "exercise": view.exercise,
        "reference": view.report.reference if view.report else None,
        "about": view.stix_id,
        "asker": view.asker.token if view.asker else None,
        "asked_at": view.asked_at,
        "released_at": view.released_at,
        "ending": view.ending.value if view.ending else None,
        "messages": [
            {
                "words": each.words.value,
                "label": each.label.value,
                "text": each.text,
                "at": each.at,
                "digest": each.digest.hex() if each.digest else None,
                "is_approved": each.is_approved,
            }
            for each in view.messages
        ],
        "may": sorted(view.steps),
    }
