"""A door: what is noted of a request: what was asked, given and refused, in bounded texts and never a body."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import orjson

from feeds.intake.posts import Answer
from feeds.reasons.codes import Code
from feeds.reasons.reason import because, join, write
from hub.taxii.answers import WHY
from hub.taxii.gate import KEY
from hub.wiring import Hub
from models.moments import microseconds_of
from sharing.people.key_requests import LONGEST, Note, RequestLine

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

GIVEN: Final = "hub.given"
"""Where a route leaves how much it gave, and whether there is more."""

LAST: Final = "X-TAXII-Date-Added-Last"


def note(hub: Hub, environ: "WSGIEnvironment", status: int, last: str, refusal: bytes | None = None) -> None:
    """Note what was asked and given, for whoever set this client up; `last` is the value of that header."""
    key_id = environ.get(KEY)
    if key_id is not None:
        hub.notes.add(Note(key_id, _line(hub, environ, status, last, refusal)))


def _line(hub: Hub, environ: "WSGIEnvironment", status: int, last: str, refusal: bytes | None) -> RequestLine:
    given, more = environ.get(GIVEN, (0, False))
    return RequestLine(
        microseconds_of(hub.clock()),
        environ["REQUEST_METHOD"],
        _text(_path(environ)),
        _text(environ.get("QUERY_STRING", "")),
        _text(environ.get("HTTP_USER_AGENT", "")),
        status,
        given,
        more,
        last,
        _problem(refusal) if refusal is not None else join(environ.get(WHY, ())),
        write(environ.get(WHY, ())) or "",
    )


def note_refusals(environ: "WSGIEnvironment", answers: Sequence[Answer]) -> None:
    """Note that a post was taken in part or not at all, which its status code does not tell; never which objects."""
    refused = sum(not each.accepted for each in answers)
    if refused:
        environ[WHY] = (because(Code.SOME_REFUSED, refused=refused, count=len(answers)),)


def _path(environ: "WSGIEnvironment") -> str:
    path: str = environ.get("PATH_INFO", "")
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def _text(sent: str) -> str:
    return sent[:LONGEST].encode("utf-8", "replace").decode("utf-8", "replace")


def _problem(refusal: bytes) -> str:
    """What the answer itself said of the refusal."""
    said = orjson.loads(refusal or b"{}")
    return _text(str(said.get("description") or said.get("title") or ""))
