"""Rule: what the texts of an object name: other objects by their ids, and reports by their numbers."""

from typing import Any, Final

from sharing.rules.mentions import list_names

_WRITTEN: Final = ("name", "description", "abstract", "content", "explanation", "opinion", "objective")
"""The properties of STIX in which people write sentences; identifiers, references and patterns are none."""


def names_in_texts(value: dict[str, Any]) -> tuple[str, ...]:
    """The ids and numbers that stand in the texts of an object, each once, however they are spelled; mostly none."""
    found: list[str] = []
    for name in _WRITTEN:
        text = value.get(name)
        if text.__class__ is str:
            found += list_names(text)
    return tuple(dict.fromkeys(found)) if found else ()
