"""Rule: what the texts of an object name: other objects by their ids, reports by their numbers, perhaps by titles."""

from typing import Any, Final

from sharing.rules.mentions import SHORTEST_TITLE, list_names

_WRITTEN: Final = ("name", "description", "abstract", "content", "explanation", "opinion", "objective")
"""The properties of STIX in which people write sentences; identifiers, references and patterns are none."""


_TELLING: Final = frozenset({"grouping", "incident", "note", "opinion", "report"})
"""Types in which people tell what happened; all others are made in thousands, and say what to look for."""


def told_in_texts(value: dict[str, Any], kind: str) -> tuple[str, ...]:
    """The texts in which the title of a report could be quoted."""
    if kind not in _TELLING:
        return ()
    return tuple([text for name in _WRITTEN if isinstance(text := value.get(name), str) and len(text) > SHORTEST_TITLE])


def names_in_texts(value: dict[str, Any]) -> tuple[str, ...]:
    """The ids and numbers that stand in the texts of an object, each once, however they are spelled; mostly none."""
    found: list[str] = []
    for name in _WRITTEN:
        text = value.get(name)
        if text.__class__ is str:
            found += list_names(text)
    return tuple(dict.fromkeys(found)) if found else ()
