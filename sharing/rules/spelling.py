"""Rule: one spelling for every way in which a word can be written, with the way back to where it stood.

Width, case, blanks, points, kana, and signs that only look alike are made one, so that no spelling hides a name.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct

_VOICING: Final = "\uff9e\uff9f\u3099\u309a"
"""Marks that belong to the kana before them, also in half width, where they are signs of their own."""

SILENT: Final = "ー一―‐"
"""Long marks, and the kanji and dashes that look like one: the one spelling drops them."""
_LOOK_ALIKE: Final = str.maketrans(
    # Cyrillic and Greek letters that nobody can tell from Latin ones.
    dict(zip("асеорхуікмтвнѕјԁһӏαοενρτυκικ", "aceopxyikmtbhsjdhlaoevptukik", strict=True))
    # Kanji that look like katakana, as hiragana (katakana are folded to it); long marks that look like dashes.
    | dict(zip("力二口工夕八卜才千三へ", "かにろえたはとおちみへ", strict=True))
    | dict.fromkeys(SILENT)
)
_KATAKANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


class Folded(Struct, frozen=True):
    """A text in the one spelling, and for each of its signs where it stands in the text as written."""

    plain: str
    places: tuple[int, ...]

    def span(self, begin: int, end: int, text: str) -> tuple[int, int]:
        """Where a piece of the one spelling stands in the text: begin, and end after all marks that belong to it."""
        last = self.places[end - 1]
        after = last + 1
        while after < len(text) and (text[after] in _VOICING or unicodedata.combining(text[after])):
            after += 1
        return self.places[begin], after


def fold(text: str) -> Folded:
    """The one spelling of a text: letters, digits and the brackets of legal forms remain."""
    plain: list[str] = []
    places: list[int] = []
    for place, cluster in _clusters(text):
        for sign in unicodedata.normalize("NFKC", cluster).casefold():
            if unicodedata.category(sign)[0] in "ZPC" and sign not in "()":
                continue
            folded = sign.translate(_KATAKANA).translate(_LOOK_ALIKE)
            plain.append(folded)
            places += [place] * len(folded)
    return Folded("".join(plain), tuple(places))


_PART: Final = "\x00"
"""Stands for a sign that is read together with others; it is in no folded text."""
_MOST_SIGNS: Final = 70_000
"""Signs whose spelling a process keeps: more than are ever written, fewer than there are."""


class _Signs(dict[int, str]):
    """How each sign is spelled that stands alone; found out when it first comes."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        folded = _PART if sign in _VOICING or unicodedata.combining(sign) else fold(sign).plain
        if len(self) < _MOST_SIGNS:
            self[code] = folded
        return folded


_SIGNS: Final = _Signs()
_USUAL_CLUSTER: Final = 4
"""Signs of a sign with its marks; one with more is spelled anew each time, so that nobody fills what is kept."""


def fold_plain(text: str) -> str:
    """As `fold(text).plain`, in a twentieth of the time where no sign has marks of its own."""
    plain = text.translate(_SIGNS)
    if _PART not in plain:
        return plain
    return "".join([_cluster(each) if len(each) <= _USUAL_CLUSTER else fold(each).plain for _, each in _clusters(text)])


@lru_cache(maxsize=4_096)
def _cluster(cluster: str) -> str:
    return fold(cluster).plain


def simplified(text: str) -> str:
    """One width, case and kana, look-alike signs made one; blanks and points stay, so that words stand apart."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_KATAKANA).translate(_LOOK_ALIKE)


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Each sign with the marks that belong to it, so that half-width and combined kana are read as one."""
    begin = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not (text[place] in _VOICING or unicodedata.combining(text[place])):
            yield begin, text[begin:place]
            begin = place
