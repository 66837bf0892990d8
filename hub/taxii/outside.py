"""A door: what is asked below /taxii2/ where no route is, or none by that method.

Whoever shows no key learns nothing from it: it is answered as everything is without one. Whoever shows one finds the
address that it asked among its requests: a wrong one is the first thing that goes wrong with a new client.
"""

from typing import Final

from flask import Response, current_app, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from hub.taxii.answers import Refused, answer_error, answer_refused, refusal
from hub.taxii.gate import enter
from hub.taxii.routes import note_request
from hub.wiring import Hub

_UNROUTED: Final = frozenset({404, 405})


def answer_outside(error: HTTPException) -> Response:
    """Ask for the key first, then say what is wrong with the address."""
    if error.code not in _UNROUTED:
        return answer_error(error)
    hub: Hub = current_app.extensions["hub"]
    try:
        with hub.reading() as session:
            enter(hub, session, request.environ)
    except Refused as refused:
        return note_request(answer_refused(refused))
    except (OperationalError, InterfaceError, PoolTimeout):
        return refusal(503)  # a failure in here would be answered as one of the program
    return note_request(answer_error(error))
