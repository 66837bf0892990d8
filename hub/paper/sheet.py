"""Rule: what stands on a paper, as data: texts that are shown as they are, whatever signs they hold."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from models.vocabulary import Label

LABEL_COLOURS: Final = {
    Label.CLEAR: "#FFFFFF",
    Label.GREEN: "#33FF00",
    Label.AMBER: "#FFC000",
    Label.AMBER_STRICT: "#FFC000",
    Label.RED: "#FF2B2B",
}
"""On black, as FIRST prescribes (TLP 2.0); what may not leave as a file has its colour all the same."""

LONGEST: Final = 800_000
"""Characters of a paper: the fullest digest has them, and nobody prints so many pages by accident."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One of a list of things, each with a label of its own."""

    title: str
    label: str
    text: str = ""
    small: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A heading with what stands under it."""

    heading: str = ""
    facts: Sequence[tuple[str, str]] = ()
    """Name and value; a value may have several lines."""
    texts: Sequence[str] = ()
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A paper with everything that stands on it."""

    language: str
    kind: str
    """What sort of paper it is."""
    title: str
    label: Label
    at: datetime
    """When its content was made: the date inside the file. The same content gives the same bytes."""
    printed: str
    """Who printed it when."""
    reference: str = ""
    marks: Sequence[str] = ()
    """Such as 【訓練】: on every page."""
    notes: Sequence[str] = ()
    """What must be known before the rest is read."""
    parts: Sequence[Part] = ()
    handling: tuple[str, Sequence[str]] = ("", ())
    """How it may be used: a heading and its lines."""

    def to_json(self) -> str:
        """What the template reads."""
        found = asdict(self)
        found["colours"] = LABEL_COLOURS
        del found["at"]
        return json.dumps(found, ensure_ascii=False, sort_keys=True)
