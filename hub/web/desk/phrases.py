"""A door for 定型文: the phrases that a secretariat keeps for its editions."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.desk.inbox import inbox_words
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.words.reports import fault_words
from sharing.errors import Invalid
from sharing.inbox.phrases import MOST, list_phrases, save_phrases

blueprint = page_blueprint("phrases", url_prefix="/secretariat/phrases")
protect(blueprint)
blueprint.context_processor(inbox_words)

EMPTY = 3
"""Further boxes for new phrases; after saving there are as many again."""


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Every phrase in a box of its own; an emptied one is gone."""
    hub, actor = the_hub(), current_actor()
    if request.method == "GET":
        with hub.reading() as session:
            texts = list_phrases(session, actor)
        return _page(texts, [])
    texts = tuple(request.form.getlist("phrase")[: MOST + EMPTY])
    try:
        with hub.writing() as session:
            save_phrases(session, actor, texts, context=hub.context())
    except Invalid as error:
        return _page(texts, [fault_words(each) for each in error.faults]), 422
    flash(_("Saved."), "success")
    return see_other("phrases.index")


def _page(texts: tuple[str, ...], wrong: list[str]) -> str:
    boxes = [*(text for text in texts if text.strip()), *[""] * EMPTY]
    return render_template("secretariat/phrases.html", boxes=boxes, wrong=wrong)
