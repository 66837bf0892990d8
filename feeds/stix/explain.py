"""Rule: from the parsed value of a stored object to a few readable facts for a page.

What was posted may be anything that a lenient collection accepted, so every property is looked at before it is used.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from feeds.stix.extension import LIAISON

TITLE_LIMIT = 200
"""Longest title in characters; a list shows one line."""

SUMMARY_LIMIT = 2_000
"""Longest summary in characters; the page of the object shows the rest."""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What our own extension says of a report; absent where the object has none."""

    form: str | None
    kind: str | None
    number: int | None
    event_type: str | None
    causes: tuple[str, ...]
    service_impact: str | None
    sector: str | None
    ceptoar: str | None
    system_class: str | None
    recovery: str | None
    reference: str | None
    noticed_at: str | None
    noticed_on: str | None
    occurred_at: str | None
    recovered_at: str | None
    correction: str | None
    affected_service: str | None
    affected_users: str | None
    measures: str | None
    spillover_from: str | None
    consents: tuple[str, ...]
    """To whom the sender lets the report be passed on: `nco`, `ministry`, `foreign`."""
    not_for_publication: bool
    not_for_supervision: bool
    exercise: bool
    further: dict[str, Any] = field(default_factory=dict)
    """What the form asks besides; whoever shows it looks at each value before it is used."""
    states: dict[str, str] = field(default_factory=dict)


class Headline(Struct, frozen=True):
    """What a page says of an object at a glance."""

    type: str
    title: str
    summary: str
    language: str | None
    exercise: bool
    revoked: bool
    patterns: tuple[str, ...] = ()
    """Patterns of an indicator, or the value of an observable."""
    details: tuple[tuple[str, str], ...] = ()
    """Further properties by their STIX names, in a fixed order."""
    report: ReportFacts | None = None


def visible(text: str) -> str:
    """A text with each hidden sign named, such as `[U+202E]`: what is read is then what was written."""
    if text.isprintable() or _HIDDEN.search(text) is None:
        return text
    return _HIDDEN.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", text)


def headline(value: dict[str, Any]) -> Headline:
    """Say what an object is about."""
    kind = _text(value, "type") or "?"
    report = _report(value)
    return Headline(
        type=kind,
        title=_clip(_title(value, kind), TITLE_LIMIT),
        summary=_clip(_summary(value, kind), SUMMARY_LIMIT),
        language=_text(value, "lang"),
        exercise=(report is not None and report.exercise) or "exercise" in _texts(value, "labels"),
        revoked=value.get("revoked") is True,
        patterns=_patterns(value, kind),
        details=_details(value, kind),
        report=report,
    )


_DETAILS: dict[str, tuple[str, ...]] = {
    "indicator": ("indicator_types", "pattern_type", "valid_from", "valid_until"),
    "identity": ("identity_class", "sectors", "roles"),
    "malware": ("malware_types", "is_family", "aliases", "first_seen", "last_seen"),
    "relationship": ("relationship_type", "source_ref", "target_ref"),
    "sighting": ("sighting_of_ref", "count", "first_seen", "last_seen"),
    "report": ("report_types", "published"),
    "vulnerability": (),
    "attack-pattern": ("aliases",),
}
"""The properties worth a line, by type."""

_TITLES = ("name", "abstract", "value", "relationship_type", "path", "subject", "command_line", "opinion", "id")
"""Where a title is looked for, in this order."""

_HIDDEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Signs that are not seen and turn the direction of others, or part a word: beside a label they could change it."""

_SUMMARIES = ("description", "content", "explanation", "statement")


def _title(value: dict[str, Any], kind: str) -> str:
    if kind == "relationship":
        ends = (_type_of(value, "source_ref"), _text(value, "relationship_type") or "?", _type_of(value, "target_ref"))
        return " ".join(ends)
    return next((text for name in _TITLES if (text := _text(value, name))), kind)


def _summary(value: dict[str, Any], kind: str) -> str:
    if kind == "marking-definition" and isinstance(value.get("definition"), dict):
        return _text(value["definition"], "statement") or ""
    text = next((text for name in _SUMMARIES if (text := _text(value, name))), "")
    # A report of ours begins with its one-sentence summary, then a blank line.
    return text.split("\n\n", 1)[0] if _extension(value) else text


def _patterns(value: dict[str, Any], kind: str) -> tuple[str, ...]:
    if kind == "indicator":
        pattern = _text(value, "pattern")
        return (pattern,) if pattern else ()
    observed = _text(value, "value")
    return (observed,) if observed else ()


def _details(value: dict[str, Any], kind: str) -> tuple[tuple[str, str], ...]:
    found = ((name, _shown(value.get(name))) for name in _DETAILS.get(kind, ()))
    return tuple((name, text) for name, text in found if text)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return _clip(visible(str(value)), TITLE_LIMIT)
    if isinstance(value, list):
        return _clip(", ".join(visible(each) for each in value if isinstance(each, str)), TITLE_LIMIT)
    return ""


def _extension(value: dict[str, Any]) -> dict[str, Any]:
    extensions = value.get("extensions")
    found = extensions.get(LIAISON) if isinstance(extensions, dict) else None
    return found if isinstance(found, dict) else {}


def _report(value: dict[str, Any]) -> ReportFacts | None:
    found = _extension(value)
    if not found:
        return None
    number = found.get("report_number")
    return ReportFacts(
        form=_text(found, "form"),
        kind=_text(found, "report_kind"),
        number=number if type(number) is int else None,
        event_type=_text(found, "event_type"),
        causes=_texts(found, "causes"),
        service_impact=_text(found, "service_impact"),
        sector=_text(found, "sector"),
        ceptoar=_text(found, "ceptoar"),
        system_class=_text(found, "system_class"),
        recovery=_text(found, "recovery"),
        reference=_text(found, "reference"),
        noticed_at=_text(found, "noticed_at"),
        noticed_on=_text(found, "noticed_on"),
        occurred_at=_text(found, "occurred_at"),
        recovered_at=_text(found, "recovered_at"),
        correction=_text(found, "correction"),
        affected_service=_text(found, "affected_service"),
        affected_users=_text(found, "affected_users"),
        measures=_text(found, "measures"),
        spillover_from=_text(found, "spillover_from"),
        consents=_consents(found),
        not_for_publication=found.get("not_for_publication") is True,
        not_for_supervision=found.get("not_for_supervision") is True,
        exercise=found.get("exercise") is True,
        further=_mapping(found, "further"),
        states=_names(found, "states"),
    )


def _mapping(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _consents(value: dict[str, Any]) -> tuple[str, ...]:
    found = value.get("consents")
    return tuple(name for name in ("nco", "ministry", "foreign") if isinstance(found, dict) and found.get(name) is True)


def _text(value: dict[str, Any], name: str) -> str | None:
    found = value.get(name)
    return visible(found) if isinstance(found, str) else None


def _texts(value: dict[str, Any], name: str) -> tuple[str, ...]:
    found = value.get(name)
    return tuple(visible(each) for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _names(value: dict[str, Any], name: str) -> dict[str, str]:
    found = value.get(name)
    return (
        {key: visible(each) for key, each in found.items() if isinstance(each, str)} if isinstance(found, dict) else {}
    )


def _type_of(value: dict[str, Any], name: str) -> str:
    return (_text(value, name) or "?").partition("--")[0]


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
