"""A door for 引き継ぎ: what one shift of a secretariat tells the next."""

from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.desk.inbox import inbox_words, words_of
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from models.vocabulary import Label
from sharing.errors import Conflict, Invalid
from sharing.inbox.items import View, count_inbox_items
from sharing.inbox.shifts import hand_over, list_shift_notes, take_over

blueprint = page_blueprint("shifts", url_prefix="/secretariat/shift")
protect(blueprint)
blueprint.context_processor(inbox_words)


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The last notes, and a form for the next."""
    hub = the_hub()
    if request.method == "GET":
        return _page("")
    text = request.form.get("text", "")
    try:
        with hub.writing() as session:
            hand_over(session, current_actor(), text, context=hub.context())
    except Invalid as error:
        return _page(text, [words_of(each) for each in error.faults]), 422
    flash(_("The note is there for the next shift."), "success")
    return see_other("shifts.index")


@blueprint.post("/<uuid:note_id>/take")
def take(note_id: UUID) -> ResponseReturnValue:
    """Say that one goes on from a note."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            take_over(session, current_actor(), note_id, context=hub.context())
    except Conflict:
        flash(_("Somebody has taken it over already."), "info")
    else:
        flash(_("You have taken it over."), "success")
    return see_other("shifts.index")


def _page(text: str, wrong: list[str] | None = None) -> str:
    with the_hub().reading() as session:
        notes = list_shift_notes(session, current_actor())
        counts = count_inbox_items(session, current_actor())
    return render_template(
        "secretariat/shift.html",
        notes=notes,
        counts=[(view, counts[view]) for view in (View.OPEN, View.NOBODYS, View.WAITING, View.UNCONFIRMED)],
        text=text,
        wrong=wrong or [],
        page_label=Label.AMBER_STRICT,
    )
