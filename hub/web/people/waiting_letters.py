"""A door for administrators: letters that open nothing until one of them confirms what another person wrote."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from sharing.people.confirming import confirm_letter, list_waiting_letters
from sharing.people.invitations import withdraw_invitation
from sharing.permissions import Permission

blueprint = page_blueprint("waiting_letters", url_prefix="/waiting-letters")
protect(blueprint)
NAVIGATION = (
    Item("waiting_letters.index", _l("Letters to confirm"), Permission.HUB_ADMINISTER.value, now_and_then=True),
)


@blueprint.get("/")
def index() -> str:
    """The letters that wait for a second administrator."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.HUB_ADMINISTER)
    with hub.reading() as session:
        letters = list_waiting_letters(session, actor, hub.clock())
    return render_template("people/waiting_letters.html", letters=letters)


@blueprint.post("/<uuid:invitation_id>/confirm")
def confirm(invitation_id: UUID) -> ResponseReturnValue:
    """Confirm another administrator's letter."""
    hub, actor = the_hub(), current_actor()
    with hub.writing() as session:
        confirm_letter(session, actor, invitation_id, context=hub.context())
    flash(_("Confirmed. The code in the letter is good now."), "success")
    return see_other("waiting_letters.index")


@blueprint.post("/<uuid:invitation_id>/drop")
def drop(invitation_id: UUID) -> ResponseReturnValue:
    """Make a letter useless."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.HUB_ADMINISTER)
    with hub.writing() as session:
        withdraw_invitation(session, actor, invitation_id, context=hub.context())
    flash(_("The invitation is withdrawn. Its code opens nothing any more."), "success")
    return see_other("waiting_letters.index")
