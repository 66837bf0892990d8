"""A door: reports as their sender's people and their own secretariat see them; filing them, each form once."""

from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from flask import request

from crypto.errors import NotSealed
from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.attachments import AttachmentSchema, attachment
from hub.api.describing import Room, operation
from hub.api.looking import must_have_looked
from hub.reports.originals import log_originals
from models.vocabulary import Label, ReportKind, ReportState, Status, Tier
from sharing.attachments.reading import list_attachments
from sharing.audit.receipts import find_entry_of_report, promise_of_entry
from sharing.errors import BadCursor, Fault, Invalid
from sharing.reports.checks import INDICATOR_CHECKS
from sharing.reports.codes import load_codes
from sharing.reports.fields import (
    CORRECTION_LIMIT,
    DETAILS_LIMIT,
    INDICATORS_LIMIT,
    LINE_LIMIT,
    MOST_LISTS,
    SUMMARY_LIMIT,
    TEXT_LIMIT,
    parse_fields,
    to_shown,
)
from sharing.reports.file import FiledReport, file_report
from sharing.reports.further import STATES
from sharing.reports.mentions import look_ahead
from sharing.reports.reading import (
    ReportLine,
    Sieve,
    list_inbox,
    list_proposals,
    list_reports_of_sender,
    load_report,
)
from sharing.reports.visible import ReportView, load_visible_report

room = Room("reports", __name__, url_prefix="/api/v1", description="Reports: filing and following them")

LONGEST_KEY: Final = 255
"""Characters of an Idempotency-Key."""

_REFERENCE = "K7QM-4TX2-P"
_FLAGS: Final = {
    "consent_nco": "Consent to pass it on to NCO.",
    "consent_ministry": "Consent to pass it on to the ministry section in charge.",
    "consent_foreign": "Consent to pass it on to foreign partners through NCO.",
    "consent_police": "Consent to pass it on to the police.",
    "name_to_sector": "Your name may be shown to the own sector.",
    "not_for_publication": "Not to be published.",
    "not_for_supervision": "Not to be used for supervision or sanctions.",
    "exercise": "An exercise (訓練), not real.",
}
_CONTENT: Final = {
    "event_type": fields.said("A code of event-types.", "E30"),
    "noticed_at": fields.said("When it was noticed, with a zone.", "2026-11-20T11:00:00+09:00", format="date-time"),
    "service_impact": fields.said("Whether the service suffers: a code of service-impact.", "yes"),
    "summary": fields.said("One sentence.", "受付システムが停止している。", maxLength=SUMMARY_LIMIT),
    "label": fields.said("The TLP 2.0 label: how far it may go.", "TLP:AMBER", enum=fields.LABELS),
    "kind": fields.said("Which report of the incident it is.", "first", enum=[kind.value for kind in ReportKind]),
    "causes": fields.said("Codes of cause-types.", ["C101"], kind="array", items={"type": "string"}),
    "occurred_at": fields.said("When it occurred, with a zone.", format="date-time", nullable=True),
    "correction": fields.said(
        "What an earlier version said wrongly, and what is right; in a version after the first.",
        maxLength=CORRECTION_LIMIT,
    ),
    "details": fields.said("What happened.", maxLength=DETAILS_LIMIT),
    "system_class": fields.said("A code of system-classes.", "it", nullable=True),
    "affected_service": fields.said("The service affected.", maxLength=LINE_LIMIT),
    "affected_users": fields.said("Who is affected, and how many.", maxLength=LINE_LIMIT),
    "recovery": fields.said("A code of recovery-states.", "partial", nullable=True),
    "recovered_at": fields.said("When it recovered, with a zone.", format="date-time", nullable=True),
    "measures": fields.said("What was done.", maxLength=TEXT_LIMIT),
    "spillover_from": fields.said("The sector from which it spilled over.", "telecommunications", nullable=True),
    "lessons": fields.said("What others may learn.", maxLength=TEXT_LIMIT),
    **{name: fields.said(about, False, kind="boolean") for name, about in _FLAGS.items()},
    "lists": fields.said(
        "Ids of your organization's named lists: whom else it goes to.",
        kind="array",
        maxItems=MOST_LISTS,
        items={"type": "string", "format": "uuid"},
    ),
    "indicators": fields.said(
        "Indicators that you saw.",
        [{"kind": "ipv4-addr", "value": "192.0.2.7"}],
        kind="array",
        maxItems=INDICATORS_LIMIT,
        items={
            "type": "object",
            "required": ["kind", "value"],
            "properties": {
                "kind": {"type": "string", "enum": list(INDICATOR_CHECKS)},
                "value": {"type": "string"},
            },
        },
    ),
    "technical_label": fields.said(
        "A wider label at which the technical part (indicators and the technical fields of the form) goes out alone, "
        "in the secretariat's name and without the victim.",
        "TLP:GREEN",
        enum=fields.LABELS,
        nullable=True,
    ),
    "further": fields.said(
        "What the form asks besides, by the names of /report-form: a text, a code, a list of codes, a time with a "
        "zone, stages of recovery, or a quantity, which is exact, about, or between least and most.",
        {"users": {"least": 2000, "most": 3000}, "attack": "ddos"},
        kind="object",
        additionalProperties=True,
    ),
    "states": fields.said(
        "Fields of which nobody knows what they are (unknown), or that are being looked into (investigating).",
        {"hours": "investigating"},
        kind="object",
        additionalProperties={"type": "string", "enum": list(STATES)},
    ),
}
_FIVE: Final = ["event_type", "noticed_at", "service_impact", "summary", "label"]
_EXAMPLE: Final = {
    "submission": "0d5b8a8e-3f0a-4a63-9a52-6b1f0a3c9d10",
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00:00+09:00",
    "service_impact": "yes",
    "summary": "受付システムが停止している。",
    "label": "TLP:AMBER",
}

