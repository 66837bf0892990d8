"""Splitting envelopes: bytes stay exact, ambiguous JSON is refused, and the short cut is never wrong."""

import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.errors import EnvelopeError
from feeds.stix import parse
from feeds.stix.parse import MAX_DEPTH, Limits, parse_json, parse_json_exactly, split_envelope

LIMITS = Limits()


def refusal(body: bytes, limits: Limits = LIMITS) -> EnvelopeError:
    with pytest.raises(EnvelopeError) as caught:
        split_envelope(body, limits)
    return caught.value


def test_each_object_keeps_its_exact_bytes():
    first, second = b'{ "type":"x-a" , "n" : 1.50 }', b'{"type":"x-b","s":"\\u3042\\/"}'
    found = split_envelope(b'\n{"more":false,"objects":[\t' + first + b" ,\n" + second + b"]}\n", LIMITS)
    assert [each.raw for each in found] == [first, second]
    assert [each.value for each in found] == [{"type": "x-a", "n": 1.5}, {"type": "x-b", "s": "あ/"}]
    assert [each.problem for each in found] == [None, None]


def test_a_bundle_is_split_like_an_envelope():
    body = b'{"type":"bundle","id":"bundle--0","objects":[{"type":"x-a"}]}'
    assert [each.raw for each in split_envelope(body, LIMITS)] == [b'{"type":"x-a"}']


@pytest.mark.parametrize(
    "item, found", [("3", "a whole number"), ('"x"', "a text"), ("null", "null"), ("[]", "a list")]
)
def test_what_is_no_object_fails_alone(item, found):
    body = f'{{"objects":[{{"type":"x-a"}},{item},{{"type":"x-b"}}]}}'.encode()
    before, bad, after = split_envelope(body, LIMITS)
    assert before.problem is None
    assert after.value == {"type": "x-b"}
    assert bad.raw == item.encode()
    assert bad.value == {}
    assert (bad.problem.expected, bad.problem.found) == ("a STIX object", found)


def test_one_object_may_be_too_large_alone():
    body = b'{"objects":[{"type":"x-a"},{"type":"x-b","s":"' + b"a" * 200 + b'"}]}'
    small, large = split_envelope(body, Limits(object_bytes=100))
    assert small.problem is None
    assert large.problem.expected == "at most 100 bytes"


@pytest.mark.parametrize("place", ['"s":"a\\u0000b"', '"a\\u0000b":1', '"s":[{"t":["\\u0000"]}]'])
def test_the_nul_character_fails_its_object_alone(place):
    """A database cannot store U+0000 in text; an escaped backslash before `u0000` is no such character."""
    body = f'{{"objects":[{{{place}}},{{"s":"\\\\u0000"}}]}}'.encode()
    bad, good = split_envelope(body, LIMITS)
    assert bad.problem.found == "U+0000"
    assert good.problem is None


@pytest.mark.parametrize(
    "body, expected, found",
    [
        (b"[1]", "an object with `objects`", "a list"),
        (b"null", "an object with `objects`", "null"),
        (b"{}", "at least one object in `objects`", "no `objects`"),
        (b'{"objects":[]}', "at least one object in `objects`", "an empty list"),
        (b'{"objects":{}}', "`objects` to be a list", "an object"),
        (b'{"objects":null}', "`objects` to be a list", "null"),
        (b'{"type":"indicator"}', "at least one object in `objects`", "no `objects`"),
    ],
)
def test_shapes_that_are_no_envelope(body, expected, found):
    error = refusal(body)
    assert (error.expected, error.found) == (expected, found)


def test_too_many_objects():
    error = refusal(b'{"objects":[' + b",".join([b"{}"] * 4) + b"]}", Limits(objects=3))
    assert (error.title, error.expected, error.found) == ("Too many objects", "at most 3 objects", "4")


@pytest.mark.parametrize(
    "body, title",
    [
        (b'{"objects":[{"a":"\xff"}]}', "Not UTF-8"),
        (b'{"objects":[{"a":"\xed\xa0\x80"}]}', "Not UTF-8"),
        ('{"objects":[{}]}'.encode("utf-16"), "Not UTF-8"),
        (b"", "Not JSON"),
        (b"{'objects':[]}", "Not JSON"),
        (b'{"objects":[{}]', "Not JSON"),
        (b'{"objects":[{}]} x', "Not JSON"),
        (b'{"objects":[{"a":NaN}]}', "Not JSON"),
        (b'{"objects":[{"a":-Infinity}]}', "Not JSON"),
        (b'{"objects":[{"a":1,"b":2,"a":1}]}', "Duplicate keys"),
        (b'{"objects":[{"a":{"b":[{"c":1,"c":2}]}}]}', "Duplicate keys"),
        (b'{"objects":[{}],"objects":[{}]}', "Duplicate keys"),
        (b'{"objects":[{"a":1,"\\u0061":2}]}', "Duplicate keys"),
        (b'{"objects":[{"a":1, "a" :2,"b":"\\u0022:"}]}', "Duplicate keys"),
    ],
)
def test_bodies_that_are_refused_whole(body, title):
    assert refusal(body).title == title


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00x", "\\ude00\\ud83d"])
def test_lone_surrogates(text):
    assert refusal(b'{"objects":[{"a":"%s"}]}' % text.encode()).found == "half of a surrogate pair"
    assert refusal(b'{"objects":[{"%s":1}]}' % text.encode()).found == "half of a surrogate pair"


