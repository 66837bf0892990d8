"""A door for approvers who will be away: a colleague decides on proposals from one time until another."""

from datetime import datetime
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.words.reports import fault_words
from sharing.errors import Conflict, Fault, Invalid
from sharing.permissions import Permission
from sharing.reports.approval.delegations import delegate, end_delegation, list_choices, list_delegations

blueprint = page_blueprint("delegations", url_prefix="/reports/delegates")
protect(blueprint)
blueprint.context_processor(report_words)
WRONG = 422


@blueprint.get("/")
def index() -> str:
    """Who decides for whom, and until when."""
    return _index()


@blueprint.post("/")
def make() -> ResponseReturnValue:
    """Choose a delegate."""
    hub = the_hub()
    try:
        times = _read("begins"), _read("ends")
        with hub.writing() as session:
            delegate(session, current_actor(), _read_person(), times, context=hub.context())
    except Invalid as error:
        return _index([(fault.field, fault_words(fault)) for fault in error.faults]), WRONG
    flash(_("Done. Your delegate sees what waits, and decides in your place during that time."), "success")
    return see_other("delegations.index")


@blueprint.post("/<uuid:delegation_id>/end")
def end(delegation_id: UUID) -> ResponseReturnValue:
    """End it now."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            end_delegation(session, current_actor(), delegation_id, context=hub.context())
    except Conflict:
        flash(_("It is over already."), "info")
        return see_other("delegations.index")
    flash(_("Ended."), "success")
    return see_other("delegations.index")


def _read(name: str) -> datetime:
    """A time as the screen has it."""
    try:
        moment = datetime.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise Invalid(Fault(name, "not-a-time")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=the_hub().settings.zone)


def _read_person() -> UUID:
    try:
        return UUID(request.form.get("person", ""))
    except ValueError:
        raise Invalid(Fault("person", "unknown-code")) from None


def _index(wrong: list[tuple[str, str]] | None = None) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = list_delegations(session, actor, hub.clock())
        may_choose = actor.may(Permission.PROPOSAL_DECIDE)
        choices = list_choices(session, actor) if may_choose else []
    return render_template(
        "reports/delegates.html",
        found=found,
        may_choose=may_choose,
        choices=choices,
        given=request.form,
        wrong=wrong or [],
    )
