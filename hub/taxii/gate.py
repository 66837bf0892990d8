"""Holds who may come through the TAXII door: whoever shows a key and takes the media type of the answers."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.orm import Session

from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.taxii.media import accepts_taxii
from hub.programs.credentials import Unauthorized, authenticate
from hub.taxii.answers import Refused
from hub.wiring import Hub
from models.vocabulary import Door
from sharing.habits import Beside, Guess, Visit
from sharing.readers import Reader, load_reader

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

KEY: Final = "hub.key"
"""Where a request says whose it is, once that is known."""


def as_usual(
    hub: Hub,
    session: Session,
    environ: "WSGIEnvironment",
    root: str,
    ident: str,
    *,
    guess: Guess | None = None,
    beside: Beside | None = None,
) -> AbstractContextManager[Visit]:
    """Ask at once what this program asks each time it comes to this collection; the key itself is not remembered."""
    return hub.habits.visit(session, _visitor(environ, root, ident), guess, beside)


def met_before(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str) -> Any:
    """As whom this program was met when it came to this collection last; only to guess what it asks now."""
    return hub.habits.met_as(_visitor(environ, root, ident))


def _visitor(environ: "WSGIEnvironment", root: str, ident: str) -> int:
    return hash((environ.get("HTTP_AUTHORIZATION"), environ["REQUEST_METHOD"], root, ident))


def enter(hub: Hub, session: Session, environ: "WSGIEnvironment") -> Reader:
    """Who asks, with the tokens open to it.

    Raises:
        Refused: no key that opens anything (401), or the caller does not take what is served here (406).
    """
    try:
        actor = authenticate(hub, session, environ.get("HTTP_AUTHORIZATION"), Door.TAXII)
    except Unauthorized:
        raise Refused(401, because(Code.LOGIN)) from None
    environ[KEY] = actor.key_id
    accept: str = environ.get("HTTP_ACCEPT", "")
    if not accepts_taxii(accept):
        raise Refused(406, because(Code.ACCEPT), found=accept)
    return load_reader(session, actor)
