"""A door for those who report: until when which authority is to be told, and what it was told already."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from hub.reports.calendar_files import MEDIA_TYPE, Entry, calendar
from hub.reports.deadline_rules import deadline_rules
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, page_number, see_other
from hub.web.lines.report_words import report_words
from hub.web.reporting.common_forms import form_links
from hub.web.reporting.further_form import zoned
from hub.web.words.reports import FIELDS, fault_words
from models.vocabulary import Label
from sharing.errors import Conflict, Invalid, NotVisible
from sharing.reports.authorities import (
    AUTHORITIES,
    MOST_LOOKED_AT,
    ReportDeadline,
    deadlines_of,
    list_deadlines,
    list_notices,
    note_notice,
    take_back_notice,
)
from sharing.reports.deadlines import Standing
from sharing.reports.reading import count_open, load_report
from sharing.reports.visible import ReportView

blueprint = page_blueprint("authorities", url_prefix="/reports")
protect(blueprint)
blueprint.context_processor(report_words)
LINES = 100
"""Lines of one page; where a calamity opens hundreds of reports, what is due first stands on the first."""
_TEXTS = ("authority", "stage", "told_by", "number", "what", "next_due")


@blueprint.get("/deadlines/")
def index() -> str:
    """What is due of the open reports of one's own organization, and whether more are open than are looked at."""
    page = page_number()
    with the_hub().reading() as session:
        is_all = count_open(session, current_actor()) <= MOST_LOOKED_AT
    found = _all()
    end = page * LINES
    return render_template(
        "reports/deadlines.html",
        found=found[end - LINES : end],
        is_first=page == 1,
        next_page=page + 1 if len(found) > end else None,
        most=None if is_all else MOST_LOOKED_AT,
    )


@blueprint.get("/deadlines.ics")
def all_as_calendar() -> Response:
    """The same as a calendar file."""
    return _calendar(_all(), "deadlines")


@blueprint.get("/<uuid:report_id>/deadlines.ics")
def as_calendar(report_id: UUID) -> Response:
    """The deadlines of one report as a calendar file."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        view = _own(load_report(session, actor, report_id))
        found = deadlines_of(session, actor, report_id, deadline_rules(hub), hub.clock())
    lines = [ReportDeadline(view.id, view.reference, each) for each in found if each.standing is not Standing.DONE]
    return _calendar(lines, view.reference)


@blueprint.route("/<uuid:report_id>/authorities/", methods=["GET", "POST"])
def show(report_id: UUID) -> ResponseReturnValue:
    """Who was told what, and noting one more."""
    if request.method == "GET":
        return _page(report_id)
    hub = the_hub()
    given: dict[str, Any] = {name: request.form.get(name) or None for name in _TEXTS}
    given["told_at"] = zoned(request.form.get("told_at"), hub.settings.zone)
    try:
        with hub.writing() as session:
            note_notice(session, current_actor(), report_id, given, context=hub.context())
    except Invalid as error:
        return _page(report_id, [(each.field, fault_words(each)) for each in error.faults]), 422
    flash(_("Noted."), "success")
    return see_other("authorities.show", report_id=report_id)


@blueprint.post("/<uuid:report_id>/authorities/<uuid:notice_id>/strike")
def strike(report_id: UUID, notice_id: UUID) -> AnyResponse:
    """Strike out a note that was wrong."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            take_back_notice(session, current_actor(), report_id, notice_id, context=hub.context())
        flash(_("Struck out."), "success")
    except Conflict:
        flash(_("It was struck out before."), "info")
    return see_other("authorities.show", report_id=report_id)


def _page(report_id: UUID, wrong: list[tuple[str, str]] | None = None) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        view = _own(load_report(session, actor, report_id))
        notices = list_notices(session, actor, report_id)
        found = deadlines_of(session, actor, report_id, deadline_rules(hub), hub.clock())
    given = request.form.to_dict() if request.method == "POST" else {"authority": request.args.get("authority", "")}
    return render_template(
        "reports/authorities.html",
        report=view,
        notices=notices,
        deadlines=found,
        authorities=AUTHORITIES,
        given=given,
        wrong=wrong or [],
        names=FIELDS,
        forms=form_links() if view.label is not Label.RED else [],
    )


def _own(view: ReportView) -> ReportView:
    if not view.is_own:
        raise NotVisible("no such report of this organization")
    return view


def _all() -> list[ReportDeadline]:
    hub = the_hub()
    with hub.reading() as session:
        return list_deadlines(session, current_actor(), deadline_rules(hub), hub.clock())


def _calendar(found: list[ReportDeadline], name: str) -> Response:
    hub = the_hub()
    now: datetime = hub.clock()
    base = hub.settings.base_url.rstrip("/")
    entries = [
        Entry(
            each.report_id,
            each.deadline.rule.code,
            each.reference,
            each.deadline.due_at,
            base + url_for("reports.show", report_id=each.report_id),
        )
        for each in found
    ]
    answer = Response(calendar(entries, _("deadline"), now), mimetype=MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return answer
