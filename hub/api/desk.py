"""A door: what else a secretariat's desk keeps: reports that are one, cases without a reporter, shifts, the way up."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from flask import Response

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.inbox import ItemSchema, item_of, read_moment
from hub.api.report_schemas import REFERENCE
from hub.api.reports import uploads_of
from hub.attachments.giving import MEDIA_TYPE, give_case_file
from hub.reports.originals import log_originals
from models.vocabulary import CaseSource, Form
from sharing.attachments.case_files import list_case_files, load_case_file
from sharing.attachments.uploads import UploadView
from sharing.errors import Fault, Invalid
from sharing.inbox.cases import (
    LONGEST_DETAIL,
    LONGEST_SUMMARY,
    CaseView,
    NewCase,
    join_case,
    list_cases,
    register_case,
)
from sharing.inbox.items import load_line
from sharing.inbox.relay import load_relay
from sharing.inbox.shifts import LONGEST, hand_over, list_shift_notes, take_over
from sharing.inbox.triage import list_merged, list_related, merge_reports, relate_reports
from sharing.reports.codes import load_codes
from sharing.reports.visible import load_visible_report

room = Room("desk", __name__, url_prefix="/api/v1", description="What a secretariat's desk keeps beside its inbox")

_CASE: Final = {"name": "case_id", "description": "The id of the case.", "schema": {"type": "string", "format": "uuid"}}
_NOTE: Final = {"name": "note_id", "description": "The id of the note.", "schema": {"type": "string", "format": "uuid"}}
_SOURCES: Final = [source.value for source in CaseSource]

TogetherSchema = fields.schema(
    "Together",
    {
        "merged": fields.parts(ItemSchema, required=True),
        "related": fields.parts(ItemSchema, required=True),
    },
)
OtherSchema = fields.schema(
    "Other", {"other": fields.text("The reference number of the other report.", "K7QM-4TX2-P", required=True)}
)
CaseFileSchema = fields.schema(
    "CaseFile",
    {
        "id": fields.ident("Its id.", required=True),
        "name": fields.text("What it is called.", "記事.pdf", required=True),
        "size": fields.number("Bytes.", 1048576, required=True),
        "kind": fields.text("What it is, by its content.", "pdf", required=True),
        "sha256": fields.text("Its SHA-256.", required=True),
        "state": fields.text("How far the scan has come; `unscanned`: no scanner is set up.", "clean", required=True),
    },
)
CaseSchema = fields.schema(
    "Case",
    {
        "id": fields.ident("Its id.", required=True),
        "reference": fields.text("Its number among your secretariat's cases.", "K7QM-4TX2-P", required=True),
        "source": fields.one_of("From where it is known.", _SOURCES, "press", required=True),
        "source_detail": fields.text("The same in words.", required=True),
        "event_type": fields.text("A code of event-types.", "E30", required=True),
        "service_impact": fields.text("A code of service-impact.", "unknown", required=True),
        "summary": fields.text("What happened.", required=True),
        "heard_at": fields.moment("When it was heard of.", required=True),
        "registered_at": fields.moment("When it was registered.", required=True),
        "joined_reference": fields.text("The report that came of it.", allow_none=True, required=True),
        "joined_at": fields.moment("When it was joined to that.", allow_none=True, required=True),
        "files": fields.parts(CaseFileSchema, required=True),
    },
)
CasesSchema = fields.schema("Cases", {"items": fields.parts(CaseSchema, required=True)})
CasesQuery = fields.schema(
    "CasesQuery", {"joined": fields.one_of("Those that a report came of, or the others.", ["yes", "no"], "no")}
)
NewCaseSchema = fields.schema(
    "NewCase",
    {
        "source": fields.text("From where it is known: " + ", ".join(_SOURCES) + ".", "press", required=True),
        "source_detail": fields.text("The same in words.", "地方紙の朝刊", longest=LONGEST_DETAIL, load_default=""),
        "event_type": fields.text("A code of event-types.", "E30", required=True),
        "service_impact": fields.text("A code of service-impact.", "unknown", required=True),
        "summary": fields.text("What happened, in one sentence.", longest=LONGEST_SUMMARY, required=True),
        "heard_at": fields.text("When it was heard of, with its zone.", "2026-11-20T06:30:00+09:00", required=True),
        "attachments": fields.said(
            "Ids of uploads that are all here: the files of the case.",
            kind="array",
            maxItems=100,
            items={"type": "string", "format": "uuid"},
        ),
    },
)
MadeCaseSchema = fields.schema("MadeCase", {"id": fields.ident("The id of the case.", required=True)})
ShiftNoteSchema = fields.schema(
    "ShiftNote",
    {
        "id": fields.ident("Its id.", required=True),
        "text": fields.text("What the next shift is to know.", required=True),
        "written_by": fields.text("Who wrote it.", required=True),
        "written_at": fields.moment("When.", required=True),
        "taken_by": fields.text("Who has taken it over; empty: nobody yet.", required=True),
        "taken_at": fields.moment("When.", allow_none=True, required=True),
        "is_own": fields.flag("You wrote it.", False, required=True),
    },
)
ShiftNotesSchema = fields.schema("ShiftNotes", {"items": fields.parts(ShiftNoteSchema, required=True)})
HandOverSchema = fields.schema(
    "HandOver", {"text": fields.text("What the next shift is to know.", longest=LONGEST, required=True)}
)
MadeNoteSchema = fields.schema("MadeNote", {"id": fields.ident("The id of the note.", required=True)})
RelayedSchema = fields.schema(
    "Relayed",
    {
        "token": fields.text("To whom: NCO, or the ministry section.", "government:nco", required=True),
        "form": fields.one_of("In which form.", [form.value for form in Form], "anonymised", required=True),
        "label": fields.label("At which label.", required=True),
        "number": fields.number("Which version.", 1, required=True),
        "since": fields.moment("Since when it can be read there.", required=True),
        "by_consent": fields.flag("The sender's consent let it go; else its label.", True, required=True),
        "replaced": fields.flag("A newer version of the same form has come.", False, required=True),
        "tells_receipt": fields.flag("You may know whether it was opened there.", True, required=True),
        "received_at": fields.moment("When it was first opened, if you may know.", allow_none=True, required=True),
    },
)
ConsentsSchema = fields.schema(
    "RelayConsents",
    {
        "nco": fields.flag("The sender consents to NCO.", True, required=True),
        "ministry": fields.flag("The sender consents to the ministry section.", False, required=True),
    },
)
RelaySchema = fields.schema(
    "Relay",
    {"items": fields.parts(RelayedSchema, required=True), "consents": fields.part(ConsentsSchema, required=True)},
)


@operation(room, "/inbox/<reference>/together", "統合・関連する報告", refusals=(403, 404), path=REFERENCE)
@room.response(200, TogetherSchema)
def read_together(reference: str) -> dict[str, Any]:
    """What was merged into a report of your inbox, and what is related to it"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        ident = load_visible_report(session, actor, reference).id
        load_line(session, actor, ident)
        merged, related = list_merged(session, actor, ident), list_related(session, actor, ident)
    log_originals(hub, actor, [*merged, *related], what="inbox")
    return {"merged": [item_of(each) for each in merged], "related": [item_of(each) for each in related]}


