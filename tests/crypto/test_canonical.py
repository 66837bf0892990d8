"""Canonical JSON: one spelling for one value, and a reader that no input can mislead or exhaust."""

import base64
import json
import math
import time

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from crypto.canonical import MAX_SAFE_INTEGER, canonical_json, is_canonical, parse_strict
from crypto.errors import NotCanonical

NUMBERS = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not MAX_SAFE_INTEGER < abs(number) < 1e21
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def test_published_vectors(vectors):
    cases = vectors("jcs.json")
    assert len(cases) == 6
    for case in cases:
        value = parse_strict(base64.b64decode(case["input_base64"]))
        assert canonical_json(value) == base64.b64decode(case["output_base64"]), case["case"]


@given(VALUES)
def test_what_is_canonical_reads_back_and_stays_as_it_is(value):
    written = canonical_json(value)
    assert canonical_json(parse_strict(written)) == written
    assert parse_strict(written) == value


@given(VALUES)
def test_spelling_does_not_matter(value):
    spelled = json.dumps(value, indent=3, ensure_ascii=True).encode()
    assert canonical_json(parse_strict(spelled)) == canonical_json(value)


COMMON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=20,
)


@given(VALUES | COMMON)
def test_the_quick_writer_writes_what_the_slow_one_does(value):
    """Entries are for ever: it makes no difference which of the two wrote one, or refused to."""
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises(NotCanonical):
            canonical_json(value)
        return
    assert canonical_json(value) == expected


def test_every_character_is_written_alike():
    """Control characters, DEL, line separators, and the last of the last plane."""
    for first in range(0, 0x110000, 0x1000):
        text = "".join(chr(code) for code in range(first, first + 0x1000) if not 0xD800 <= code < 0xE000)
        assert canonical_json({"text": text}) == rfc8785.dumps({"text": text})


@pytest.mark.parametrize("depth", [100, 250, 260])
def test_the_quick_writer_goes_as_deep_as_the_slow_one(depth):
    value: object = "x"
    for _ in range(depth):
        value = [value]
    assert canonical_json(value) == rfc8785.dumps(value)


@given(st.binary(max_size=200) | st.text('[]{}",:\\u0189daeE.-+ntf ', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(raw):
    try:
        value = parse_strict(raw)
    except NotCanonical:
        return
    canonical_json(value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xef\xbb\xbf{}",
        b"\xff",
        b'"\xed\xa0\x80"',
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"\\u0062":2}}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"9007199254740992",
        b"-9007199254740992",
        b"9007199254740992.0",
        b"1e20",
        b"1" * 100_000,
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'{"\\udfff":1}',
        b'[{"a":["\\ud83d"]}]',
        b"01",
        b"[1,]",
        b"{'a':1}",
        b"1 2",
        b'"a\nb"',
        b"// no\n1",
    ],
)
def test_ambiguous_json_is_refused(raw):
    with pytest.raises(NotCanonical):
        parse_strict(raw)


def test_what_is_just_allowed():
    assert parse_strict(b"[9007199254740991,-9007199254740991]") == [MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER]
    assert parse_strict(b"1e21") == 1e21
    assert parse_strict(b'"\\ud83d\\ude00"') == "😀"
    assert parse_strict(b'["\\"[[[[", "\\\\"]', max_depth=1) == ['"[[[[', "\\"]
    assert canonical_json(parse_strict(b"[-0, -0.0, 1.0]")) == b"[0,0,1]"


@pytest.mark.parametrize(
    "raw", [b"[" * 10_000, b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000]
)
def test_deep_nesting_is_a_clean_refusal(raw):
    with pytest.raises(NotCanonical, match="levels"):
        parse_strict(raw)
    with pytest.raises(NotCanonical):
        parse_strict(raw, max_depth=1_000_000)


def test_depth_is_counted_exactly():
    assert parse_strict(b"[" * 100 + b"]" * 100)
    with pytest.raises(NotCanonical):
        parse_strict(b"[" * 101 + b"]" * 101)
    assert parse_strict(b"[" + b",".join([b"[]"] * 500) + b"]", max_depth=2)


@pytest.mark.parametrize("raw", [b'"\\"' * 200_000, b"[" * 101 + b'"' + b'\\"' * 200_000, b"[" * 100 + b'"' * 400_001])
def test_broken_strings_cost_no_more_than_their_length(raw):
    started = time.perf_counter()
    with pytest.raises(NotCanonical):
        parse_strict(raw)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, -(2**53), "\ud800", {"\ud800": 1}, {1: 2}, {1, 2}, b"x"])
def test_values_without_a_canonical_form_are_refused(value):
    with pytest.raises(NotCanonical):
        canonical_json(value)


def test_a_value_that_holds_itself_is_refused():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(NotCanonical):
        canonical_json(loop)


def test_messages_do_not_repeat_the_content():
    for raw in (b'{"secret-name":1,"secret-name":2}', b'["secret-name" 1]', b'["secret-name", NaN]'):
        with pytest.raises(NotCanonical) as caught:
            parse_strict(raw)
        assert "secret" not in str(caught.value)


@given(st.one_of(VALUES.map(lambda value: json.dumps(value, sort_keys=True)), VALUES.map(canonical_json)))
def test_the_quick_look_agrees_with_the_slow_one(text):
    """Whatever the spelling: what is taken for canonical is what the writer of RFC 8785 writes."""
    raw = text if isinstance(text, bytes) else text.encode()
    try:
        slow = canonical_json(parse_strict(raw)) == raw
    except NotCanonical:
        with pytest.raises(NotCanonical):
            is_canonical(raw)
        return
    assert is_canonical(raw) == slow


@pytest.mark.parametrize(
    ("raw", "right"),
    [
        (b"1.0", False),
        (b"1e16", None),
        (b"-0", False),
        (b'{"a":10000000000000000}', None),
        (b'{"a":1,"a":1}', None),
        (b'{"a":1.5}', True),
        ('{"\U0001f600":1,"\uffff":2}'.encode(), True),
        ('{"\uffff":2,"\U0001f600":1}'.encode(), False),
        (b'{"b":1,"a":2}', False),
        (b'["12.5",9007199254740991]', True),
        (b'"\\u001f\\n"', True),
        (b'"\\u001F"', False),
    ],
)
def test_numbers_and_names_where_quick_writers_differ(raw, right):
    """The places where other writers of sorted JSON do not follow RFC 8785."""
    if right is None:
        with pytest.raises(NotCanonical):
            is_canonical(raw)
    else:
        assert is_canonical(raw) is right
