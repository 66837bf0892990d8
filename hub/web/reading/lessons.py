"""A door for readers: lessons of final reports, without names: what went wrong in general, and what helped."""

from flask import Response, render_template, request
from flask_babel import lazy_gettext as _l

from hub.reports.lessons import gather_lessons
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint
from hub.web.lines.report_words import report_words
from hub.web.reading.feed import address, as_reference, log_rows, read_words, strictest
from hub.web.words.names import load_words
from hub.web.words.reading import load_lists
from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.errors import BadCursor
from sharing.permissions import Permission
from sharing.readers import load_reader

blueprint = page_blueprint("lessons", url_prefix="/lessons")
protect(blueprint)
blueprint.context_processor(report_words)
NAVIGATION = (Item("lessons.index", _l("Lessons"), Permission.FEED_READ.value, now_and_then=True),)


@blueprint.get("/")
def index() -> str | Response:
    """The newest lessons that the reader may see; with words, those that hold them."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.FEED_READ)
    words, token = read_words(), request.args.get("next")
    wanted, sealer = as_reference(words) if words else "", hub.secrets.cursor
    with hub.reading() as session:
        reader = load_reader(session, actor)
        try:
            got = gather_lessons(session, reader, wanted, token, sealer)
        except BadCursor:
            got = gather_lessons(session, reader, wanted, None, sealer)
        lists, names = load_lists(session), load_words(session)
    log_rows(got.shown, INBOX_FEED, what="lessons")
    return render_template(
        "lessons/index.html",
        lessons=got.lessons,
        words_=words,
        lists=lists,
        names=names,
        label_of=Label.of_rank,
        page_label=strictest(got.shown),
        next_url=address("lessons.index", {"q": words, "next": got.next}) if got.next else None,
        first_url=address("lessons.index", {"q": words}) if token else None,
    )
