"""Rule: whether the bytes of an object pass filters on its properties; most that do not are told apart without parsing.

A filter names a property and values, of which one must hold; several filters must all hold. Where the property is a
list, one of its items suffices. What stands in an object as bytes (a text without escapes) is looked for first, so that
only the few objects that hold it are parsed.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
import orjson


class Match(msgspec.Struct, frozen=True, array_like=True):
    """One filter: how to look, at what, for which values."""

    how: str
    """`top`, `anywhere`, `marking`, `refers`, `gte` or `lte`."""
    name: str
    values: tuple[str, ...]


class Wanted(NamedTuple):
    """The values of a filter, made ready once: to look one up costs the same however many there are."""

    first: str
    texts: frozenset[str]
    numbers: frozenset[float]

    @classmethod
    def of(cls, match: Match) -> "Wanted":
        """Those of a filter."""
        numbers = frozenset(float(each) for each in match.values if _NUMBER.fullmatch(each))
        return cls(match.values[0] if match.values else "", frozenset(match.values), numbers)


Passes = Callable[[bytes], bool]

_PLAIN: Final = re.compile(r"[A-Za-z0-9 _.:+@=-]+")
"""Texts that JSON writes in one way only, but for escapes that nobody needs."""
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_WORDS: Final = frozenset({"true", "false", "null"})
FEW_NEEDLES: Final = 8
"""Looking for more texts than this takes longer than parsing the object."""


@lru_cache(maxsize=256)
def passes(matches: tuple[Match, ...]) -> Passes:
    """The test of an object's bytes against all filters."""
    tests = [(_TESTS[each.how], each.name, Wanted.of(each)) for each in matches]
    sought = [(needles, each.how == "marking") for each in matches if (needles := _needles(each))]

    def test(body: bytes) -> bool:
        if b"\\" not in body:
            for needles, is_marking in sought:
                text = body.lower() if is_marking else body
                if not any(needle in text for needle in needles):
                    return False
        value = orjson.loads(body)
        return all(holds(value, name, wanted) for holds, name, wanted in tests)

    return test


def _needles(match: Match) -> tuple[bytes, ...]:
    """Of which bytes some must stand in an object that passes; none where the values can be written in several ways."""
    if match.how in {"gte", "lte"} or len(match.values) > FEW_NEEDLES:
        return ()
    plain = [each for each in match.values if _PLAIN.fullmatch(each) and not _NUMBER.fullmatch(each)]
    if len(plain) != len(match.values) or _WORDS.intersection(plain):
        return ()
    return tuple(f'"{each}"'.encode() for each in plain)


def _top(value: dict[str, Any], name: str, wanted: Wanted) -> bool:
    found = value.get(name)
    if found is None and name == "revoked":
        found = False
    return _equals(found, wanted)


def _anywhere(value: dict[str, Any], name: str, wanted: Wanted) -> bool:
    return any(_equals(found, wanted) for key, found in _properties(value) if key == name)


def _marking(value: dict[str, Any], _name: str, wanted: Wanted) -> bool:
    """The markings of the object or a part, as intake reads them: in capitals a label is the same."""
    granular, whole = value.get("granular_markings"), value.get("object_marking_refs")
    refs = [*whole] if isinstance(whole, list) else []
    refs += (
        [each.get("marking_ref") for each in granular if isinstance(each, dict)] if isinstance(granular, list) else []
    )
    return not wanted.texts.isdisjoint(ref.lower() for ref in refs if isinstance(ref, str))


def _refers(value: dict[str, Any], _name: str, wanted: Wanted) -> bool:
    return any(_equals(found, wanted) for key, found in _properties(value) if key.endswith(("_ref", "_refs")))


def _at_least(value: dict[str, Any], name: str, wanted: Wanted) -> bool:
    found, bound = _comparable(value.get(name)), _comparable(wanted.first)
    return found is not None and type(found) is type(bound) and found >= bound  # type: ignore[operator]


def _at_most(value: dict[str, Any], name: str, wanted: Wanted) -> bool:
    found, bound = _comparable(value.get(name)), _comparable(wanted.first)
    return found is not None and type(found) is type(bound) and found <= bound  # type: ignore[operator]


_TESTS: Final = {
    "top": _top,
    "anywhere": _anywhere,
    "marking": _marking,
    "refers": _refers,
    "gte": _at_least,
    "lte": _at_most,
}


def _properties(value: Any) -> Iterator[tuple[str, Any]]:
    """Every property at any depth."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key, each
            yield from _properties(each)
    elif isinstance(value, list):
        for each in value:
            yield from _properties(each)


def _equals(found: Any, wanted: Wanted) -> bool:
    if isinstance(found, list):
        return any(_equals(each, wanted) for each in found)
    if isinstance(found, bool):
        return ("true" if found else "false") in wanted.texts
    if isinstance(found, int | float):
        return found in wanted.numbers
    return isinstance(found, str) and found in wanted.texts


def _comparable(found: Any) -> float | str | None:
    """A number as such; a time as text that sorts like time, whatever its digits."""
    if isinstance(found, bool) or found is None:
        return None
    if isinstance(found, int | float):
        return float(found)
    if not isinstance(found, str):
        return None
    if _NUMBER.fullmatch(found):
        return float(found)
    whole, _, fraction = found.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<9}"
