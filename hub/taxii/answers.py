"""Holds how the TAXII door answers: every answer in its media type, errors too."""

from collections.abc import Mapping

from flask import Response
from werkzeug.exceptions import HTTPException

from feeds.errors import FeedError
from feeds.taxii import resources
from feeds.taxii.media import TAXII
from hub.logs import REQUEST_ID
from hub.machine import CHALLENGES
from sharing.errors import BadCursor, Busy, ClockLeap, Conflict, NotPermitted, NotVisible, SharingError

BUSY_SECONDS = 5
"""When to come back to a hub that cannot write now."""

_KEPT = frozenset({"Allow", "Retry-After", "Location"})
_STATUS: Mapping[type[SharingError], int] = {
    NotVisible: 404,
    NotPermitted: 403,
    BadCursor: 400,
    Conflict: 409,
    Busy: 503,
    ClockLeap: 503,
}
_TITLES: Mapping[int, str] = {
    400: "The request could not be understood",
    401: "An API key is needed",
    403: "This key does not allow it",
    404: "There is nothing here",
    405: "This address does not take that method",
    406: "Only application/taxii+json;version=2.1 is served here",
    409: "This contradicts an earlier request",
    413: "The body is too large",
    415: "The body is of a type that is not taken here",
    422: "The body is not an envelope of STIX objects",
    429: "Too many requests",
    500: "Something failed inside the hub",
    503: "The hub cannot do this now; try again",
}


class Refused(Exception):
    """The door itself refuses: a status, and what was expected."""

    def __init__(self, status: int, description: str = "", *, close: bool = False) -> None:
        self.status = status
        self.description = description
        self.close = close
        super().__init__(description)


def answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of this door."""
    return Response(body, status, headers, content_type=TAXII)


def refusal(status: int, description: str = "") -> Response:
    """An error of this door."""
    title = _TITLES.get(status) or _TITLES[400 if status < 500 else 500]
    body = resources.error(status, title, description=description, error_id=REQUEST_ID.get() if status >= 500 else None)
    response = answer(body, status)
    if status == 401:
        for challenge in CHALLENGES:
            response.headers.add("WWW-Authenticate", challenge)
    if status == 503:
        response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response


def answer_error(error: HTTPException) -> Response:
    """What happens outside the routes: unknown addresses, wrong methods, failures."""
    response = refusal(error.code or 500)
    for name, value in error.get_headers():
        if name in _KEPT:
            response.headers[name] = value
    return response


def answer_refused(error: Refused) -> Response:
    """What the door itself refuses."""
    response = refusal(error.status, error.description)
    if error.close:
        response.headers["Connection"] = "close"
    return response


def answer_feed_error(error: FeedError) -> Response:
    """A query or a body that is not what it should be."""
    return refusal(400, str(error))


def answer_sharing_error(error: SharingError) -> Response:
    """What an operation refuses; what may not be seen is answered like what does not exist."""
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
    return refusal(status, "" if status == 404 else str(error))
