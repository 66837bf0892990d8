"""A door: files of reports: put here in parts, told of, and given to who may have them."""

from typing import Any, Final
from uuid import UUID

from flask import Response, request

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.feeds import LONGEST_ID, find_row
from hub.api.problems import Problem
from hub.attachments.giving import MEDIA_TYPE, give
from hub.attachments.uploading import LENGTH, OFFSET, PART_TYPE, VERSION, announce, arrived, take_part
from models.vocabulary import AttachmentState, Label
from sharing.attachments.reading import AttachmentView, list_attachments_of_object, load_attachment
from sharing.attachments.uploads import NewUpload, UploadView, load_upload, remove_upload
from sharing.disclosures import shown_of
from sharing.errors import NotVisible
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.reading.question import ALL, Question

room = Room("attachments", __name__, url_prefix="/api/v1", description="Files of reports")

_STATES: Final = [state.value for state in AttachmentState]
_UPLOAD: Final = {"name": "upload_id", "description": "The id of the upload."}
_ATTACHMENT: Final = {"name": "attachment_id", "description": "The id of the file."}
_COMMON: Final = {
    "name": fields.text("What it is called, without control characters and folders.", "記録.txt", required=True),
    "size": fields.number("Bytes.", 1048576, required=True),
    "kind": fields.text("What it is, by its content; empty while not all is here.", "pdf", required=True),
    "sample": fields.flag("A sample of malware: given out only inside a ZIP locked with `infected`.", required=True),
    "state": fields.one_of("How far it has come; `unscanned`: no scanner is set up.", _STATES, "clean", required=True),
}
UploadFilingSchema = fields.schema(
    "UploadFiling",
    {
        "name": fields.text("What it is called.", "記録.txt", longest=1000, required=True),
        "size": fields.number("Bytes.", 1048576, least=0, most=2**40, strict=True, required=True),
        "sha256": fields.digest("Its SHA-256; where it is said, what arrives must be that."),
        "label": fields.label("A label of its own; it narrows the report's, and never widens it.", "TLP:RED"),
        "sample": fields.flag("A sample of malware.", False),
    },
)
UploadSchema = fields.schema(
    "Upload",
    {
        "id": fields.ident("The id; name it in `attachments` of what you file.", required=True),
        **_COMMON,
        "offset": fields.number("How much of it is here: where the next part begins.", 0, required=True),
        "sha256": fields.text("Its SHA-256 once it is all here.", allow_none=True, required=True),
        "label": fields.label("Its own label; none where it has the report's.", allow_none=True, required=True),
        "found": fields.text("What the scanner found.", required=True),
    },
)
AttachmentSchema = fields.schema(
    "Attachment",
    {
        "id": fields.ident("The id.", required=True),
        "number": fields.number("The version of the report that it came with.", 1, required=True),
        **_COMMON,
        "sha256": fields.text("Its SHA-256.", required=True),
        "label": fields.label("Its label.", required=True),
        "given": fields.flag("Whether you are given it: only its sender gets what is not clean.", True, required=True),
        "found": fields.text("What the scanner found; for the sender only.", required=True),
    },
)
AttachmentsSchema = fields.schema("Attachments", {"items": fields.parts(AttachmentSchema, required=True)})

_OFFSETS: Final = {
    OFFSET: {"schema": {"type": "integer"}, "description": "How much is here."},
    LENGTH: {"schema": {"type": "integer"}, "description": "How large it is."},
}


@operation(
    room,
    "/uploads",
    "添付ファイルの送信開始",
    method="POST",
    refusals=(403, 413, 415, 422),
    about=(
        "Then send its bytes by PATCH to Location, in one part or many (the core of tus 1.0). Name its id in "
        "`attachments` of what you file; what nobody files is forgotten after a day."
    ),
)
@room.arguments(UploadFilingSchema, example={"name": "記録.txt", "size": 3})
@room.response(201, UploadSchema, headers={"Location": {"schema": {"type": "string"}, "description": "The upload."}})
def create_upload(body: dict[str, Any]) -> Any:
    """Announce a file"""
    digest, label = body.get("sha256"), body.get("label")
    new = NewUpload(
        body["name"],
        body["size"],
        bytes.fromhex(digest) if digest else None,
        Label(label) if label else None,
        body.get("sample", False),
    )
    view = announce(the_hub(), the_actor(), new)
    return _upload(view, 0), 201, {"Location": f"/api/v1/uploads/{view.id}", **VERSION}


@operation(
    room,
    "/uploads/<uuid:upload_id>",
    "添付ファイルの受信状況",
    refusals=(403, 404),
    path=_UPLOAD,
    about="HEAD answers the same headers without a body.",
)
@room.response(200, UploadSchema, headers=_OFFSETS)
def read_upload(upload_id: UUID) -> Any:
    """How much of a file is here; after a cut go on at `offset`"""
    hub = the_hub()
    with hub.reading() as session:
        view = load_upload(session, the_actor(), upload_id)
    here = arrived(hub, view)
    return _upload(view, here), 200, _headers(view, here)


