"""Holds the one shape in which this door says what is wrong (RFC 9457), in the caller's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson
from flask import Response, request
from flask_babel import LazyString, force_locale, lazy_pgettext
from werkzeug.exceptions import HTTPException

from hub.errors import RETRY_SECONDS, SHARING_STATUSES, log_failure
from hub.logs import REQUEST_ID, get_logger
from hub.programs.credentials import CHALLENGES
from hub.settings import LANGUAGES
from hub.web.frame.shell import current_hub
from sharing.errors import BadCursor, Conflict, Fault, Invalid, NotPermitted, SharingError
from sharing.lists.shown import ReadersChanged
from sharing.reports.seen import ChangedMeanwhile

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:ceptoar-hub:problem:"
NAMES: Final[Mapping[int, str]] = {
    400: "unreadable",
    401: "unauthorized",
    403: "not-permitted",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    500: "failure",
    503: "busy",
}
"""The last part of `type`, by status: what programs may compare."""

Words: TypeAlias = tuple[LazyString, LazyString]
WORDS: Final[Mapping[int, Words]] = {
    400: (
        lazy_pgettext("api", "The request could not be read"),
        lazy_pgettext("api", "A parameter, or the form of the body, is not what this address takes."),
    ),
    401: (
        lazy_pgettext("api", "An API key is needed"),
        lazy_pgettext("api", "Show a valid key as Bearer, or as the password of its holder's user name."),
    ),
    403: (
        lazy_pgettext("api", "This key does not allow it"),
        lazy_pgettext("api", "The roles of its holder or the scopes of the key do not include this."),
    ),
    404: (
        lazy_pgettext("api", "There is nothing here"),
        lazy_pgettext("api", "The address is wrong, the content was withdrawn, or it is not shared with you."),
    ),
    405: (
        lazy_pgettext("api", "This address does not take that method"),
        lazy_pgettext("api", "The header Allow names the methods that it takes."),
    ),
    406: (
        lazy_pgettext("api", "No such form of the answer"),
        lazy_pgettext("api", "The header Accept must take a media type that the description of this address names."),
    ),
    409: (
        lazy_pgettext("api", "This was changed or done meanwhile"),
        lazy_pgettext("api", "Look at the present state before you decide. Nothing was stored."),
    ),
    413: (
        lazy_pgettext("api", "The body is too large"),
        lazy_pgettext("api", "It is larger than this door accepts. Nothing was stored."),
    ),
    415: (
        lazy_pgettext("api", "The body is of a type that is not taken here"),
        lazy_pgettext("api", "Send application/json without Content-Encoding."),
    ),
    422: (
        lazy_pgettext("api", "What was sent cannot be taken"),
        lazy_pgettext("api", "Each fault names its field. Nothing was stored."),
    ),
    429: (lazy_pgettext("api", "Too many requests"), lazy_pgettext("api", "Wait a minute, then try again.")),
    503: (
        lazy_pgettext("api", "The hub is busy"),
        lazy_pgettext("api", "Nothing was stored. Try again after the seconds that Retry-After says."),
    ),
}
"""Title and detail of each status."""
_FAILURE: Final[Words] = (
    lazy_pgettext("api", "Something failed inside the hub"),
    lazy_pgettext("api", "Nothing was half-stored. Tell the administrator the number in `instance`."),
)

FOUND_LIMIT: Final = 200
"""Characters of a fault's words that an answer repeats."""
MOST_FAULTS: Final = 100
"""Faults named in one answer."""
_KEPT: Final = frozenset({"Allow", "Retry-After"})


@dataclass
class Problem(Exception):
    """The door itself refuses: a status, what is wrong where, and what the answer carries besides."""

    status: int
    faults: tuple[Fault, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        super().__init__(self.status)


def requested_language() -> str:
    """`ja` or `en`, by Accept-Language; the hub's own where neither is asked for. Cookies say nothing here."""
    default = current_hub().settings.locale
    return request.accept_languages.best_match(LANGUAGES, default) or default


def problem(
    status: int, *, faults: Sequence[Fault] = (), reason: str = "", headers: Sequence[tuple[str, str]] = ()
) -> Response:
    """An answer that says what is wrong; the same for what is hidden and what is absent."""
    language = requested_language()
    body = describe(status, language, faults=faults, reason=reason)
    if status >= 500:
        body["instance"] = f"urn:incident:{REQUEST_ID.get()}"
    response = Response(orjson.dumps(body), status, content_type=MEDIA_TYPE)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        for challenge in CHALLENGES:
            response.headers.add("WWW-Authenticate", challenge)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    for name, value in headers:
        response.headers[name] = value
    return response


def describe(status: int, language: str, *, faults: Sequence[Fault] = (), reason: str = "") -> dict[str, Any]:
    """The document of a problem."""
    with force_locale(language):
        title, detail = _words(status)
    if reason:
        detail = f"{detail} ({reason[:FOUND_LIMIT]})"
    return {
        "type": TYPE_PREFIX + NAMES.get(status, NAMES[400 if status < 500 else 500]),
        "title": title,
        "status": status,
        "detail": detail,
        "faults": [_fault(each) for each in faults[:MOST_FAULTS]],
    }


def answer_problem(raised: Problem) -> Response:
    """What the door itself refuses."""
    return problem(raised.status, faults=raised.faults, reason=raised.reason)


def answer_refusal(raised: SharingError) -> Response:
    """What an operation refuses. Only to who sees a thing is said why it cannot be done."""
    if isinstance(raised, Invalid):
        return problem(422, faults=raised.faults)
    if isinstance(raised, BadCursor):
        expected = "a next that was given to you for this list and these filters"
        return problem(400, faults=(Fault("next", "other-next", expected),))
    if isinstance(raised, ChangedMeanwhile):
        fault = Fault("seen", "changed-meanwhile", raised.expected, raised.found)
        return problem(409, faults=(fault,), reason=str(raised))
    if isinstance(raised, ReadersChanged):
        changed = ", ".join(raised.lists) or "the sharing policy"
        fault = Fault("readers_seen", "readers-changed", "who would read it, as POST /preview showed it", changed)
        return problem(409, faults=(fault,), reason=str(raised))
    status = next((status for kind, status in SHARING_STATUSES.items() if isinstance(raised, kind)), 400)
    told = isinstance(raised, Conflict | NotPermitted)
    return problem(status, reason=str(raised) if told else "")


def answer_busy(raised: Exception) -> Response:
    """A database that does not answer is a defined state."""
    get_logger().warning("database_busy", exc_info=raised)
    return problem(503)


def answer_failure(raised: Exception) -> Response:
    """A failure of ours: its cause is in the log under the incident number, and nowhere else."""
    log_failure(raised)
    return problem(500)


def answer_error(error: HTTPException) -> Response:
    """What happens before or beside the routes: unknown addresses, wrong methods, bodies too large."""
    status = error.code or 500
    if status < 400:
        status = 404  # a redirect would be a page of HTML, and programs do not follow it with a body
    kept = [(name, value) for name, value in error.get_headers() if name in _KEPT]
    return problem(status, headers=kept)


def _fault(fault: Fault) -> dict[str, str]:
    return {
        "field": fault.field[:FOUND_LIMIT],
        "code": fault.code.replace("_", "-"),
        "expected": fault.expected[:FOUND_LIMIT],
        "found": fault.found[:FOUND_LIMIT],
    }


def _words(status: int) -> tuple[str, str]:
    title, detail = WORDS.get(status) or (WORDS[400] if status < 500 else _FAILURE)
    return str(title), str(detail)
