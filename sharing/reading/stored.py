"""Operation: the stored objects of audit entries, for whoever checks or exports the whole log; no reader sees them."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from sharing.reading.driver import among_numbers, fetch


class KeptObject(NamedTuple):
    """One object as it is kept beside its entry."""

    entry_id: int
    id: int
    place: int
    salt: bytes
    sha256: bytes
    body: bytes
    superseded: bool
    newer: bool
    """Whether a newer version of the same publisher's series is there."""
    described: tuple[Any, ...]
    """What the entry says of it beside its bytes, as `sharing.audit.described` puts it."""


_OBJECTS: Final = """
    SELECT o.entry_id, o.id, o.place, o.salt, o.sha256, o.body, o.superseded,
           EXISTS (SELECT 1 FROM objects n WHERE n.stix_id = o.stix_id AND n.publisher_id = o.publisher_id
                   AND n.version_us > o.version_us),
           o.stix_id, o.publisher_id, o.version_us, o.version, o.type, o.spec_version, o.created_by_ref, o.label,
           o.exercise, o.feed, a.digest, o.report_id, o.fullness
    FROM objects o LEFT JOIN audiences a ON a.id = o.audience_id
    WHERE o.entry_id {among} AND length(o.salt) > 0 ORDER BY o.entry_id, o.id
"""


def list_kept_objects(session: Session, entry_ids: Sequence[int]) -> list[KeptObject]:
    """The objects of these entries, in the order of entry and row; of erased ones nothing is kept."""
    return [_kept(row) for row in fetch(session, _OBJECTS.format(among=among_numbers(entry_ids)), {})]


def _kept(row: tuple[Any, ...]) -> KeptObject:
    stix_id, publisher, version_us, version, kind, spec, creator, label, exercise, feed = row[8:18]
    audience, report, fullness = row[18:21]
    described = (
        *(stix_id, _hex(publisher), version_us, version, kind, spec, creator, label, bool(exercise), feed),
        *(bytes(audience).hex() if isinstance(audience, bytes) else None, _hex(report), fullness),
    )
    entry, ident, place, salt, digest, body, superseded, newer = row[:8]
    return KeptObject(entry, ident, place, salt, digest, body, bool(superseded), bool(newer), described)


def _hex(ident: Any) -> str | None:
    return ident.hex if isinstance(ident, UUID) else ident


NOT_ERASED: Final = "(SELECT * FROM objects WHERE length(salt) > 0)"
"""The objects that still have their content, where SQL wants a table."""
