"""A door: a secretariat's inbox, calls that it registers, and the situation board."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import Response

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.report_schemas import REFERENCE
from hub.api.reports import submission_of, uploads_of
from hub.reports.deadline_rules import deadline_rules
from hub.reports.originals import log_originals
from models.vocabulary import Handled, Label, ServiceState
from sharing.board.statements import LABELS, Said, list_statements, say_state
from sharing.errors import Fault, Invalid
from sharing.inbox.behalf import LONGEST_NAME, LONGEST_NUMBER, LONGEST_WORDS, confirm_call, file_on_behalf
from sharing.inbox.calls import Caller
from sharing.inbox.items import (
    FARTHEST,
    InboxLine,
    InboxSieve,
    Order,
    View,
    count_inbox_items,
    list_inbox_items,
    load_line,
)
from sharing.inbox.triage import LONGEST_NOTE, Handling, close_item, handle_report, reopen_item
from sharing.readers import load_reader
from sharing.reports.codes import load_codes
from sharing.reports.fields import parse_fields
from sharing.reports.visible import load_visible_report

room = Room("inbox", __name__, url_prefix="/api/v1", description="A secretariat's inbox, and the situation board")

_STATES: Final = [state.value for state in ServiceState]

ItemSchema = fields.schema(
    "InboxItem",
    {
        "reference": fields.text("The reference number.", "K7QM-4TX2-P", required=True),
        "organization_ja": fields.text("The sender in Japanese.", required=True),
        "organization_en": fields.text("The sender in English.", required=True),
        "exercise": fields.flag("True: an exercise (訓練), not real.", False, required=True),
        "number": fields.number("Of the last version.", 2, required=True),
        "kind": fields.text("Kind of the last version.", "follow_up", required=True),
        "label": fields.label("Label of the last version.", required=True),
        "event_type": fields.text("A code of event-types.", "E30", required=True),
        "service_impact": fields.text("A code of service-impact.", "yes", required=True),
        "summary": fields.text("What happened.", required=True),
        "first_at": fields.moment("When the first version was filed.", required=True),
        "filed_at": fields.moment("When the last version was filed.", required=True),
        "hint": fields.number("How urgent it looks, 0 to 3.", 2, required=True),
        "state": fields.one_of("How it is handled.", [state.value for state in Handled], "taken", required=True),
        "assignee": fields.text("Who handles it; empty: nobody.", required=True),
        "is_mine": fields.flag("You handle it.", False, required=True),
        "is_unread": fields.flag("You have not opened its last version in the browser.", True, required=True),
        "is_unconfirmed": fields.flag("Registered by telephone, not confirmed by its sender.", False, required=True),
        "waits_for_sender": fields.flag("A proposal waits for its approval.", False, required=True),
        "priority": fields.number("0 to 2.", 0, required=True),
        "tags": fields.texts("Your secretariat's tags.", ["夜間"], required=True),
        "waiting_for": fields.text("For whom or what it waits.", required=True),
    },
)
CountsSchema = fields.schema(
    "InboxCounts",
    {view.value: fields.number("How many open reports lie here; no exercises.", 1) for view in View},
)
InboxSchema = fields.schema(
    "Inbox",
    {
        "items": fields.parts(ItemSchema, required=True),
        "counts": fields.part(CountsSchema, required=True),
        "more": fields.flag("Whether there is a further page.", False, required=True),
    },
)
InboxQuery = fields.schema(
    "InboxQuery",
    {
        "view": fields.one_of("Which part of the inbox.", [view.value for view in View], "open"),
        "order": fields.one_of("In which order.", [order.value for order in Order], "urgent"),
        "label": fields.label("Only those whose last version has this label."),
        "tag": fields.text("Only those with this tag.", "夜間", longest=30),
        "page": fields.number("Which page.", 1, least=1, most=FARTHEST),
    },
)
HandlingSchema = fields.schema(
    "Handling",
    {
        "take": fields.flag("You handle it from now on.", True),
        "release": fields.flag("Nobody handles it.", False),
        "priority": fields.number("0 to 2.", 1, least=0, most=2),
        "tags": fields.text("With commas between; empty: none.", "夜間, 要確認", longest=400),
        "waiting_for": fields.text("For whom or what; empty: nobody.", "警察の回答", longest=LONGEST_NOTE),
        "close": fields.text("Close it, for this reason.", "誤報", longest=LONGEST_NOTE),
        "reopen": fields.flag("Open it again.", False),
    },
)
CallSchema = fields.schema(
    "Call",
    {
        "member": fields.ident("The organization that called.", required=True),
        "submission": fields.text("A random UUID of this form, or the header Idempotency-Key."),
        "event_type": fields.text("A code of event-types.", "E30", required=True),
        "noticed_at": fields.text("When it was noticed.", "2026-11-20T01:45:00+09:00", required=True),
        "service_impact": fields.text("A code of service-impact.", "yes", required=True),
        "summary": fields.text("What happened, in one sentence.", required=True),
        "label": fields.label("Up to AMBER+STRICT.", "TLP:AMBER", required=True),
        "exercise": fields.flag("True: an exercise (訓練), not real.", False),
        "caller": fields.text("Who called; your secretariat alone sees it.", longest=LONGEST_NAME),
        "attachments": fields.said(
            "Ids of uploads that are all here: files that came with the call.",
            kind="array",
            maxItems=100,
            items={"type": "string", "format": "uuid"},
        ),
        "caller_number": fields.text("From which number; likewise.", longest=LONGEST_NUMBER),
        "caller_words": fields.text("In which words; likewise.", longest=LONGEST_WORDS),
    },
)
ConfirmationSchema = fields.schema(
    "Confirmation", {"right": fields.flag("It is right as it stands.", True, required=True)}
)
CalledSchema = fields.schema(
    "Called",
    {
        "reference": fields.text("The number to say on the telephone.", "K7QM-4TX2-P", required=True),
        "filed_at": fields.moment("When it was registered.", required=True),
        "repeated": fields.flag("This form had come before.", False, required=True),
    },
)
StatementSchema = fields.schema(
    "ServiceState",
    {
        "sector": fields.text("A code of sectors.", "electricity", required=True),
        "ceptoar": fields.text("The CEPTOAR that says it.", "electricity", required=True),
        "service": fields.text("Which of its services; empty: all.", required=True),
        "state": fields.one_of("How it stands.", _STATES, "degraded", required=True),
        "forecast": fields.text("What is expected.", required=True),
        "source": fields.text("From where it is known.", required=True),
        "word_at": fields.moment("Of when the word is.", required=True),
        "said_at": fields.moment("When it was put here.", required=True),
        "label": fields.label("Its label.", "TLP:GREEN", required=True),
    },
)
BoardSchema = fields.schema("Board", {"items": fields.parts(StatementSchema, required=True)})
SayingSchema = fields.schema(
    "Saying",
    {
        "service": fields.text("Which service; empty: all.", "", load_default=""),
        "state": fields.one_of("How it stands.", _STATES, "degraded", required=True),
        "forecast": fields.text("What is expected.", "14時頃復旧の見込み", load_default=""),
        "source": fields.text("From where it is known.", "会員からの連絡", load_default=""),
        "word_at": fields.text("Of when the word is, with its zone; now, if not said.", "2026-11-20T13:40:00+09:00"),
        "label": fields.one_of("GREEN or CLEAR.", [label.value for label in LABELS], "TLP:GREEN", required=True),
    },
)


@operation(room, "/inbox", "事務局の受信箱", refusals=(403,))
@room.arguments(InboxQuery, location="query", error_status_code=400)
@room.response(200, InboxSchema)
def read_inbox(query: dict[str, Any]) -> dict[str, Any]:
    """What waits in your secretariat's inbox, with true counts"""
    hub, actor = the_hub(), the_actor()
    sieve = InboxSieve(
        view=View(query.get("view", View.OPEN)),
        order=Order(query.get("order", Order.URGENT)),
        label=Label(query["label"]) if "label" in query else None,
        tag=query.get("tag", "").strip(),
        page=query.get("page", 1),
    )
    with hub.reading() as session:
        found = list_inbox_items(session, actor, sieve, deadline_rules(hub), hub.clock())
        counts = count_inbox_items(session, actor)
    log_originals(hub, actor, found.lines, what="inbox")
    told = {view.value: count for view, count in counts.items()}
    return {"items": [item_of(each) for each in found.lines], "counts": told, "more": found.more}


