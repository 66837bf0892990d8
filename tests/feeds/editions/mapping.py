"""Where each field of a report stands in STIX, and a report read back from an edition's objects, as others may do it.

`docs/stix.md` shows the table; tests hold the two and the builder together. Reading trusts nothing: what is absent or
no text where a text is needed is left out, and the answer still has to pass `sharing.reports.fields.parse_fields`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from feeds.stix.extension import INCIDENT_CORE, LIAISON
from feeds.stix.facts import facts_of
from feeds.stix.markings import label_of
from feeds.stix.writing import PATTERN_PATHS

Value = dict[str, Any]

_NAMES: Final = {INCIDENT_CORE: "core", LIAISON: "liaison"}


class Place(Struct, frozen=True):
    """A property of one type of object."""

    type: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        """As the documentation writes it: long identifiers by the short names of the two extensions."""
        return f"{self.type}: {'.'.join(_NAMES.get(step, step) for step in self.path)}"


def _ours(*path: str) -> Place:
    return Place("incident", ("extensions", LIAISON, *path))


def _core(name: str) -> Place:
    return Place("incident", ("extensions", INCIDENT_CORE, name))


_DESCRIPTION: Final = Place("incident", ("description",))

PLACES: Final[Mapping[str, tuple[Place, ...]]] = {
    "kind": (
        _ours("report_kind"),
        _core("determination"),
        _core("investigation_status"),
        Place("event", ("status",)),
    ),
    "event_type": (_ours("event_type"), _core("incident_types"), Place("event", ("event_types",))),
    "noticed_at": (_ours("noticed_at"),),
    "service_impact": (
        _ours("service_impact"),
        Place("impact", ("extensions", "availability-ext", "availability_impact")),
    ),
    "summary": (_DESCRIPTION,),
    "correction": (_ours("correction"),),
    "details": (_DESCRIPTION,),
    "label": (Place("incident", ("object_marking_refs",)),),
    "causes": (_ours("causes"),),
    "occurred_at": (_ours("occurred_at"), Place("event", ("start_time",)), Place("impact", ("start_time",))),
    "system_class": (_ours("system_class"),),
    "affected_service": (_ours("affected_service"), Place("impact", ("description",))),
    "affected_users": (_ours("affected_users"),),
    "recovery": (_ours("recovery"), Place("event", ("status",))),
    "recovered_at": (_ours("recovered_at"), Place("impact", ("end_time",))),
    "measures": (_ours("measures"),),
    "spillover_from": (_ours("spillover_from"),),
    "lessons": (Place("note", ("content",)),),
    "consent_nco": (_ours("consents", "nco"),),
    "consent_ministry": (_ours("consents", "ministry"),),
    "consent_police": (_ours("consents", "police"),),
    "consent_foreign": (_ours("consents", "foreign"),),
    "not_for_publication": (_ours("not_for_publication"),),
    "not_for_supervision": (_ours("not_for_supervision"),),
    "exercise": (_ours("exercise"), Place("incident", ("labels",))),
    "indicators": (Place("indicator", ("pattern",)),),
    "further": (_ours("further"),),
    "states": (_ours("states"),),
}
"""Field of a report → its places; the first is the one that is read back."""

NOT_WRITTEN: Final = frozenset({"lists", "name_to_sector", "technical_label"})
"""Whom a sender lists, what it decides about its own name, and how far its technical part goes alone, is carried out in
choosing readers and forms, and told to nobody."""

_PATTERN: Final = re.compile(r"\[(?P<path>[^=\]]+?) = '(?P<value>(?:[^'\\]|\\.)*)'\]")
_KINDS: Final = {path: kind for kind, path in PATTERN_PATHS.items()}


def read_report(values: Iterable[Value]) -> dict[str, Any]:
    """Read a report's fields from the objects of one edition, as `parse_fields` takes them; absent means: not said."""
    objects = list(values)
    by_type: dict[str, Value] = {}
    for each in objects:
        by_type.setdefault(str(each.get("type")), each)
    found = {name: _READ.get(name, _plain)(by_type, places[0]) for name, places in PLACES.items()}
    found["indicators"] = read_indicators(objects)
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def read_indicators(values: Iterable[Value]) -> list[dict[str, str]]:
    """The indicators that are simple comparisons, as a report names them; others belong into a feed."""
    return [each for value in values if (each := read_pattern(value.get("pattern"))) is not None]


def read_pattern(pattern: object) -> dict[str, str] | None:
    """Read a pattern that compares one value, or None."""
    matched = _PATTERN.fullmatch(pattern) if isinstance(pattern, str) else None
    kind = _KINDS.get(matched["path"]) if matched else None
    if matched is None or kind is None:
        return None
    return {"kind": kind, "value": re.sub(r"\\(.)", r"\1", matched["value"])}


def find(value: Value | None, path: Iterable[str]) -> Any:
    """Follow a path through an object; None where it ends."""
    node: Any = value
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node


def _plain(by_type: Mapping[str, Value], place: Place) -> Any:
    return find(by_type.get(place.type), place.path)


def _description(part: int) -> Callable[[Mapping[str, Value], Place], Any]:
    def read(by_type: Mapping[str, Value], place: Place) -> Any:
        text = _plain(by_type, place)
        return text.partition("\n\n")[part] if isinstance(text, str) else None

    return read


def _label(by_type: Mapping[str, Value], place: Place) -> str | None:
    stated = label_of(facts_of(by_type.get(place.type, {})).marking_refs).label
    return stated.value if stated else None


_READ: Final[Mapping[str, Callable[[Mapping[str, Value], Place], Any]]] = {
    "summary": _description(0),
    "details": _description(2),
    "label": _label,
}
