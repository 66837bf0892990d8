"""Holds how the further fields of a report are shown: under the names of the form, in the reader's language."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from hub.i18n import Words, current_language, format_moment
from hub.web.words.reports import STATE_WORDS
from models.forms import FormField, liaison_form

Names = Callable[[str, str | None], str | None]


def further_lines(further: Mapping[str, Any], states: Mapping[str, str], names: Names) -> list[tuple[Words, str]]:
    """Name and value of each, in the order of the form.

    It may have come from anywhere: a value that is not what its field takes is left out, and so is a field that this
    version of the program does not know.
    """
    known = liaison_form().further
    shown: list[tuple[Words, str]] = []
    for name, asked in known.items():
        label = asked.label.name(current_language()) if asked.label else name
        value = _shown(asked, further.get(name), names) if name in further else _state(states.get(name))
        if value:
            shown.append((label, value))
    return shown


def state_lines(states: Mapping[str, str], labels: Mapping[str, Words]) -> list[tuple[Words, str]]:
    """The fields with columns of their own of which nobody knows what they are."""
    core = [name for name, each in liaison_form().fields.items() if each.type == "core"]
    return [(labels[name], words) for name in core if (words := _state(states.get(name))) and name in labels]


def quantity_words(value: Mapping[str, Any]) -> str:
    """A number as it is meant."""
    numbers = {name: each for name, each in value.items() if isinstance(each, int | float)}
    if "least" in numbers and "most" in numbers:
        return str(_("%(least)s to %(most)s", least=_digits(numbers["least"]), most=_digits(numbers["most"])))
    if "about" in numbers:
        return str(_("about %(number)s", number=_digits(numbers["about"])))
    return _digits(numbers["exact"]) if "exact" in numbers else ""


def _digits(number: float) -> str:
    return f"{number:,}"


def _state(state: object) -> str:
    return str(STATE_WORDS[state]) if isinstance(state, str) and state in STATE_WORDS else ""


def _shown(asked: FormField, value: Any, names: Names) -> str:
    if asked.type == "codes":
        return _joined(_code(asked, each, names) for each in value if isinstance(each, str)) if _is_list(value) else ""
    if asked.type == "number":
        unit = asked.unit.name(current_language()) if asked.unit else ""
        return f"{quantity_words(value)} {unit}".strip() if isinstance(value, Mapping) and quantity_words(value) else ""
    if asked.type == "stages":
        return "\n".join(_stage(each) for each in value if isinstance(each, Mapping)) if _is_list(value) else ""
    if not isinstance(value, str):
        return ""
    if asked.type == "code":
        return _code(asked, value, names)
    return _moment(value) if asked.type == "moment" else value


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _code(asked: FormField, code: str, names: Names) -> str:
    if asked.code_list is not None:
        return names(asked.code_list, code) or code
    words = asked.options.get(code)
    return words.name(current_language()) if words else code


def _joined(words: Iterable[str]) -> str:
    return ("、" if current_language() == "ja" else ", ").join(words)


def _moment(text: str) -> str:
    try:
        return format_moment(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text


def _stage(stage: Mapping[str, Any]) -> str:
    at, note = stage.get("at"), stage.get("note")
    return f"{_moment(at)} {note}" if isinstance(at, str) and isinstance(note, str) else ""
