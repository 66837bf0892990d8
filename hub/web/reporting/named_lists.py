"""A door for those who report: the organization's named lists, made, changed and closed."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from hub.i18n import current_language
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.words.names import group_namer
from hub.web.words.reports import fault_words
from models.vocabulary import Label
from sharing.errors import Conflict, Fault, Invalid
from sharing.lists.changing import add_to_list, close_list, make_list, remove_from_list
from sharing.lists.choices import list_choices
from sharing.lists.reading import list_lists, load_list
from sharing.permissions import Permission
from sharing.reports.range_changes.list_narrowing import MOST_AT_ONCE, list_still_named, narrow_to_list

blueprint = page_blueprint("named_lists", url_prefix="/lists")
protect(blueprint)
blueprint.context_processor(report_words)
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
    return _ask_or(list_id, "named_lists.show")


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
    return _ask_or(list_id, "named_lists.index")


@blueprint.route("/<uuid:list_id>/narrow", methods=["GET", "POST"])
def narrow(list_id: UUID) -> ResponseReturnValue:
    """What went out to those who are on the list no more, and taking it back from them."""
    if request.method == "GET":
        return _narrow_form(list_id, ())
    hub, context = the_hub(), the_hub().context()
    chosen = [found for text in request.form.getlist("report") if (found := _ident(text))]
    try:
        with hub.writing() as session:
            done = narrow_to_list(
                session,
                current_actor(),
                list_id,
                chosen,
                request.form.get("reason", ""),
                means=hub.means(session, context),
            )
    except Invalid as error:
        return _narrow_form(list_id, error.faults), WRONG
    except Conflict:
        flash(_("One of these reports was withdrawn meanwhile. Nothing was changed; please look again."), "warning")
        return see_other("named_lists.narrow", list_id=list_id)
    flash(
        ngettext(
            "Done for %(num)s report. They get the notice now, and those who had read it are asked.",
            "Done for %(num)s reports. They get the notices now, and those who had read them are asked.",
            done,
        ),
        "success",
    )
    return see_other("named_lists.show", list_id=list_id)


def _narrow_form(list_id: UUID, faults: Sequence[Fault]) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = load_list(session, actor, list_id)
        reports = list_still_named(session, actor, list_id)[:MOST_AT_ONCE]
    names = {member.token: member.name(current_language()) for member in found.members}
    return render_template(
        "named_lists/narrow.html",
        list=found,
        reports=reports,
        names=names,
        group=group_namer(hub),
        chosen=frozenset(request.form.getlist("report")),
        reason=request.form.get("reason", ""),
        wrong=[
            (each.field, fault_words(each) if each.field == "reason" else _narrowing_words(each)) for each in faults
        ],
        page_label=Label.strictest(*(each.label for each in reports)) if reports else None,
    )


def _ask_or(list_id: UUID, otherwise: str) -> ResponseReturnValue:
    """Where something went out to whoever is on the list no more, the sender is asked about it."""
    with the_hub().reading() as session:
        asked = bool(list_still_named(session, current_actor(), list_id))
    if asked:
        return see_other("named_lists.narrow", list_id=list_id)
    return see_other(otherwise, **({"list_id": list_id} if otherwise == "named_lists.show" else {}))


def _ident(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _narrowing_words(fault: Fault) -> str:
    if fault.code == "missing":
        return str(_("Please choose at least one report, or leave everything as it is."))
    return str(_("Please choose of the reports shown."))


def _index(name: str = "", wrong: list[str] | None = None) -> str:
    with the_hub().reading() as session:
        found = list_lists(session, current_actor(), closed=True)
    return render_template("named_lists/index.html", lists=found, name=name, wrong=wrong or [])


def _show(list_id: UUID, wrong: list[str] | None = None) -> str:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = load_list(session, actor, list_id)
        choices = list_choices(session, actor) if found.closed_at is None else {}
        still = len(list_still_named(session, actor, list_id))
    return render_template(
        "named_lists/show.html",
        list=found,
        choices=choices,
        still=still,
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
