"""A door for secretariats: events that hit several sectors, with what each may see of the reports linked to them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.reports.originals import log_originals
from hub.web.desk.inbox import inbox_words, words_of
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reading.feed import log_rows
from hub.web.words.reading import item_of, load_lists
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.vocabulary import Label
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.inbox.common_events import MOST_LISTED, close_event, link_report, list_events, load_event, open_event
from sharing.readers import load_reader

blueprint = page_blueprint("events", url_prefix="/secretariat/events")
protect(blueprint)
blueprint.context_processor(report_words)
blueprint.context_processor(inbox_words)


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The events, and a form for a new one."""
    hub, actor = the_hub(), current_actor()
    if request.method == "GET":
        return _index({})
    given = request.form
    try:
        with hub.writing() as session:
            made = open_event(
                session,
                actor,
                given.get("title", ""),
                given.get("description", ""),
                exercise=bool(given.get("exercise")),
                context=hub.context(),
            )
    except Invalid as error:
        return _index(given, error.faults), 422
    flash(_("Named. Secretariats of all CEPTOARs see it and can link reports of their members."), "success")
    return see_other("events.show", event_id=made)


@blueprint.get("/<uuid:event_id>/")
def show(event_id: UUID) -> str:
    """One event, with what this secretariat may see."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        page = load_event(session, load_reader(session, actor), event_id)
        lists = load_lists(session)
    feed = EXERCISE_FEED if page.event.exercise else INBOX_FEED
    log_originals(hub, actor, page.own)
    log_rows(page.editions, feed, what="event")
    labels = [line.label for line in page.own] + [Label.of_rank(row.label) for row in page.editions]
    return render_template(
        "secretariat/event.html",
        page=page,
        event=page.event,
        items=[item_of(row, lists) for row in page.editions],
        ident="exercise" if page.event.exercise else "inbox",
        page_label=Label.strictest(Label.GREEN, *labels),
    )


@blueprint.post("/<uuid:event_id>/link")
def link(event_id: UUID) -> ResponseReturnValue:
    """Link a report of the own inbox, or take it off."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            linked = link_report(
                session, current_actor(), event_id, request.form.get("reference", ""), context=hub.context()
            )
    except NotVisible:
        flash(_("There is no such report among those of your members. Please check the number."), "warning")
    except Invalid:
        flash(_("An exercise and a real report are not joined."), "warning")
    except Conflict:
        flash(_("Somebody was quicker: please look again."), "warning")
    else:
        flash(_("Linked.") if linked else _("No longer linked."), "success")
    return see_other("events.show", event_id=event_id)


@blueprint.post("/<uuid:event_id>/close")
def close(event_id: UUID) -> ResponseReturnValue:
    """Close an event that one's own secretariat named."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            close_event(session, current_actor(), event_id, context=hub.context())
    except Conflict:
        flash(_("Somebody was quicker: please look again."), "warning")
    else:
        flash(_("The event is closed."), "success")
    return see_other("events.show", event_id=event_id)


def _index(given: Any, faults: Sequence[Fault] = ()) -> str:
    with the_hub().reading() as session:
        events = list_events(session, current_actor())
    return render_template(
        "secretariat/events.html",
        events=events,
        most=MOST_LISTED,
        given=given,
        wrong=[(each.field, words_of(each)) for each in faults],
        page_label=Label.GREEN if events else None,
    )
