"""Rule: how urgent a report looks by what it says. A hint for sorting an inbox; severity is assessed by others."""

from typing import Final

from models.vocabulary import ReportKind

HIGHEST: Final = 3

_ATTACKS: Final = frozenset({"E10", "E20", "E41", "E42", "E43"})
"""Leak, destruction, malware, malicious code, intrusion: it may be spreading while one reads."""

_OVER: Final = frozenset({ReportKind.FINAL, ReportKind.NEAR_MISS})


def hint_of(kind: ReportKind, event_type: str, service_impact: str, *, is_recovered: bool) -> int:
    """0: for information; 1: it is not known whether a service is affected; 2: it is, or it is an attack; 3: both."""
    if kind in _OVER or is_recovered:
        return 0
    affected, attack = service_impact == "yes", event_type in _ATTACKS
    if affected and attack:
        return HIGHEST
    if affected or attack:
        return 2
    return 1 if service_impact == "unknown" else 0
