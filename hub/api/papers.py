"""A door: the papers of the pages for programs: PDFs of reports, receipts, objects and common forms, and XLSX."""

from collections.abc import Callable
from typing import Final

from flask import Response

from feeds.forms.workbook import MEDIA_TYPE as WORKBOOK
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from hub.api.feeds import LONGEST_ID, STIX_ID, find_row
from hub.api.problems import Problem
from hub.api.report_schemas import NUMBER, REFERENCE
from hub.paper.press import NoFont, PressBusy, TooLong
from hub.web.papers.making import (
    MEDIA_TYPE,
    Asker,
    Paper,
    paper_of_form,
    paper_of_object,
    paper_of_receipt,
    paper_of_version,
)
from hub.web.reporting.common_forms import workbook_of
from hub.web.words.names import load_organization_name
from sharing.errors import NotVisible
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.reading.question import Question

room = Room("papers", __name__, url_prefix="/api/v1", description="Reports, receipts and forms as PDF and XLSX")

_FORM: Final = {"name": "name", "description": "The name of a common form.", "example": "ddos"}
_STIX: Final = {"name": "stix_id", "description": "The STIX id.", "example": STIX_ID}
_BYTES: Final = {"type": "string", "format": "binary"}
_ABOUT: Final = (
    "In the language of Accept-Language. Logged before it leaves, as on the page; RED never leaves as a file. "
    "409 where this hub has no Japanese font, 413 where it would be too long."
)


def _pdf(make: Callable[[Asker], Paper]) -> Response:
    """A paper, or why there is none."""
    try:
        paper = make(_asker())
    except NoFont as error:
        raise Problem(409, reason=str(error)) from None
    except TooLong as error:
        raise Problem(413, reason=str(error)) from None
    except PressBusy:
        raise Problem(503) from None
    return _file(paper.body, MEDIA_TYPE, paper.name)


def _file(body: bytes, kind: str, name: str) -> Response:
    answer = Response(body, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asker() -> Asker:
    hub, actor = the_hub(), the_actor()
    with hub.reading(snapshot=False) as session:
        organization = load_organization_name(session, actor.organization.id)
    return Asker(hub, actor, actor.display_name, organization)


@operation(
    room,
    "/reports/<reference>/versions/<int:number>/paper",
    "情報連絡のPDF",
    refusals=(403, 404, 409, 413),
    path=(REFERENCE, NUMBER),
    about=_ABOUT,
)
@room.response(200, _BYTES, content_type=MEDIA_TYPE)
def read_paper_of_version(reference: str, number: int) -> Response:
    """A version of a report as filed, as PDF"""
    return _pdf(lambda asker: paper_of_version(asker, reference, number))


@operation(
    room,
    "/reports/<reference>/versions/<int:number>/receipt/paper",
    "受付証のPDF",
    refusals=(403, 404, 409, 413),
    path=(REFERENCE, NUMBER),
    about=_ABOUT,
)
@room.response(200, _BYTES, content_type=MEDIA_TYPE)
def read_paper_of_receipt(reference: str, number: int) -> Response:
    """The receipt (uketsukesho) of a version that your organization filed, as PDF"""
    return _pdf(lambda asker: paper_of_receipt(asker, reference, number))


@operation(
    room,
    "/reports/<reference>/common-forms/<name>/paper",
    "共通様式のPDF",
    refusals=(403, 404, 409, 413),
    path=(REFERENCE, _FORM),
    about=_ABOUT,
)
@room.response(200, _BYTES, content_type=MEDIA_TYPE)
def read_paper_of_form(reference: str, name: str) -> Response:
    """A common form filled from a report of your organization, as PDF"""
    return _pdf(lambda asker: paper_of_form(asker, reference, name))


@operation(
    room,
    "/reports/<reference>/common-forms/<name>/workbook",
    "共通様式のXLSX",
    refusals=(403, 404),
    path=(REFERENCE, _FORM),
)
@room.response(200, _BYTES, content_type=WORKBOOK)
def read_workbook_of_form(reference: str, name: str) -> Response:
    """A common form filled from a report of your organization, as XLSX"""
    body, called = workbook_of(the_hub(), the_actor(), reference, name)
    return _file(body, WORKBOOK, called)


@operation(
    room, "/objects/<stix_id>/paper", "オブジェクトのPDF", refusals=(403, 404, 409, 413), path=_STIX, about=_ABOUT
)
@room.response(200, _BYTES, content_type=MEDIA_TYPE)
def read_paper_of_object(stix_id: str) -> Response:
    """An object in its last version as you may read it, such as an edition of a report, as PDF"""
    hub, actor = the_hub(), the_actor()
    actor.must(Permission.FEED_READ)
    if len(stix_id) > LONGEST_ID:
        raise NotVisible("no such object")
    with hub.reading() as session:
        feed, row = find_row(session, load_reader(session, actor), Question(ids=(stix_id,)))
    return _pdf(lambda asker: paper_of_object(asker, feed, row, newest=True))
