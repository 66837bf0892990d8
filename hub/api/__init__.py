"""A door: REST under /api/v1/, for programs that ask for single things; described by /api/v1/openapi.json.

It is an application of its own inside the hub's, built at the first request: what describes and checks it
(flask-smorest) then costs a start nothing and cannot hang a hook on any other door.
"""

import threading
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter, Rule
from werkzeug.test import run_wsgi_app

from hub.api.problems import answer_error
from hub.errors import register_machine_errors

if TYPE_CHECKING:
    from hub.wiring import Hub

PREFIX: Final = "/api/v1/"
ROUTE: Final = "hub.route"
"""Where the inner application writes which of its routes answers."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What reaches the door, which then says what each address takes; other methods end before it."""


class Anything(BaseConverter):
    """The rest of a path as it stands, several slashes too: those must not be answered by a redirect."""

    regex = ".*?"
    part_isolating = False
    weight = 300


class Door:
    """The application of this door, made when it is first needed."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._inner: Flask | None = None

    def application(self) -> Flask:
        """The application, built once."""
        if self._inner is None:
            with self._lock:
                if self._inner is None:
                    from hub.api.application import build  # noqa: PLC0415  the reason for all this

                    hub: Hub = self._app.extensions["hub"]
                    self._inner = build(hub)
        return self._inner

    def __call__(self, rest: str = "") -> Response:
        """Hand a request on; the log and the counts are told which route answered."""
        inner = self.application()
        told: dict[str, Rule] = {}
        answer = Response(*run_wsgi_app(inner.wsgi_app, request.environ | {ROUTE: told}))
        if answer.status_code == 204:
            del answer.headers["Content-Type"]  # of no body; the framework's own would be that of a page
        request.url_rule = told.get(ROUTE, request.url_rule)
        return answer


def register(app: Flask) -> None:
    """Add the door; its errors have one shape also where none of its routes was reached."""
    app.url_map.converters["anything"] = Anything
    app.add_url_rule(PREFIX + "<anything:rest>", "api", Door(app), methods=METHODS, provide_automatic_options=False)
    register_machine_errors(app, PREFIX, answer_error)
