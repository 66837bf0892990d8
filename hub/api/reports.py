"""A door: reports as their sender's people and their own secretariat see them; filing them, each form once."""

from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from flask import request

from crypto.errors import NotSealed
from hub.api.asking import the_actor, the_hub
from hub.api.attachments import attachment
from hub.api.describing import Room, operation
from hub.api.looking import must_have_looked
from hub.api.report_schemas import (
    EXAMPLE,
    FIVE,
    KEY_HEADER,
    LONGEST_KEY,
    REFERENCE,
    FilingSchema,
    ListQuery,
    ReceiptSchema,
    ReportLineSchema,
    ReportLinesSchema,
    ReportSchema,
)
from hub.reports.originals import log_originals
from models.vocabulary import Label, ReportState, Status, Tier
from sharing.attachments.reading import list_attachments
from sharing.audit.receipts import find_entry_of_report, promise_of_entry
from sharing.errors import BadCursor, Fault, Invalid
from sharing.lists.shown import ShownReaders, read_shown
from sharing.reports.codes import load_codes
from sharing.reports.fields import parse_fields, to_shown
from sharing.reports.filing import file_report
from sharing.reports.mentions import look_ahead
from sharing.reports.reading import (
    ReportLine,
    Sieve,
    list_inbox,
    list_proposals,
    list_reports_of_sender,
    load_report,
)
from sharing.reports.seen import Seen, parse_seen, seen_of
from sharing.reports.submissions import FiledReport, Submission
from sharing.reports.visible import ReportView, load_visible_report

room = Room("reports", __name__, url_prefix="/api/v1", description="Reports: filing and following them")


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
    about=f"Necessary: {', '.join(FIVE)}, and either `submission` or the header Idempotency-Key.",
)
@room.arguments(FilingSchema, example=EXAMPLE)
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
        seen = str(seen_of(session, view)) if view.is_own else None
    log_originals(hub, actor, [view], what="report")
    return _report(view) | {"seen": seen, "proposals": proposals, "attachments": list(map(attachment, files))}


@operation(
    room,
    "/reports/<reference>/versions",
    "続報・最終報の提出",
    method="POST",
    refusals=(403, 404, 409, 413, 415, 422),
    path=REFERENCE,
    header=KEY_HEADER,
)
@room.arguments(FilingSchema, example=EXAMPLE | {"kind": "follow_up", "recovery": "partial"})
@room.alt_response(200, schema=ReceiptSchema, description="This form had come before", success=True)
@room.response(201, ReceiptSchema)
def create_version(body: dict[str, Any], reference: str) -> Any:
    """File a follow-up or the final report"""
    return _file(body, reference)


def _file(body: dict[str, Any], reference: str | None) -> Any:
    hub, actor = the_hub(), the_actor()
    submission, keep_mentions, uploads = submission_of(body), _keep_mentions(body), uploads_of(body)
    seen, shown = _seen(body, reference), _shown(body)
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
            Submission(
                submission,
                report_id=report.id if report else None,
                uploads=uploads,
                keep_mentions=keep_mentions,
                looked=looked,
                seen=seen,
                shown=shown,
            ),
            means=hub.means(session, context),
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


def _seen(body: dict[str, Any], reference: str | None) -> Seen | None:
    """How the report stood before the program that goes on with it; taken out of the body. None where it does not say.

    Raises:
        Invalid: no report ever stands so, or there is none to go on with.
    """
    said = body.pop("seen", None)
    if said is None:
        return None
    if reference is None:
        raise Invalid(Fault("seen", "nothing-to-go-on-with", "none in a new report", repr(said)))
    return parse_seen(said)


def _shown(body: dict[str, Any]) -> ShownReaders | None:
    """What the program was shown of those who will read; taken out of the body. None where it does not say.

    Raises:
        Invalid: no preview ever said so.
    """
    said = body.pop("readers_seen", None)
    if said is None:
        return None
    shown = read_shown(said) if isinstance(said, str) else None
    if shown is None:
        raise Invalid(Fault("readers_seen", "not-shown-so", "the `readers_seen` of POST /preview"))
    return shown


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
