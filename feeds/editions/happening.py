"""Rule: what happened and what it did, as the `event` and `impact` objects of the OASIS incident extensions.

They repeat what the incident says in our own extension, for readers who know the extensions of OASIS only. Numbers
never claim more than the sender said: the form asks whether a service was affected, not how badly.
"""

from typing import Any, Final

from feeds.editions.source import EditionSource
from feeds.stix.extension import EVENT, IMPACT
from feeds.stix.timestamps import format_timestamp, microseconds_of
from models.vocabulary import ReportKind

Object = dict[str, Any]

EVENT_TYPES: Final = {
    "E10": "unauthorized-release",
    "E20": "destruction",
    "E30": "denial-of-service",
    "E41": "infected-by-known-malware",
    "E43": "unauthorized-access-system",
}
"""Our event types in the vocabulary of OASIS, where that has a word for them."""

AVAILABILITY: Final = {"no": 5, "yes": 30}
"""By Appendix A of the extension: no impact to services; the least that says that a critical service was affected."""

_NO_IMPACT: Final = 0
_BY_RECOVERY: Final = {"full": "occurred", "partial": "ongoing", "none": "ongoing"}


def event_types(source: EditionSource) -> list[str]:
    """The kind of event in the vocabulary of OASIS; empty where it has no word."""
    found = EVENT_TYPES.get(source.event_type.code)
    return [found] if found else []


def build_event(source: EditionSource, common: Object) -> Object:
    """Build the event behind an incident."""
    made = common | {"name": _name(source), "status": _status(source)}
    if types := event_types(source):
        made["event_types"] = types
    if source.occurred_at is not None:
        made["start_time"] = format_timestamp(microseconds_of(source.occurred_at))
    return made | _new_object(EVENT)


def build_impact(source: EditionSource, common: Object) -> Object | None:
    """Build the impact on the service; None where the sender does not know of any."""
    availability = _NO_IMPACT if source.kind is ReportKind.NEAR_MISS else AVAILABILITY.get(source.service_impact)
    if availability is None:
        return None
    made = common | {"impact_category": "availability"}
    if source.affected_service:
        made["description"] = source.affected_service
    began, ended = source.occurred_at, source.recovered_at
    if began is not None:
        made["start_time"] = format_timestamp(microseconds_of(began))
    if ended is not None and (began is None or began <= ended):
        made["end_time"] = format_timestamp(microseconds_of(ended))
    return made | _new_object(IMPACT, {"availability-ext": {"availability_impact": availability}})


def _new_object(definition: str, more: Object | None = None) -> Object:
    return {"extensions": {**(more or {}), definition: {"extension_type": "new-sdo"}}}


def _name(source: EditionSource) -> str:
    return source.event_type.name_ja if source.language == "ja" else source.event_type.name_en


def _status(source: EditionSource) -> str:
    if source.kind is ReportKind.NEAR_MISS:
        return "not-occurred"
    if source.kind is ReportKind.FINAL or source.recovered_at is not None:
        return "occurred"
    return _BY_RECOVERY.get(source.recovery or "", "undetermined")
