"""Holds the places of a ledger as its readers carry them: sealed, since the numbers behind them count for all.

Editions, windows and disclosures are numbered through the whole hub. Who saw the number of its own would learn from
two of them how much had been published, or read, between them.
"""

from enum import StrEnum
from typing import Final

from crypto.errors import NotSealed
from hub.wiring import Hub
from sharing.actor import Actor
from sharing.errors import BadCursor

LONGEST: Final = 64
"""Characters of a sealed place; it has 32."""
_BYTES: Final = 8


class Place(StrEnum):
    """What a place is one of."""

    EDITION = "edition"
    READERS = "readers"
    READINGS = "readings"
    RECEIVED = "received"


def seal_place(hub: Hub, actor: Actor, kind: Place, number: int) -> str:
    """The place as a token: the same one for the same organization, of one length, good for this list alone."""
    return hub.secrets.cursor.seal(number.to_bytes(_BYTES), _context(actor, kind))


def open_place(hub: Hub, actor: Actor, kind: Place, token: str) -> int:
    """The number of a place.

    Raises:
        BadCursor: it was not given to this organization for this list.
    """
    try:
        return int.from_bytes(hub.secrets.cursor.open(token, _context(actor, kind)))
    except NotSealed as error:
        raise BadCursor("this place was not given to you for this list; start again without it") from error


def _context(actor: Actor, kind: Place) -> bytes:
    return b"ledger/" + kind.encode() + b"/" + actor.organization.id.bytes
