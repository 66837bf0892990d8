"""Rule: split a posted envelope into objects, each with its exact bytes and its parsed value.

Whole-body faults raise `EnvelopeError`; the fault of one object stays with that object. JSON that two programs could
read differently (a key twice, a lone surrogate, NaN, a number beyond 64 bits) is refused for the whole body: what is
checked here must be what every later reader sees in the same bytes.
"""

import json
import math
import re
from typing import Any, NoReturn

import msgspec
import orjson

from feeds.errors import EnvelopeError
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because

MAX_DEPTH = 254
"""Deepest nesting of a body, the envelope counted: what orjson can write, and far from where recursion ends."""

INTEGER_RANGE = range(-(2**63), 2**64)
"""Whole numbers that fit 64 bits, signed or unsigned; others are read differently by different programs."""


class Limits(msgspec.Struct, frozen=True):
    """How much one post may hold."""

    objects: int = 10_000
    """Objects in one envelope; more belong in several posts."""
    object_bytes: int = 8 * 1024 * 1024
    """Bytes of one object; the largest known published objects are below 1 MiB."""


class RawObject(msgspec.Struct, frozen=True, gc=False):
    """One object as posted: its exact bytes, and its value (empty when there is a problem)."""

    raw: bytes
    value: dict[str, Any]
    problem: Reason | None = None
    """Why it is unusable."""


class _Objects(msgspec.Struct):
    objects: list[msgspec.Raw]


_decode_raw = msgspec.json.Decoder(_Objects).decode
_decode_all = msgspec.json.Decoder().decode
"""Accepts what orjson does and is a little slower, but orjson's needs fourteen times the body's memory for a moment."""

_SPACE_BEFORE_COLON = re.compile(rb'"[ \t\r\n]+:')
_ESCAPED_ASCII = b"\\u00"
_ESCAPED_QUOTE_OR_COLON = (b"\\u0022", b"\\u003a", b"\\u003A")
_LONG_NUMBER = b"0" * 19
_ESCAPED_NUL = b"\\u0000"
# Digits become 0, all else a space: a run of nineteen digits is then found by one search.
_DIGITS_ONLY = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))


def split_envelope(body: bytes, limits: Limits) -> tuple[RawObject, ...]:
    """Split an envelope (or bundle) into its objects.

    Raises:
        EnvelopeError: the body as a whole is unusable.
    """
    envelope = parse_json(body)
    if not isinstance(envelope, dict):
        raise EnvelopeError(because(Code.BODY_OBJECT, kind=kind_of(envelope)))
    objects = envelope.get("objects", ())
    if not isinstance(objects, list):
        if objects != ():
            raise EnvelopeError(because(Code.BODY_LIST, kind=kind_of(objects)))
        raise EnvelopeError(because(Code.BODY_WITHOUT))
    if not objects:
        raise EnvelopeError(because(Code.BODY_EMPTY))
    if len(objects) > limits.objects:
        too_many = because(Code.BODY_MOST, most=limits.objects, count=len(objects))
        raise EnvelopeError(too_many, title="Too many objects")
    raws = [bytes(raw) for raw in _decode_raw(body).objects]
    if _all_usable(body, raws, objects, limits):
        return tuple(map(RawObject, raws, objects))
    return tuple(_one_object(raw, value, limits) for raw, value in zip(raws, objects, strict=True))


def _all_usable(body: bytes, raws: list[bytes], objects: list[Any], limits: Limits) -> bool:
    """Show cheaply that no object has a problem of its own; False means only "not shown"."""
    return (
        _ESCAPED_NUL not in body
        and set(map(type, objects)) == {dict}
        and max(map(len, raws)) <= limits.object_bytes
        and len(raws) == len(objects)
    )


def _one_object(raw: bytes, value: object, limits: Limits) -> RawObject:
    if type(value) is not dict:
        return RawObject(raw, {}, because(Code.OBJECT_KIND, kind=kind_of(value)))
    if len(raw) > limits.object_bytes:
        return RawObject(raw, {}, because(Code.OBJECT_BYTES, most=limits.object_bytes, count=len(raw)))
    if _ESCAPED_NUL in raw and holds_nul(value):
        return RawObject(raw, {}, because(Code.OBJECT_NUL))
    return RawObject(raw, value)


