"""A door for those who report: the drafts of their organization, written on by any of them, on any machine."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reporting.write_page import Writing
from hub.web.reporting.writing import form_page, gone_draft_page
from models.vocabulary import Label
from sharing.errors import NotVisible
from sharing.reports.drafts import KEPT_FOR, erase_draft, list_drafts, load_draft, undo_save
from sharing.reports.reading import load_report

blueprint = page_blueprint("drafts", url_prefix="/reports/drafts")
protect(blueprint)
blueprint.context_processor(report_words)


@blueprint.get("/")
def index() -> str:
    """What is being written."""
    with the_hub().reading() as session:
        found = list_drafts(session, current_actor())
    labels = [Label(each.label) for each in found if each.label in set(Label)]
    return render_template(
        "reports/drafts.html",
        found=found,
        labels=set(Label),
        strictest=Label.strictest(*labels) if labels else None,
        days=KEPT_FOR.days,
    )


@blueprint.route("/<uuid:draft_id>/", methods=["GET", "POST"])
def write(draft_id: UUID) -> ResponseReturnValue:
    """Go on with a draft."""
    try:
        writing = _load(draft_id)
    except NotVisible:
        return gone_draft_page(draft_id)
    return form_page(writing)


@blueprint.post("/<uuid:draft_id>/undo")
def undo(draft_id: UUID) -> Response:
    """Take back the last save of one's own."""
    hub = the_hub()
    with hub.writing() as session:
        done = undo_save(session, current_actor(), draft_id, context=hub.context())
    if done:
        flash(_("Your last save was taken back."), "success")
    else:
        flash(_("There is nothing of yours to take back."), "info")
    return see_other("drafts.write", draft_id=draft_id)


@blueprint.post("/<uuid:draft_id>/erase")
def erase(draft_id: UUID) -> Response:
    """Throw it away."""
    hub = the_hub()
    with hub.writing() as session:
        erase_draft(session, current_actor(), draft_id, context=hub.context())
    flash(_("The draft is erased."), "success")
    return see_other("drafts.index")


def _load(draft_id: UUID) -> Writing:
    with the_hub().reading() as session:
        draft = load_draft(session, current_actor(), draft_id)
        view = load_report(session, current_actor(), draft.report_id) if draft.report_id else None
    if view is not None and not view.is_own:
        raise NotVisible("no such report of this organization")
    return Writing(view, short=draft.near_miss, draft=draft)
