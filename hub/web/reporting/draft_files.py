"""A door for those who report: the files of a draft, sent by a form or part by part by the page's script."""

from typing import Final
from uuid import UUID

from flask import Flask, Response, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.attachments.uploading import LENGTH, OFFSET, PART_TYPE, announce, arrived, take_part
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reporting.coming_files import drop_the_rest, keep_files, read_label, take_files_of
from hub.web.reporting.report_form import read_lists
from hub.web.reporting.write_page import preview_of_form
from hub.web.words import attachments as attachment_words
from hub.web.words.attachments import file_fault_words
from hub.web.words.names import group_namer
from models.vocabulary import Label
from sharing.attachments.filing import label_of
from sharing.attachments.uploads import FIELD, NewUpload, UploadView, list_uploads, load_upload, remove_upload
from sharing.errors import Fault, Invalid
from sharing.reports.drafts import DraftView, load_draft
from sharing.reports.preview import Access, Preview
from sharing.reports.ranges import Consent

LARGEST_BODY: Final = 2**40
"""The hub's own bound for bodies is the one that counts."""
OWN_LABELS: Final = (Label.AMBER_STRICT, Label.RED)
"""What a file can be narrowed to: a report is filed at AMBER or stricter."""
_CONSENTS: Final = ("consent_nco", "consent_ministry", "consent_foreign", "name_to_sector", "not_for_publication")

blueprint = page_blueprint("draft_files", url_prefix="/reports", max_body_bytes=LARGEST_BODY)
protect(blueprint)
blueprint.context_processor(report_words)
blueprint.context_processor(lambda: {"file_words": attachment_words})
blueprint.teardown_request(drop_the_rest)


def install(app: Flask) -> None:
    """Let files of this page's form go to their place at once, sealed."""
    take_files_of(app, blueprint, "add")


@blueprint.get("/drafts/<uuid:draft_id>/files/")
def show(draft_id: UUID) -> str:
    """The files of a draft, and the form that adds one."""
    return _page(draft_id)


@blueprint.post("/drafts/<uuid:draft_id>/files/")
def add(draft_id: UUID) -> ResponseReturnValue:
    """Add the files of the form; those that can be taken are, of the others it says why not."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        load_draft(session, actor, draft_id)
    taken, wrong = keep_files(NewUpload("", 0, None, read_label(OWN_LABELS), _is_sample(), draft_id))
    if not taken and not wrong:
        wrong = [file_fault_words(Fault(FIELD, "no-file"))]
    if wrong:
        return _page(draft_id, wrong), 422
    flash(_("Added: %(count)s. Nothing was sent yet.", count=len(taken)), "success")
    return see_other("draft_files.show", draft_id=draft_id)


@blueprint.post("/drafts/<uuid:draft_id>/files/<uuid:upload_id>/remove")
def remove(draft_id: UUID, upload_id: UUID) -> ResponseReturnValue:
    """Take a file off again."""
    hub = the_hub()
    with hub.writing() as session:
        remove_upload(session, current_actor(), upload_id, context=hub.context())
    flash(_("The file is removed."), "success")
    return see_other("draft_files.show", draft_id=draft_id)


@blueprint.post("/drafts/<uuid:draft_id>/files/uploads")
def begin(draft_id: UUID) -> ResponseReturnValue:
    """Announce a file whose parts the script will send."""
    name, size, digest = (request.form.get(each, "") for each in ("name", "size", "sha256"))
    number = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0
    announced = bytes.fromhex(digest) if _is_digest(digest) else None
    new = NewUpload(name, number, announced, read_label(OWN_LABELS), _is_sample(), draft_id)
    try:
        view = announce(the_hub(), current_actor(), new)
    except Invalid as error:
        return jsonify(wrong=[file_fault_words(each) for each in error.faults]), 422
    return jsonify(url=url_for("draft_files.part", upload_id=view.id)), 201


@blueprint.get("/uploads/<uuid:upload_id>/")
def where(upload_id: UUID) -> Response:
    """How much of a file is here, so that the script goes on after a cut."""
    hub = the_hub()
    with hub.reading() as session:
        view = load_upload(session, current_actor(), upload_id)
    return _told(view, arrived(hub, view))


@blueprint.patch("/uploads/<uuid:upload_id>/")
def part(upload_id: UUID) -> ResponseReturnValue:
    """Add a part of a file."""
    said = request.headers.get(OFFSET, "")
    offset = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None
    if request.mimetype != PART_TYPE:
        return jsonify(wrong=[PART_TYPE]), 415
    try:
        view, here = take_part(the_hub(), current_actor(), upload_id, offset, request.stream)
    except Invalid as error:
        return jsonify(wrong=[file_fault_words(each) for each in error.faults]), 422
    return _told(view, here)


def _told(view: UploadView, here: int) -> Response:
    answer = jsonify(offset=here, size=view.size)
    answer.headers[OFFSET] = str(here)
    answer.headers[LENGTH] = str(view.size)
    return answer


def _is_sample() -> bool:
    return request.form.get("sample") == "1"


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(sign in "0123456789abcdef" for sign in text)


def _page(draft_id: UUID, wrong: list[str] | None = None) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        draft = load_draft(session, actor, draft_id)
        files = list_uploads(session, actor, draft_id)
    here = {each.id: arrived(hub, each) for each in files}
    filed_at = _label_of(draft)
    labels = {each.id: label_of(each.label, filed_at) for each in files}
    report_label = label_of(None, filed_at)
    return render_template(
        "reports/files.html",
        draft=draft,
        files=files,
        here=here,
        labels=labels,
        report_label=report_label,
        strictest=Label.strictest(report_label, *labels.values()),
        readers={label: _readers(draft, label) for label in sorted(set(labels.values()) - {report_label})},
        own_labels=OWN_LABELS,
        chosen=request.form.get("file_label", ""),
        sample=_is_sample(),
        wrong=wrong or [],
        limits=hub.attachment_limits,
        scans=hub.scans,
        group=group_namer(hub),
        Access=Access,
    )


def _label_of(draft: DraftView) -> Label:
    written = draft.fields.get("label")
    given = written.value[0] if written and written.value else ""
    return Label(given) if given in set(Label) else Label.AMBER


def _readers(draft: DraftView, label: Label) -> Preview:
    """Who will read a file of this label, by what else the draft says."""
    nco, ministry, foreign, named, not_public = (name in draft.fields for name in _CONSENTS)
    consent = Consent(nco, ministry, foreign, named, not_public)
    lists = read_lists(draft.fields["lists"].value) if "lists" in draft.fields else []
    return preview_of_form(label, consent, lists, draft.report_id)
