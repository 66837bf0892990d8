"""Holds the folded part of the report form: what its definition asks, as it stands on the page and as it was typed."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from hub.i18n import Words, current_language
from models.codelist import CodeItem
from models.forms import FormField, FormSection, liaison_form
from sharing.reports import codes
from sharing.reports.fields import ReportFields
from sharing.reports.further import MOST_STAGES, STATES

EMPTY_STAGES: Final = 3
"""Empty lines offered below the stages that are filled in."""
HOW_WORDS: Final[Mapping[str, Words]] = {
    "exact": _l("exactly"),
    "about": _l("about"),
    "between": _l("between (from, to)"),
}
"""How a number is meant."""
STATELESS: Final = frozenset({"code", "number", "codes"})
"""Types whose own choices hold that it is not known, or for which a tick says enough."""
CORE_WITH_OWN: Final = frozenset({"causes", "system_class", "recovery", "spillover_from", "indicators"})
"""The same among the fields with columns of their own."""


@dataclass
class Typed:
    """One further field on the page: what stands in its controls, and what is wrong with it."""

    asked: FormField
    name: str
    label: str
    hint: str
    example: str
    unit: str
    choices: Sequence[tuple[str, str]]
    value: str = ""
    values: Sequence[str] = ()
    how: str = ""
    low: str = ""
    high: str = ""
    stages: Sequence[tuple[str, str]] = ()
    state: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def is_filled(self) -> bool:
        """Whether anything stands in it."""
        return bool(self.value or self.values or self.low or self.high or self.state or any(map(any, self.stages)))

    @property
    def has_state(self) -> bool:
        """Whether it offers 不明 and 調査中 beside its value."""
        return self.asked.type not in STATELESS

    @property
    def lines(self) -> Sequence[tuple[str, str]]:
        """The stages with a few empty lines."""
        return [*self.stages, *[("", "")] * EMPTY_STAGES][:MOST_STAGES]


@dataclass
class FurtherForm:
    """The folded part of the form."""

    sections: Sequence[FormSection]
    fields: Mapping[str, Typed]
    states: Mapping[str, str]
    """What was chosen for fields with columns of their own."""

    def has_state(self, asked: FormField) -> bool:
        """Whether a field with a column of its own offers 不明 and 調査中."""
        return asked.name not in CORE_WITH_OWN

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    @property
    def wrong(self) -> list[Typed]:
        """The fields with something wrong."""
        return [each for each in self.fields.values() if each.errors]


def build_further(
    lists: Mapping[str, Sequence[CodeItem]],
    sectors: Sequence[codes.Named],
    *,
    data: MultiDict[str, str] | None,
    fields: ReportFields | None,
    zone: ZoneInfo,
    near_miss: bool,
) -> FurtherForm:
    """The folded part with what was typed, or with what the last version says."""
    language = current_language()
    sections = [_shortened(each) for each in liaison_form().sections] if near_miss else list(liaison_form().sections)
    found: dict[str, Typed] = {}
    for section in sections:
        for asked in section.fields:
            if asked.type == "core":
                continue
            typed = _empty(asked, _choices(asked, lists, sectors, language), language)
            if data is not None:
                _fill_typed(typed, data)
            elif fields is not None:
                _fill_said(typed, fields, zone)
            found[asked.name] = typed
    states = _states(data) if data is not None else dict(fields.states) if fields is not None else {}
    return FurtherForm([each for each in sections if each.fields], found, states)


def read_further_form(data: MultiDict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """What was typed, as `parse_fields` takes it."""
    further: dict[str, Any] = {}
    for name, asked in liaison_form().further.items():
        typed = _empty(asked, (), "en")
        _fill_typed(typed, data)
        value = _value(typed, zone)
        if value not in (None, "", []):
            further[name] = value
    return {"further": further, "states": _states(data)}


def _shortened(section: FormSection) -> FormSection:
    return FormSection(section.name, section.title, tuple(each for each in section.fields if each.near_miss))


def _states(data: MultiDict[str, str]) -> dict[str, str]:
    found = {name: data.get(f"{name}-state", "") for name in liaison_form().fields}
    how = {name: data.get(f"{name}-how", "") for name in liaison_form().further}
    found |= {name: value for name, value in how.items() if value in STATES}
    return {name: value for name, value in found.items() if value}


def _empty(asked: FormField, choices: Sequence[tuple[str, str]], language: str) -> Typed:
    def said(words: Any) -> str:
        return words.name(language) if words is not None else ""

    return Typed(asked, asked.name, said(asked.label), said(asked.hint), said(asked.example), said(asked.unit), choices)


def _choices(
    asked: FormField, lists: Mapping[str, Sequence[CodeItem]], sectors: Sequence[codes.Named], language: str
) -> list[tuple[str, str]]:
    if asked.code_list == codes.SECTORS:
        return [(each.code, each.name(language)) for each in sectors]
    if asked.code_list is not None:
        return [(each.code, each.name_ja if language == "ja" else each.name_en) for each in lists[asked.code_list]]
    found = [(code, words.name(language)) for code, words in asked.options.items()]
    return [("", _("Please choose")), *found] if asked.type == "code" else found


def _fill_typed(typed: Typed, data: MultiDict[str, str]) -> None:
    name = typed.name
    typed.value = data.get(name, "")
    typed.state = data.get(f"{name}-state", "")
    if typed.asked.type == "codes":
        typed.value, typed.values = "", data.getlist(name)
    elif typed.asked.type == "number":
        typed.how, typed.low, typed.high = (data.get(f"{name}-{part}", "").strip() for part in ("how", "low", "high"))
    elif typed.asked.type == "stages":
        times, notes = data.getlist(f"{name}-at"), data.getlist(f"{name}-note")
        lines = [(at, note) for at, note in zip(times, notes, strict=False) if at.strip() or note.strip()]
        typed.stages = lines[: MOST_STAGES + 1]


def _fill_said(typed: Typed, fields: ReportFields, zone: ZoneInfo) -> None:
    said = fields.further.get(typed.name)
    typed.state = fields.states.get(typed.name, "")
    if typed.asked.type == "number":
        typed.how = typed.state
    if said is None:
        return
    if typed.asked.type == "codes":
        typed.values = said
    elif typed.asked.type == "number":
        typed.how = next((how for how in ("exact", "about") if how in said), "between")
        typed.low = str(said.get(typed.how, said.get("least", "")))
        typed.high = str(said.get("most", ""))
    elif typed.asked.type == "stages":
        typed.stages = [(_screen(each["at"], zone), each["note"]) for each in said]
    else:
        typed.value = _screen(said, zone) if typed.asked.type == "moment" else said


def _screen(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def _value(typed: Typed, zone: ZoneInfo) -> Any:
    if typed.asked.type == "codes":
        return list(typed.values)
    if typed.asked.type == "number":
        return _quantity(typed)
    if typed.asked.type == "stages":
        return [{"at": zoned(at, zone), "note": note} for at, note in typed.stages]
    return zoned(typed.value, zone) if typed.asked.type == "moment" else typed.value


def _quantity(typed: Typed) -> Any:
    low, high = _number(typed.low), _number(typed.high)
    if low == "" and high == "":
        return None
    if typed.how == "between" or high != "":
        return {"least": low, "most": high}
    return {"about" if typed.how == "about" else "exact": low}


def _number(text: str) -> Any:
    """A number however wide it was typed; what is none stays a text, which the operation refuses."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("、", "").strip()
    try:
        return int(plain) if plain.isdecimal() and plain.isascii() else float(plain)
    except (ValueError, OverflowError):
        return plain


def zoned(text: str | None, zone: ZoneInfo) -> str | datetime | None:
    """What the browser gives has no zone: it is the screen's."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
    except ValueError:
        return text
