"""Rule: the resources of TAXII 2.1 as bytes. Stored objects are joined as they are, never parsed or written anew."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from feeds.intake.posts import Answer
from feeds.reasons.reason import Reason, spell
from feeds.stix.timestamps import format_timestamp
from feeds.taxii.media import STIX, TAXII

REASONS: Final = "x_reasons"
"""The member of ours by which a status gives the codes of what its messages say."""

EMPTY: Final = b"{}"
"""The envelope of nothing; an empty list is never sent."""


class Added(Protocol):
    """When an object was added, for this reader."""

    @property
    def position(self) -> int:
        """In microseconds since the epoch."""


class Stored(Added, Protocol):
    """What an envelope holds of an object."""

    @property
    def body(self) -> bytes:
        """Its bytes."""


class Named(Added, Protocol):
    """What a manifest tells of an object."""

    @property
    def stix_id(self) -> str:
        """Its id."""

    @property
    def version(self) -> str:
        """Its version as its publisher wrote it."""

    @property
    def spec_version(self) -> str:
        """The version of STIX that it is written in."""


class ReadableCollection(Protocol):
    """What the collection resource tells."""

    @property
    def id(self) -> UUID:
        """The id."""

    @property
    def alias(self) -> str | None:
        """A readable name for addresses."""

    @property
    def title(self) -> str:
        """The title; unique, and without a dot."""

    @property
    def description(self) -> str:
        """What it is for."""


def discovery(roots: Sequence[str], *, title: str, description: str, contact: str | None = None) -> bytes:
    """The discovery resource: the API roots, the first of which is the default."""
    found = {"title": title, "description": description, "default": roots[0], "api_roots": list(roots)}
    if contact:
        found["contact"] = contact
    return orjson.dumps(found)


def api_root(*, title: str, description: str, max_content_length: int) -> bytes:
    """The API root resource."""
    return orjson.dumps(
        {
            "title": title,
            "description": description,
            "versions": [TAXII],
            "max_content_length": max_content_length,
        }
    )


def collection(each: ReadableCollection, *, can_read: bool, can_write: bool) -> dict[str, Any]:
    """One collection, as its reader meets it."""
    found: dict[str, Any] = {"id": str(each.id), "title": each.title}
    if each.description:
        found["description"] = each.description
    if each.alias:
        found["alias"] = each.alias
    return found | {"can_read": can_read, "can_write": can_write, "media_types": list(STIX.values())}


def dumps(resource: Mapping[str, Any]) -> bytes:
    """A resource as bytes."""
    return orjson.dumps(resource)


def collections(every: Sequence[Mapping[str, Any]]) -> bytes:
    """The list of collections."""
    return orjson.dumps({"collections": every}) if every else EMPTY


def _head(next_token: str | None) -> bytes:
    return b"{" if next_token is None else b'{"more":true,"next":"' + next_token.encode() + b'",'


def _listing(name: bytes, items: Iterable[bytes], next_token: str | None) -> bytes:
    joined = b",".join(items)
    if joined:
        return b"".join((_head(next_token), b'"', name, b'":[', joined, b"]}"))
    return EMPTY if next_token is None else _head(next_token)[:-1] + b"}"


def envelope(rows: Sequence[Stored], next_token: str | None) -> bytes:
    """The envelope of a page: `more` and `next` exactly when there is more."""
    return _listing(b"objects", [row.body for row in rows], next_token)


def manifest(rows: Sequence[Named], next_token: str | None) -> bytes:
    """The manifest of a page: the same rows without their bytes."""
    return _listing(b"objects", [_inner([_record(row) for row in rows])], next_token)


def _inner(values: Sequence[Any]) -> bytes:
    """What stands between the brackets of a list."""
    return orjson.dumps(values)[1:-1]


def _record(row: Named) -> dict[str, str]:
    seconds, microseconds = divmod(row.position, 1_000_000)
    return {
        "id": row.stix_id,
        "date_added": f"{_second(seconds)}.{microseconds:06d}Z",
        "version": row.version,
        "media_type": STIX.get(row.spec_version, STIX["2.1"]),
    }


@lru_cache(maxsize=1_024)
def _second(seconds: int) -> str:
    """A date to the second: what was posted together differs in what follows alone."""
    return format_timestamp(seconds * 1_000_000)[: -len(".000000Z")]


def versions(rows: Sequence[Named], next_token: str | None) -> bytes:
    """The versions of one object, in the order in which they were added."""
    return _listing(b"versions", [_inner([row.version for row in rows])], next_token)


def date_headers(rows: Sequence[Added]) -> dict[str, str]:
    """When the first and the last item were added; nothing where there is no item."""
    if not rows:
        return {}
    return {
        "X-TAXII-Date-Added-First": format_timestamp(rows[0].position),
        "X-TAXII-Date-Added-Last": format_timestamp(rows[-1].position),
    }


def status(ident: UUID, answers: Sequence[Answer], at: datetime, *, pending: bool = False) -> bytes:
    """The status of a post; accepted objects stand under `pendings` until they are in the feed."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    accepted = [_detail(each, moment) for each in answers if each.accepted]
    refused = [_detail(each, moment) for each in answers if not each.accepted]
    found: dict[str, Any] = {
        "id": str(ident),
        "status": "pending" if pending else "complete",
        "request_timestamp": moment,
        "total_count": len(answers),
        "success_count": 0 if pending else len(accepted),
        "failure_count": len(refused),
        "pending_count": len(accepted) if pending else 0,
    }
    if accepted:
        found["pendings" if pending else "successes"] = accepted
    if refused:
        found["failures"] = refused
    return orjson.dumps(found)


def as_pending(stored: bytes) -> bytes:
    """The status of a post whose entry waits to be integrated."""
    found = orjson.loads(stored)
    found |= {"status": "pending", "success_count": 0, "pending_count": found["success_count"]}
    if "successes" in found:
        found["pendings"] = found.pop("successes")
    return orjson.dumps(found)


def _detail(answer: Answer, moment: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": answer.stix_id, "version": answer.version or moment}
    if answer.reasons:
        found |= {"message": answer.message, REASONS: spell(answer.reasons)}
    return found


def error(status_code: int, title: str, reason: Reason, *, description: str = "", error_id: str | None = None) -> bytes:
    """An error message; `http_status` is the real status, `error_code` and `details` say what is wrong to programs."""
    said = spell([reason])[0]
    found = {"title": title, "http_status": str(status_code), "error_code": said["code"]}
    if "given" in said:
        found["details"] = said["given"]
    if description:
        found["description"] = description
    if error_id:
        found["error_id"] = error_id
    return orjson.dumps(found)
