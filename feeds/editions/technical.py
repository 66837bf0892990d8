"""Rule: build the STIX 2.1 objects of the technical part of a report, which goes out alone and names no victim.

A `report` holds it together, beside it indicators, weaknesses, and the text in the other language. Nothing here refers
to the report behind it: no reference number, sender or sector, no time of it, and ids that no other edition has.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from feeds.editions.contents import build_indicator, common_part, derived_uuid, publisher_identity
from feeds.editions.source import IndicatorSource, Party
from feeds.stix.extension import NAMESPACE
from feeds.stix.markings import tlp_marking_definition
from feeds.stix.writing import Object
from models.forms import FormField, Said, liaison_form
from models.vocabulary import Label

MAIN_TYPE: Final = "report"
"""The object that holds the technical part together."""
SECTION: Final = "technical"
"""The heading of the form whose fields it is made of."""

_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,7}(?![0-9])", re.IGNORECASE)
_NAMES: Final = {"ja": "技術情報", "en": "Technical information"}
_OPEN: Final = {"ja": "（", "en": " ("}
_CLOSE: Final = {"ja": "）", "en": ")"}
_COLON: Final = {"ja": "：", "en": ": "}
_SAYING: Final = frozenset({"none", "investigating", "unknown", "other"})
"""Kinds of attack that make no title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalSource:
    """One version of the technical part of a report."""

    edition_uuid: UUID
    label: Label
    publisher: Party
    created: datetime
    modified: datetime
    exercise: bool = False
    indicators: tuple[IndicatorSource, ...] = ()
    further: Mapping[str, Any] = field(default_factory=dict)
    language: str = "ja"


def build_technical(source: TechnicalSource) -> tuple[Object, ...]:
    """Build every object, the one that holds them together first, and last what says nothing about the report."""
    named = [build_indicator(source, each) for each in source.indicators] + _weaknesses(source)
    publisher = publisher_identity(source.publisher)
    main = common_part(source, MAIN_TYPE, source.edition_uuid)
    main |= _words(source, "ja")
    # The specification wants at least one reference, also where nothing but a text is told.
    main |= {"published": main["created"], "object_refs": [each["id"] for each in named] or [publisher["id"]]}
    if source.exercise:
        main["labels"] = ["exercise"]
    return (main, *named, _other_language(source, main), publisher, tlp_marking_definition(source.label))


def ids_of(main: Mapping[str, Any]) -> frozenset[str]:
    """The ids of everything that goes out with this object and says something, itself too."""
    uuid = UUID(str(main["id"]).partition("--")[2])
    own = [each for each in main["object_refs"] if not each.startswith("identity--")]
    return frozenset([main["id"], _language_id(uuid), *own])


def _words(source: TechnicalSource, language: str) -> dict[str, str]:
    fields = liaison_form().fields
    lines = [
        f"{_said(each.label, language)}{_COLON[language]}{text}"
        for section in liaison_form().sections
        if section.name == SECTION
        for each in section.fields
        if each.name in source.further and (text := _text(each, source.further[each.name], language))
    ]
    attack = str(source.further.get("attack", ""))
    name = _NAMES[language]
    if attack and attack not in _SAYING:
        name += f"{_OPEN[language]}{_said(fields['attack'].options.get(attack), language)}{_CLOSE[language]}"
    mark = {"ja": "【訓練】", "en": "[EXERCISE] "}[language] if source.exercise else ""
    return {"name": mark + name, "description": "\n".join(lines)} if lines else {"name": mark + name}


def _text(asked: FormField, value: Any, language: str) -> str:
    if asked.type in {"code", "codes"}:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(_said(asked.options.get(code), language) or str(code) for code in codes)
    if asked.type == "number":
        numbers = "–".join(str(value[name]) for name in ("exact", "about", "least", "most") if name in value)
        return f"{numbers} {_said(asked.unit, language)}"
    return str(value)


def _said(words: Said | None, language: str) -> str:
    return words.name(language) if words is not None else ""


def _weaknesses(source: TechnicalSource) -> list[Object]:
    names = dict.fromkeys(each.upper() for each in _CVE.findall(str(source.further.get("vulnerability", ""))))
    found = []
    for name in names:
        made = common_part(source, "vulnerability", derived_uuid(source, f"vulnerability:{name}"))
        made |= {"name": name, "external_references": [{"source_name": "cve", "external_id": name}]}
        found.append(made | {"labels": ["exercise"]} if source.exercise else made)
    return found


def _other_language(source: TechnicalSource, main: Object) -> Object:
    made = common_part(source, "language-content", _uuid_of(_language_id(source.edition_uuid)))
    del made["lang"]
    said = {"object_ref": main["id"], "object_modified": main["modified"], "contents": {"en": _words(source, "en")}}
    return made | said


def _language_id(uuid: UUID) -> str:
    return f"language-content--{uuid5(NAMESPACE, f'{uuid}:language-content')}"


def _uuid_of(stix_id: str) -> UUID:
    return UUID(stix_id.partition("--")[2])