ContentSchema = fields.schema("ReportContent", _CONTENT)
FilingSchema = fields.schema(
    "ReportFiling",
    {
        "submission": fields.said("A random UUID of this form: sent twice, it is filed once.", format="uuid"),
        "attachments": fields.said(
            "Ids of uploads that are all here: the files that go with it.",
            kind="array",
            maxItems=100,
            items={"type": "string", "format": "uuid"},
        ),
        "keep_mentions": fields.said("What a text names may stay, though fewer may read it.", False, kind="boolean"),
        "technical_seen": fields.said(
            "With a `technical_label`: the digest of POST /preview/technical, which says what goes out, and to whom.",
            maxLength=64,
        ),
        **_CONTENT,
    },
)
ReceiptSchema = fields.schema(
    "Receipt",
    {
        "reference": fields.text(
            "The reference number (整理番号), to say on the telephone.", _REFERENCE, required=True
        ),
        "number": fields.number("Which version it is: 第n報.", 1, required=True),
        "filed_at": fields.moment("When it was received.", required=True),
        "repeated": fields.flag("True: this form had come before, nothing was stored again.", False, required=True),
        "promise": fields.text(
            "The log's signed promise (受付証): this will stand in the log within a minute. A file for `log verify`.",
            "ceptoar-hub promise v1\nhub.example/log\n…",
            required=True,
        ),
    },
)
_LINE: Final = {
    "reference": fields.text("The reference number (整理番号).", _REFERENCE, required=True),
    "sector": fields.text("The code of the sector.", "electricity", required=True),
    "exercise": fields.flag("True: an exercise (訓練), not real.", False, required=True),
    "label": fields.label("The label of the last version.", required=True),
}
ReportLineSchema = fields.schema(
    "ReportLine",
    {
        **_LINE,
        "organization_ja": fields.text("The sender in Japanese.", required=True),
        "organization_en": fields.text("The sender in English.", required=True),
        "number": fields.number("The last version that you see.", 1, required=True),
        "kind": fields.one_of("Its kind.", [kind.value for kind in ReportKind], "first", required=True),
        "event_type": fields.text("Its event type.", "E30", required=True),
        "service_impact": fields.text("Whether the service suffers.", "yes", required=True),
        "summary": fields.text("Its one sentence.", required=True),
        "filed_at": fields.moment("When it was filed.", required=True),
        "status": fields.one_of(
            "Where it stands on its way to others.", [s.value for s in Status], "new", required=True
        ),
    },
)
ReportLinesSchema = fields.schema(
    "ReportLines",
    {
        "items": fields.parts(ReportLineSchema, required=True),
        "more": fields.flag("Whether there are older ones.", False, required=True),
        "next": fields.text("Where to go on.", allow_none=True, required=True),
    },
)
VersionSchema = fields.schema(
    "ReportVersion",
    {
        "number": fields.number("第n報.", 1, required=True),
        "kind": fields.one_of("Its kind.", [kind.value for kind in ReportKind], "first", required=True),
        "label": fields.label("Its label.", required=True),
        "filed_at": fields.moment("When it was filed.", required=True),
        "content": fields.part(ContentSchema, required=True),
    },
)
ProposalLineSchema = fields.schema(
    "ProposalLine",
    {
        "id": fields.ident("The id.", required=True),
        "number": fields.number("The version that it was made of.", 1, required=True),
        "label": fields.label("The label proposed.", "TLP:GREEN", required=True),
        "state": fields.text("waiting, approved, refused or outdated.", "waiting", required=True),
        "proposed_at": fields.moment("When.", required=True),
        "decided_at": fields.moment("When it was decided.", allow_none=True, required=True),
        "reason": fields.text("Why it was refused.", required=True),
    },
)
ReportSchema = fields.schema(
    "Report",
    {
        **_LINE,
        "ceptoar": fields.text("The code of the CEPTOAR.", "electricity", required=True),
        "organization": fields.ident("The id of the sender.", required=True),
        "state": fields.one_of("open or closed.", [state.value for state in ReportState], "open", required=True),
        "is_own": fields.flag("Whether it is your organization's.", True, required=True),
        "versions": fields.parts(VersionSchema, required=True),
        "proposals": fields.parts(ProposalLineSchema, required=True),
        "attachments": fields.parts(AttachmentSchema, required=True),
    },
)
ListQuery = fields.schema(
    "ReportsQuery",
    {
        "status": fields.one_of("Only those that stand here.", [status.value for status in Status], "new"),
        "label": fields.label("Only those whose last version has this label."),
        "state": fields.one_of("Only open or closed ones.", [state.value for state in ReportState], "open"),
        "next": fields.text("The `next` of the page before; repeat the filters.", longest=500),
    },
)

