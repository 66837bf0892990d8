"""A door for those who report: many reports from one spreadsheet, looked at first, with what became of each row."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, lazy_gettext

from feeds.forms.batch import BatchColumn, read_batch, write_batch
from feeds.forms.given import LARGEST_FILE, WorkbookError
from feeds.forms.workbook import MEDIA_TYPE
from hub.i18n import Words
from hub.reports.batches import NAMES, NOT_READABLE, Expected, Outcome, file_rows
from hub.web.frame.guard import current_actor, protect, the_hub
from hub.web.frame.pages import page_blueprint
from hub.web.lines.report_words import report_words
from hub.web.reporting.common_form_values import Lists, choices_of, lists_of
from hub.web.reporting.report_form import FLAGS, load_choices
from hub.web.words.reports import FIELDS, fault_words
from models.vocabulary import Label
from sharing.errors import Fault
from sharing.permissions import Permission

blueprint = page_blueprint("batches", url_prefix="/reports/batch", max_body_bytes=LARGEST_FILE + 100_000)
protect(blueprint)
blueprint.context_processor(report_words)

MOST_ON_PAGE: Final = 200
"""Rows that one request files; the command files a thousand, and shows how far it is."""
TITLE: Final = "情報連絡の一括登録（1行に1件。続報・最終報は整理番号を記入）"
_COLUMNS: Final[Mapping[str, Words]] = {
    **FIELDS,
    "reference": lazy_gettext("Reference number of the report, for a follow-up or final report"),
}
_EXAMPLES: Final = {
    "kind": "第一報",
    "event_type": "E30 システム等の利用困難",
    "noticed_at": "2026-11-20 11:00",
    "service_impact": "有",
    "label": "TLP:AMBER",
    "consent_nco": "はい",
}
_CHOICES: Final = {
    "kind": ("第一報", "続報", "最終報", "予兆・ヒヤリハット"),
    "label": tuple(each.value for each in reversed(Label)),
    **dict.fromkeys(FLAGS, ("はい",)),
}
OUTCOMES: dict[Outcome, tuple[Words, str]] = {
    Outcome.FILED: (lazy_gettext("Filed"), "success"),
    Outcome.REPEATED: (lazy_gettext("Was filed before"), "neutral"),
    Outcome.READY: (lazy_gettext("Can be filed"), "info"),
    Outcome.WRONG: (lazy_gettext("Not filed"), "danger"),
}
WRONG: dict[str, Words] = {
    "no-file": lazy_gettext("Please choose a file."),
    "not-a-workbook": lazy_gettext("This is no XLSX workbook. Please choose the filled sheet."),
    "too-large": lazy_gettext("The file is too large."),
    "macros": lazy_gettext("This workbook holds macros. Please save it as XLSX without macros."),
    "no-sheet": lazy_gettext("The workbook has no sheet 情報連絡. Please use the sheet that this page offers."),
    "no-head": lazy_gettext(
        "The row with the names of the columns is missing. Please use the sheet that this page offers."
    ),
    "too-many-rows": lazy_gettext(
        "At most 200 rows at a time here. The command `ceptoar-hub report import` takes 1,000."
    ),
    "nothing": lazy_gettext("No row is filled in."),
}
"""What is wrong with a file as a whole."""


@blueprint.get("/sheet.xlsx")
def sheet() -> Response:
    """The sheet to fill in."""
    current_actor().must(Permission.REPORT_FILE)
    with the_hub().reading() as session:
        choices = load_choices(session, current_actor())
    lists = lists_of(choices.lists, choices.sectors)
    with force_locale("ja"):
        columns = [_column(name, lists) for name in NAMES]
    raw = write_batch(TITLE, columns)
    answer = Response(raw, mimetype=MEDIA_TYPE)
    answer.headers["Content-Disposition"] = 'attachment; filename="ceptoar-reports.xlsx"'
    return answer


def _column(name: str, lists: Lists) -> BatchColumn:
    choices = _CHOICES.get(name) or choices_of(name, lists)
    return BatchColumn(name, str(_COLUMNS.get(name, name)), _EXAMPLES.get(name, ""), choices)


@blueprint.route("/", methods=["GET", "POST"])
def read() -> ResponseReturnValue:
    """Look at a filled sheet, or file its rows."""
    hub, actor = the_hub(), current_actor()
    actor.must(Permission.REPORT_FILE)
    if request.method == "GET":
        return _page()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _page("no-file"), 422
    try:
        rows = read_batch(upload.stream.read(LARGEST_FILE + 1), NAMES)
    except WorkbookError as error:
        return _page(error.code), 422
    if not rows or len(rows) > MOST_ON_PAGE:
        return _page("too-many-rows" if rows else "nothing"), 422
    only_look = request.form.get("do") != "file"
    results = list(file_rows(hub, lambda _session: actor, rows, only_look=only_look))
    summaries = {row.number: row.texts.get("summary", "") for row in rows}
    labels = [each.label for each in results if each.label is not None]
    return render_template(
        "reports/batch.html",
        results=results,
        summaries=summaries,
        counts=Counter(each.outcome for each in results),
        only_look=only_look,
        OUTCOMES=OUTCOMES,
        told=_told,
        page_label=Label.strictest(*labels) if labels else None,
        wrong=[],
    )


def _told(fault: Fault) -> str:
    """What is wrong with a cell, with the name of its column."""
    name = _COLUMNS.get(fault.field)
    said = str(_UNREADABLE[Expected(fault.expected)]) if fault.code == NOT_READABLE else fault_words(fault)
    return f"{name}: {said}" if name else said


_UNREADABLE: Final[dict[Expected, Words]] = {
    Expected.CODE: lazy_gettext("Please write a code of the list or its name; the sheet 選択肢 has them."),
    Expected.MOMENT: lazy_gettext("Please write the time such as 2026-11-20 11:00."),
    Expected.NUMBER: lazy_gettext("Please write the number such as 300, 約300 or 200～300."),
    Expected.TEXT: lazy_gettext("Please write a text; a formula is not taken."),
}


def _page(code: str | None = None) -> str:
    wrong = [str(WRONG.get(code, WRONG["not-a-workbook"]))] if code else []
    return render_template("reports/batch.html", results=[], wrong=wrong)
