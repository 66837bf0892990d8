"""Holds how programs say who they are at the doors made for them: a key as Bearer, or as the password of Basic.

Keys only: a session cookie is not looked at, so another site cannot act through a browser, and the account's own
password is not taken, since that would go round the second factor.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from hub.wiring import Hub
from models.vocabulary import Door
from sharing.actor import Actor
from sharing.people.keys import authenticate_key

REALM: Final = "ceptoar-hub"
CHALLENGES: Final = (f'Bearer realm="{REALM}"', f'Basic realm="{REALM}", charset="UTF-8"')
"""The values of `WWW-Authenticate` that go with 401, the preferred way first."""

LONGEST_AUTHORIZATION: Final = 1_000
"""Characters of the header: a name, a key and what encodes them; longer ones are not even decoded."""


@dataclass(frozen=True)
class Credentials:
    """What a program showed."""

    key: str = field(repr=False)
    username: str | None = None
    """Whose key it is, where the program said so (Basic)."""


class Unauthorized(Exception):
    """No key was shown, or none that opens anything; which of the two is not told."""


def authenticate(hub: Hub, session: Session, authorization: str | None, door: Door) -> Actor:
    """The actor behind an `Authorization` header; the key's state is read anew on every request.

    Raises:
        Unauthorized: there is no header, it is of another kind, or its key opens nothing.
    """
    shown = read_credentials(authorization)
    if shown is None:
        raise Unauthorized
    actor = authenticate_key(
        session, shown.key, hmac_key=hub.secrets.api_key_key, now=hub.clock(), door=door, username=shown.username
    )
    if actor is None:
        raise Unauthorized
    return actor


def read_credentials(authorization: str | None) -> Credentials | None:
    """Read the header; None where it is absent or of a kind that is not taken."""
    if authorization is None or len(authorization) > LONGEST_AUTHORIZATION:
        return None
    scheme, _, rest = authorization.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer" and rest:
        return Credentials(rest)
    return _basic(rest) if scheme.lower() == "basic" else None


def _basic(encoded: str) -> Credentials | None:
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    username, colon, key = text.partition(":")
    return Credentials(key, username) if colon and username and key else None