def test_a_surrogate_pair_is_one_character():
    assert parse_json(b'{"a":"\\ud83d\\ude00"}') == {"a": "😀"}


def test_a_byte_order_mark():
    assert refusal(b'\xef\xbb\xbf{"objects":[{}]}').found == "a byte order mark"


@pytest.mark.parametrize("digits", [str(2**64), str(-(2**63) - 1), "1" + "0" * 30, "1" + "0" * 300], ids=len)
def test_numbers_beyond_64_bits(digits):
    assert refusal(b'{"objects":[{"a":%s}]}' % digits.encode()).expected == "whole numbers of at most 64 bits"


def test_a_number_of_many_digits_is_not_even_converted():
    assert refusal(b'{"objects":[{"a":1%s}]}' % (b"0" * 100_000)).title == EnvelopeError.title


@pytest.mark.parametrize("number", [2**64 - 1, 2**63, -(2**63), 0])
def test_numbers_within_64_bits(number):
    (found,) = split_envelope(b'{"objects":[{"a": %d}]}' % number, LIMITS)
    assert found.value == {"a": number}


def test_a_number_beyond_doubles():
    assert refusal(b'{"objects":[{"a":1e400}]}').expected == "a finite number"


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 500, 1_000, 10_000, 1_000_000])
@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_too_deep(levels, opening, closing):
    inner = levels - 3  # the envelope, its list and the object
    body = b'{"objects":[{"a":' + opening * inner + b"1" + closing * inner + b"}]}"
    assert refusal(body).title == "Nested too deep"


def test_nesting_just_allowed():
    inner = MAX_DEPTH - 3
    body = b'{"objects":[{"a":' + b"[" * inner + b"]" * inner + b"}]}"
    assert split_envelope(body, LIMITS)[0].problem is None


def test_errors_never_show_the_body():
    for body in (b'{"objects":[{"secret":1,"secret":2}]}', b'{"objects":[{"secret":"\\ud800"}]}', b"secret"):
        assert "secret" not in str(refusal(body))


# The short cut against the exact judge -------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", ":", '"', '":', '" :', "\\", "é", ' " : ', "n"])
LEAVES = st.one_of(
    NAMES, st.integers(-(2**66), 2**66), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)


@st.composite
def json_texts(draw, depth: int = 3) -> str:
    """JSON as an adversary may write it: keys that repeat, spaces anywhere, characters escaped or not."""
    space = st.sampled_from(["", "", "", " ", "\n", "\t ", "  "])
    kind = draw(st.integers(0, 3)) if depth else 3
    if kind == 0:
        items = draw(st.lists(json_texts(depth=depth - 1), max_size=3))
        return "[" + ",".join(draw(space) + item + draw(space) for item in items) + "]"
    if kind < 3:
        pairs = draw(st.lists(st.tuples(NAMES, json_texts(depth=depth - 1)), max_size=4))
        return (
            "{"
            + ",".join(draw(space) + text_of(draw, key) + draw(space) + ":" + draw(space) + item for key, item in pairs)
            + "}"
        )
    leaf = draw(LEAVES)
    return text_of(draw, leaf) if isinstance(leaf, str) else json.dumps(leaf)


def text_of(draw, text: str) -> str:
    """Write a string, each character plain or as an escape."""
    escaped = ("\\u" + format(ord(char), "04" + draw(st.sampled_from("xX"))) for char in text)
    plain = (json.dumps(char, ensure_ascii=False)[1:-1] for char in text)
    return '"' + "".join(draw(st.sampled_from(pair)) for pair in zip(plain, escaped, strict=True)) + '"'


def outcome(judge, body: bytes):
    try:
        return "accepted", judge(body)
    except EnvelopeError as error:
        return "refused", error.title, error.expected


@settings(max_examples=1_000, deadline=None)
@given(json_texts())
def test_the_short_cut_agrees_with_the_exact_judge(text):
    body = text.encode()
    assert outcome(parse_json, body) == outcome(parse_json_exactly, body)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_agree_with_the_exact_judge(body):
    assert outcome(parse_json, body) == outcome(parse_json_exactly, body)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(NAMES, LEAVES, max_size=4), min_size=1, max_size=4), st.booleans(), st.booleans())
def test_raw_bytes_and_values_belong_together(objects, spaced, escaped):
    texts = [
        json.dumps(each, ensure_ascii=escaped, separators=(" , ", " : ") if spaced else (",", ":")) for each in objects
    ]
    body = ('{"objects":[' + ",".join(texts) + "]}").encode()
    if outcome(parse_json_exactly, body)[0] == "refused":
        return
    found = split_envelope(body, LIMITS)
    assert [each.raw for each in found] == [text.encode() for text in texts]
    assert [each.value for each in found] == objects


@pytest.mark.parametrize("style", [{"separators": (",", ":")}, {}, {"ensure_ascii": True}, {"indent": 2}])
def test_usual_writers_take_the_short_cut(style, monkeypatch):
    """Compact, spaced, escaped and indented JSON must not fall to the slow judge."""
    monkeypatch.setattr(parse, "parse_json_exactly", lambda body: pytest.fail("took the slow path"))
    value = {
        "objects": [{"type": "indicator", "name": "不審な通信 : 注意", "pattern": "[url:value = 'http://x']", "n": 5}]
    }
    parse_json(json.dumps(value, **({"ensure_ascii": False} | style)).encode())
    parse_json(orjson.dumps(value))
