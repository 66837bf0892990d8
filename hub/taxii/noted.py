"""A door: what is noted of a request: what was asked, given and refused, in bounded texts and never a body."""

from collections.abc import Sequence
from typing import Final

import orjson
from flask import Response, request

from feeds.intake.posts import Answer
from feeds.reasons.codes import Code
from feeds.reasons.reason import because, join, write
from hub.taxii.answers import WHY
from hub.wiring import Hub
from models.moments import microseconds_of
from sharing.people.key_requests import LONGEST, RequestLine

GIVEN: Final = "hub.given"
"""Where a route leaves how much it gave, and whether there is more."""

_LAST: Final = "X-TAXII-Date-Added-Last"


def note_of(hub: Hub, response: Response) -> RequestLine:
    """The note of the request that is being answered."""
    given, more = request.environ.get(GIVEN, (0, False))
    return RequestLine(
        microseconds_of(hub.clock()),
        request.method,
        _text(request.path),
        _text(request.environ.get("QUERY_STRING", "")),
        _text(request.environ.get("HTTP_USER_AGENT", "")),
        response.status_code,
        given,
        more,
        response.headers.get(_LAST, ""),
        _problem(response) if response.status_code >= 400 else join(request.environ.get(WHY, ())),
        write(request.environ.get(WHY, ())) or "",
    )


def note_refusals(answers: Sequence[Answer]) -> None:
    """Note that a post was taken in part or not at all, which its status code does not tell; never which objects."""
    refused = sum(not each.accepted for each in answers)
    if refused:
        request.environ[WHY] = (because(Code.SOME_REFUSED, refused=refused, count=len(answers)),)


def _text(sent: str) -> str:
    return sent[:LONGEST].encode("utf-8", "replace").decode("utf-8", "replace")


def _problem(response: Response) -> str:
    """What the answer itself said of the refusal."""
    said = orjson.loads(response.get_data() or b"{}")
    return _text(str(said.get("description") or said.get("title") or ""))
