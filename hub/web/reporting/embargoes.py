"""A door for those who hold a report back until a time (公表まで), and for ending that before."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reporting.report_pages import load_to_recall
from hub.web.words.reports import fault_words
from sharing.errors import Conflict, Fault, Invalid
from sharing.reports.range_changes.embargoes import end_embargo, list_embargoes, set_embargo
from sharing.reports.visible import ReportView

blueprint = page_blueprint("embargoes", url_prefix="/reports")
protect(blueprint)
blueprint.context_processor(report_words)


@blueprint.route("/<uuid:report_id>/embargo", methods=["GET", "POST"])
def embargo(report_id: UUID) -> ResponseReturnValue:
    """Say until when, and why; the page says what is held back and what is not."""
    hub, actor = the_hub(), current_actor()
    view = load_to_recall(hub, actor, report_id, what="held back")
    if request.method == "GET":
        return _form(view, {}, ())
    try:
        with hub.writing() as session:
            until, reason = _read_until(), request.form.get("reason", "")
            set_embargo(session, actor, report_id, until, reason, context=hub.context())
    except Invalid as error:
        return _form(view, request.form, error.faults), 422
    flash(_("Done. Until then nothing of it goes further than to those who read it as filed."), "success")
    return see_other("reports.show", report_id=report_id)


@blueprint.post("/<uuid:report_id>/embargo/end")
def end(report_id: UUID) -> ResponseReturnValue:
    """End the embargo of one's own organization at once."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            gone_out = end_embargo(
                session,
                current_actor(),
                report_id,
                means=hub.means(session),
            )
    except Conflict:
        flash(_("Your organization holds no embargo on this report any more."), "warning")
        return see_other("reports.show", report_id=report_id)
    if gone_out:
        flash(_("The embargo is ended. The edition that waited is published."), "success")
    else:
        flash(_("The embargo is ended."), "success")
    return see_other("reports.show", report_id=report_id)


def _read_until() -> datetime:
    """The time as the screen has it."""
    try:
        until = datetime.fromisoformat(request.form.get("until", ""))
    except ValueError:
        raise Invalid(Fault("until", "not-a-time")) from None
    return until if until.tzinfo else until.replace(tzinfo=the_hub().settings.zone)


def _form(view: ReportView, given: Any, faults: tuple[Fault, ...]) -> str:
    with the_hub().reading() as session:
        holding = list_embargoes(session, current_actor(), view)
    return render_template(
        "embargoes/embargo.html",
        report=view,
        holding=holding,
        given=given,
        wrong=[(each.field, fault_words(each)) for each in faults],
    )