KEY_HEADER: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Instead of `submission`: any text of your own for this form; sent twice, it is filed once.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
    "example": "ticket-4711-first",
}
REFERENCE: Final = {
    "name": "reference",
    "description": "The reference number, in capitals or not, with hyphens or without.",
    "example": _REFERENCE,
}


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Where a list goes on."""

    filed_at: datetime
    version_id: UUID


_MARKS: Final = msgspec.msgpack.Decoder(Mark)


@operation(room, "/reports", "情報連絡の一覧", refusals=(403,))
@room.arguments(ListQuery, location="query", error_status_code=400)
@room.response(200, ReportLinesSchema)
def read_reports(query: dict[str, Any]) -> dict[str, Any]:
    """The reports of your organization; for a secretariat, those of its members. The newest come first"""
    actor, hub = the_actor(), the_hub()
    context = b"reports\0" + sha256(str(actor.membership_id).encode()).digest()[:16]
    sieve = Sieve(
        status=Status(query["status"]) if "status" in query else None,
        label=Label(query["label"]) if "label" in query else None,
        is_open=query["state"] == ReportState.OPEN.value if "state" in query else None,
    )
    before = _opened(query["next"], context) if "next" in query else None
    listed = list_inbox if actor.organization.tier is Tier.CEPTOAR else list_reports_of_sender
    with hub.reading() as session:
        found = listed(session, actor, sieve, before=before)
    if listed is list_inbox:
        log_originals(hub, actor, found.lines, what="reports")
    mark = msgspec.msgpack.encode(Mark(*found.lines[-1].mark)) if found.more else None
    return {
        "items": [_line(each) for each in found.lines],
        "more": found.more,
        "next": hub.secrets.cursor.seal(mark, context) if mark else None,
    }


@operation(
    room,
    "/reports",
    "情報連絡の提出",
    method="POST",
    refusals=(403, 409, 413, 415, 422),
    header=KEY_HEADER,
    about=f"Necessary: {', '.join(_FIVE)}, and either `submission` or the header Idempotency-Key.",
)
@room.arguments(FilingSchema, example=_EXAMPLE)
@room.alt_response(200, schema=ReceiptSchema, description="This form had come before", success=True)
@room.response(201, ReceiptSchema, headers={"Location": {"schema": {"type": "string"}, "description": "The report."}})
def create_report(body: dict[str, Any]) -> Any:
    """File a first report or a near miss"""
    return _file(body, None)


@operation(room, "/reports/<reference>", "情報連絡1件", refusals=(403, 404), path=REFERENCE)
@room.response(200, ReportSchema)
def read_report(reference: str) -> dict[str, Any]:
    """A report with the versions that you may see"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        view = load_report(session, actor, reference)
        proposals = list_proposals(session, view)
        files = list_attachments(session, actor, view.id, builder=hub.editions)
    log_originals(hub, actor, [view], what="report")
    return _report(view) | {"proposals": proposals, "attachments": list(map(attachment, files))}


