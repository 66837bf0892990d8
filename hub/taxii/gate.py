"""Holds who may come through the TAXII door: whoever shows a key and takes the media type of the answers."""

from flask import request
from sqlalchemy.orm import Session

from feeds.taxii.media import accepts_taxii
from hub.machine import Unauthorized, authenticate
from hub.taxii.answers import Refused
from hub.wiring import Hub
from models.vocabulary import Door
from sharing.readers import Reader, load_reader


def enter(hub: Hub, session: Session) -> Reader:
    """Who asks, with the tokens open to it.

    Raises:
        Refused: no key that opens anything (401), or the caller does not take what is served here (406).
    """
    try:
        actor = authenticate(hub, session, request.environ.get("HTTP_AUTHORIZATION"), Door.TAXII)
    except Unauthorized:
        raise Refused(401, "expected an API key, as Bearer or as the password of its holder's user name") from None
    if not accepts_taxii(request.environ.get("HTTP_ACCEPT")):
        raise Refused(406, "expected Accept to take application/taxii+json;version=2.1")
    return load_reader(session, actor)
