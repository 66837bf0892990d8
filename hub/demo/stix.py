"""Rule: the STIX form of the demo's indicators and provisions, as their publishers' own programs write it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from feeds.editions.source import FOUNDED
from feeds.intake.posts import new_object
from feeds.stix.facts import facts_of
from feeds.stix.markings import TLP2_IDS
from feeds.stix.writing import pattern_of, to_bytes
from hub.demo.indicators import DemoIndicator
from hub.demo.provisions import DemoProvision
from hub.demo.world import DemoOrganization, organization
from models.vocabulary import Label
from sharing.publishing.nouns import NewObject
from sharing.rules.policy import OtherRule


def indicator_objects(indicators: Sequence[DemoIndicator]) -> list[NewObject]:
    """The indicators that one secretariat publishes at one moment, and who it is."""
    publisher = organization(indicators[0].publisher)
    label = indicators[0].label
    return [
        _finished(_identity(publisher), label),
        *(_finished(_indicator(each, publisher), label) for each in indicators),
    ]


def provision_objects(provision: DemoProvision) -> list[NewObject]:
    """A provision as a report of the ministry's, read by those whom it is addressed to."""
    sender = organization(provision.sender)
    audience = dict.fromkeys(provision.tokens, f"{OtherRule.ADDRESSED}/{provision.label}")
    identity = _identity(sender)
    return [
        _finished(each, provision.label, audience) for each in (identity, _report(provision, sender, identity["id"]))
    ]


def _identity(named: DemoOrganization) -> dict[str, Any]:
    """The same bytes as in the editions that the organization publishes: one version has one content."""
    moment = _stamp(FOUNDED)
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": f"identity--{named.id}",
        "created": moment,
        "modified": moment,
        "name": named.name_ja,
        "description": named.name_en,
        "identity_class": "organization",
        "lang": "ja",
    }


def _indicator(each: DemoIndicator, publisher: DemoOrganization) -> dict[str, Any]:
    moment = _stamp(each.published_at)
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{each.id}",
        "created_by_ref": f"identity--{publisher.id}",
        "created": moment,
        "modified": moment,
        "name": each.value,
        "description": f"{each.note_ja}（{each.note_en}）",
        "indicator_types": ["malicious-activity"],
        "pattern": pattern_of(each.kind, each.value),
        "pattern_type": "stix",
        "valid_from": _stamp(each.first_seen_at),
        "lang": "ja",
        "object_marking_refs": [TLP2_IDS[each.label]],
    }


def _report(provision: DemoProvision, sender: DemoOrganization, about: str) -> dict[str, Any]:
    moment = _stamp(provision.published_at)
    return {
        "type": "report",
        "spec_version": "2.1",
        "id": f"report--{provision.id}",
        "created_by_ref": f"identity--{sender.id}",
        "created": moment,
        "modified": moment,
        "name": f"【{provision.kind_ja}】{provision.title}",
        "description": f"{provision.body}\n\n{provision.title_en}",
        "report_types": ["threat-report"],
        "published": moment,
        "object_refs": [about],
        "lang": "ja",
        "object_marking_refs": [TLP2_IDS[provision.label]],
    }


def _finished(value: dict[str, Any], label: Label, audience: dict[str, str] | None = None) -> NewObject:
    return new_object(facts_of(value), label, to_bytes(value), audience)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
