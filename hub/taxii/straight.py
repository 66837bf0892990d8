"""Holds the straight way: what clients ask most is answered without the framework, a tenth quicker.

Whatever is not plainly such a request is left to the framework's routes, and so is whatever went wrong here: they lead
to the same operations, and know how each failure is answered.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from flask import Flask
from werkzeug.sansio.utils import host_is_trusted

from hub.taxii import pages, posting
from hub.taxii.answers import Reply
from hub.taxii.noted import LAST, note
from hub.wiring import Hub

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FAILED: Final = "hub.failed"
"""Where a request carries what went wrong with it to the framework."""

Operation = Callable[..., Reply]


class Way(NamedTuple):
    """A route as the framework knows it, and what is done there."""

    rule: str
    operation: Operation


_OBJECTS: Final = "/taxii2/<root>/collections/<ident>/objects/"
_OF_COLLECTION: Final[Mapping[tuple[str, str], Way]] = {
    ("GET", "objects"): Way(_OBJECTS, pages.objects),
    ("POST", "objects"): Way(_OBJECTS, posting.post),
    ("GET", "manifest"): Way("/taxii2/<root>/collections/<ident>/manifest/", pages.manifest),
}
_ONE_OBJECT: Final = Way(f"{_OBJECTS}<stix_id>/", pages.one_object)


class Straight:
    """Answers a request by its environment alone, or says nothing."""

    def __init__(self, app: Flask) -> None:
        self._hub: Hub = app.extensions["hub"]
        self._config = app.config

    def __call__(self, environ: "WSGIEnvironment") -> tuple[str, Reply] | None:
        """The rule of the route and the answer; None where the framework is to answer."""
        found = _find(environ)
        if found is None or not host_is_trusted(environ.get("HTTP_HOST"), self._config["TRUSTED_HOSTS"]):
            return None
        way, given = found
        try:
            reply = way.operation(self._hub, environ, *given)
            note(self._hub, environ, reply.status, reply.headers.get(LAST, ""))
        except Exception as failure:
            environ[FAILED] = failure
            return None
        return way.rule, reply


def _find(environ: "WSGIEnvironment") -> tuple[Way, list[str]] | None:
    path: str = environ.get("PATH_INFO", "")
    if environ.get("SCRIPT_NAME") or not path.startswith("/taxii2/") or not path.isascii():
        return None
    _, _, root, *rest = path.split("/")
    if not all((root, *rest[:-1])):
        return None
    match rest:
        case ["collections", ident, what, ""]:
            way = _OF_COLLECTION.get((environ["REQUEST_METHOD"], what))
            return None if way is None else (way, [root, ident])
        case ["collections", ident, "objects", stix_id, ""] if environ["REQUEST_METHOD"] == "GET":
            return _ONE_OBJECT, [root, ident, stix_id]
    return None
