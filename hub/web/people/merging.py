"""A door for an organization that goes up in another, and for the other's manager, who takes its people over."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from sharing.errors import Conflict
from sharing.people.carrying import carry_over
from sharing.people.merging import agree_to_reach

blueprint = page_blueprint("merging", url_prefix="/people/merging")
protect(blueprint)


@blueprint.post("/<uuid:merger_id>/agree")
def agree(merger_id: UUID) -> ResponseReturnValue:
    """Let the successor's reporters and approvers read the reports of one's own organization."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            agree_to_reach(session, current_actor(), merger_id, hub.context())
    except Conflict:
        flash(_("This was agreed before."), "info")
    else:
        flash(_("Agreed. Once the merger is confirmed, they can read the reports that you filed."), "success")
    return see_other("people.show")


@blueprint.post("/<uuid:membership_id>/carry")
def carry(membership_id: UUID) -> ResponseReturnValue:
    """Take a person over, with the roles of before."""
    hub = the_hub()
    with hub.writing() as session:
        carry_over(session, current_actor(), membership_id, hub.context())
    flash(_("Taken over. The person has the new role from the next sign-in or page on."), "success")
    return see_other("people.show")