def holds_nul(value: object) -> bool:
    """Tell whether any text in a value holds U+0000, which databases cannot store in text columns."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in key or holds_nul(each) for key, each in value.items())
    return isinstance(value, list) and any(holds_nul(each) for each in value)


def parse_json(body: bytes) -> Any:
    """Parse JSON that every program reads the same way.

    Raises:
        EnvelopeError: not UTF-8, not JSON, too deep, a key twice in one object, a lone surrogate, NaN or infinity, or a
            whole number beyond 64 bits.
    """
    try:
        value = _decode_all(body)
        written = orjson.dumps(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
        _refuse(body)
    if written != body and not _surely_unambiguous(body, written):
        parse_json_exactly(body)
    return value


def _surely_unambiguous(body: bytes, written: bytes) -> bool:
    """Show cheaply that no key stands twice and no number was rounded; False means only "not shown".

    Every `":` in JSON ends a key or lies within a string, and what lies within strings is counted alike in the body and
    in what was written anew, unless the body escapes or spaces it out. So equal counts mean that no key was dropped.
    """
    if _ESCAPED_ASCII in body and any(mark in body for mark in _ESCAPED_QUOTE_OR_COLON):
        return False
    if _SPACE_BEFORE_COLON.search(body):
        return False
    return body.count(b'":') == written.count(b'":') and _LONG_NUMBER not in body.translate(_DIGITS_ONLY)


def parse_json_exactly(body: bytes) -> Any:
    """Parse by looking at every key and number: the slow judge behind `parse_json`.

    Raises:
        EnvelopeError: as `parse_json`.
    """
    text = _decode(body)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_int=_whole_number,
            parse_float=_finite_number,
        )
        written = json.dumps(value, ensure_ascii=False)
    except (json.JSONDecodeError, RecursionError) as fault:
        raise _syntax_error(fault) from None
    try:
        written.encode()
    except UnicodeEncodeError:
        raise EnvelopeError(because(Code.SURROGATE)) from None
    return value


def _decode(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as fault:
        raise EnvelopeError(because(Code.UTF8, place=fault.start), title="Not UTF-8") from None
    if text.startswith("\ufeff"):
        raise EnvelopeError(because(Code.BYTE_ORDER))
    return text


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise EnvelopeError(because(Code.KEY_TWICE), title="Duplicate keys")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise EnvelopeError(because(Code.NOT_FINITE, what=constant), title="Not JSON")


def _whole_number(digits: str) -> int:
    # Twenty digits and a sign hold every number of 64 bits; longer ones are not even converted.
    if len(digits) > 21 or int(digits) not in INTEGER_RANGE:
        raise EnvelopeError(because(Code.LONG_NUMBER, count=len(digits)))
    return int(digits)


def _finite_number(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise EnvelopeError(because(Code.LARGE_NUMBER))
    return number


def _syntax_error(fault: Exception) -> EnvelopeError:
    if isinstance(fault, json.JSONDecodeError):
        return EnvelopeError(because(Code.JSON, fault=fault.msg.removesuffix(" at"), place=fault.pos), title="Not JSON")
    return _too_deep()


def _refuse(body: bytes) -> NoReturn:
    """Name the fault of a body that the fast parser refused; what the exact parser accepts is merely too deep."""
    parse_json_exactly(body)
    raise _too_deep()


def _too_deep() -> EnvelopeError:
    return EnvelopeError(because(Code.DEPTH, most=MAX_DEPTH), title="Nested too deep")


def kind_of(value: object) -> Reason:
    """Say in a word what kind of JSON value this is."""
    return _KINDS.get(type(value), _OTHER)


_KINDS = {
    dict: because(Code.AN_OBJECT),
    list: because(Code.A_LIST),
    str: because(Code.A_TEXT),
    int: because(Code.A_WHOLE_NUMBER),
    float: because(Code.A_NUMBER),
    bool: because(Code.A_BOOLEAN),
    type(None): because(Code.A_NULL),
}
_OTHER = because(Code.SOMETHING_ELSE)
