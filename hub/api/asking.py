"""Holds how a request of this door is read: the key first, then what the caller takes, then each value, strictly."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NoReturn

from flask import current_app, g, request
from marshmallow import RAISE, ValidationError
from webargs.flaskparser import FlaskParser

from crypto.canonical import parse_strict
from crypto.errors import NotCanonical
from feeds.forms.workbook import MEDIA_TYPE as WORKBOOK
from hub.api import ROUTE
from hub.api.problems import FOUND_LIMIT, Problem
from hub.programs.credentials import Unauthorized, authenticate
from hub.wiring import Hub
from models.vocabulary import Door
from sharing.actor import Actor
from sharing.errors import Fault
from sharing.reports.checks import shown

MAX_DEPTH: Final = 12
"""Levels of a body; the deepest that is described here has four."""
LONGEST_QUERY: Final = 64 * 1024
"""Characters of a query string; room for a hundred ids and a cursor."""
JSON: Final = "application/json"
BYTES: Final = ("application/octet-stream", "application/zip")
"""In which a file of a report comes."""
CSV: Final = "text/csv"
PDF: Final = "application/pdf"
_SEPARATOR: Final = "\x1f"


def the_hub() -> Hub:
    """The wiring of the application that serves this request."""
    hub: Hub = current_app.extensions["hub"]
    return hub


def the_actor() -> Actor:
    """Who asks, as the gate found out."""
    actor: Actor = g.actor
    return actor


def gate() -> None:
    """Before every operation: a key that opens something, an answer that the caller takes, a plain query string.

    Raises:
        Problem: 401, 406, or 400 for a query string that could be read two ways.
    """
    request.environ.get(ROUTE, {})[ROUTE] = request.url_rule
    hub = the_hub()
    with hub.reading(snapshot=False) as session:
        try:
            g.actor = authenticate(hub, session, request.headers.get("Authorization"), Door.REST)
        except Unauthorized:
            raise Problem(401) from None
    offered = offers(request.endpoint or "")
    if request.accept_mimetypes.provided and request.accept_mimetypes.best_match(offered) is None:
        raise Problem(406, reason=", ".join(offered))
    if any("\x00" in str(value) for value in (request.view_args or {}).values()):
        raise Problem(404)  # no name of ours holds it, and databases cannot look for it
    check_query()


def offers(endpoint: str) -> tuple[str, ...]:
    """The media types in which an operation answers, the usual one first."""
    if endpoint.endswith((".read_attachment_content", ".read_case_file")):
        return BYTES
    if endpoint.startswith("papers."):
        return (WORKBOOK,) if endpoint.endswith(".read_workbook_of_form") else (PDF,)
    return (JSON, CSV) if endpoint.endswith(".read_trends") else (JSON,)


def check_query() -> None:
    """Refuse what two programs could read differently.

    Raises:
        Problem: a parameter twice, U+0000, or a query string longer than any of ours.
    """
    if len(request.query_string) > LONGEST_QUERY:
        raise Problem(400, (Fault("query", "too-long", f"at most {LONGEST_QUERY} characters"),))
    faults = []
    for name, values in request.args.lists():
        if len(values) > 1:
            faults.append(Fault(name, "repeated", "each parameter once", f"{len(values)} times"))
        if "\x00" in name or any("\x00" in value for value in values):
            faults.append(Fault(name.replace("\x00", ""), "control-characters", "text without U+0000", "U+0000"))
    if faults:
        raise Problem(400, tuple(faults))


class StrictParser(FlaskParser):
    """Reads parameters and bodies; whatever it does not know is a fault, not forgotten."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012  as webargs has it
        "json": RAISE,
        "query": RAISE,
    }

    def load_json(self, req: Any, schema: Any) -> Any:
        """The body as JSON with one meaning.

        Raises:
            Problem: another media type or an encoding (415), or no such JSON (400).
        """
        if req.mimetype != JSON or req.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Problem(415, reason=JSON)
        try:
            value = parse_strict(req.get_data(cache=False), max_depth=MAX_DEPTH)
        except NotCanonical as error:
            raise Problem(400, (Fault("body", "not-json", "JSON that has one meaning", str(error)),)) from None
        if not isinstance(value, dict):
            raise Problem(422, (Fault("body", "not-an-object", "an object", shown(value)),))
        return value

    def handle_error(
        self, error: ValidationError, req: Any, schema: Any, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        """Every fault with its field, in the shape of this door."""
        messages: Any = error.messages
        status = 400 if "query" in messages else 422
        faults = dict.fromkeys(fault for part in messages.values() for fault in faults_of(part))
        raise Problem(status, tuple(faults))


def words(code: str, expected: str) -> str:
    """What a field says of a wrong value: its stable code and what was expected."""
    return f"{code}{_SEPARATOR}{expected}"


def faults_of(messages: Any, path: str = "") -> Iterator[Fault]:
    """The faults that a schema found, by their place: `indicators.0.kind`."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from faults_of(inner, f"{path}.{name}" if path else str(name))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, Mapping):
            yield from faults_of(message, path)
        elif _SEPARATOR in str(message):
            code, _, expected = str(message).partition(_SEPARATOR)
            yield Fault(path, code, expected)
        elif str(message) == "Unknown field.":
            yield Fault(path, "unknown-field", "a name that the description has")
        else:
            yield Fault(path, "bad-value", str(message)[:FOUND_LIMIT])
