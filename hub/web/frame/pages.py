"""Holds what happens around every page: who looks, in which language, and that no other site sent the form.

Only blueprints made here carry these hooks; doors for programs do not pay for them.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as AnyResponse

from hub.i18n import LANGUAGE_COOKIE, LANGUAGE_COOKIE_SECONDS
from hub.security.headers import comes_from_elsewhere, csrf
from hub.settings import LANGUAGES
from hub.web.frame.shell import current_hub, shell_of

HUB_ROOT = Path(__file__).parents[2]
MAX_FORM_BYTES = 2 * 1024 * 1024
"""The largest form without files; a page that takes files names its own limit."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignForm(Forbidden):
    """Another site sent this form."""


def page_blueprint(name: str, *, url_prefix: str | None = None, max_body_bytes: int = MAX_FORM_BYTES) -> Blueprint:
    """A blueprint whose pages know their viewer and language and refuse forged forms."""
    blueprint = Blueprint(name, __name__, url_prefix=url_prefix, root_path=str(HUB_ROOT))

    @blueprint.before_request
    def open_this() -> AnyResponse | None:
        return open_page(max_body_bytes)

    blueprint.after_request(close_page)
    blueprint.is_page_group = True  # type: ignore[attr-defined]
    return blueprint


def open_page(max_body_bytes: int = MAX_FORM_BYTES) -> AnyResponse | None:
    """Before a page: limit the body, find the viewer, refuse forged forms, change the language when asked."""
    request.max_content_length = min(max_body_bytes, current_hub().settings.max_body_bytes)
    g.viewer = shell_of().load_viewer()
    if request.method not in SAFE_METHODS:
        if comes_from_elsewhere():
            raise ForeignForm
        csrf.protect()
        return None
    return _change_language()


def _change_language() -> AnyResponse | None:
    """`?lang=en` keeps the choice and leads to the same page without it."""
    wanted = request.args.get("lang")
    if wanted is None or request.endpoint is None:
        return None
    arguments: dict[str, Any] = request.args.to_dict(flat=False)
    arguments.pop("lang")
    # Never by `url_for`: what stands in an address must not become an argument of that.
    answer = redirect(
        quote(request.path) + ("?" + urlencode(arguments, doseq=True, safe=":/") if arguments else ""), code=303
    )
    if wanted in LANGUAGES:
        if g.viewer is not None:
            shell_of().remember_language(wanted)
        answer.set_cookie(
            LANGUAGE_COOKIE,
            wanted,
            max_age=LANGUAGE_COOKIE_SECONDS,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return answer


def close_page(response: Response) -> Response:
    """After a page: nothing of it stays in a cache, on a shared machine or between."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def see_other(endpoint: str, **values: Any) -> AnyResponse:
    """The answer to a form that did its work: look there (303), so that reloading sends nothing twice."""
    return redirect(url_for(endpoint, **values), code=303)


def page_number() -> int:
    """Which page of a list is asked for; what is no such number asks for the first."""
    asked = request.values.get("page", "1")
    return max(int(asked), 1) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1
