"""Rule: build the STIX 2.1 objects of a report edition.

An edition is an `incident` with the OASIS incident core extension and ours, beside it the sender (never in an
anonymised edition), the event and its impact, indicators tied to the incident, lessons as a note, and the title in the
other language: its *contents*. Its *companions* (publisher, label, extension) say nothing about the report; they carry
no label of their own and go to whoever gets what names them. The same source gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid5

from feeds.editions.happening import build_event, build_impact, event_types
from feeds.editions.source import EditionSource, IndicatorSource, Party
from feeds.stix.extension import INCIDENT_CORE, LIAISON, NAMESPACE, liaison_definition, project_identity
from feeds.stix.markings import TLP2_IDS, tlp_marking_definition
from feeds.stix.timestamps import format_timestamp, microseconds_of
from feeds.stix.writing import Object, pattern_of
from models.vocabulary import Form, Label, ReportKind

CORRECTION_LABEL = "correction"
"""Among the labels of an incident that corrects an earlier version of itself, for tools that do not know ours."""


class Written(Protocol):
    """What all objects that the hub writes of a report begin with."""

    @property
    def edition_uuid(self) -> UUID:
        """The id from which those of the objects follow."""

    @property
    def label(self) -> Label:
        """The label of each."""

    @property
    def publisher(self) -> Party:
        """In whose name they go out."""

    @property
    def created(self) -> datetime:
        """When it first went out."""

    @property
    def modified(self) -> datetime:
        """The time of this version."""

    @property
    def exercise(self) -> bool:
        """訓練."""

    @property
    def language(self) -> str:
        """The language of the texts."""


_STATUS = {
    ReportKind.FIRST: "new",
    ReportKind.FOLLOW_UP: "open",
    ReportKind.FINAL: "closed",
    ReportKind.NEAR_MISS: "closed",
}
_DETERMINATION = {
    ReportKind.FIRST: "suspected",
    ReportKind.FOLLOW_UP: "suspected",
    ReportKind.FINAL: "confirmed",
    ReportKind.NEAR_MISS: "blocked",
}
_KIND_JA = {ReportKind.FIRST: "第一報", ReportKind.FINAL: "最終報", ReportKind.NEAR_MISS: "予兆・ヒヤリハット"}
_KIND_EN = {ReportKind.FIRST: "first report", ReportKind.FINAL: "final report", ReportKind.NEAR_MISS: "near miss"}


def build_contents(source: EditionSource) -> tuple[Object, ...]:
    """Build what the edition says, each object with the edition's label; the incident first."""
    happened = _happening(source)
    incident = _incident(source, happened)
    found = [incident]
    if source.sender is not None:
        found.append(_sender_identity(source, source.sender))
    found += happened
    for each in source.indicators:
        indicator = build_indicator(source, each)
        found += [indicator, _relationship(source, indicator["id"], incident["id"])]
    if source.lessons:
        found.append(_lessons(source, incident["id"]))
    found.append(_other_language(source, incident))
    return tuple(found)


def build_companions(source: EditionSource) -> tuple[Object, ...]:
    """Build what the contents refer to: the publisher, the label, our extension and its author."""
    return (
        publisher_identity(source.publisher),
        tlp_marking_definition(source.label),
        liaison_definition(),
        project_identity(),
    )


def title(source: EditionSource, language: str) -> str:
    """Name an edition in one language: exercise mark, sector, event and kind of report."""
    if language == "ja":
        kind = _KIND_JA.get(source.kind, f"第{source.number}報")
        event = source.event_type.name_ja
        name = event if event == kind else f"{event}（{kind}）"
        return f"{'【訓練】' if source.exercise else ''}{source.sector.name_ja}：{name}"
    kind = _KIND_EN.get(source.kind, f"report no. {source.number}")
    mark = "[EXERCISE] " if source.exercise else ""
    return f"{mark}{source.sector.name_en}: {source.event_type.name_en} ({kind})"


def _happening(source: EditionSource) -> list[Object]:
    """The event, and its impact where the sender knows of one."""
    event = build_event(source, common_part(source, "event", derived_uuid(source, "event")))
    impact = build_impact(source, common_part(source, "impact", derived_uuid(source, "impact")))
    made = [event] if impact is None else [event, impact]
    return [{**each, "labels": ["exercise"]} for each in made] if source.exercise else made


def _incident(source: EditionSource, happened: Sequence[Object]) -> Object:
    made = common_part(source, "incident", source.edition_uuid)
    made["name"] = title(source, source.language)
    made["description"] = "\n\n".join(part for part in (source.summary, source.details) if part)
    if source.exercise:
        made["labels"] = ["exercise"]
    if source.correction:
        made["labels"] = [*made.get("labels", ()), CORRECTION_LABEL]
    if source.reference:
        made["external_references"] = [{"source_name": "ceptoar-hub", "external_id": source.reference}]
    core: Object = {
        "extension_type": "property-extension",
        "determination": _DETERMINATION[source.kind],
        "investigation_status": _STATUS[source.kind],
        "events": [{"event_ref": each["id"]} for each in happened if each["type"] == "event"],
    }
    if impacts := [each["id"] for each in happened if each["type"] == "impact"]:
        core["impact_refs"] = impacts
    if types := event_types(source):
        core["incident_types"] = types
    made["extensions"] = {INCIDENT_CORE: core, LIAISON: _liaison(source)}
    return made


