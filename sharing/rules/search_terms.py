"""Rule: the terms under which a text is found, and the terms that a question asks for.

Japanese is indexed by pairs of neighbouring characters, so that a word of two (停電) is found; Latin words as a whole,
and by threes, so that a part of a word is. Values such as an address or a reference number are several words with signs
between. A term is a number of 31 bits: two texts may share one by chance, so whoever asks looks into what was found
once more (`holds`).
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Final

from msgspec import Struct

from sharing.rules.folding import JAPANESE, fold

MOST_WORDS: Final = 8
"""Words of one question; more are not typed by people."""

LONGEST_QUESTION: Final = 200
"""Characters of a question that are looked at."""

LONGEST_INDEXED: Final = 40_000
"""Characters of one object that are indexed; a report's texts are shorter."""

_PART: Final = 3


REMEMBERED: Final = 16_384
"""Tokens whose terms a process remembers; a country has some thousands."""


@cache
def _run() -> re.Pattern[str]:
    """A run of Japanese, or a word of letters and digits. Ranges this wide take milliseconds to compile."""
    return re.compile(f"[{JAPANESE}]+|[^\\W{JAPANESE}_]+")


@cache
def _japanese() -> re.Pattern[str]:
    return re.compile(f"[{JAPANESE}]")


def number_of(term: str) -> int:
    """The number that stands for a term."""
    return zlib.crc32(term.encode()) & 0x7FFFFFFF


@lru_cache(maxsize=REMEMBERED)
def token_term(token_id: int) -> int:
    """The term under which holders of a token find what was granted to it."""
    return number_of(f"\0token {token_id}")


def terms_of(texts: Iterable[str], *, in_parts: bool) -> set[int]:
    """Every term of these texts; `in_parts` also finds pieces of Latin words, which values of indicators do without."""
    found: set[str] = set()
    left = LONGEST_INDEXED
    for text in texts:
        folded = fold(text[:left])
        left -= len(text)
        for run in _run().findall(folded):
            found.update(_of_run(run, in_parts=in_parts))
        if left <= 0:
            break
    return {number_of(term) for term in found}


def _of_run(run: str, *, in_parts: bool) -> Iterator[str]:
    if _japanese().match(run):
        yield from run
        yield from (run[place : place + 2] for place in range(len(run) - 1))
        return
    yield f"={run}"
    if in_parts and not run.isdigit():
        yield from (run[place : place + _PART] for place in range(len(run) - _PART + 1))


class Wanted(Struct, frozen=True):
    """One word of a question: it is found where all terms of one of these sets are."""

    word: str
    ways: tuple[frozenset[int], ...]


class Asked(Struct, frozen=True):
    """A question that can be asked of the index; all its words must be found."""

    words: tuple[Wanted, ...]

    def holds(self, texts: Iterable[str]) -> bool:
        """Whether each word stands in one of these texts as a whole."""
        folded = [fold(text) for text in texts]
        return all(any(each.word in text for text in folded) for each in self.words)


@lru_cache(maxsize=512)
def parse_question(text: str) -> Asked | None:
    """Read what was typed into the box; None where nothing of it can be searched."""
    typed = [fold(word) for word in text[:LONGEST_QUESTION].split()]
    words = [word for word in dict.fromkeys(_tidy(word) for word in typed) if word]
    wanted = [Wanted(word, ways) for word in words[:MOST_WORDS] if (ways := _ways(word))]
    return Asked(tuple(wanted)) if wanted else None


def _tidy(word: str) -> str:
    """Without the signs around a word, which quotes and brackets leave."""
    found = re.search(r"\w.*\w|\w", word, re.DOTALL)
    return found.group() if found else ""


def _ways(word: str) -> tuple[frozenset[int], ...]:
    """The ways in which a word can stand in the index."""
    parts: set[str] = set()
    whole: set[str] = set()
    for run in _run().findall(word):
        if _japanese().match(run):
            pairs = {run[place : place + 2] for place in range(len(run) - 1)} or {run}
            parts |= pairs
            whole |= pairs
        else:
            whole.add(f"={run}")
            short = len(run) < _PART or run.isdigit()
            parts |= {f"={run}"} if short else {run[place : place + _PART] for place in range(len(run) - _PART + 1)}
    return tuple(dict.fromkeys(way for way in (_numbers(whole), _numbers(parts)) if way))


def _numbers(terms: Iterable[str]) -> frozenset[int]:
    return frozenset(number_of(term) for term in terms)
