"""A door for cases without a reporter: what a secretariat knows from the press, the police or a partner."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Flask, Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.attachments.giving import give_case_file
from hub.web.desk.calls import zoned
from hub.web.desk.inbox import inbox_words, load_code_choices, told_of_faults
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reporting.coming_files import LARGEST_BODY, drop_the_rest, keep_files, kept_before, take_files_of
from hub.web.words import attachments as attachment_words
from hub.web.words.names import load_words
from models.vocabulary import Label
from sharing.attachments.case_files import list_case_files, load_case_file
from sharing.attachments.uploads import FIELD, NewUpload, UploadView
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.inbox.cases import MOST_LISTED, NewCase, join_case, list_cases, register_case
from sharing.reports.codes import load_codes
from sharing.reports.visible import must_keep_inbox

blueprint = page_blueprint("cases", url_prefix="/secretariat/cases", max_body_bytes=LARGEST_BODY)
protect(blueprint)
blueprint.teardown_request(drop_the_rest)
blueprint.context_processor(lambda: {"file_words": attachment_words})
blueprint.context_processor(report_words)
blueprint.context_processor(inbox_words)


def install(app: Flask) -> None:
    """Let files of this page's form go to their place at once, sealed."""
    take_files_of(app, blueprint, "index")


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The cases that nobody reported, and a form for a new one."""
    hub, actor = the_hub(), current_actor()
    must_keep_inbox(actor)
    if request.method == "GET":
        return _page({})
    given = request.form
    files, wrong = keep_files(NewUpload("", 0))
    uploads = [*kept_before(), *files]
    if wrong:
        return _page(given, uploads=uploads, wrong_files=wrong), 422
    heard = zoned(given.get("heard_at", ""))
    new = NewCase(
        source=given.get("source", ""),
        source_detail=given.get("source_detail", ""),
        event_type=given.get("event_type", ""),
        service_impact=given.get("service_impact", ""),
        summary=given.get("summary", ""),
        heard_at=None if isinstance(heard, str) else heard,
    )
    try:
        with hub.writing() as session:
            ids = [each.id for each in uploads]
            register_case(session, actor, new, load_codes(session), uploads=ids, context=hub.context())
    except Invalid as error:
        return _page(given, error.faults, uploads), 422
    flash(_("Registered. It is counted apart until the operator reports it."), "success")
    return see_other("cases.index")


@blueprint.get("/files/<uuid:upload_id>/")
def file(upload_id: UUID) -> Response:
    """A file of a case, as a download, for the secretariat that keeps it."""
    hub = the_hub()
    with hub.reading() as session:
        view = load_case_file(session, current_actor(), upload_id)
    return give_case_file(hub, view)


@blueprint.post("/<uuid:case_id>/join")
def join(case_id: UUID) -> ResponseReturnValue:
    """The operator has reported it: from now on it is that report."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            join_case(session, current_actor(), case_id, request.form.get("reference", ""), context=hub.context())
    except NotVisible:
        flash(_("There is no such report among those of your members. Please check the number."), "warning")
    except Conflict:
        flash(_("This case was joined to a report before."), "info")
    else:
        flash(_("Joined. It is no longer counted apart."), "success")
    return see_other("cases.index")


def _page(
    given: Any, faults: Sequence[Fault] = (), uploads: Sequence[UploadView] = (), wrong_files: Sequence[str] = ()
) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        told = {
            "waiting": list_cases(session, actor),
            "joined": list_cases(session, actor, joined=True),
            "most": MOST_LISTED,
            "files": list_case_files(session, actor),
            "names": load_words(session),
            "choices": load_code_choices(session),
        }
    return render_template(
        "secretariat/cases.html",
        **told,
        given=given,
        now_text=hub.clock().astimezone(hub.settings.zone).strftime("%Y-%m-%dT%H:%M"),
        wrong=[*told_of_faults(faults), *((FIELD, each) for each in wrong_files)],
        uploads=uploads,
        limits=hub.attachment_limits,
        page_label=Label.AMBER_STRICT,
    )
