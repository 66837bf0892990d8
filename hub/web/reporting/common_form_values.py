"""Rule: what stands in the cells of a common form: the fields of a report as texts, and such texts as a form is typed.

The texts are Japanese, as the forms are. A code stands before its name, so that it is found again whatever the name.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from models.forms import FormField, liaison_form
from sharing.reports import codes
from sharing.reports.fields import ReportFields

Lists = Mapping[str, Mapping[str, str]]
"""List → code → Japanese name."""
Controls = dict[str, list[str]]

CORE_LISTS: Final[Mapping[str, str]] = {
    "event_type": codes.EVENT_TYPES,
    "service_impact": codes.SERVICE_IMPACT,
    "system_class": codes.SYSTEM_CLASSES,
    "recovery": codes.RECOVERY_STATES,
    "spillover_from": codes.SECTORS,
    "causes": codes.CAUSE_TYPES,
}
MOMENTS: Final = frozenset({"occurred_at", "noticed_at", "recovered_at"})
_STATES: Final = {"不明": "unknown", "調査中": "investigating"}
_STATE_NAMES: Final = {code: name for name, code in _STATES.items()}
LONGEST_VALUE: Final = 200
"""Characters of a cell that may say a number or a time; to look for one in a longer text could take minutes."""
_NUMBER: Final = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_BETWEEN: Final = re.compile(rf"({_NUMBER})\D*?(?:[-~―－]|から|to)\D*?({_NUMBER})\D*")
_ONE: Final = re.compile(rf"(約|およそ|about)?\s*({_NUMBER})\D*")
_MOMENT: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s(]*(?:[^\d\s]*\)?\s*)?(\d{1,2})[:時](\d{1,2})"
)


def cell_texts(fields: ReportFields, names: Iterable[str], lists: Lists, zone: ZoneInfo) -> dict[str, str]:
    """The text of each field that the report says something of."""
    found: dict[str, str] = {}
    for name in names:
        text = _core_text(name, fields, lists, zone) if name not in liaison_form().further else ""
        if name in fields.further:
            text = _further_text(liaison_form().further[name], fields.further[name], lists, zone)
        text = text or _STATE_NAMES.get(fields.states.get(name, ""), "")
        if text:
            found[name] = text
    return found


def _core_text(name: str, fields: ReportFields, lists: Lists, zone: ZoneInfo) -> str:
    value = getattr(fields, name, None)
    if name == "indicators":
        return "\n".join(each.value for each in fields.indicators)
    if name in MOMENTS:
        return _screen(value, zone) if value else ""
    if name in CORE_LISTS:
        given = value if isinstance(value, tuple) else (value,) if value else ()
        return "\n".join(_named(lists.get(CORE_LISTS[name], {}), code) for code in given)
    return str(value or "")


def _further_text(asked: FormField, value: Any, lists: Lists, zone: ZoneInfo) -> str:
    if asked.type in {"code", "codes"}:
        given = value if isinstance(value, list) else [value]
        return "\n".join(_named(_options(asked, lists), code) for code in given)
    if asked.type == "number":
        if "least" in value:
            return f"{value['least']}～{value['most']}"
        return f"約{value['about']}" if "about" in value else str(value["exact"])
    if asked.type == "moment":
        return _screen(datetime.fromisoformat(value), zone)
    if asked.type == "stages":
        return "\n".join(f"{_screen(datetime.fromisoformat(each['at']), zone)} {each['note']}" for each in value)
    return str(value)


def _named(names: Mapping[str, str], code: str) -> str:
    return f"{code} {names[code]}" if code in names else code


def _options(asked: FormField, lists: Lists) -> Mapping[str, str]:
    if asked.code_list is not None:
        return lists.get(asked.code_list, {})
    return {code: words.ja for code, words in asked.options.items()}


def _screen(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def choices_of(name: str, lists: Lists) -> tuple[str, ...]:
    """What may be written in the cell of a field that takes a code: each code with its name."""
    asked = liaison_form().fields.get(name)
    if name in CORE_LISTS:
        names = lists.get(CORE_LISTS[name], {})
    else:
        names = _options(asked, lists) if asked is not None and asked.type in {"code", "codes"} else {}
    return tuple(_named(names, code) for code in names)


def controls_of(texts: Mapping[str, str], lists: Lists) -> tuple[Controls, list[str]]:
    """What a form would hold if somebody had typed these texts, and the fields whose text could not be read."""
    found: Controls = {}
    unread: list[str] = []
    for name, text in texts.items():
        asked = liaison_form().fields.get(name)
        plain = unicodedata.normalize("NFKC", text).strip()
        if not plain:
            continue
        if plain in _STATES and name not in {"service_impact", "recovery", "system_class"}:
            how = "how" if asked is not None and asked.type == "number" else "state"
            made: Controls | None = {f"{name}-{how}": [_STATES[plain]]}
        else:
            made = _reader(name, asked)(name, text if _is_text(name, asked) else plain, lists)
        if made is None:
            unread.append(name)
        else:
            found |= made
    return found, unread


def _is_text(name: str, asked: FormField | None) -> bool:
    return (asked is not None and asked.is_text) or (name not in CORE_LISTS and name not in MOMENTS)


def _reader(name: str, asked: FormField | None) -> Callable[[str, str, Lists], Controls | None]:
    if name in CORE_LISTS or (asked is not None and asked.type in {"code", "codes"}):
        return _read_codes
    if name in MOMENTS or (asked is not None and asked.type == "moment"):
        return _read_moment
    if asked is not None and asked.type == "number":
        return _read_number
    return lambda field, text, _lists: {field: [text]}


def _read_codes(name: str, text: str, lists: Lists) -> Controls | None:
    asked = liaison_form().fields.get(name)
    names = lists.get(CORE_LISTS[name], {}) if name in CORE_LISTS else _options(asked, lists) if asked else {}
    found = [_code(part, names) for part in re.split(r"[\n、;]+", text) if part.strip()]
    several = name == "causes" or (asked is not None and asked.type == "codes")
    if not found or None in found or (len(found) > 1 and not several):
        return None
    return {name: [code for code in found if code]}


def _code(part: str, names: Mapping[str, str]) -> str | None:
    first = part.split(maxsplit=1)[0]
    if first in names:
        return first
    wanted = part.strip()
    return next((code for code, each in names.items() if unicodedata.normalize("NFKC", each) == wanted), None)


def _read_moment(name: str, text: str, _lists: Lists) -> Controls | None:
    matched = _MOMENT.match(text) if len(text) <= LONGEST_VALUE else None
    if matched is None:
        return None
    year, month, day, hour, minute = map(int, matched.groups())
    return {name: [f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}"]}


def _read_number(name: str, text: str, _lists: Lists) -> Controls | None:
    if len(text) > LONGEST_VALUE:
        return None
    between = _BETWEEN.fullmatch(text)
    if between is not None:
        return {f"{name}-how": ["between"], f"{name}-low": [between[1]], f"{name}-high": [between[2]]}
    one = _ONE.fullmatch(text)
    if one is None:
        return None
    return {f"{name}-how": ["about" if one[1] else "exact"], f"{name}-low": [one[2]]}


def lists_of(given: Mapping[str, Sequence[Any]], sectors: Sequence[codes.Named]) -> Lists:
    """The Japanese names of codes, from the lists that a form offers."""
    found = {name: {each.code: str(each.name_ja) for each in items} for name, items in given.items()}
    return found | {codes.SECTORS: {each.code: each.ja for each in sectors}}
