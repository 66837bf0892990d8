"""Rule: what a text names that is stricter than the text itself: an object's id, a reference number, a report's title.

Asked only about what the author may see: what is hidden is treated exactly as what does not exist, so that no answer
tells whether it does. What is found is asked about, never removed: a number may stand there on purpose.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from msgspec import Struct

from crypto.errors import BadReference
from crypto.tokens import parse_reference
from models.vocabulary import Label
from sharing.reports.spelling import fold

SHORTEST_TITLE: Final = 10
"""Signs of a title, without blanks and points, that make it one: shorter ones stand in every report."""

MOST_FOUND: Final = 200
"""Ids and numbers of one text that are looked up; a text with more is a list of them."""

_ID: Final = re.compile(
    r"[a-z][a-z0-9-]{2,40}--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"(?<![0-9a-z])[0-9a-z]{4}[ -]?[0-9a-z]{4}[ -]?[0-9a-z](?![0-9a-z])", re.IGNORECASE)
_HYPHENS: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))


class MentionKind(StrEnum):
    """By what a text names something."""

    OBJECT = "object"
    REFERENCE = "reference"
    TITLE = "title"


class Known(Struct, frozen=True):
    """Something that the author may see, by a name that a text could hold."""

    kind: MentionKind
    name: str
    label: Label


class Mention(Struct, frozen=True):
    """A place where a text names something stricter than itself."""

    field: str
    kind: MentionKind
    found: str
    label: Label

    @property
    def words(self) -> str:
        """As a message says it."""
        return f"{self.found} ({self.label})"


def list_ids(text: str) -> tuple[str, ...]:
    """The ids of objects that stand in a text."""
    found = (match.group().lower() for match in _ID.finditer(_narrow(text)))
    return tuple(dict.fromkeys(found))[:MOST_FOUND]


def list_references(text: str) -> tuple[str, ...]:
    """The reference numbers that stand in a text, as the hub writes them; the check character tells them from words."""
    return tuple(dict.fromkeys(_read_references(_narrow(text))))[:MOST_FOUND]


def find_mentions(texts: Mapping[str, str], label: Label, known: Sequence[Known]) -> tuple[Mention, ...]:
    """Every place of texts at a label that names something stricter, each thing once a text."""
    stricter = [each for each in known if each.label.rank > label.rank]
    titles = [(each, _folded(each.name)) for each in stricter if each.kind is MentionKind.TITLE]
    by_name = {each.name: each for each in stricter if each.kind is not MentionKind.TITLE}
    found: list[Mention] = []
    for field, text in texts.items():
        named = [by_name[name] for name in (*list_ids(text), *list_references(text)) if name in by_name]
        plain = fold(text).plain if titles else ""
        # Two reports may begin with the same sentence; who quotes a title says something besides.
        named += [each for each, title in titles if len(title) >= SHORTEST_TITLE and title in plain and title != plain]
        found += [Mention(field, each.kind, each.name, each.label) for each in dict.fromkeys(named)]
    return tuple(found)


@lru_cache(maxsize=4_096)
def _folded(title: str) -> str:
    """Titles are looked for again and again."""
    return fold(title).plain


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_HYPHENS)


def _read_references(text: str) -> Iterator[str]:
    for match in _REFERENCE.finditer(text):
        try:
            yield parse_reference(match.group())
        except BadReference:
            continue
