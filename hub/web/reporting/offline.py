"""A door for those who report: a form of the hub's own to keep at hand, filled in without it, and read in later."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from flask import Response, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from hub.settings import LANGUAGES
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint, see_other
from hub.web.lines.report_words import report_words
from hub.web.reporting.form_controls import controls_of, laid_over
from hub.web.reporting.further_form import HOW_WORDS
from hub.web.reporting.report_form import Choices, ReportForm, build_form, load_choices
from hub.web.words.reports import STATE_WORDS, fault_words
from models.forms import LIAISON, liaison_form
from models.vocabulary import Label, ReportKind
from sharing.errors import Invalid, NotVisible
from sharing.permissions import Permission
from sharing.reports.draft_values import LONGEST_NAME
from sharing.reports.drafts import save_draft
from sharing.reports.reading import load_report
from sharing.reports.visible import ReportView

blueprint = page_blueprint("offline", url_prefix="/reports/offline-form")
protect(blueprint)
blueprint.context_processor(report_words)

LARGEST_FILE: Final = 2_000_000
"""Bytes of a filled form; the longest texts that a report takes are a tenth of it."""
ELSEWHERE: Final = "details"
"""Where it is kept what this version of the form has no field for."""
_PARTS: Final = ("-how", "-low", "-high", "-at", "-note", "-state")
_NOT_ASKED: Final = frozenset({"submission", "kind", "correction"})
"""Controls of the page that a file has not: they belong to what the hub knows."""
KIND: Final = "kind"
REFERENCE: Final = "of_reference"
"""Of which report a file is a further version: its number, as the receipt has it."""
FURTHER_KINDS: Final = (ReportKind.FOLLOW_UP.value, ReportKind.FINAL.value)

WRONG = {
    "no-file": lazy_gettext("Please choose a file."),
    "not-ours": lazy_gettext("This is no file that our offline form has saved."),
    "too-large": lazy_gettext("The file is too large."),
    "no-such-report": lazy_gettext(
        "The file is a further version of a report, and your organization has none under this number. "
        "Nothing was read in. Please check the number in the form, save it again, and choose the new file."
    ),
    "nothing": lazy_gettext("Nothing is filled in in this file."),
}


class Filled(msgspec.Struct, frozen=True):
    """What the offline form saves: the controls of the form by name."""

    form: str
    version: str
    values: dict[str, list[str]]


@blueprint.route("/", methods=["GET", "POST"])
def read() -> ResponseReturnValue:
    """The form to take along, and a filled one to be read into a draft."""
    current_actor().must(Permission.REPORT_FILE)
    if request.method == "GET":
        return _page()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _page("no-file"), 422
    raw = upload.stream.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        return _page("too-large"), 422
    try:
        filled = msgspec.json.decode(raw, type=Filled)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _page("not-ours"), 422
    if filled.form != LIAISON:
        return _page("not-ours"), 422
    return _to_draft(filled)


@blueprint.get("/file/<language>")
def take(language: str) -> Response:
    """The form itself: one file that needs neither the hub nor a network."""
    current_actor().must(Permission.REPORT_FILE)
    if language not in LANGUAGES:
        raise NotVisible("no such language")
    choices = _choices()
    style, script = _kept("css/offline.css"), _kept("js/offline.js")
    with force_locale(language):
        form = build_form(choices, zone=the_hub().settings.zone)
        body = render_template(
            "offline/form.html",
            form=form,
            definition=liaison_form(),
            language=language,
            LABELS_OFFERED=[each.value for each in reversed(Label)],
            STATE_WORDS=STATE_WORDS,
            HOW_WORDS=HOW_WORDS,
            style=Markup(style),  # noqa: S704  our own files, which a test looks through for what would end them
            script=Markup(script),  # noqa: S704
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    answer = Response(body, mimetype="text/html")
    name = f"ceptoar-report-form-{liaison_form().version}-{language}.html"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _choices() -> Choices:
    with the_hub().reading() as session:
        return load_choices(session, current_actor())


def _kept(name: str) -> str:
    assert current_app.static_folder is not None
    return (Path(current_app.static_folder) / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _to_draft(filled: Filled) -> ResponseReturnValue:
    """Everything that was typed, into a draft; the page of the draft says at each field what cannot be taken yet."""
    hub, actor = the_hub(), current_actor()
    values = {name: value for name, value in filled.values.items() if any(each.strip() for each in value)}
    kind, reference = (values.pop(name, [""])[0].strip() for name in (KIND, REFERENCE))
    if all(name == "label" or name.endswith("-how") for name in values):  # as the form stands when it is opened
        return _page("nothing"), 422
    try:
        view = _continued(kind, reference)
    except NotVisible:
        return _page("no-such-report"), 422
    choices = _choices()
    form = build_form(choices, data=MultiDict(), zone=hub.settings.zone, follow_up=view is not None)
    gone = _drop_lists(values, [ident for ident, _name in choices.named_lists])
    known = {name: value for name, value in values.items() if _is_asked(form, name)}
    unknown = {name: value for name, value in values.items() if name not in known}
    if view is not None:
        known.pop("exercise", None)
        known = _after_last(view, choices, known) | {KIND: [kind if kind in FURTHER_KINDS else FURTHER_KINDS[0]]}
    if unknown:
        known[ELSEWHERE] = [_with_unknown(known.get(ELSEWHERE, [""])[0], unknown)]
    known.setdefault("label", [Label.AMBER.value])
    try:
        with hub.writing() as session:
            report_id = view.id if view else None
            saved = save_draft(session, actor, known, {}, report_id=report_id, context=hub.context())
    except Invalid as error:
        return _page(words=[fault_words(each) for each in error.faults]), 422
    _tell(filled, view, unknown=bool(unknown), gone=gone)
    return see_other("drafts.write", draft_id=saved.id, check="1")


def _continued(kind: str, reference: str) -> ReportView | None:
    """The report of which this is a further version; None where it is a first one.

    Raises:
        NotVisible: there is none of this organization under this number.
    """
    if not reference and kind not in FURTHER_KINDS:
        return None
    with the_hub().reading() as session:
        view = load_report(session, current_actor(), reference)
    if not view.is_own:
        raise NotVisible("no such report of this organization")
    return view


def _after_last(view: ReportView, choices: Choices, known: dict[str, list[str]]) -> dict[str, list[str]]:
    """Nothing is asked twice: what the file leaves empty stands as in the last version."""
    last = build_form(choices, fields=view.latest.fields, zone=the_hub().settings.zone, follow_up=True)
    return laid_over(controls_of(last), known)


def _drop_lists(values: dict[str, list[str]], there: Sequence[str]) -> bool:
    """Take lists away that are no more; whether there were any."""
    named = values.get("lists", [])
    kept = [each for each in named if each in there]
    if kept:
        values["lists"] = kept
    else:
        values.pop("lists", None)
    return len(kept) < len(named)


def _tell(filled: Filled, view: ReportView | None, *, unknown: bool, gone: bool) -> None:
    flash(_("Read into a draft. Nothing was sent yet: please look through it."), "success")
    if view is not None:
        number = view.reference
        flash(_("A further version of %(number)s. What the file leaves empty stands as before.", number=number), "info")
    if filled.version != liaison_form().version:
        flash(_older(filled.version), "warning")
    if unknown:
        flash(_("What this form has no field for stands at the end of the course of events."), "warning")
    if gone:
        flash(_("A named list that the file has is no more. Please look at who will read it."), "warning")


def _older(version: str) -> str:
    words: str = _(
        "The file was made with another version of the form (%(found)s; now it is %(expected)s). What both have was "
        "taken over. Please take the form along anew.",
        found=version[:20],
        expected=liaison_form().version,
    )
    return words


def _is_asked(form: ReportForm, name: str) -> bool:
    bare = name
    for part in _PARTS:
        bare = bare.removesuffix(part)
    return len(name) <= LONGEST_NAME and bare not in _NOT_ASKED and (bare in form or bare in form.further)


def _with_unknown(text: str, unknown: dict[str, list[str]]) -> str:
    lines = [f"{name[:LONGEST_NAME]}: {', '.join(value)}" for name, value in unknown.items()]
    return "\n".join([text.rstrip(), "", _("[From another version of the form]"), *lines]).strip()


def _page(code: str | None = None, words: list[str] | None = None) -> str:
    wrong = [str(WRONG[code])] if code else words or []
    return render_template("reports/offline.html", wrong=wrong, languages=LANGUAGES, version=liaison_form().version)
