"""A door for an organization that is sent what it may read, and for the administrator: to where, how far, what not."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.i18n import current_language
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.words.remote import why
from models.moments import moment_at
from sharing.exchange import pushes
from sharing.exchange.pushes import PushStanding
from sharing.permissions import Permission

blueprint = page_blueprint("pushes", url_prefix="/pushes")
protect(blueprint)
NAVIGATION = (Item("pushes.index", _l("Servers sent to"), Permission.HUB_ADMINISTER.value, now_and_then=True),)


@blueprint.get("/")
def index() -> str:
    """The servers that this hat may know of."""
    hub, actor = the_hub(), current_actor()
    if not actor.may(Permission.HUB_ADMINISTER):
        actor.must(Permission.KEYS_OWN)
    with hub.reading() as session:
        found = pushes.list_pushes(session, actor, hub.secrets.cursor)
    return render_template("pushes/index.html", found=found, name_of=name_of)


@blueprint.get("/<name>/")
def show(name: str) -> str:
    """How one stands; for the people of its organization also what was not taken there."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = pushes.load_push_standing(session, actor, name, hub.secrets.cursor)
        is_own = pushes.is_own(actor, found.push)
        receipts = pushes.list_receipts(session, found.push)
        refusals = pushes.list_refusals(session, found.push) if is_own else []
    return render_template(
        "pushes/show.html",
        found=found,
        push=found.push,
        is_own=is_own,
        receipts=receipts,
        refusals=[(row, why(row.reason, row.reason_codes)) for row in refusals],
        name_of=name_of,
        title_of=title_of,
        time_of=moment_at,
        failure=why(found.push.failure, found.push.failure_codes),
    )


@blueprint.post("/<name>/agree")
def agree(name: str) -> ResponseReturnValue:
    """Agree that what the own organization may read is sent there."""
    hub, actor = the_hub(), current_actor()
    with hub.writing() as session:
        pushes.agree_push(session, actor, name, context=hub.context())
    flash(_("Agreed. Sending begins within a minute."), "success")
    return see_other("pushes.show", name=name)


@blueprint.post("/<name>/end")
def end(name: str) -> ResponseReturnValue:
    """Send no more."""
    hub, actor = the_hub(), current_actor()
    with hub.writing() as session:
        pushes.end_push(session, actor, name, context=hub.context())
    flash(_("Ended. Nothing more is sent there."), "success")
    return see_other("pushes.show", name=name)


def name_of(found: PushStanding) -> str:
    """The organization that is sent to, in the reader's language."""
    return found.organization.name_ja if current_language() == "ja" else found.organization.name_en


def title_of(found: PushStanding) -> str:
    """The collection whose objects are sent, in the reader's language."""
    return found.collection.title_ja if current_language() == "ja" else found.collection.title
