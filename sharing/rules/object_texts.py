"""Rule: which texts of a published object a person searches: what somebody wrote in it, not its ids and machinery."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

COMPANIONS: Final = frozenset(
    {"identity", "relationship", "marking-definition", "extension-definition", "language-content"}
)
"""Types that only say something about others: no line of a list stands for them."""

_MACHINERY: Final = frozenset({"event", "impact"})
"""What a report's incident says once more in the words of an extension."""

NOT_SEARCHED: Final = COMPANIONS | _MACHINERY
"""Types that no search finds."""

TEXTUAL: Final = (
    "incident",
    "report",
    "note",
    "opinion",
    "campaign",
    "course-of-action",
    "malware",
    "threat-actor",
    "vulnerability",
)
"""Types that people write. The others come by the million, and mostly hold values: whole words find them."""

_SKIPPED: Final = frozenset(
    {
        "type", "id", "spec_version", "created", "modified", "created_by_ref", "lang", "pattern_type",
        "pattern_version", "extension_type", "valid_from", "valid_until", "object_marking_refs", "report_kind", "form",
        "service_impact", "sector", "ceptoar", "determination", "investigation_status", "incident_types", "causes",
        "recovery", "system_class", "spillover_from", "noticed_at", "occurred_at", "recovered_at", "labels",
    }
)  # fmt: skip
_DEEPEST: Final = 8


def is_searched(kind: str) -> bool:
    """Whether objects of this type are found by words at all."""
    return kind not in NOT_SEARCHED


def in_parts(kind: str) -> bool:
    """Whether pieces of Latin words find an object of this type too."""
    return kind in TEXTUAL


def texts_of(raw: bytes) -> list[str]:
    """The texts of an object; of bytes that are none, nothing."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return []
    return list(_texts(value, 0)) if isinstance(value, dict) else []


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth > _DEEPEST:
        return
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in _SKIPPED and not key.endswith(("_ref", "_refs")):
                yield from _texts(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, depth + 1)