def _liaison(source: EditionSource) -> Object:
    made: Object = {
        "extension_type": "property-extension",
        "form": str(source.form),
        "report_kind": str(source.kind),
        "report_number": source.number,
        "event_type": source.event_type.code,
        "event_type_names": {"ja": source.event_type.name_ja, "en": source.event_type.name_en},
        "service_impact": source.service_impact,
        "sector": source.sector.code,
        "sector_names": {"ja": source.sector.name_ja, "en": source.sector.name_en},
        "not_for_publication": source.handling.not_for_publication,
        "not_for_supervision": source.handling.not_for_supervision,
        "exercise": source.exercise,
    }
    if source.ceptoar is not None:
        made["ceptoar"] = source.ceptoar.code
        made["ceptoar_names"] = {"ja": source.ceptoar.name_ja, "en": source.ceptoar.name_en}
    if source.form is not Form.ANONYMISED:
        # Whom a sender lets its report be passed on to says something of the sender.
        made["consents"] = {
            "nco": source.consents.nco,
            "ministry": source.consents.ministry,
            "foreign": source.consents.foreign,
            "police": source.consents.police,
        }
    if source.sender is not None:
        made["sender_ref"] = _sender_id(source, source.sender)
    optional = {
        "causes": list(source.causes),
        "noticed_at": _moment(source.noticed_at),
        "noticed_on": source.noticed_on.isoformat() if source.noticed_on else None,
        "occurred_at": _moment(source.occurred_at),
        "recovered_at": _moment(source.recovered_at),
        "system_class": source.system_class,
        "correction": source.correction,
        "affected_service": source.affected_service,
        "affected_users": source.affected_users,
        "recovery": source.recovery,
        "measures": source.measures,
        "spillover_from": source.spillover_from,
        "reference": source.reference,
        "sender_pseudonym": source.pseudonym,
        "further": _ordered(source.further),
        "states": _ordered(source.states),
    }
    return made | {name: value for name, value in optional.items() if value}


def _ordered(value: Any) -> Any:
    """With names in alphabetical order: a database gives them back in one of its own, and bytes must not change."""
    if isinstance(value, Mapping):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(each) for each in value] if isinstance(value, list | tuple) else value


def build_indicator(source: Written, each: IndicatorSource) -> Object:
    """Build an indicator."""
    made = common_part(source, "indicator", each.uuid or derived_uuid(source, f"indicator:{each.kind}:{each.value}"))
    made["name"] = each.value
    made["pattern"] = pattern_of(each.kind, each.value)
    made["pattern_type"] = "stix"
    made["pattern_version"] = "2.1"
    made["valid_from"] = made["created"]
    if source.exercise:
        made["labels"] = ["exercise"]
    return made


def _relationship(source: EditionSource, indicator: str, incident: str) -> Object:
    # STIX 2.1 has no "indicates" from an indicator to an incident; "related-to" is open to any pair.
    made = common_part(source, "relationship", derived_uuid(source, f"relationship:{indicator}"))
    return made | {"relationship_type": "related-to", "source_ref": indicator, "target_ref": incident}


def _lessons(source: EditionSource, incident: str) -> Object:
    made = common_part(source, "note", derived_uuid(source, "lessons"))
    made["abstract"] = "教訓" if source.language == "ja" else "Lessons"
    return made | {"content": source.lessons, "object_refs": [incident]}


def _other_language(source: EditionSource, incident: Object) -> Object:
    other = "en" if source.language == "ja" else "ja"
    made = common_part(source, "language-content", derived_uuid(source, "language-content"))
    del made["lang"]
    words = {"name": source.other_title or title(source, other)}
    if source.other_summary:
        words["description"] = source.other_summary
    return made | {
        "object_ref": incident["id"],
        "object_modified": incident["modified"],
        "contents": {other: words},
    }


def _sender_identity(source: EditionSource, sender: Party) -> Object:
    made = _identity(sender, _sender_id(source, sender))
    return made | {"object_marking_refs": [TLP2_IDS[source.label]]}


def _sender_id(source: EditionSource, sender: Party) -> str:
    # One id per label: the same version of one id must not exist with two markings.
    return f"identity--{uuid5(NAMESPACE, f'sender:{sender.uuid}:{source.label}')}"


def publisher_identity(publisher: Party) -> Object:
    """Build the identity in whose name an edition goes out."""
    return _identity(publisher, f"identity--{publisher.uuid}")


def _identity(party: Party, identifier: str) -> Object:
    # Always in Japanese, with the English name as description: one version must have one content in every edition.
    moment = _moment(party.changed_at)
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": identifier,
        "created": moment,
        "modified": moment,
        "name": party.name_ja,
        "description": party.name_en,
        "identity_class": "organization",
        "lang": "ja",
    }


def common_part(source: Written, kind: str, uuid: UUID) -> Object:
    """Give what every object of an edition has."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid}",
        "created_by_ref": f"identity--{source.publisher.uuid}",
        "created": _moment(source.created),
        "modified": _moment(source.modified),
        "object_marking_refs": [TLP2_IDS[source.label]],
        "lang": source.language,
    }


def derived_uuid(source: Written, name: str) -> UUID:
    """Give an id that follows from the edition's own."""
    return uuid5(NAMESPACE, f"{source.edition_uuid}:{name}")


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else format_timestamp(microseconds_of(moment))
