"""A door for those who report: which domains and networks are their organization's own."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.words.reports import fault_words
from sharing.errors import Invalid
from sharing.reports.own_systems import load_own_systems, save_own_systems

blueprint = page_blueprint("own_systems", url_prefix="/reports/own-systems")
protect(blueprint)


@blueprint.route("/", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Look at the list, or replace it."""
    hub = the_hub()
    if request.method == "GET":
        with hub.reading() as session:
            lines = load_own_systems(session, current_actor())
        return render_template("reports/own_systems.html", text="\n".join(lines), wrong=[])
    text = request.form.get("lines", "")
    try:
        with hub.writing() as session:
            save_own_systems(session, current_actor(), text, context=hub.context())
    except Invalid as error:
        wrong = [fault_words(each) for each in error.faults]
        return render_template("reports/own_systems.html", text=text, wrong=wrong), 422
    flash(_("Saved."), "success")
    return see_other("own_systems.show")
