"""A door for everybody who relies on the trail: who watches it, how far each has come, and what each said last."""

from flask import render_template
from flask_babel import lazy_gettext as _l

from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item as NavigationItem
from hub.web.frame.pages import page_blueprint
from sharing.audit.witnesses import load_standings
from sharing.permissions import Permission

blueprint = page_blueprint("witnesses", url_prefix="/witnesses")
protect(blueprint)
NAVIGATION = (
    NavigationItem("witnesses.index", _l("Witnesses"), Permission.TRAIL_METADATA.value, now_and_then=True),
    NavigationItem("witnesses.index", _l("Witnesses"), Permission.HUB_ADMINISTER.value, now_and_then=True),
)


@blueprint.get("/")
def index() -> str:
    """The witnesses and their lag, in words."""
    hub = the_hub()
    with hub.reading() as session:
        found = load_standings(session, current_actor(), wanted=hub.settings.witnesses_needed)
    return render_template("witnesses/index.html", found=found)
