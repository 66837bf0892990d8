"""A door for readers: the daily digest: when it comes, those that came, and one of them."""

from uuid import UUID

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item as NavigationItem
from hub.web.frame.pages import page_blueprint, page_number, see_other
from hub.web.reading.feed import log_rows, strictest
from hub.web.words.reading import item_of, load_lists
from models.collection import INBOX_FEED
from sharing.digests import (
    LISTED,
    MOST_ITEMS,
    count_digests,
    find_subscription,
    list_digests,
    load_digest,
    mark_read,
    next_due,
    subscribe,
    unsubscribe,
)
from sharing.errors import Fault, Invalid, NotVisible
from sharing.permissions import Permission

blueprint = page_blueprint("digests", url_prefix="/digests")
protect(blueprint)
NAVIGATION = (NavigationItem("digests.index", _l("Digests"), Permission.DIGEST_READ.value),)

USUAL_HOUR = 7
"""Before the working day begins."""


@blueprint.get("/")
def index() -> str:
    """The subscription of the current hat, and what it received."""
    hub, actor, page = the_hub(), current_actor(), page_number()
    with hub.reading() as session:
        subscription = find_subscription(session, actor)
        lines = list_digests(session, actor, page=page)
        following = page + 1 if count_digests(session, actor) > page * LISTED else None
    return render_template(
        "digests/index.html",
        subscription=subscription,
        hour=subscription.hour if subscription else USUAL_HOUR,
        next_due=next_due(subscription, hub.clock()) if subscription else None,
        lines=lines,
        page=page,
        next_page=following,
    )


@blueprint.post("/subscription")
def begin() -> ResponseReturnValue:
    """Begin the daily digest, or change its hour."""
    hub, actor = the_hub(), current_actor()
    text = request.form.get("hour", "")
    try:
        if not text.isascii() or not text.isdigit() or len(text) > 2:
            raise Invalid(Fault("hour", "bad-hour"))
        with hub.writing() as session:
            subscribe(session, actor, int(text), context=hub.context())
    except Invalid:
        flash(_("Please choose one of the hours in the list."), "danger")
    else:
        flash(_("You will get a digest each day at %(hour)s:00.", hour=int(text)), "success")
    return see_other("digests.index")


@blueprint.post("/subscription/end")
def end() -> ResponseReturnValue:
    """End the daily digest."""
    hub, actor = the_hub(), current_actor()
    try:
        with hub.writing() as session:
            unsubscribe(session, actor, context=hub.context())
    except NotVisible:
        flash(_("The digest had been ended before."), "info")
    else:
        flash(_("The digest is ended. What you received stays here."), "success")
    return see_other("digests.index")


@blueprint.get("/<uuid:digest_id>/")
def show(digest_id: UUID) -> str:
    """One digest, with what of it the reader may see now."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        digest = load_digest(session, actor, digest_id, sealer=hub.secrets.cursor)
        lists = load_lists(session)
        reports = [item_of(row, lists) for row in digest.rows if row.type == "incident"]
        others = [item_of(row, lists) for row in digest.rows if row.type != "incident"]
    log_rows(digest.rows, INBOX_FEED, what="digest")
    if digest.read_at is None:
        with hub.writing() as session:
            mark_read(session, actor, digest_id, context=hub.context())
    return render_template(
        "digests/show.html",
        digest=digest,
        reports=reports,
        others=others,
        most=MOST_ITEMS,
        page_label=strictest(digest.rows),
        feed_url=url_for("feed.index"),
    )
