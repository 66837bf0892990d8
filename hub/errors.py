"""Holds the answers to whatever goes wrong: pages that say what to do, short ones for programs."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import orjson
from flask import Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from msgspec import Struct
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, ServiceUnavailable, default_exceptions

from hub.i18n import Words
from hub.logs import REQUEST_ID, get_logger
from hub.security.form_texts import NotUtf8
from hub.security.headers import MACHINE_PREFIXES, is_machine_path
from hub.web.frame.kept import render_kept_form, typed_in_vain
from hub.web.frame.pages import ForeignForm
from hub.web.frame.shell import Viewer, current_viewer, shell_of
from sharing.errors import (
    BadCursor,
    Busy,
    ClockLeap,
    Conflict,
    Invalid,
    NotPermitted,
    NotVisible,
    SharingError,
)

RETRY_SECONDS = 5
"""When to come back to a busy database: longer than any lock of ours, shorter than patience."""

SHARING_STATUSES: Mapping[type[SharingError], int] = {
    NotVisible: 404,
    NotPermitted: 403,
    Conflict: 409,
    BadCursor: 400,
    Invalid: 400,
    Busy: 503,
    ClockLeap: 503,
}
"""What an operation's refusal answers where a door does not answer it better itself."""

MachineRenderer = Callable[[HTTPException], ResponseReturnValue]


class Explanation(Struct, frozen=True):
    """What an error page says."""

    title: Words
    what: Words
    todo: Words


EXPLANATIONS: Mapping[int, Explanation] = {
    400: Explanation(
        _l("The request could not be understood"),
        _l("Something in the request was incomplete or not in the form that this page expects."),
        _l("Go back, check what you entered and send it again."),
    ),
    403: Explanation(
        _l("This is not open to your current role"),
        _l("Your current role does not include this action."),
        _l("Change your role at the top of the page, or ask your organization's manager."),
    ),
    404: Explanation(
        _l("There is nothing to see here"),
        _l("The address is wrong, the content was withdrawn, or it is not shared with you."),
        _l("Check the address or the reference number, or start again from the home page."),
    ),
    405: Explanation(
        _l("This address does not take that kind of request"),
        _l("The page was called in a way it is not made for, for example by reloading the result of a form."),
        _l("Open the page again from the navigation."),
    ),
    409: Explanation(
        _l("This was changed or done meanwhile"),
        _l("Somebody else changed it, or it had already been done. Nothing was stored this time."),
        _l("Open the page again and look at the present state before you decide."),
    ),
    413: Explanation(
        _l("What you sent is too large"),
        _l("The request is larger than this page accepts. Nothing was stored."),
        _l("Shorten the text or send smaller files."),
    ),
    429: Explanation(
        _l("Too many requests"),
        _l("More requests came in a short time than the hub accepts from one place."),
        _l("Wait a minute, then try again."),
    ),
    500: Explanation(
        _l("Something failed inside the hub"),
        _l("The request was stopped and nothing was half-stored. The cause is in the log under the incident number."),
        _l("Try again. If it happens again, tell the administrator the incident number."),
    ),
    503: Explanation(
        _l("The hub is busy or being maintained"),
        _l("The database did not answer in time. Nothing was stored."),
        _l("Wait a few seconds, then send it again."),
    ),
}


def install_errors(app: Flask) -> None:
    """Give an application its error answers.

    Only the base class is registered here: a door's blueprint can then register its own handler for
    `HTTPException`, which Flask prefers.
    """
    app.extensions.setdefault("machine_errors", {})
    app.register_error_handler(HTTPException, answer_error)
    for busy in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(busy, answer_busy)
    for refusal, status in SHARING_STATUSES.items():
        answer_with(app, refusal, status)


def answer_with(app: Flask, error: type[Exception], status: int) -> None:
    """Let an operation's exception answer with a status, on pages and for programs alike."""

    def answer(raised: Exception) -> ResponseReturnValue:
        refusal = default_exceptions[status]()
        refusal.__cause__ = raised
        return answer_error(refusal)

    app.register_error_handler(error, answer)


def register_machine_errors(app: Flask, prefix: str, renderer: MachineRenderer) -> None:
    """Let a door answer also for what happens under its prefix before any of its routes is reached."""
    if prefix not in MACHINE_PREFIXES:
        raise ValueError(f"expected one of {', '.join(MACHINE_PREFIXES)}, found {prefix}")
    app.extensions.setdefault("machine_errors", {})[prefix] = renderer