@operation(
    room,
    "/reports/<reference>/versions",
    "続報・最終報の提出",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=REFERENCE,
    header=KEY_HEADER,
)
@room.arguments(FilingSchema, example=_EXAMPLE | {"kind": "follow_up", "recovery": "partial"})
@room.alt_response(200, schema=ReceiptSchema, description="This form had come before", success=True)
@room.response(201, ReceiptSchema)
def create_version(body: dict[str, Any], reference: str) -> Any:
    """File a follow-up or the final report"""
    return _file(body, reference)


def _file(body: dict[str, Any], reference: str | None) -> Any:
    hub, actor = the_hub(), the_actor()
    submission, keep_mentions, uploads = submission_of(body), _keep_mentions(body), uploads_of(body)
    must_have_looked(body, reference)
    with hub.reading() as session:
        report = load_visible_report(session, actor, reference) if reference is not None else None
        said = parse_fields(body, load_codes(session), hub.clock())
        looked = look_ahead(session, actor, said.label, of=report.id if report else None)
    with hub.writing() as session:
        context = hub.context()
        receipt = file_report(
            session,
            actor,
            said,
            submission=submission,
            report_id=report.id if report else None,
            keep_mentions=keep_mentions,
            looked=looked,
            uploads=uploads,
            context=context,
            policy=hub.policy(session),
            builder=hub.editions,
        )
        again = None
        if receipt.repeated:
            again = find_entry_of_report(session, actor, receipt.report_id, receipt.version_id)
        earlier = None if again is None else promise_of_entry(session, again)
    promise = hub.promise(session) if earlier is None else hub.sign_promise(earlier)
    where = f"/api/v1/reports/{receipt.reference}"
    return _receipt(receipt, promise or b""), 200 if receipt.repeated else 201, {"Location": where}


def _keep_mentions(body: dict[str, Any]) -> bool:
    """Whether the sender means what its texts name; taken out of the body.

    Raises:
        Invalid: it is no flag.
    """
    keep = body.pop("keep_mentions", False)
    if not isinstance(keep, bool):
        raise Invalid(Fault("keep_mentions", "not-a-flag", "true or false"))
    return keep


def uploads_of(body: dict[str, Any]) -> list[UUID]:
    """The files that go with it; taken out of the body.

    Raises:
        Invalid: they are no list of ids.
    """
    given = body.pop("attachments", None) or []
    try:
        return [UUID(each) for each in given] if isinstance(given, list) else [UUID("")]
    except (TypeError, ValueError, AttributeError):
        raise Invalid(Fault("attachments", "not-an-id", "a list of ids of uploads")) from None


def submission_of(body: dict[str, Any]) -> UUID:
    """What makes this form the same when it comes twice; taken out of the body.

    Raises:
        Invalid: there is neither a UUID in the body nor a header, or it is none.
    """
    given, key = body.pop("submission", None), request.headers.get("Idempotency-Key")
    if given is not None:
        try:
            return UUID(given)
        except (TypeError, ValueError, AttributeError):
            raise Invalid(Fault("submission", "not-an-id", "a random UUID")) from None
    if not key:
        raise Invalid(Fault("submission", "missing", "a random UUID, or the header Idempotency-Key"))
    if len(key) > LONGEST_KEY:
        raise Invalid(Fault("Idempotency-Key", "too-long", f"at most {LONGEST_KEY} characters", str(len(key))))
    # Bound to the hat: two callers may count their forms alike.
    seed = f"{the_actor().membership_id}/{key}".encode("utf-8", "surrogateescape")
    return UUID(bytes=sha256(seed).digest()[:16], version=4)


def _opened(token: str, context: bytes) -> tuple[datetime, UUID]:
    try:
        mark = _MARKS.decode(the_hub().secrets.cursor.open(token, context))
    except (NotSealed, msgspec.DecodeError) as error:
        raise BadCursor("this `next` was not given to you for this list; start again without it") from error
    return mark.filed_at, mark.version_id


def _receipt(receipt: FiledReport, promise: bytes) -> dict[str, Any]:
    return {
        "reference": receipt.reference,
        "number": receipt.number,
        "filed_at": receipt.filed_at,
        "repeated": receipt.repeated,
        "promise": promise.decode(),
    }


def _line(line: ReportLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in ReportLineSchema._declared_fields}


def _report(view: ReportView) -> dict[str, Any]:
    return {
        "reference": view.reference,
        "sector": view.sector,
        "ceptoar": view.ceptoar,
        "organization": view.organization_id,
        "exercise": view.exercise,
        "label": view.label,
        "state": view.state,
        "is_own": view.is_own,
        "versions": [
            {
                "number": each.number,
                "kind": each.kind,
                "label": each.label,
                "filed_at": each.filed_at,
                "content": to_shown(each.fields, is_own=view.is_own),
            }
            for each in view.versions
        ],
    }
