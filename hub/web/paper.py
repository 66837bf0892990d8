"""A door for whoever reads: the same as the pages, as PDF: reports, objects of a feed, digests, receipts, forms."""

from typing import Any
from uuid import UUID

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from feeds.stix.explain import headline
from hub.errors import RETRY_SECONDS, Explanation
from hub.logs import get_logger
from hub.originals import log_originals
from hub.paper.press import NoFont, PaperError, PressBusy, TooLong
from hub.web.common_forms import fill_form, note_form
from hub.web.feed import load_object, log_object, log_rows, strictest
from hub.web.file_names import labelled_name
from hub.web.guard import current_actor, protect, the_hub
from hub.web.pages import page_blueprint
from hub.web.paper_sheets import Printed, digest_sheet, form_sheet, object_sheet, receipt_sheet, report_sheet
from hub.web.reading_words import item_of, load_lists, read_value
from hub.web.report_lines import report_lines
from hub.web.report_pages import load_organization_name, load_words
from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.audit.receipts import find_entry_of_report
from sharing.digests import load_digest
from sharing.disclosures import DOWNLOAD
from sharing.errors import NotVisible
from sharing.exports import note_export
from sharing.inbox.calls import find_call
from sharing.readers import load_reader
from sharing.reports.reading import load_report
from sharing.reports.recall_answers import list_recalls

blueprint = page_blueprint("paper")
protect(blueprint)

MEDIA_TYPE = "application/pdf"
WRONG = {
    NoFont: (
        409,
        Explanation(
            _l("This hub cannot make PDFs yet"),
            _l("It has no Japanese font to set them in. Nothing was given out."),
            _l("Ask the administrator to install the package fonts-noto-cjk. Until then, print the page itself."),
        ),
    ),
    TooLong: (
        413,
        Explanation(
            _l("This is too long for a PDF"),
            _l("It would have more pages than anybody prints by accident. Nothing was given out."),
            _l("Print the page itself, or download the object."),
        ),
    ),
    PressBusy: (
        503,
        Explanation(
            _l("The PDF was not ready in time"),
            _l("Several are being made at the moment. Nothing was given out."),
            _l("Wait a few seconds, then try again."),
        ),
    ),
}


def install(app: Any) -> None:
    """Tell templates whether there is a press."""
    app.jinja_env.globals["can_print"] = lambda: the_hub().press.font is not None


@blueprint.errorhandler(PaperError)
def refuse(error: PaperError) -> ResponseReturnValue:
    """Why there is no PDF, in words."""
    if type(error) not in WRONG:
        raise error
    get_logger().warning("no_paper", why=str(error))
    status, explanation = WRONG[type(error)]
    page = render_template("errors/error.html", status=status, explanation=explanation, incident=None)
    return page, status, {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}


@blueprint.get("/reports/<uuid:report_id>/versions/<int:number>.pdf")
def report(report_id: UUID, number: int) -> Response:
    """A version of a report as filed, for its sender and for those who read the original."""
    printed = _load_printed(report_id, number)
    paper = the_hub().press.set_paper(report_sheet(printed))
    log_originals(the_hub(), current_actor(), [printed.view], what=DOWNLOAD)
    _note("report", {"report": str(report_id), "version": number})
    return _file(paper, printed.label, printed.version.filed_at, f"{printed.view.reference}-{number}")


@blueprint.get("/reports/<uuid:report_id>/receipt/<int:number>.pdf")
def receipt(report_id: UUID, number: int) -> Response:
    """受付証 on paper, for the sender."""
    printed = _load_printed(report_id, number)
    if not printed.view.is_own:
        raise NotVisible("no such report of this organization")
    with the_hub().reading() as session:
        entry = find_entry_of_report(session, current_actor(), report_id, printed.version.id)
    paper = the_hub().press.set_paper(receipt_sheet(printed, proven=entry is not None))
    _note("receipt", {"report": str(report_id), "version": number})
    return _file(paper, printed.label, printed.version.filed_at, f"{printed.view.reference}-{number}-receipt")


@blueprint.get("/reports/<uuid:report_id>/common-form/<name>.pdf")
def form(report_id: UUID, name: str) -> Response:
    """A common form with what its spreadsheet holds."""
    filled = fill_form(report_id, name)
    paper = the_hub().press.set_paper(form_sheet(filled))
    note_form(filled, "pdf")
    return _file(paper, filled.view.label, filled.view.latest.filed_at, f"{filled.view.reference}-{name}")


@blueprint.get("/feed/<ident>/objects/<stix_id>/paper.pdf")
def of_object(ident: str, stix_id: str) -> Response:
    """One object as its reader sees it."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = load_object(session, load_reader(session, actor), ident, stix_id)
        _refuse_red(Label.of_rank(found.row.label))
        lists, words = load_lists(session), load_words(session)
    value = read_value(found.row.body)
    said, item = headline(value), item_of(found.row, lists)
    sheet = object_sheet(
        said,
        item,
        lists,
        text=value["description"] if isinstance(value.get("description"), str) else "",
        lines=report_lines(said.report, words) if said.report else [],
        newest=found.row is found.versions[0],
    )
    paper = hub.press.set_paper(sheet)
    log_object(found, what=DOWNLOAD)
    _note("object", {"object": found.row.stix_id, "version": found.row.version})
    return _file(paper, item.label, item.at, sheet.reference or found.row.stix_id)


@blueprint.get("/digests/<uuid:digest_id>/digest.pdf")
def digest(digest_id: UUID) -> Response:
    """A digest with what of it the reader may see now."""
    hub, actor = the_hub(), current_actor()
    with hub.reading() as session:
        found = load_digest(session, actor, digest_id, sealer=hub.secrets.cursor)
        lists = load_lists(session)
    rows = sorted(found.rows, key=lambda row: row.type != "incident")
    label = strictest(found.rows) or Label.CLEAR
    paper = hub.press.set_paper(digest_sheet(found, [item_of(row, lists) for row in rows], label))
    log_rows(found.rows, INBOX_FEED, what="digest")
    _note("digest", {"digest": str(digest_id)})
    return _file(paper, label, found.made_at, "digest")


def _load_printed(report_id: UUID, number: int) -> Printed:
    """A version that the actor sees, and that may leave as a file.

    Raises:
        NotVisible: there is none.
    """
    actor = current_actor()
    with the_hub().reading() as session:
        view = load_report(session, actor, report_id)
        version = next((each for each in view.versions if each.number == number), None)
        if version is None:
            raise NotVisible("no such version")
        printed = Printed(
            view,
            version,
            load_organization_name(session, view.organization_id),
            load_words(session),
            find_call(session, actor, view.id),
            list_recalls(session, view),
        )
    _refuse_red(printed.label)
    return printed


def _refuse_red(label: Label) -> None:
    if label is Label.RED:
        raise NotVisible("nothing that leaves the hub as a file")


def _note(what: str, told: dict[str, Any]) -> None:
    hub = the_hub()
    with hub.writing() as session:
        note_export(session, current_actor(), what, {**told, "file": "pdf"}, context=hub.context())


def _file(paper: bytes, label: Label, at: Any, what: str) -> Response:
    answer = Response(paper, mimetype=MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{labelled_name(label, at, what, "pdf")}"'
    return answer
