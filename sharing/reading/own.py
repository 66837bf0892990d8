"""Operation: what a publisher itself has published before; another's objects never influence its answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class OwnVersion:
    """One version that this publisher has published."""

    id: int
    stix_id: str
    version_us: int
    version: str
    sha256: bytes
    created_by_ref: str | None
    superseded: bool
    feed: int
    audience_id: int


_COLUMNS = "o.id, o.stix_id, o.version_us, o.version, o.sha256, o.created_by_ref, o.superseded, o.feed, o.audience_id"
_SQLITE = text(
    f"SELECT {_COLUMNS} FROM json_each(:ids) j"
    " CROSS JOIN objects o ON o.stix_id = j.value AND o.publisher_id = :publisher"
)
_POSTGRES = text(f"SELECT {_COLUMNS} FROM objects o WHERE o.stix_id = ANY(:ids) AND o.publisher_id = :publisher")


def list_own_versions(session: Session, publisher_id: UUID, stix_ids: Sequence[str]) -> list[OwnVersion]:
    """Every version of these ids by this publisher, and by nobody else."""
    if session.get_bind().dialect.name == "sqlite":
        rows = session.execute(_SQLITE, {"ids": json.dumps(list(stix_ids)), "publisher": publisher_id.hex})
    else:
        rows = session.execute(_POSTGRES, {"ids": list(stix_ids), "publisher": publisher_id})
    return [
        OwnVersion(row[0], row[1], row[2], row[3], bytes(row[4]), row[5], bool(row[6]), row[7], row[8]) for row in rows
    ]


def load_own_body(session: Session, publisher_id: UUID, object_id: int) -> bytes:
    """The bytes of one of the publisher's own versions, to compare a second post with."""
    statement = text("SELECT body FROM objects WHERE id = :id AND publisher_id = :publisher")
    sqlite = session.get_bind().dialect.name == "sqlite"
    publisher = publisher_id.hex if sqlite else publisher_id
    return bytes(session.execute(statement, {"id": object_id, "publisher": publisher}).scalar_one())
