"""A rule: JSON with one possible byte string (RFC 8785), and a reader that refuses what can be read two ways."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any, NoReturn, cast

import orjson
import rfc8785

from crypto.errors import NotCanonical, OtherSpelling

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that a double holds exactly together with its neighbours (RFC 7493, 2.2)."""

FIRST_EXPONENT = 1e21
"""From here on RFC 8785 writes numbers with an exponent; below, whole numbers are written out as integers."""

DEFAULT_MAX_DEPTH = 100
"""Objects and lists nested deeper than this are an attack or a mistake; STIX needs about ten."""

# Strings are swallowed whole, also one that never closes: each byte is looked at once, whatever the input.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def canonical_json(value: object) -> bytes:
    """The RFC 8785 form of a value made of dict, list, tuple, str, int, float, bool and None.

    Raises:
        NotCanonical: the value has no such form (NaN, integers beyond 2^53, lone surrogates, other types).
    """
    try:
        if _is_common(value):
            with suppress(orjson.JSONEncodeError):  # deeper than it goes, or a lone surrogate: the other one says so
                return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return rfc8785.dumps(cast("Any", value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(f"expected JSON that RFC 8785 can write, found {type(error).__name__}") from None
    except RecursionError:
        raise NotCanonical("expected a value of modest depth, found one nested too deeply") from None


def _is_common(value: object) -> bool:
    """Whether the quick writer has no choice but to write as RFC 8785 does.

    Names of ASCII sort alike by any rule, and there is one way to write a text, a small whole number or a word of
    JSON. Fractions, other names and whatever else is left to the slow writer, a tenth as fast.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -MAX_SAFE_INTEGER <= cast("int", value) <= MAX_SAFE_INTEGER
    if kind is dict:
        members = cast("dict[object, object]", value)
        return all(type(name) is str and name.isascii() for name in members) and all(map(_is_common, members.values()))
    return kind is list and all(map(_is_common, cast("list[object]", value)))


def is_canonical(raw: bytes) -> bool:
    """Whether these bytes are what `canonical_json` would write.

    Raises:
        NotCanonical: they are not even JSON with one meaning.
    """
    try:
        read_canonical(raw)
    except OtherSpelling:
        return False
    return True


def read_canonical(raw: bytes) -> Any:
    """The value of JSON in its canonical form, as `parse_strict` gives it.

    Raises:
        OtherSpelling: it is JSON with one meaning, but `canonical_json` would write other bytes.
        NotCanonical: it is not even that.
    """
    if raw == b"null":
        return None
    # A quicker writer agrees with RFC 8785 on all but numbers with a fraction, large ones, and names beyond U+FFFF.
    if not _needs_care(raw):
        try:
            value = orjson.loads(raw)
            if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == raw:
                return value  # a name that came twice, or a half surrogate, would have been written otherwise
        except ValueError:
            pass
    value = parse_strict(raw)
    if canonical_json(value) != raw:
        raise OtherSpelling("expected the canonical form, found another spelling of the same")
    return value


_ODD_NUMBER = re.compile(rb"[:\[,]-?\d+(?:[.eE]|\d{15})")
"""A number that is no small integer; rarely also something inside a string."""

_BEYOND = re.compile(rb"[\xf0-\xff]")
"""A character beyond U+FFFF."""


def _needs_care(raw: bytes) -> bool:
    """Whether two writers might differ. Two plain searches are ten times as quick as one with a choice at each byte."""
    if raw[:1].isdigit() or raw[:1] == b"-" or _ODD_NUMBER.search(raw) is not None:
        return True
    return not raw.isascii() and _BEYOND.search(raw) is not None


def parse_strict(raw: bytes, *, max_depth: int = DEFAULT_MAX_DEPTH) -> Any:
    """Read JSON that has exactly one meaning (I-JSON, RFC 7493): the result can always be written canonically.

    Raises:
        NotCanonical: not UTF-8, not JSON, a name twice in one object, NaN or an infinity, a number whose canonical
            form is an integer beyond 2^53, a lone surrogate, or nesting deeper than `max_depth`.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotCanonical(f"expected UTF-8, found another byte at offset {error.start}") from None
    _check_depth(text, max_depth)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_names,
            parse_int=_safe_integer,
            parse_float=_safe_float,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise NotCanonical(f"expected JSON, found a mistake at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise NotCanonical("expected JSON of modest depth, found one nested too deeply") from None
    if "\\u" in text:  # only an escape can write a lone surrogate; UTF-8 itself cannot
        _refuse_lone_surrogates(value)
    return value


def _check_depth(text: str, max_depth: int) -> None:
    """Count brackets before anything recursive sees them."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for match in _TOKENS.finditer(text):
        sign = match[0]
        if sign in "[{":
            depth += 1
            if depth > max_depth:
                raise NotCanonical(f"expected at most {max_depth} levels, found more at character {match.start()}")
        elif sign in "]}":
            depth -= 1


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("expected each name once in an object, found one twice")
    return found


def _safe_integer(digits: str) -> int:
    # 17 characters hold every safe integer with its sign; longer ones are not even converted (that is quadratic).
    if len(digits) > 17 or abs(int(digits)) > MAX_SAFE_INTEGER:
        raise NotCanonical(f"expected integers up to {MAX_SAFE_INTEGER}, found one of {len(digits)} characters")
    return int(digits)


def _safe_float(digits: str) -> float:
    number = float(digits)
    if MAX_SAFE_INTEGER < abs(number) < FIRST_EXPONENT:
        raise NotCanonical("expected a number that stays itself, found one whose canonical form is an unsafe integer")
    if abs(number) == float("inf"):
        raise NotCanonical("expected a number that a double can hold, found one beyond it")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise NotCanonical(f"expected a JSON value, found {name}")


def _refuse_lone_surrogates(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            try:
                item.encode("utf-8")
            except UnicodeEncodeError:
                raise NotCanonical("expected Unicode text, found a lone surrogate") from None
        elif isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