@operation(
    room,
    "/inbox/<reference>/merge",
    "報告の統合",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=REFERENCE,
    about="Both keep their sender, label, readers and history. To undo it, open the merged one again (`reopen`).",
)
@room.arguments(OtherSchema)
@room.response(204, description="It is put away with the other")
def merge(body: dict[str, Any], reference: str) -> Any:
    """Put a report away as one about the same as another"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        ident = load_visible_report(session, actor, reference).id
        merge_reports(session, actor, ident, body["other"], context=hub.context())
    return Response(status=204)


@operation(
    room,
    "/inbox/<reference>/relate",
    "報告の関連付け",
    method="POST",
    refusals=(403, 404, 413, 415, 422),
    path=REFERENCE,
)
@room.arguments(OtherSchema)
@room.response(204, description="They belong together, or no more")
def relate(body: dict[str, Any], reference: str) -> Any:
    """Note that two reports belong together; where that is noted already, that they do not"""
    hub, actor = the_hub(), the_actor()
    with hub.writing() as session:
        ident = load_visible_report(session, actor, reference).id
        relate_reports(session, actor, ident, body["other"], context=hub.context())
    return Response(status=204)


@operation(room, "/cases", "報告者のない事案の一覧", refusals=(403,))
@room.arguments(CasesQuery, location="query", error_status_code=400)
@room.response(200, CasesSchema)
def read_cases(query: dict[str, Any]) -> dict[str, Any]:
    """Your secretariat's cases that nobody has reported, or those that a report came of"""
    with the_hub().reading() as session:
        found = list_cases(session, the_actor(), joined=query.get("joined") == "yes")
        files = list_case_files(session, the_actor())
    return {"items": [_case(each, files.get(each.id, ())) for each in found]}