@operation(
    room,
    "/inbox/<reference>",
    "受信箱での対応",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=REFERENCE,
)
@room.arguments(HandlingSchema)
@room.response(200, ItemSchema)
def handle(body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Handle a report: take it, tag it, let it wait, close it or open it again; the sender is not told"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        ident = load_visible_report(session, actor, reference).id
        if body.pop("reopen", False):
            reopen_item(session, actor, ident, context=hub.context())
        reason = body.pop("close", None)
        if body:
            wish = Handling(
                assign_to=actor.account_id if body.get("take") else None,
                release=bool(body.get("release")),
                priority=body.get("priority"),
                tags=body.get("tags"),
                waiting_for=body.get("waiting_for"),
            )
            handle_report(session, actor, ident, wish, context=hub.context())
        if reason is not None:
            close_item(session, actor, ident, reason, context=hub.context())
        line = load_line(session, actor, ident)
    log_originals(hub, actor, [line], what="inbox")
    return item_of(line)


@operation(room, "/calls", "電話の代理登録", method="POST", refusals=(403, 404, 409, 413, 415, 422))
@room.arguments(CallSchema)
@room.alt_response(200, schema=CalledSchema, description="This form had come before", success=True)
@room.response(201, CalledSchema)
def register_call(body: dict[str, Any]) -> Any:
    """Register a first report on behalf of a member; unconfirmed until the member confirms or corrects it"""
    hub, actor = the_hub(), the_actor()
    submission, member, uploads = submission_of(body), body.pop("member"), uploads_of(body)
    caller = Caller(*(body.pop(name, "") for name in ("caller", "caller_number", "caller_words")))
    with hub.writing() as session:
        context = hub.context()
        filed = file_on_behalf(
            session,
            actor,
            member,
            parse_fields(body, load_codes(session), context.now),
            caller,
            submission=submission,
            uploads=uploads,
            means=hub.means(session, context),
        )
    told = {"reference": filed.reference, "filed_at": filed.filed_at, "repeated": filed.repeated}
    return told, 200 if filed.repeated else 201


@operation(
    room,
    "/reports/<reference>/confirm",
    "代理登録の確認",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=REFERENCE,
)
@room.arguments(ConfirmationSchema)
@room.response(204, description="The report stands as yours")
def confirm(body: dict[str, Any], reference: str) -> Any:
    """Confirm what your secretariat registered on your behalf; to correct it, file a follow-up"""
    hub, actor = the_hub(), the_actor()
    if not body["right"]:
        raise Invalid(Fault("right", "not-confirmed", "true; to correct it, file a follow-up", "false"))
    with hub.writing() as session:
        confirm_call(session, actor, load_visible_report(session, actor, reference).id, context=hub.context())
    return Response(status=204)


@operation(room, "/board", "状況一覧", refusals=(403,))
@room.response(200, BoardSchema)
def read_board() -> dict[str, Any]:
    """The last word on each service that you are told"""
    hub = the_hub()
    with hub.reading() as session:
        found = list_statements(session, load_reader(session, the_actor()), hub.clock())
    return {"items": [vars(each) for each in found]}


@operation(room, "/board", "サービスの状況の入力", method="POST", refusals=(403, 413, 415, 422))
@room.arguments(SayingSchema)
@room.response(204, description="It stands on the board")
def say(body: dict[str, Any]) -> Any:
    """Say how a service of your CEPTOAR stands; it takes the place of the last word on the same service"""
    hub = the_hub()
    said = Said(
        body["service"], body["state"], body["forecast"], body["source"], read_moment(body, "word_at"), body["label"]
    )
    with hub.writing() as session:
        say_state(session, the_actor(), said, context=hub.context(), policy=hub.policy(session))
    return Response(status=204)


def read_moment(body: Mapping[str, Any], name: str) -> datetime | None:
    """A time with its zone, where there is one.

    Raises:
        Invalid: it is none.
    """
    text = body.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(Fault(name, "not-a-time", "a time such as 2026-11-20T13:40:00+09:00")) from None
    if moment.tzinfo is None:
        raise Invalid(Fault(name, "no-zone", "a time with its zone"))
    return moment


def item_of(line: InboxLine) -> dict[str, Any]:
    """A report as it lies in the inbox."""
    return {name: getattr(line, name) for name in ItemSchema._declared_fields}