def answer_error(error: HTTPException) -> ResponseReturnValue:
    """Answer an error in the way of the door at which it happened."""
    if error.code is None:
        return error.get_response()
    if is_machine_path(request.path):
        return _machine_answer(error)
    if isinstance(error, CSRFError):
        return _stale_form()
    return render_error(error.code, error=error)


def answer_busy(error: Exception) -> ResponseReturnValue:
    """A database that does not answer is a defined state, not a failure of the program."""
    get_logger().warning("database_busy", exc_info=error)
    return answer_error(ServiceUnavailable(retry_after=RETRY_SECONDS))


def render_error(status: int, *, error: HTTPException | None = None) -> ResponseReturnValue:
    """The page of a status, in the reader's language."""
    if "viewer" not in g:
        g.viewer = _viewer_of_error(status)
    explanation = EXPLANATIONS.get(status) or EXPLANATIONS[400 if status < 500 else 500]
    if isinstance(error, ForeignForm):
        explanation = _foreign_form()
    elif isinstance(error, NotUtf8):
        explanation = _unreadable_form()
    if status == HTTPStatus.SERVICE_UNAVAILABLE and typed_in_vain():
        response = make_response(render_kept_form(explanation.title, explanation.what, status=status))
    else:
        response = make_response(_error_page(status, explanation), status)
    response.headers["Cache-Control"] = "no-store"
    for name, value in _kept_headers(error):
        response.headers[name] = value
    return response


def _viewer_of_error(status: int) -> Viewer | None:
    """Where no page was reached (404, 405) the frame still shows who is signed in; after a failure it asks nothing."""
    return shell_of().load_viewer() if status < 500 else None


def _error_page(status: int, explanation: Explanation) -> str:
    """The page in its frame; where the frame itself fails, the words alone."""
    incident = REQUEST_ID.get() if status >= 500 else None
    try:
        shown = typed_in_vain()
        return render_template(
            "errors/error.html", status=status, explanation=explanation, incident=incident, shown=shown
        )
    except Exception as error:  # the answer to a failure must not fail
        log_failure(error)
        words = (explanation.title, explanation.what, explanation.todo, incident or "")
        return "<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}</p><p>{2}</p><p>{3}</p>".format(
            *(escape(str(word)) for word in words)
        )


def _kept_headers(error: HTTPException | None) -> list[tuple[str, str]]:
    """`Allow` and `Retry-After` belong to the meaning of the status."""
    if error is None:
        return []
    return [(name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}]


def _foreign_form() -> Explanation:
    return Explanation(
        _l("This form came from another site"),
        _l("Your browser says that another site sent it, so nothing was done."),
        _l("If you meant to do this, open the page here and enter it again."),
    )


def _unreadable_form() -> Explanation:
    return Explanation(
        _l("The text could not be read"),
        _l("It came in another character encoding than UTF-8, so nothing was stored."),
        _l("Send the form from its own page; a program sends UTF-8."),
    )


def _stale_form() -> ResponseReturnValue:
    """Where nobody is signed in any more the way to sign in comes first; the pages of signing in need none."""
    endpoint = shell_of().sign_in_endpoint
    away = current_viewer() is None and request.blueprint != endpoint.partition(".")[0]
    return render_kept_form(
        _l("The form was not sent yet"),
        _l("It had been open too long, or you signed in again meanwhile. What you typed is kept below."),
        status=400,
        sign_in_url=url_for(endpoint) if away and endpoint in current_app.view_functions else None,
    )


def _machine_answer(error: HTTPException) -> ResponseReturnValue:
    renderers: Mapping[str, MachineRenderer] = current_app.extensions["machine_errors"]
    for prefix, renderer in renderers.items():
        if f"{request.path}/".startswith(prefix):
            return renderer(error)
    return plain_machine_error(error)


def plain_machine_error(error: HTTPException) -> Response:
    """RFC 9457 without anything that the caller did not know."""
    status = error.code or 500
    problem: dict[str, str | int] = {"title": error.name, "status": status}
    if status >= 500:
        problem["instance"] = f"urn:incident:{REQUEST_ID.get()}"
    response = Response(orjson.dumps(problem), status, mimetype="application/problem+json")
    for name, value in _kept_headers(error):
        response.headers[name] = value
    return response


def log_failure(error: BaseException | None) -> None:
    """Write a failure under its incident number; the page shows only the number."""
    rule = request.url_rule.rule if request and request.url_rule else None
    get_logger().error("failure", route=rule, method=request.method, exc_info=error)
