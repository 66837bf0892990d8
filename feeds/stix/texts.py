"""Rule: which texts of an object could name something else: an object by its id, or a report by its number."""

import re
from typing import Any, Final

_WRITTEN: Final = ("name", "description", "abstract", "content", "explanation", "opinion", "objective")
"""The properties of STIX in which people write sentences; identifiers, references and patterns are none."""

_ID_INSIDE: Final = "--"
_NUMBER: Final = re.compile(r"-[0-9A-Z]{4}-[0-9A-Z](?![0-9A-Za-z])")
"""The end of a reference number; it begins with a sign of its own, which is searched five times as fast."""


def telling_texts(value: dict[str, Any]) -> tuple[str, ...]:
    """The texts of an object that are worth a closer look; mostly none is."""
    return tuple([text for name in _WRITTEN if isinstance(text := value.get(name), str) and _may_tell(text)])


def _may_tell(text: str) -> bool:
    return _ID_INSIDE in text or ("-" in text and _NUMBER.search(text) is not None)
