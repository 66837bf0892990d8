"""Holds how the TAXII door answers: every answer in its media type, errors too."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from feeds.errors import FeedError, clip
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because
from feeds.taxii import resources
from feeds.taxii.media import TAXII
from hub.logs import REQUEST_ID
from hub.programs.credentials import CHALLENGES
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
_TITLES: Mapping[int, Code] = {
    400: Code.NOT_UNDERSTOOD,
    401: Code.KEY_NEEDED,
    403: Code.NOT_ALLOWED,
    404: Code.NOTHING_HERE,
    405: Code.OTHER_METHOD,
    406: Code.NOT_ACCEPTED,
    409: Code.CONTRADICTION,
    413: Code.BODY_TOO_LARGE,
    415: Code.OTHER_BODY_TYPE,
    422: Code.NO_ENVELOPE,
    429: Code.TOO_MANY_REQUESTS,
    500: Code.FAILED,
    503: Code.NOT_NOW,
}

_ABSENT: Final = "expected an address that /taxii2/ leads to; what you may not see is answered like what does not exist"
"""What every 404 says: the same, or it would tell what is hidden."""

WHY: Final = "hub.why"
"""Where a request keeps why it was refused, for the note of it."""


class Refused(Exception):
    """The door itself refuses: a status, what was expected, and what it found where the reason leaves that open."""

    def __init__(self, status: int, reason: Reason, found: str = "") -> None:
        self.status = status
        self.reason = reason
        super().__init__(f"{reason}, found {clip(found)}" if found else str(reason))


class Reply(NamedTuple):
    """An answer of this door, as the framework takes it from a route, and as it leaves without the framework."""

    body: bytes
    status: int
    headers: Mapping[str, str]


def answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer of this door, for whoever asked and for now: nothing on the way keeps it."""
    return Reply(body, status, {**(headers or {}), "Content-Type": TAXII, "Cache-Control": "no-store"})


def refusal(status: int, reason: Reason | None = None, description: str = "") -> Response:
    """An error of this door; without a reason of its own it says what its status says."""
    title = _TITLES.get(status) or _TITLES[400 if status < 500 else 500]
    why = reason or because(title)
    request.environ[WHY] = (why,)
    error_id = REQUEST_ID.get() if status >= 500 else None
    said = _ABSENT if status == 404 else description
    body = resources.error(status, title.value, why, description=said, error_id=error_id)
    response = Response(*answer(body, status))
    if status == 401:
        for challenge in CHALLENGES:
            response.headers.add("WWW-Authenticate", challenge)
    if status == 503:
        response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response


def answer_error(error: HTTPException) -> Response:
    """What happens outside the routes: unknown addresses, wrong methods, failures."""
    response = refusal(error.code or 500, description=_instead(error))
    for name, value in error.get_headers():
        if name in _KEPT:
            response.headers[name] = value
    return response


def _instead(error: HTTPException) -> str:
    """What an address that is there takes instead; of others the status alone says enough."""
    if not isinstance(error, MethodNotAllowed):
        return ""
    return f"expected one of {', '.join(sorted(error.valid_methods or ()))}, found {clip(request.method)}"


def answer_refused(error: Refused) -> Response:
    """What the door itself refuses."""
    return refusal(error.status, error.reason, str(error))


def answer_feed_error(error: FeedError) -> Response:
    """A query or a body that is not what it should be."""
    return refusal(400, error.reason, str(error))


def answer_sharing_error(error: SharingError) -> Response:
    """What an operation refuses; what may not be seen is answered like what does not exist."""
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)
    reason = because(Code.OTHER_NEXT) if isinstance(error, BadCursor) else None
    return refusal(status, reason, str(error))
