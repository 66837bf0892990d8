"""Holds how addresses of this door may be spelt: with the slash at the end or without it, and with slashes doubled.

Clients join addresses in every way, and follow redirects in some. So the door is asked in one spelling only; what the
framework would do with the others is a page of HTML, and 404 instead of 405.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES: Final = re.compile("/{2,}")


class OneSpelling:
    """Stands before an application and gives addresses below a prefix the spelling of its routes."""

    def __init__(self, app: "WSGIApplication", prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Hand the request on."""
        path = f"{environ.get('PATH_INFO', '')}/"
        if path.lstrip("/").startswith(self._prefix.lstrip("/")):
            environ["PATH_INFO"] = _SLASHES.sub("/", path)
        return self._app(environ, start_response)
