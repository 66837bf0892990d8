"""The application factory: joins settings, safety, languages, errors, pages and doors into one Flask application."""

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, partial
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Request, Response, current_app, request, url_for
from jinja2 import StrictUndefined
from werkzeug.routing import Rule
from werkzeug.wsgi import get_content_length

from hub.errors import install_errors, log_failure
from hub.i18n import install_languages
from hub.logs import REQUEST_ID, log_request, new_request_id
from hub.process.heaps import note_size
from hub.security.beat import WATCH, Beat, Watch, hold_if_nothing
from hub.security.form_texts import StrictFormParser
from hub.security.headers import add_headers, install_security
from hub.security.slow_bodies import BodyGate
from hub.security.slow_takers import LEAST_BYTES, Takers
from hub.web import MACHINE_DOORS, PAGE_GROUPS
from hub.web.frame.navigation import add_items, navigation
from hub.web.frame.shell import HubLike, Shell, current_viewer
from hub.web.health import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATIC_SECONDS = 365 * 24 * 3600
"""A file asked for by the hash of its content never changes."""
QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics", "/static/<path:filename>"})
"""Asked for every few seconds or by every page; they would drown the access log."""


class HubRequest(Request):
    """A request whose texts are UTF-8, and whose files a page may take elsewhere than into temporary files."""

    form_data_parser_class = StrictFormParser

    def _get_file_stream(self, *given: Any, **named: Any) -> Any:
        places = current_app.extensions["file_streams"]
        return places[self.endpoint]() if self.endpoint in places else super()._get_file_stream(*given, **named)


class LateRule(Rule):
    """A rule that learns how to write addresses with the first that it writes.

    Werkzeug compiles two functions for each rule for that, which for all our pages takes a tenth of a start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return compiled()(rule, **values)

        return build


class HubApplication(Flask):
    """A Flask application that names, times, counts and logs each request, outside of Flask's lists of hooks."""

    request_class = HubRequest
    url_rule_class = LateRule

    jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "undefined": StrictUndefined}  # noqa: RUF012

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Name the request; the jobs give way to it."""
        traffic = self.extensions["traffic"]
        traffic.note()
        token = REQUEST_ID.set(new_request_id())
        try:
            return self._answer_straight(environ, start_response) or super().wsgi_app(environ, start_response)
        finally:
            REQUEST_ID.reset(token)
            traffic.note()

    def _answer_straight(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes] | None:
        """Send what a door answers by the environment alone; None where all leave it to Flask."""
        for door in self.extensions["straight"]:
            answered = door(environ)
            if answered is not None:
                route, (body, status, headers) = answered
                fixed = self.extensions["answer_headers"][True]
                self._count(environ, route, status, get_content_length(environ), len(body))
                start_response(
                    f"{status} {HTTPStatus(status).phrase}",
                    [*headers.items(), *fixed, ("Content-Length", str(len(body)))],
                )
                return [body]
        return None

    def process_response(self, response: Response) -> Response:
        """Put on the headers of safety, then count and log."""
        response = super().process_response(response)
        add_headers(self, response)
        route = request.url_rule.rule if request.url_rule is not None else "(none)"
        taken, given = request.content_length, response.content_length
        self._count(request.environ, route, response.status_code, taken, given or 0)
        return response

    def _count(self, environ: "WSGIEnvironment", route: str, status: int, taken: int | None, given: int) -> None:
        """Count and log an answer about to leave; what large ones leave in memory is given back soon."""
        watch = environ.get(WATCH) or Watch()
        hold_if_nothing(watch, status)
        seconds, method = watch.seconds, environ["REQUEST_METHOD"]
        self.extensions["metrics"].observe(method, route, status, seconds)
        if self.config["ACCESS_LOG"] and route not in QUIET_ROUTES:
            log_request(method, route, status, seconds)
        note_size(taken, given)
        if given >= LEAST_BYTES:
            self.extensions["takers"].note(environ)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Every view of ours is a plain function; Flask would look at each anew on every request."""
        return func

    def log_exception(self, exc_info: Any) -> None:
        """Our own log of failures: no address, no message, no values."""
        log_failure(exc_info[1])

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Forever for what is asked for by its hash, not at all for the rest."""
        return STATIC_SECONDS if request.args.get("v") else 0


def create_app(
    hub: HubLike,
    *,
    page_groups: Iterable[str | ModuleType] = PAGE_GROUPS,
    machine_doors: Iterable[str | ModuleType] = MACHINE_DOORS,
) -> Flask:
    """Build the application around a wiring; tests may name other pages."""
    settings = hub.settings
    app = HubApplication("hub", root_path=str(Path(__file__).parent), static_folder="static")
    app.config["ACCESS_LOG"] = settings.access_log
    app.extensions |= {
        "hub": hub,
        "shell": Shell(),
        "metrics": Metrics(),
        "traffic": hub.traffic,
        "file_streams": {},
        "straight": [],
    }
    app.extensions["takers"] = Takers(settings.silent_seconds)
    app.wsgi_app = BodyGate(app.wsgi_app, silence=settings.silent_seconds)  # type: ignore[method-assign]
    install_security(app, settings, hub.session_key)
    install_languages(app, zone=settings.zone, default=settings.locale)
    install_errors(app)
    _install_static_names(app)
    app.jinja_env.globals.update(
        navigation=navigation,
        viewer=current_viewer,
        shell=app.extensions["shell"],
        demo=settings.demo,
        has_page=lambda endpoint: endpoint in app.view_functions,
    )
    for group in page_groups:
        _register_pages(app, _module(group))
    for door in machine_doors:
        _register_door(app, _module(door))
    # Last: what a door puts before the application works for the answer too.
    app.wsgi_app = Beat(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _module(named: str | ModuleType) -> ModuleType:
    return import_module(named) if isinstance(named, str) else named


def _register_pages(app: Flask, module: ModuleType) -> None:
    blueprint: Blueprint = module.blueprint
    if not getattr(blueprint, "is_page_group", False):
        raise TypeError(f"{module.__name__}: expected a blueprint made by page_blueprint, found a bare one")
    if hasattr(module, "install"):
        module.install(app)
    app.register_blueprint(blueprint)
    add_items(app, getattr(module, "NAVIGATION", ()))


def _register_door(app: Flask, module: ModuleType) -> None:
    if hasattr(module, "register"):
        module.register(app)
    else:
        app.register_blueprint(module.blueprint)


def _install_static_names(app: Flask) -> None:
    """Ask for static files by the hash of their content, so that browsers may keep them and upgrades show at once."""
    folder = Path(app.static_folder or "")

    @cache
    def static_file(filename: str) -> str:
        version = hashlib.sha256((folder / filename).read_bytes()).hexdigest()[:12]
        return url_for("static", filename=filename, v=version)

    app.jinja_env.globals["static_file"] = static_file
