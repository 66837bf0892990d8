"""Rule: make STIX indicators of MISP events, never wider than the event says: by its tags, and by its distribution."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from feeds.files.bundles import FileError
from feeds.files.indicators import TLP, Origin, Skipped, indicator
from models.vocabulary import Label

LARGEST_EVENT: Final = 64 * 1024 * 1024
"""Bytes of one MISP event."""

KINDS: Final[Mapping[str, str]] = {
    "ip-src": "ipv4-addr",
    "ip-dst": "ipv4-addr",
    "domain": "domain-name",
    "hostname": "domain-name",
    "url": "url",
    "uri": "url",
    "email-src": "email-addr",
    "email-dst": "email-addr",
    "email": "email-addr",
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
}
"""Attributes of MISP that compare one value; others have no indicator here."""

CLOSED: Final = Label.AMBER_STRICT
"""What is said and not understood: a sharing group is a list that nobody here knows, and so is a label."""

_WIDEST: Final[Mapping[str, Label | None]] = {
    "0": Label.AMBER_STRICT,
    "1": Label.AMBER,
    "2": Label.GREEN,
    "3": None,
    "4": CLOSED,
    "5": None,
}
"""By distribution how wide something may go: this organization, this community, those connected to it, all; a sharing
group; and as the event goes."""


def of_misp(raw: bytes, origin: Origin) -> Iterator[bytes | Skipped]:
    """The attributes of a MISP event (or of a list of them) that are marked for detection.

    Of all that event, object and attribute say of their label and distribution the strictest holds. What was deleted
    there stays out.

    Raises:
        FileError: it is no MISP event.
    """
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError):
        raise FileError("a MISP event in JSON", "something else") from None
    answers = given.get("response", given) if isinstance(given, dict) else given
    events = answers if isinstance(answers, list) else [answers]
    for each in events:
        event = each.get("Event") if isinstance(each, dict) else None
        if not isinstance(event, dict):
            raise FileError("a MISP event with `Event`", "something else")
        yield from _event(event, origin)


def _event(event: dict[str, Any], origin: Origin) -> Iterator[bytes | Skipped]:
    name = str(event.get("info") or "")[:200]
    for attribute, around in _attributes(event):
        kind = KINDS.get(str(attribute.get("type")))
        if any(_is_deleted(each) for each in (attribute, *around)):
            yield Skipped("deleted there")
        elif attribute.get("to_ids") is not True:
            yield Skipped("not marked for detection")
        elif kind is None:
            yield Skipped(f"no indicator for the type {str(attribute.get('type'))[:40]}")
        else:
            found = Origin(origin.organization_id, _moment(attribute.get("timestamp")) or origin.at, None)
            label = _label((attribute, *around), origin)
            try:
                yield indicator(found, kind, str(attribute.get("value") or ""), name=name, label=label)
            except Skipped as why:
                yield why


def _attributes(event: dict[str, Any]) -> Iterator[tuple[dict[str, Any], tuple[dict[str, Any], ...]]]:
    """Each attribute, with what it stands in: the event, and perhaps an object."""
    for attribute in _dicts(event.get("Attribute")):
        yield attribute, (event,)
    for each in _dicts(event.get("Object")):
        for attribute in _dicts(each.get("Attribute")):
            yield attribute, (each, event)


def _is_deleted(found: dict[str, Any]) -> bool:
    return str(found.get("deleted", False)).lower() in {"true", "1"}


def _label(places: tuple[dict[str, Any], ...], origin: Origin) -> Label | None:
    """The strictest of what is said; where only the distribution says something, also of what would hold else."""
    *inner, event = places
    stated = [label for place in inner for label in _tagged(place)]
    stated += _tagged(event) or ([origin.label] if origin.label else [])
    bounds = [bound for place in places if (bound := _widest(place)) is not None]
    if bounds and not stated:
        stated = [origin.default or CLOSED]
    return Label.strictest(*stated, *bounds) if stated else None


def _tagged(place: dict[str, Any]) -> list[Label]:
    """What its tags say of TLP, in either form in which MISP writes tags."""
    tags = _dicts(place.get("Tag"))
    for wrapped in (*_dicts(place.get("EventTag")), *_dicts(place.get("AttributeTag"))):
        tags += _dicts([wrapped.get("Tag")])
    names = [str(tag.get("name") or "").strip().lower() for tag in tags]
    return [TLP.get(name[4:].strip(), CLOSED) for name in names if name.startswith("tlp:")]


def _widest(place: dict[str, Any]) -> Label | None:
    said = place.get("distribution")
    return None if said is None else _WIDEST.get(str(said).strip(), CLOSED)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(text)[:12]), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
