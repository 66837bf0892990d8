"""Holds the application of this door: its rooms, its errors, and its description as it is served."""

from typing import Any, Final

import orjson
from flask import Flask, Response
from flask.json.provider import JSONProvider
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from hub.api.asking import gate
from hub.api.attachments import room as attachments
from hub.api.describing import Described, add_schemes, options
from hub.api.desk import room as desk
from hub.api.digests import room as digests
from hub.api.directory import room as directory
from hub.api.drafts import room as drafts
from hub.api.feeds import room as feeds
from hub.api.inbox import room as inbox
from hub.api.inquiries import room as inquiries
from hub.api.ledger import room as ledger
from hub.api.lessons import room as lessons
from hub.api.lists import room as lists
from hub.api.papers import room as papers
from hub.api.preview import room as preview
from hub.api.problems import (
    Problem,
    answer_busy,
    answer_error,
    answer_failure,
    answer_problem,
    answer_refusal,
    requested_language,
)
from hub.api.proposals import room as proposals
from hub.api.ranges import room as ranges
from hub.api.recalls import room as recalls
from hub.api.receipts import room as receipts
from hub.api.report_form import room as report_form
from hub.api.reports import room as reports
from hub.api.technical import room as technical
from hub.api.trends import room as trends
from hub.i18n import install_languages
from hub.wiring import Hub
from sharing.errors import SharingError

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""A report at every limit, with five hundred indicators, in the longest escapes of JSON."""
ROOMS: Final = (
    directory,
    feeds,
    report_form,
    reports,
    receipts,
    preview,
    proposals,
    trends,
    digests,
    recalls,
    lists,
    ranges,
    ledger,
    inquiries,
    inbox,
    desk,
    drafts,
    lessons,
    attachments,
    papers,
    technical,
)


class Exact(JSONProvider):
    """JSON as it is: UTF-8, in the order of the schemas."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """As text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """From text of our own; what callers send is read by `asking.StrictParser`."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """An answer with a document."""
        answer = Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")
        answer.headers["Cache-Control"] = "no-store"
        return answer


class RestApplication(Flask):
    """The application of this door; its failures go to the hub's log only."""

    json_provider_class = Exact

    def log_exception(self, exc_info: Any) -> None:
        """`answer_failure` has written it."""


def build(hub: Hub) -> Flask:
    """Build the application around the wiring of the hub."""
    app = RestApplication("hub.api", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=min(MAX_BODY_BYTES, hub.settings.max_body_bytes),
        PROVIDE_AUTOMATIC_OPTIONS=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.url_map.merge_slashes = False
    app.extensions["hub"] = hub
    install_languages(app, zone=hub.settings.zone, default=hub.settings.locale)
    app.extensions["babel"].locale_selector = requested_language
    _install_errors(app)
    with app.test_request_context():
        document = _register_rooms(app)
    app.add_url_rule(
        "/api/v1/openapi.json", "openapi", lambda: Response(document, mimetype="application/json"), methods=["GET"]
    )
    return app


def _register_rooms(app: Flask) -> bytes:
    given = options()
    api = Described(app, spec_kwargs=given)
    add_schemes(api)
    for room in ROOMS:
        api.register_blueprint(room)
        app.before_request_funcs.setdefault(room.name, []).append(gate)
    document: dict[str, Any] = api.spec.to_dict()
    for each in document["paths"].values():
        for described in each.values():
            if isinstance(described, dict):
                described["responses"] = dict(sorted(described["responses"].items()))
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _install_errors(app: Flask) -> None:
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(SharingError, answer_refusal)
    app.register_error_handler(HTTPException, answer_error)
    for busy in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(busy, answer_busy)
    app.register_error_handler(Exception, answer_failure)
