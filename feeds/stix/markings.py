"""Rule: which TLP label an object's markings state, and the TLP 2.0 marking definitions themselves.

`stix2` does not know TLP 2.0; the identifiers and objects here are those that FIRST and OASIS published.
TLP 1.0 is read at the border: WHITE becomes CLEAR, the other names stay; AMBER is never turned into AMBER+STRICT.
"""

from functools import lru_cache
from typing import Any

from msgspec import Struct

from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because
from models.vocabulary import Label

TLP2_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP2_CREATED = "2022-10-01T00:00:00.000Z"

TLP2_IDS: dict[Label, str] = {
    Label.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Label.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Label.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Label.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Label.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

TLP1_NAMES: dict[str, str] = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "WHITE",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
}

_FROM_TLP1 = {"WHITE": Label.CLEAR, "GREEN": Label.GREEN, "AMBER": Label.AMBER, "RED": Label.RED}
_LABELS: dict[str, Label] = {marking: label for label, marking in TLP2_IDS.items()} | {
    marking: _FROM_TLP1[name] for marking, name in TLP1_NAMES.items()
}

REMEMBERED = 1_024
"""How many distinct lists of markings keep their answer; a feed uses a handful."""

USUAL_MARKINGS = 20
USUAL_ID = 100
"""Markings, and characters of each, in a list that is remembered: what others send must not grow here for good."""


class LabelReading(Struct, frozen=True):
    """What an object's markings say about its label."""

    label: Label | None
    """The strictest TLP label stated, or None when no marking is a TLP label."""
    decided_by: str | None
    """The marking-definition that stated it."""
    notes: tuple[Reason, ...] = ()
    """What the poster should know about how the markings were read."""
    unknown: tuple[str, ...] = ()
    """Marking references that are no TLP label; they never widen."""


def label_of(marking_refs: tuple[str, ...]) -> LabelReading:
    """Read the TLP label from an object's marking references: of several the strictest.

    A UUID is the same in capitals (RFC 9562 §4), so RED beside GREEN is RED however it is spelled.
    """
    is_usual = len(marking_refs) <= USUAL_MARKINGS and all(len(ref) <= USUAL_ID for ref in marking_refs)
    return _remembered(marking_refs) if is_usual else _read(marking_refs)


def _read(marking_refs: tuple[str, ...]) -> LabelReading:
    stated = tuple(dict.fromkeys(ref.lower() for ref in marking_refs if ref.lower() in _LABELS))
    unknown = tuple(dict.fromkeys(ref for ref in marking_refs if ref.lower() not in _LABELS))
    if not stated:
        return LabelReading(label=None, decided_by=None, unknown=unknown)
    # Of two markings with the same label the TLP 2.0 one is named as the deciding statement.
    decided_by = max(stated, key=lambda ref: (_LABELS[ref].rank, ref not in TLP1_NAMES))
    label = _LABELS[decided_by]
    return LabelReading(label=label, decided_by=decided_by, notes=_notes(stated, label), unknown=unknown)


_remembered = lru_cache(maxsize=REMEMBERED)(_read)


def _notes(stated: tuple[str, ...], label: Label) -> tuple[Reason, ...]:
    notes = [because(Code.OLD_LABEL, name=TLP1_NAMES[ref], label=_LABELS[ref]) for ref in stated if ref in TLP1_NAMES]
    labels = sorted({_LABELS[ref] for ref in stated}, key=lambda each: each.rank)
    if len(labels) > 1:
        notes.append(because(Code.SEVERAL_LABELS, labels=", ".join(labels), label=label))
    return tuple(notes)


def tlp_marking_definition(label: Label) -> dict[str, Any]:
    """Give the TLP 2.0 marking definition of a label as FIRST and OASIS published it."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP2_IDS[label],
        "created": TLP2_CREATED,
        "name": str(label),
        "extensions": {
            TLP2_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label.removeprefix("TLP:").lower()}
        },
    }


def tlp1_marking_definition(marking: str) -> dict[str, Any]:
    """Give the TLP 1.0 marking definition under one of the four ids as OASIS published it."""
    name = TLP1_NAMES[marking]
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": marking,
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": f"TLP:{name}",
        "definition": {"tlp": name.lower()},
    }


_DEFINITIONS: dict[str, dict[str, Any]] = {
    marking: {key: each for key, each in tlp_marking_definition(label).items() if key in {"type", "id", "extensions"}}
    for label, marking in TLP2_IDS.items()
} | {
    marking: {"id": marking, "definition_type": "tlp", "definition": {"tlp": name.lower()}}
    for marking, name in TLP1_NAMES.items()
}


def published_definition(marking: str) -> dict[str, Any] | None:
    """Give what the definition of a published label must say, or None for any other marking."""
    return _DEFINITIONS.get(marking.lower())
