"""Rule: what a text names that is stricter than the text itself: an object's id, a reference number, a report's title.

Asked only about what the author may see: what is hidden is treated exactly as what does not exist, so that no answer
tells whether it does. What is found is asked about, never removed: a number may stand there on purpose.
"""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import Struct

from crypto.errors import BadReference
from crypto.tokens import parse_reference
from models.vocabulary import Label
from sharing.rules.spelling import fold_plain

SHORTEST_TITLE: Final = 10
"""Signs of a title, without blanks and points, that make it one: shorter ones stand in every report."""

MOST_FOUND: Final = 200
"""Ids and numbers of one text that are looked up; a text with more is a list of them."""

_HYPHENS: Final = "‐‑‒–—―−ー-"
"""The plain one stands last: between two signs of a pattern it would mean all that lie between them."""
_ID: Final = re.compile(
    r"[a-z][a-z0-9-]{2,40}--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)
_INSIDE_ID: Final = re.compile(f"[{_HYPHENS}][{_HYPHENS}]")
_PLAIN_HYPHENS: Final = str.maketrans(dict.fromkeys(_HYPHENS, "-"))
ODD_HYPHENS: Final = "‐‑‒–—―⁻₋−︱︲﹘﹣－"
"""What is no plain hyphen and is read as one; the two long marks of Japanese besides, which stand in every text."""
_LONG_MARKS: Final = "ーｰ"
_LONG: Final = "\x01"
"""Stands for a long mark; in JSON it can stand for nothing else."""
_ODD_PAIRS: Final = (_LONG + _LONG, "-" + _LONG, _LONG + "-")
_SIGN: Final = "[0-9A-Za-z]"
_NUMBER: Final = f"{_SIGN}{{4}}[ {_HYPHENS}]?{_SIGN}{{4}}[ {_HYPHENS}]?{_SIGN}(?!{_SIGN})"
# Every text that a machine posts is searched. This walks from word to word and never turns back, which takes a quarter
# of what it takes to try each sign of a text as a beginning.
_NEXT_NUMBER: Final = re.compile(f"[^0-9A-Za-z]*+(?:(?!{_NUMBER}){_SIGN}++[^0-9A-Za-z]*+)*+({_NUMBER})")
_FOUR_SIGNS: Final = re.compile(f"{_SIGN}{_SIGN}{{3}}")
_USUAL: Final = "\x00-\x7f\u3000-\u30ff\u3400-\u9fff！（），．：；？～"
"""Signs of which Japanese texts mostly consist; read narrow, none of them but those of ASCII is a letter or a digit."""
_MAY_NAME: Final = re.compile(f"{_SIGN}{{4}}|[^{_USUAL}]")
"""What every id and every number has in some spelling; most texts do not, and need not be read narrow."""


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


def list_ids(text: str, most: int | None = MOST_FOUND) -> tuple[str, ...]:
    """The ids of objects that stand in a text; of what a machine wrote, all of them (None)."""
    return _ids_in(_narrow(text), most)


def list_references(text: str) -> tuple[str, ...]:
    """The reference numbers that stand in a text, as the hub writes them; the check character tells them from words."""
    return _references_in(_narrow(text))


def list_names(text: str) -> tuple[str, ...]:
    """Both; mostly there are none, and it is told soon."""
    if _MAY_NAME.search(text) is None:
        return ()
    narrow = _narrow(text)
    if _FOUR_SIGNS.search(narrow) is None:
        return ()
    return _ids_in(narrow) + _references_in(narrow)


def may_spell_ids_oddly(raw: bytes) -> bool:
    """Whether an id could stand in these bytes of JSON without two plain hyphens; soon told of most."""
    if b"\\" in raw and b"\\u" in raw:  # any sign at all may stand there so
        return True
    if raw.isascii():
        return False
    text = raw.decode()  # one sign is found in a text ten times as soon as its three bytes are
    for odd in ODD_HYPHENS:
        if odd in text:
            return True
    for mark in _LONG_MARKS:
        text = text.replace(mark, _LONG)
    return any(each in text for each in _ODD_PAIRS)


class Title(NamedTuple):
    """A title in the one spelling, to be looked for among many others in many texts."""

    begin: str
    plain: str
    rank: int
    """Of the label of what is called so."""
    of: Hashable
    """What is called so."""


def title_for(text: str, rank: int, of: Hashable) -> Title | None:
    """A title as `find_quoted` looks for it; None of one that is too short to be looked for."""
    plain = fold_plain(text)
    return Title(plain[:SHORTEST_TITLE], plain, rank, of) if len(plain) >= SHORTEST_TITLE else None


def find_quoted(plain: str, begins: frozenset[str], titles: Iterable[Title]) -> list[Title]:
    """As `find_titles`, in a text in the one spelling; `begins` holds how each of the titles begins.

    What it takes depends on the text, and hardly on how many titles there are.
    """
    ends = range(SHORTEST_TITLE, len(plain) + 1)
    standing = begins.intersection(plain[end - SHORTEST_TITLE : end] for end in ends)  # a long text has a million
    if not standing:
        return []
    return [each for each in titles if each.begin in standing and each.plain in plain and each.plain != plain]


def find_mentions(texts: Mapping[str, str], label: Label, known: Sequence[Known]) -> tuple[Mention, ...]:
    """Every place of texts at a label that names something stricter, each thing once a text."""
    stricter = [each for each in known if each.label.rank > label.rank]
    by_name = {each.name: each for each in stricter if each.kind is not MentionKind.TITLE}
    found: list[Mention] = []
    for field, text in texts.items():
        named = [by_name[name] for name in (*list_ids(text), *list_references(text)) if name in by_name]
        named += find_titles(text, stricter)
        found += [Mention(field, each.kind, each.name, each.label) for each in dict.fromkeys(named)]
    return tuple(found)


def find_titles(text: str, known: Sequence[Known]) -> list[Known]:
    """The titles that a text quotes, of those that are known."""
    titles = [(each, title) for each in known if len(title := _title_of(each)) >= SHORTEST_TITLE]
    plain = fold_plain(text) if titles else ""
    # Two reports may begin with the same sentence; who quotes a title says something besides.
    return [each for each, title in titles if title in plain and title != plain]


def _title_of(known: Known) -> str:
    return _folded(known.name) if known.kind is MentionKind.TITLE else ""


@lru_cache(maxsize=4_096)
def _folded(title: str) -> str:
    """Titles are looked for again and again."""
    return fold_plain(title)


def _narrow(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _ids_in(narrow: str, most: int | None = MOST_FOUND) -> tuple[str, ...]:
    if "--" not in narrow and (narrow.isascii() or _INSIDE_ID.search(narrow) is None):
        return ()
    found = (match.group().lower() for match in _ID.finditer(narrow.translate(_PLAIN_HYPHENS)))
    return tuple(dict.fromkeys(found))[:most]


def _references_in(narrow: str) -> tuple[str, ...]:
    match = _NEXT_NUMBER.match(narrow)
    if match is None:
        return ()
    found: list[str] = []
    while match is not None:
        number = _read_reference(match[1])
        if number is not None:
            found.append(number)
        match = _NEXT_NUMBER.match(narrow, match.end())
    return tuple(dict.fromkeys(found))[:MOST_FOUND]


@lru_cache(maxsize=8_192)
def _read_reference(typed: str) -> str | None:
    """The number as the hub writes it; nothing where it is a word, and texts have the same words again and again."""
    try:
        return parse_reference(typed)
    except BadReference:
        return None
