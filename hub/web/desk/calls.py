"""A door for 代理登録: a secretariat registers a call in under a minute; the operator confirms it in the morning."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.desk.inbox import inbox_words, load_code_choices, told_of_faults
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reporting.coming_files import (
    LARGEST_BODY,
    drop_the_rest,
    keep_files,
    kept_before,
    read_label,
    take_files_of,
)
from hub.web.words import attachments as attachment_words
from models.vocabulary import Label
from sharing.attachments.uploads import FIELD, NewUpload, UploadView
from sharing.errors import Conflict, Fault, Invalid
from sharing.inbox.behalf import confirm_call, file_on_behalf, list_members
from sharing.inbox.calls import Caller
from sharing.reports.codes import load_codes
from sharing.reports.fields import ReportFields, parse_fields
from sharing.reports.submissions import AlreadyFiled
from sharing.reports.visible import must_keep_inbox

blueprint = page_blueprint("calls", max_body_bytes=LARGEST_BODY)
protect(blueprint)
blueprint.teardown_request(drop_the_rest)
blueprint.context_processor(lambda: {"file_words": attachment_words})
blueprint.context_processor(report_words)
blueprint.context_processor(inbox_words)

FILE_LABELS = (Label.AMBER_STRICT,)
"""What a file can be narrowed to: RED would hide it from the one who put it here."""
LABELS = (Label.AMBER, Label.AMBER_STRICT, Label.GREEN)
"""What a caller may want; the usual one first."""


def install(app: Flask) -> None:
    """Let files of this page's form go to their place at once, sealed."""
    take_files_of(app, blueprint, "register")


@blueprint.route("/secretariat/call/", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """Who, what, since when, is a service affected, one sentence; the caller apart."""
    hub, actor = the_hub(), current_actor()
    must_keep_inbox(actor)
    if request.method == "GET":
        return _form({})
    given = request.form
    files, wrong = keep_files(NewUpload("", 0, None, read_label(FILE_LABELS)))
    uploads = [*kept_before(), *files]
    if wrong:
        return _form(given, uploads=uploads, wrong_files=wrong), 422
    try:
        context = hub.context()
        member, fields = _read(given, context.now)
        caller = Caller(given.get("caller", ""), given.get("caller_number", ""), given.get("caller_words", ""))
        with hub.writing() as session:
            filed = file_on_behalf(
                session,
                actor,
                member,
                fields,
                caller,
                submission=_uuid(given.get("submission", "")) or the_hub().context().new_id(),
                uploads=[each.id for each in uploads],
                means=hub.means(session, context),
            )
    except Invalid as error:
        return _form(given, error.faults, uploads), 422
    except AlreadyFiled as error:
        flash(_("This form was received already. What you changed goes as a follow-up of the sender."), "warning")
        return see_other("inbox.item", report_id=error.report_id)
    if filed.repeated:
        flash(_("This form had arrived before; it was not filed twice."), "info")
    else:
        flash(_("Registered as %(reference)s. Say this number on the telephone.", reference=filed.reference), "success")
    return see_other("inbox.item", report_id=filed.report_id)


@blueprint.post("/reports/<uuid:report_id>/confirm")
def confirm(report_id: UUID) -> ResponseReturnValue:
    """The sender says that what was registered is right."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            confirm_call(session, current_actor(), report_id, context=hub.context())
    except Conflict:
        flash(_("This was confirmed before."), "info")
        return see_other("reports.show", report_id=report_id)
    flash(_("Confirmed. The report stands as yours."), "success")
    return see_other("reports.show", report_id=report_id)


def _read(given: Any, now: datetime) -> tuple[UUID, ReportFields]:
    """Who called, and the report that they told; all that is wrong is said at once, while they are on the telephone.

    Raises:
        Invalid: something is missing, or cannot be taken.
    """
    member = _uuid(given.get("member", ""))
    faults = [] if member else [Fault("member", "missing")]
    with the_hub().reading() as session:
        codes = load_codes(session)
    try:
        fields = parse_fields(_values(given), codes, now)
    except Invalid as error:
        raise Invalid(*faults, *error.faults) from error
    if member is None:
        raise Invalid(*faults)
    return member, fields


def _values(given: Any) -> dict[str, Any]:
    names = ("event_type", "service_impact", "summary", "label", "affected_service", "details")
    values: dict[str, Any] = {name: given.get(name, "").strip() or None for name in names}
    values["noticed_at"] = zoned(given.get("noticed_at", ""))
    values["exercise"] = bool(given.get("exercise"))
    return values


def zoned(text: str) -> Any:
    """What the browser gives has no zone: it is the screen's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text or None
    return moment if moment.tzinfo else moment.replace(tzinfo=the_hub().settings.zone)


def _form(
    given: Any, faults: Sequence[Fault] = (), uploads: Sequence[UploadView] = (), wrong_files: Sequence[str] = ()
) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        members = list_members(session, actor)
        choices = load_code_choices(session)
    now = hub.clock().astimezone(hub.settings.zone)
    return render_template(
        "secretariat/call.html",
        given=given,
        members=members,
        choices=choices,
        labels=LABELS,
        now_text=now.strftime("%Y-%m-%dT%H:%M"),
        submission=given.get("submission") or str(the_hub().context().new_id()),
        wrong=[
            *told_of_faults(faults),
            *((FIELD, each) for each in wrong_files),
        ],
        uploads=uploads,
        file_labels=FILE_LABELS,
        limits=hub.attachment_limits,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
