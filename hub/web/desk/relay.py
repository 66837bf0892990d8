"""A door for senders and their secretariat: what of a report went on to government, and whether it was received."""

from uuid import UUID

from flask import render_template

from hub.reports.originals import log_originals
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint
from hub.web.lines.report_words import report_words
from hub.web.words.names import group_namer
from sharing.inbox.relay import load_relay

blueprint = page_blueprint("relay", url_prefix="/reports")
protect(blueprint)
blueprint.context_processor(report_words)


@blueprint.get("/<uuid:report_id>/relay")
def show(report_id: UUID) -> str:
    """To whom, by which route, under which consent, and when it was opened there."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        relay = load_relay(session, actor, report_id)
    log_originals(hub, actor, [relay.report])
    return render_template("secretariat/relay.html", relay=relay, report=relay.report, group=group_namer(hub))
