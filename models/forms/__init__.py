"""The report form as data: a JSON file a version, read once; `sharing.reports.further` judges what it is given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

from msgspec import Struct

LIAISON: Final = "liaison"
"""情報連絡様式."""
CORE: Final = "core"
"""The type of fields that have a place of their own in a report."""
TEXT_LIMITS: Final[Mapping[str, int]] = {"line": 400, "text": 10_000}
"""Characters of a short and of a long text."""


class InAnonymised(StrEnum):
    """What an anonymised edition does with a field."""

    KEEP = "keep"
    COARSE = "coarse"
    DROP = "drop"


class Said(Struct, frozen=True):
    """Words in both languages."""

    ja: str
    en: str

    def name(self, locale: str) -> str:
        """The words in the reader's language."""
        return self.ja if locale == "ja" else self.en


class FormField(Struct, frozen=True):
    """One field: what it is called, what it takes, when it is asked, and what an anonymised edition does with it."""

    name: str
    type: str
    label: Said | None
    hint: Said | None
    example: Said | None
    unit: Said | None
    options: Mapping[str, Said]
    code_list: str | None
    """The code list that its codes are of, where it has no options of its own."""
    near_miss: bool
    """Whether the shorter form of a near miss has it."""
    wanted: frozenset[str]
    """Kinds of report that are not complete without it; they are filed all the same."""
    anonymised: InAnonymised
    future: bool
    whole: bool
    rows: int

    @property
    def is_text(self) -> bool:
        """Whether it holds free text."""
        return self.type in TEXT_LIMITS

    @property
    def limit(self) -> int:
        """Characters that it takes."""
        return TEXT_LIMITS[self.type]


class FormSection(Struct, frozen=True):
    """A heading and the fields that are folded under it."""

    name: str
    title: Said
    fields: tuple[FormField, ...]


@dataclass(frozen=True)
class FormDefinition:
    """One version of a form."""

    form: str
    version: str
    title: Said
    confirmed: bool
    sections: tuple[FormSection, ...]

    @cached_property
    def fields(self) -> Mapping[str, FormField]:
        """Every field by name, in the order of the form."""
        return {each.name: each for section in self.sections for each in section.fields}

    @cached_property
    def further(self) -> Mapping[str, FormField]:
        """The fields that have no place of their own in a report."""
        return {name: each for name, each in self.fields.items() if each.type != CORE}


@cache
def definitions() -> tuple[FormDefinition, ...]:
    """Every version that ships with the program, the oldest first."""
    folder = resources.files(__name__)
    raw = [json.loads(each.read_text("utf-8")) for each in folder.iterdir() if each.name.endswith(".json")]
    return tuple(sorted(map(read_definition, raw), key=lambda each: (each.form, each.version)))


@cache
def liaison_form() -> FormDefinition:
    """The form that is filled in now."""
    return [each for each in definitions() if each.form == LIAISON][-1]


def read_definition(raw: Mapping[str, Any]) -> FormDefinition:
    """A definition from its document."""
    return FormDefinition(
        form=raw["form"],
        version=raw["version"],
        title=Said(**raw["title"]),
        confirmed=raw["confirmed"],
        sections=tuple(
            FormSection(each["name"], Said(**each["title"]), tuple(map(_read_field, each["fields"])))
            for each in raw["sections"]
        ),
    )


def _read_field(raw: Mapping[str, Any]) -> FormField:
    def said(name: str) -> Said | None:
        return Said(**raw[name]) if name in raw else None

    return FormField(
        name=raw["name"],
        type=raw["type"],
        label=said("label"),
        hint=said("hint"),
        example=said("example"),
        unit=said("unit"),
        options={each["code"]: Said(each["ja"], each["en"]) for each in raw.get("options", ())},
        code_list=raw.get("list"),
        near_miss=raw.get("near_miss", False),
        wanted=frozenset(raw.get("wanted", ())),
        anonymised=InAnonymised(raw.get("anonymised", InAnonymised.KEEP)),
        future=raw.get("future", False),
        whole=raw.get("whole", False),
        rows=raw.get("rows", 4),
    )
