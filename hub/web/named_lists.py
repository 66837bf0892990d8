"""A door for those who report: the organization's named lists, made, changed and closed."""

from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.web.guard import current_actor, protect, the_hub
from hub.web.navigation import Item
from hub.web.pages import page_blueprint, see_other
from hub.web.report_pages import group_namer
from sharing.errors import Conflict, Fault, Invalid
from sharing.lists import add_to_list, close_list, list_choices, list_lists, load_list, make_list, remove_from_list
from sharing.permissions import Permission

blueprint = page_blueprint("named_lists", url_prefix="/lists")
protect(blueprint)
NAVIGATION = (Item("named_lists.index", _l("Named lists"), Permission.REPORT_FILE.value, now_and_then=True),)
WRONG = 422

KINDS = {
    "groups": _l("Groups"),
    "organizations": _l("Organizations"),
    "desks": _l("Desks"),
    "people": _l("People of your organization"),
}
"""What one may choose, in the order shown."""


@blueprint.get("/")
def index() -> str:
    """The organization's lists."""
    return _index()


@blueprint.post("/")
def make() -> ResponseReturnValue:
    """Make a list."""
    hub, name = the_hub(), request.form.get("name", "")
    try:
        with hub.writing() as session:
            ident = make_list(session, current_actor(), name, hub.context()).id
    except Invalid as error:
        return _index(name, [_words(each) for each in error.faults]), WRONG
    except Conflict:
        return _index(name, [_("There are too many lists. Close one first.")]), WRONG
    return see_other("named_lists.show", list_id=ident)


@blueprint.get("/<uuid:list_id>/")
def show(list_id: UUID) -> str:
    """Who is on a list, who was, and who no longer counts."""
    return _show(list_id)


@blueprint.post("/<uuid:list_id>/add")
def add(list_id: UUID) -> ResponseReturnValue:
    """Put somebody on a list."""
    hub = the_hub()
    chosen = [token for token in request.form.getlist("token") if token]
    try:
        with hub.writing() as session:
            added = add_to_list(session, current_actor(), list_id, chosen, hub.context())
    except Invalid as error:
        return _show(list_id, [_words(each) for each in error.faults]), WRONG
    except Conflict:
        flash(_("This list is closed."), "warning")
        return see_other("named_lists.show", list_id=list_id)
    flash(_("Added.") if added else _("They were on the list already."), "success" if added else "info")
    return see_other("named_lists.show", list_id=list_id)


@blueprint.post("/<uuid:list_id>/remove")
def remove(list_id: UUID) -> ResponseReturnValue:
    """Take a name off a list."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            member = request.form.get("member", 0, type=int)
            remove_from_list(session, current_actor(), list_id, min(member, 2**62), hub.context())
    except Conflict:
        flash(_("This list is closed."), "warning")
    else:
        flash(_("Taken off the list. Reports that were filed with it stand as they were filed."), "success")
    return see_other("named_lists.show", list_id=list_id)


@blueprint.post("/<uuid:list_id>/close")
def close(list_id: UUID) -> ResponseReturnValue:
    """Close a list."""
    hub = the_hub()
    try:
        with hub.writing() as session:
            close_list(session, current_actor(), list_id, hub.context())
    except Conflict:
        flash(_("This list was closed before."), "info")
    else:
        flash(_("Closed. Reports that were filed with it stand as they were filed."), "success")
    return see_other("named_lists.index")


def _index(name: str = "", wrong: list[str] | None = None) -> str:
    with the_hub().reading() as session:
        found = list_lists(session, current_actor(), closed=True)
    return render_template("named_lists/index.html", lists=found, name=name, wrong=wrong or [])


def _show(list_id: UUID, wrong: list[str] | None = None) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = load_list(session, actor, list_id)
        choices = list_choices(session, actor) if found.closed_at is None else {}
    return render_template(
        "named_lists/show.html",
        list=found,
        choices=choices,
        kinds=KINDS,
        group=group_namer(hub),
        wrong=wrong or [],
    )


def _words(fault: Fault) -> str:
    code = "whom" if (fault.field, fault.code) == ("token", "missing") else fault.code
    return str(_FAULTS.get(code) or _("Please choose somebody of the list shown."))


_FAULTS = {
    "taken": _l("One of your open lists has this name. Please choose another."),
    "whom": _l("Please choose whom to add."),
    "missing": _l("Please enter a name of at most 100 characters."),
    "bad_name": _l("Please enter a name of at most 100 characters."),
    "too-many": _l("There are too many on this list. Please make a second one."),
}
