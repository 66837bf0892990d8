"""A door for cases without a reporter: what a secretariat knows from the press, the police or a partner."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.calls import zoned
from hub.web.guard import current_actor, protect, the_hub
from hub.web.inbox import inbox_words, load_code_choices, words_of
from hub.web.pages import page_blueprint, see_other
from hub.web.report_pages import load_words, report_words
from models.vocabulary import Label
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.inbox.cases import NewCase, join_case, list_cases, register_case
from sharing.reports.codes import load_codes

blueprint = page_blueprint("cases", url_prefix="/secretariat/cases")
protect(blueprint)
blueprint.context_processor(report_words)
blueprint.context_processor(inbox_words)


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The cases that nobody reported, and a form for a new one."""
    hub, actor = the_hub(), current_actor()
    if request.method == "GET":
        return _page({})
    given = request.form
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
            register_case(session, actor, new, load_codes(session), context=hub.context())
    except Invalid as error:
        return _page(given, error.faults), 422
    flash(_("Registered. It is counted apart until the operator reports it."), "success")
    return see_other("cases.index")


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


def _page(given: Any, faults: Sequence[Fault] = ()) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        told = {
            "waiting": list_cases(session, actor),
            "joined": list_cases(session, actor, joined=True),
            "names": load_words(session),
            "choices": load_code_choices(session),
        }
    return render_template(
        "secretariat/cases.html",
        **told,
        given=given,
        now_text=hub.clock().astimezone(hub.settings.zone).strftime("%Y-%m-%dT%H:%M"),
        wrong=[(each.field, words_of(each)) for each in faults],
        page_label=Label.AMBER_STRICT,
    )
