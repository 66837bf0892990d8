"""A door for whoever reads: the same as the pages, as PDF: reports, objects of a feed, digests, receipts, forms."""

from uuid import UUID

from flask import Flask, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from hub.errors import RETRY_SECONDS, Explanation
from hub.i18n import current_language
from hub.logs import get_logger
from hub.paper.press import NoFont, PaperError, PressBusy, TooLong
from hub.web.frame.guard import current_actor, current_signed_in, protect, the_hub
from hub.web.frame.pages import page_blueprint
from hub.web.papers.making import (
    MEDIA_TYPE,
    Asker,
    Paper,
    paper_of_digest,
    paper_of_form,
    paper_of_object,
    paper_of_receipt,
    paper_of_version,
)
from hub.web.reading.feed import load_object
from sharing.readers import load_reader

blueprint = page_blueprint("paper")
protect(blueprint)

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


def install(app: Flask) -> None:
    """Tell templates whether there is a press."""
    app.jinja_env.globals["can_print"] = lambda: the_hub().press.font is not None


@blueprint.errorhandler(PaperError)
def refuse(error: PaperError) -> ResponseReturnValue:
    """Why there is no PDF, in words."""
    if type(error) not in WRONG:
        raise error
    get_logger().warning("no_paper", why=str(error))
    status, explanation = WRONG[type(error)]
    page = render_template("errors/error.html", status=status, explanation=explanation, incident=None, shown=())
    return page, status, {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}


@blueprint.get("/reports/<uuid:report_id>/versions/<int:number>.pdf")
def report(report_id: UUID, number: int) -> Response:
    """A version of a report as filed, for its sender and for those who read the original."""
    return _file(paper_of_version(_asker(), report_id, number))


@blueprint.get("/reports/<uuid:report_id>/receipt/<int:number>.pdf")
def receipt(report_id: UUID, number: int) -> Response:
    """受付証 on paper, for the sender."""
    return _file(paper_of_receipt(_asker(), report_id, number))


@blueprint.get("/reports/<uuid:report_id>/common-form/<name>.pdf")
def form(report_id: UUID, name: str) -> Response:
    """A common form with what its spreadsheet holds."""
    return _file(paper_of_form(_asker(), report_id, name))


@blueprint.get("/feed/<ident>/objects/<stix_id>/paper.pdf")
def of_object(ident: str, stix_id: str) -> Response:
    """One object as its reader sees it."""
    with the_hub().reading() as session:
        found = load_object(session, load_reader(session, current_actor()), ident, stix_id)
    newest = found.row is found.versions[0]
    return _file(paper_of_object(_asker(), found.opened.feed, found.row, newest=newest))


@blueprint.get("/digests/<uuid:digest_id>/digest.pdf")
def digest(digest_id: UUID) -> Response:
    """A digest with what of it the reader may see now."""
    return _file(paper_of_digest(_asker(), digest_id))


def _asker() -> Asker:
    hat = current_signed_in().hat
    person = current_signed_in().person.display_name
    return Asker(the_hub(), current_actor(), person, hat.name(current_language()) if hat else "")


def _file(paper: Paper) -> Response:
    answer = Response(paper.body, mimetype=MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{paper.name}"'
    return answer
