"""A door for those who report: common forms (共通様式) as spreadsheets, filled from a report, or read into a draft."""

from typing import Final
from uuid import UUID

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from feeds.forms.given import LARGEST_FILE, WorkbookError, read_workbook
from feeds.forms.workbook import MEDIA_TYPE, write_workbook
from hub.i18n import current_language
from hub.logs import get_logger
from hub.web.frame.file_names import labelled_name
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.reporting.common_form_values import cell_texts, controls_of, lists_of
from hub.web.reporting.report_form import load_choices
from hub.web.words.reports import FIELDS, fault_words
from hub.wiring import Hub
from models.common_forms import BadMap, CommonForm, load_forms, shipped_forms
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.errors import Invalid, NotVisible
from sharing.permissions import Permission
from sharing.reports.drafts import save_draft
from sharing.reports.reading import load_report
from sharing.reports.visible import ReportView
from sharing.trail.exports import note_export

blueprint = page_blueprint("common_forms", url_prefix="/reports", max_body_bytes=LARGEST_FILE + 100_000)
protect(blueprint)

LAYOUT: Final = "セルの配置は本ハブ独自のもの（暫定・要確認）。"
"""On each form that the hub lays out itself; the official cells are not known here."""

WRONG = {
    "not-a-workbook": _l("This is no XLSX workbook. Please choose the file of a common form."),
    "too-large": _l("This file is too large for a form. Please choose the file of a common form."),
    "macros": _l("This workbook holds macros. Please save it as XLSX without macros."),
    "no-sheet": _l("The workbook has no sheet of this form. Please choose the form that the file is of."),
    "other-form": _l("The file is of another form. Please choose the form that the file is of."),
    "no-file": _l("Please choose a file."),
    "no-form": _l("Please choose one of the list."),
    "nothing": _l("Nothing is filled in where this form has its answers."),
}


class Filled(Struct, frozen=True):
    """A form with what a report says in it."""

    form: CommonForm
    view: ReportView
    rows: tuple[tuple[str, str, str], ...]
    """Cell, what the form calls it, text."""


@blueprint.get("/<uuid:report_id>/common-form/<name>.xlsx")
def fill(report_id: UUID, name: str) -> Response:
    """A common form filled from the last version of a report of one's own."""
    raw, called = workbook_of(the_hub(), current_actor(), report_id, name)
    answer = Response(raw, mimetype=MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{called}"'
    return answer


def workbook_of(hub: Hub, actor: Actor, ref: UUID | str, name: str) -> tuple[bytes, str]:
    """The spreadsheet of a form, filled, and what it is called; recorded before it leaves.

    Raises:
        NotVisible: as `fill_form`.
    """
    filled = fill_form(hub, actor, ref, name)
    form, view = filled.form, filled.view
    head = [
        form.ja,
        f"整理番号 {view.reference}（第{view.latest.number}報）",
        f"{view.label} {'【訓練】' if view.exercise else ''}".strip(),
        f"{LAYOUT}複数あるときは1行に1件。不明・調査中とも記入できます。",
    ]
    raw = write_workbook(form.sheet, _mark(form), head, filled.rows, form.template)
    note_form(hub, actor, filled, "xlsx")
    return raw, labelled_name(view.label, view.latest.filed_at, f"{view.reference}-{name}", "xlsx")


def fill_form(hub: Hub, actor: Actor, ref: UUID | str, name: str) -> Filled:
    """What stands in a form, of a report of one's own.

    Raises:
        NotVisible: there is no such form or report, or the report may not leave the hub as a file.
    """
    form = _form(name)
    with hub.reading() as session:
        view = load_report(session, actor, ref)
        if not view.is_own or view.label is Label.RED:
            raise NotVisible("no such report of this organization that leaves the hub as a file")
        choices = load_choices(session, actor)
    lists = lists_of(choices.lists, choices.sectors)
    texts = cell_texts(view.latest.fields, form.cells, lists, hub.settings.zone)
    with force_locale("ja"):
        rows = [(cell, str(FIELDS.get(field, field)), texts.get(field, "")) for field, cell in form.cells.items()]
    return Filled(form, view, tuple(rows))


def note_form(hub: Hub, actor: Actor, filled: Filled, file: str) -> None:
    """Record that a form is taken away, and as what kind of file."""
    told = {"report": str(filled.view.id), "form": filled.form.name, "file": file}
    with hub.writing() as session:
        note_export(session, actor, "common-form", told, context=hub.context())


@blueprint.route("/common-form/", methods=["GET", "POST"])
def read() -> ResponseReturnValue:
    """From a filled form to a draft; whoever reports looks at it and sends it."""
    current_actor().must(Permission.REPORT_FILE)
    if request.method == "GET":
        return _page()
    form = next((each for each in _forms() if each.name == request.form.get("form")), None)
    upload = request.files.get("file")
    if form is None:
        return _page("no-form"), 422
    if upload is None or not upload.filename:
        return _page("no-file"), 422
    try:
        mark, texts, formulas = read_workbook(upload.stream.read(LARGEST_FILE + 1), form.sheet, form.cells)
    except WorkbookError as error:
        return _page(error.code), 422
    if form.template is None and mark.startswith("ceptoar-hub ") and mark != _mark(form):
        return _page("other-form"), 422
    return _to_draft(texts, formulas)


def _to_draft(texts: dict[str, str], formulas: tuple[str, ...]) -> ResponseReturnValue:
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        choices = load_choices(session, actor)
    controls, unread = controls_of(texts, lists_of(choices.lists, choices.sectors))
    if not controls:
        return _page("nothing"), 422
    controls.setdefault("label", [Label.AMBER.value])
    try:
        with hub.writing() as session:
            saved = save_draft(session, actor, controls, {}, context=hub.context())
    except Invalid as error:
        return _page(words=[fault_words(each) for each in error.faults]), 422
    flash(_("Read into a draft. Nothing was sent yet: please look through it."), "success")
    wrong = [*unread, *formulas]
    if wrong:
        named = _("; ").join(str(FIELDS.get(name, name)) for name in wrong)
        flash(_("Not taken over, since it could not be read or is a formula: %(fields)s", fields=named), "warning")
    return see_other("drafts.write", draft_id=saved.id, check="1")


def _page(code: str | None = None, words: list[str] | None = None) -> str:
    wrong = [str(WRONG.get(code, WRONG["not-a-workbook"]))] if code else words or []
    forms = [(each.name, each.title(current_language())) for each in _forms()]
    return render_template("reports/common_form.html", forms=forms, chosen=request.form.get("form"), wrong=wrong)


def _mark(form: CommonForm) -> str:
    return f"ceptoar-hub {form.name}"


def _form(name: str) -> CommonForm:
    found = next((each for each in _forms() if each.name == name), None)
    if found is None:
        raise NotVisible("no such form")
    return found


def _forms() -> tuple[CommonForm, ...]:
    """The forms of this hub; a map that cannot be read is told to whoever runs it."""
    try:
        return load_forms(the_hub().settings.data)
    except BadMap as error:
        get_logger().warning("common_forms_unreadable", why=str(error))
        return shipped_forms()


def form_links() -> list[tuple[str, str]]:
    """Name and title of each form, for the pages of reports."""
    return [(each.name, each.title(current_language())) for each in _forms()]