@operation(room, "/cases", "報告者のない事案の登録", method="POST", refusals=(403, 413, 415, 422))
@room.arguments(NewCaseSchema)
@room.response(201, MadeCaseSchema)
def make_case(body: dict[str, Any]) -> dict[str, Any]:
    """Register what is known from the press, the police or a partner; it is counted apart from reports"""
    hub, uploads = the_hub(), uploads_of(body)
    body["heard_at"] = read_moment(body, "heard_at")
    with hub.writing() as session:
        new, codes = NewCase(**body), load_codes(session)
        made = register_case(session, the_actor(), new, codes, uploads=uploads, context=hub.context())
    return {"id": made}


@operation(
    room,
    "/cases/files/<uuid:file_id>/content",
    "事案のファイルの取得",
    refusals=(403, 404),
    path={"name": "file_id", "description": "The id of the file."},
)
@room.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA_TYPE)
def read_case_file(file_id: UUID) -> Response:
    """The bytes of a file of a case, for the secretariat that keeps it"""
    hub = the_hub()
    with hub.reading() as session:
        view = load_case_file(session, the_actor(), file_id)
    return give_case_file(hub, view)


def _case(view: CaseView, files: Sequence[UploadView]) -> dict[str, Any]:
    said = {name: getattr(view, name) for name in CaseSchema._declared_fields if name != "files"}
    told = [
        {"id": each.id, "name": each.name, "size": each.size, "kind": each.kind, "state": each.state.value}
        | {"sha256": (each.sha256 or b"").hex()}
        for each in files
    ]
    return said | {"files": told}


@operation(
    room,
    "/cases/<uuid:case_id>/join",
    "事案と報告の結合",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=_CASE,
)
@room.arguments(OtherSchema)
@room.response(204, description="It belongs to that report")
def join(body: dict[str, Any], case_id: UUID) -> Any:
    """The operator has reported it after all: from now on it is that report"""
    hub = the_hub()
    with hub.writing() as session:
        join_case(session, the_actor(), case_id, body["other"], context=hub.context())
    return Response(status=204)


@operation(room, "/shifts", "引き継ぎの一覧", refusals=(403,))
@room.response(200, ShiftNotesSchema)
def read_shifts() -> dict[str, Any]:
    """The last notes from one shift of your secretariat to the next"""
    with the_hub().reading() as session:
        found = list_shift_notes(session, the_actor())
    return {"items": [vars(each) for each in found]}


@operation(room, "/shifts", "引き継ぎの記入", method="POST", refusals=(403, 413, 415, 422))
@room.arguments(HandOverSchema)
@room.response(201, MadeNoteSchema)
def leave_note(body: dict[str, Any]) -> dict[str, Any]:
    """Leave a note for the next shift"""
    hub = the_hub()
    with hub.writing() as session:
        return {"id": hand_over(session, the_actor(), body["text"], context=hub.context())}


@operation(
    room,
    "/shifts/<uuid:note_id>/take",
    "引き継ぎの受領",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=_NOTE,
)
@room.arguments(fields.schema("TakeOver", {"read": fields.flag("You have read it.", True, required=True)}))
@room.response(204, description="You go on from it")
def take_note(body: dict[str, Any], note_id: UUID) -> Any:
    """Say that you have read a note of a colleague and go on from it"""
    hub = the_hub()
    if not body["read"]:
        raise Invalid(Fault("read", "not-confirmed", "true: who takes a note over has read it", "false"))
    with hub.writing() as session:
        take_over(session, the_actor(), note_id, context=hub.context())
    return Response(status=204)


@operation(room, "/reports/<reference>/relay", "政府への伝達", refusals=(403, 404), path=REFERENCE)
@room.response(200, RelaySchema)
def read_relay(reference: str) -> dict[str, Any]:
    """What of a report went on to government, by which route, and its receipt; for its sender and its secretariat"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        found = load_relay(session, actor, load_visible_report(session, actor, reference).id)
    log_originals(hub, actor, [found.report], what="relay")
    return {"items": [vars(each) for each in found.lines], "consents": dict(found.consents)}
