"""Operation: what an administrator says of another server, as the row of a peer or of a push keeps it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.remote import RemoteServer
from sharing.errors import Fault
from sharing.rules.remote import list_faults, plain_pin

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,58}")


@dataclass(frozen=True, kw_only=True)
class NewServer:
    """A collection of another server, and whose it is."""

    name: str
    organization_id: UUID
    url: str
    """The address of the collection there."""
    types: Sequence[str] = ()
    every_minutes: int
    user_name: str = ""
    proxy: str = ""
    ca_file: str = ""
    pin: str = ""


def values_of(new: NewServer, *, ident: UUID, feed: int, key_sealed: bytes | None, now: datetime) -> dict[str, Any]:
    """The columns that every such row has; it is due at once."""
    return {
        "id": ident,
        "name": new.name,
        "organization_id": new.organization_id,
        "feed": feed,
        "url": new.url if new.url.endswith("/") else f"{new.url}/",
        "user_name": new.user_name,
        "key_sealed": key_sealed,
        "proxy": new.proxy,
        "ca_file": new.ca_file,
        "pin": plain_pin(new.pin),
        "types": ",".join(new.types),
        "every_minutes": new.every_minutes,
        "added_at": now,
        "due_at": now,
        "attempts": 0,
        "failure": "",
    }


def faults_of(session: Session, new: NewServer, table: type[RemoteServer]) -> list[Fault]:
    """What is wrong with the name, and with how the server is to be reached."""
    faults = []
    if not _NAME.fullmatch(new.name):
        faults.append(Fault("name", "bad-name", "small letters, digits and hyphens, at most 59", new.name))
    elif session.execute(select(table.id).where(table.name == new.name)).first() is not None:
        faults.append(Fault("name", "taken", "a name that no other has or had", new.name))
    return [*faults, *list_faults(new.url, new.proxy, new.pin, new.every_minutes)]
