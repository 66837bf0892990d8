"""Holds how this door describes itself: the head of the OpenAPI document, its security schemes and its problems."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from flask_smorest import Api, Blueprint

from hub.api import fields
from hub.api.asking import StrictParser
from hub.api.problems import MEDIA_TYPE, NAMES, describe
from sharing.errors import Fault

OPENAPI_VERSION: Final = "3.0.3"
API_VERSION: Final = "1.0.0"
"""The version of the addresses and their answers, not of the program."""

_ABOUT: Final = """\
Sharing between the sectors of Japan's critical infrastructure: reports of IT failures, the feeds in which they are
published, who may read them, and the trends across sectors.

Who asks shows an API key, as `Authorization: Bearer <key>` or as the password of Basic beside the user name of its
holder. A key does no more than its holder's roles allow and its own scopes name. Session cookies and account passwords
are not taken.

What you may not see does not exist: it answers 404 with the same body as what never was. At TLP:AMBER and above it is
logged who read what before the first byte of the answer leaves.

Errors are `application/problem+json` (RFC 9457) in Japanese or English by `Accept-Language`. `type` and
`faults[].code` are stable; words are not. Times are UTC; a time with six digits in a feed is a position, which rises
strictly and never comes twice.
"""

SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"basic": []}]
_SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "basic": {"type": "http", "scheme": "basic", "description": "The holder's user name with an API key as password."},
}
_EXAMPLES: Final = {422: Fault("event_type", "unknown-code", "one of E00, E10, E20, E30, E41, E42, E43, E49", "E99")}

FaultSchema = fields.schema(
    "Fault",
    {
        "field": fields.text("Where: a member of the body, with dots inside, or a parameter.", required=True),
        "code": fields.text("What is wrong; stable.", required=True),
        "expected": fields.text("What would have been taken.", required=True),
        "found": fields.text("What came, where it may be repeated.", required=True),
    },
)
ProblemSchema = fields.schema(
    "Problem",
    {
        "type": fields.one_of(
            "What went wrong; stable.", sorted({f"urn:ceptoar-hub:problem:{n}" for n in NAMES.values()}), required=True
        ),
        "title": fields.text("The same in words.", required=True),
        "status": fields.number("The status of the answer.", required=True),
        "detail": fields.text("What to do.", required=True),
        "faults": fields.parts(FaultSchema, required=True),
        "instance": fields.text("The number under which the log holds the cause (5xx)."),
    },
)

Function = TypeVar("Function", bound=Callable[..., Any])


class Described(Api):
    """The description alone: errors are answered by `hub.api.problems`, and no page with scripts is offered."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Nothing: flask-smorest would answer for the whole application."""

    def _register_pagination_header(self) -> None:
        """Nothing: pages of this door carry `next` in their body."""

    def _register_responses(self) -> None:
        for status, name in NAMES.items():
            shown = [_EXAMPLES[status]] if status in _EXAMPLES else []
            example = describe(status, "en", faults=shown)
            response = {
                "description": example["title"],
                "content": {MEDIA_TYPE: {"schema": ProblemSchema, "example": example}},
            }
            if status == 401:
                response["headers"] = {"WWW-Authenticate": _header("Which schemes are taken.")}
            if status == 503:
                response["headers"] = {"Retry-After": _header("Seconds to wait.")}
            self.spec.components.response(_name(name), response, lazy=True)


class Room(Blueprint):
    """A blueprint whose requests are read strictly."""

    ARGUMENTS_PARSER = StrictParser()

    # Typed, so that the functions below them stay typed.

    def arguments(self, *given: Any, **named: Any) -> Callable[[Function], Function]:
        """Which parameters or body a function takes."""
        decorate: Callable[[Function], Function] = super().arguments(*given, **named)
        return decorate

    def response(self, *given: Any, **named: Any) -> Callable[[Function], Function]:
        """What it answers."""
        decorate: Callable[[Function], Function] = super().response(*given, **named)
        return decorate

    def alt_response(self, *given: Any, **named: Any) -> Callable[[Function], Function]:
        """What else it answers."""
        decorate: Callable[[Function], Function] = super().alt_response(*given, **named)
        return decorate


def operation(
    room: Room,
    rule: str,
    name_ja: str,
    *,
    method: str = "GET",
    refusals: tuple[int, ...] = (),
    path: dict[str, Any] | Sequence[dict[str, Any]] = (),
    header: dict[str, Any] | None = None,
    about: str = "",
    content: dict[str, Any] | None = None,
) -> Callable[[Function], Function]:
    """A route with what every operation of this door has: a key, a Japanese summary and its problems."""
    described: dict[str, Any] = {"description": about} if about else {}
    if content:
        described["requestBody"] = {"required": True, "content": content}
    if header:
        described["parameters"] = [header]

    def add(function: Function) -> Function:
        wrapped: Any = function
        for status in sorted({400, 401, 406, 503, *refusals}):
            wrapped = room.alt_response(status, _name(NAMES[status]))(wrapped)
        wrapped = room.doc(**{"x-summary-ja": name_ja, "operationId": function.__name__}, **described)(wrapped)
        named = [{"in": "path", **each} for each in ([path] if isinstance(path, dict) else path)] or None
        room.route(rule, methods=[method], parameters=named, provide_automatic_options=False)(wrapped)
        return function

    return add


def options() -> dict[str, Any]:
    """The head of the document."""
    return {
        "title": "ceptoar-hub",
        "version": API_VERSION,
        "openapi_version": OPENAPI_VERSION,
        "info": {"description": _ABOUT, "x-title-ja": "重要インフラ分野間 情報共有ハブ"},
        "servers": [{"url": "/"}],
        "security": SECURITY,
    }


def add_schemes(api: Api) -> None:
    """How callers say who they are."""
    for name, scheme in _SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)


def _header(about: str) -> dict[str, Any]:
    return {"description": about, "schema": {"type": "string"}}


def _name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))