@operation(
    room,
    "/uploads/<uuid:upload_id>",
    "添付ファイルの部分送信",
    method="PATCH",
    refusals=(403, 404, 409, 413, 415, 422),
    path=_UPLOAD,
    header={
        "in": "header",
        "name": OFFSET,
        "description": "Where this part begins: how much is here already.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
        "example": 0,
    },
    about=(
        "409 where the file goes on elsewhere: ask how much is here. Of a part that was cut off the whole pieces of "
        "64 KiB stay, so go on where the answer says. With the last byte it is looked at: 422 where it is not the file "
        "that was announced; it is then gone."
    ),
    content={PART_TYPE: {"schema": {"type": "string", "format": "binary"}}},
)
@room.response(204, headers=_OFFSETS)
def append_upload(upload_id: UUID) -> Response:
    """Send a part of a file"""
    hub = the_hub()
    if request.mimetype != PART_TYPE or request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem(415, reason=PART_TYPE)
    request.max_content_length = min(hub.settings.attachment_bytes, hub.settings.max_body_bytes)
    said = request.headers.get(OFFSET, "")
    offset = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None
    view, here = take_part(hub, the_actor(), upload_id, offset, request.stream)
    return Response(status=204, headers=_headers(view, here))


@operation(
    room, "/uploads/<uuid:upload_id>", "添付ファイルの取下げ", method="DELETE", refusals=(403, 404), path=_UPLOAD
)
@room.response(204)
def delete_upload(upload_id: UUID) -> Response:
    """Take a file away that is not filed yet"""
    hub = the_hub()
    with hub.writing() as session:
        remove_upload(session, the_actor(), upload_id, context=hub.context())
    return Response(status=204)


@operation(
    room,
    "/objects/<stix_id>/attachments",
    "オブジェクトの添付ファイル",
    refusals=(403, 404),
    path={"name": "stix_id", "description": "The STIX id of a report as filed."},
    about="Editions carry no files.",
)
@room.response(200, AttachmentsSchema)
def list_object_attachments(stix_id: str) -> dict[str, Any]:
    """The files that came with a report as filed, those that you may have"""
    hub, actor = the_hub(), the_actor()
    actor.must(Permission.FEED_READ)
    if len(stix_id) > LONGEST_ID:
        raise NotVisible("no such object")
    question = Question(ids=(stix_id,), versions=(ALL,))
    with hub.reading() as session:
        feed, row = find_row(session, load_reader(session, actor), question)
        found = list_attachments_of_object(session, actor, row, every=True, builder=hub.editions)
    hub.disclosures.log(shown_of(actor, feed, [row], question, what="attachments", at=hub.clock()))
    return {"items": list(map(attachment, found))}


@operation(room, "/attachments/<uuid:attachment_id>", "添付ファイル1件", refusals=(403, 404), path=_ATTACHMENT)
@room.response(200, AttachmentSchema)
def read_attachment(attachment_id: UUID) -> dict[str, Any]:
    """A file of a report: what it is called, its size, kind and hash"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        return attachment(load_attachment(session, actor, attachment_id, builder=hub.editions))


@operation(
    room,
    "/attachments/<uuid:attachment_id>/content",
    "添付ファイルの取得",
    refusals=(403, 404, 409),
    path=_ATTACHMENT,
    about=(
        "Logged before the first byte leaves. A sample of malware comes as a ZIP locked with AES-256 by the password "
        "`infected`. 409 where the scan has not let it through."
    ),
)
@room.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA_TYPE)
def read_attachment_content(attachment_id: UUID) -> Response:
    """The bytes of a file of a report"""
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        view = load_attachment(session, actor, attachment_id, builder=hub.editions)
    return give(hub, actor, view)


def attachment(view: AttachmentView) -> dict[str, Any]:
    """A file of a report as this door tells of it."""
    return {
        "id": view.id,
        "number": view.number,
        "name": view.name,
        "size": view.size,
        "kind": view.kind,
        "sample": view.sample,
        "state": view.state.value,
        "sha256": view.sha256.hex(),
        "label": view.label.value,
        "given": view.is_given,
        "found": view.found,
    }


def _upload(view: UploadView, here: int) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "size": view.size,
        "kind": view.kind,
        "sample": view.sample,
        "state": view.state.value,
        "offset": here,
        "sha256": view.sha256.hex() if view.sha256 else None,
        "label": view.label.value if view.label else None,
        "found": view.found,
    }


def _headers(view: UploadView, here: int) -> dict[str, str]:
    return {OFFSET: str(here), LENGTH: str(view.size), "Cache-Control": "no-store", **VERSION}
