"""Reasons: one table of sentences, what is kept and sent of them, and what of others' is believed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import orjson
import pytest

import feeds
from feeds.reasons import page
from feeds.reasons.codes import BY_WORD, Code
from feeds.reasons.reason import DEEPEST, LONGEST, MOST, Reason, because, join, read, read_written, spell, told, write
from tests.harness.source import parsed

HOUSE = Path(feeds.__file__).parents[1]
SLOT = re.compile(r"%\((\w+)\)s")


def filled(code: Code) -> Reason:
    """A reason with each of its slots filled."""
    return because(code, **{name: f"<{name}>" for name in SLOT.findall(code.value)})


@pytest.mark.parametrize("code", Code, ids=lambda code: code.word)
def test_each_code_is_a_sentence_and_comes_back_as_it_was_kept(code: Code):
    """Filled in, written, read again; nothing of a slot is left over."""
    reason = filled(code)
    assert "%(" not in str(reason)
    assert read_written(write([reason])) == (reason,)
    assert BY_WORD[code.word] is code


def test_every_code_is_given_by_something_and_stands_in_the_list():
    """A sentence that nobody says would be translated for nothing; `docs/reasons.md` is what programs go by."""
    said = {
        node.attr
        for package in ("feeds", "hub")
        for path in (HOUSE / package).rglob("*.py")
        for node in ast.walk(parsed(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }
    assert said == {code.name for code in Code}
    assert page.PAGE.read_text(encoding="utf-8") == page.written()
    assert all(f"| `{code.word}` |" in page.written() for code in Code)


def test_reasons_within_reasons():
    """Sentences with semicolons, names with commas; both halves can be asked for."""
    names = tuple(because(Code.AT_LABEL, what=each, label="TLP:RED") for each in "ab")
    leak = because(Code.REFERENCES, label="TLP:GREEN", named=names)
    assert str(leak).startswith("expected references to nothing stricter than TLP:GREEN, found a at TLP:RED, b at")
    both = (because(Code.MISSING, at="/created"), because(Code.WARNING, problem=leak))
    assert join(both).startswith("/created: expected this property, found nothing; warning: expected references")
    assert read_written(told(both).codes) == both
    at_most = because(Code.BODY_MOST, most=3, count=4)
    assert (at_most.expected, at_most.found) == ("at most 3 objects", "4")


def test_what_is_given_cannot_become_a_sentence():
    """Signs of formatting in a value are text."""
    odd = because(Code.LIMIT, value="%(name)s %d %%")
    assert str(odd).endswith("found %(name)s %d %%")
    assert read_written(write([odd])) == (odd,)


ONE = spell([filled(Code.LIMIT)])[0]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "limit",
        {},
        [None],
        ["limit"],
        [{"code": "no-such-code"}],
        [{"code": ["limit"]}],
        [{"code": "limit"}],
        [{"code": "limit", "given": {}}],
        [{"code": "limit", "given": {"value": 5}}],
        [{"code": "limit", "given": {"value": "x", "more": "y"}}],
        [{"code": "limit", "given": {"value": "x" * (LONGEST + 1)}}],
        [{"code": "limit", "given": {"value": None}}],
        [{"code": "limit", "given": ["value"]}],
        [ONE] * (MOST + 1),
        [ONE, {"code": "no-such-code"}],
    ],
)
def test_what_is_no_reason_is_none(value: object):
    """Of another server, which may say what it likes: all of it is known here, or nothing is believed."""
    assert read(value) == ()


def test_a_nest_of_reasons_is_not_followed_to_its_end():
    """Neither is one that is long."""
    nested: object = "x"
    for _ in range(DEEPEST + 1):
        nested = [{"code": "warning", "given": {"problem": nested}}]
    assert read(nested) == ()
    assert write([filled(Code.LIMIT)] * 1_000) is None


@pytest.mark.parametrize("kept", [None, "", "{", "[]", orjson.dumps({"code": "limit"}).decode()])
def test_what_was_kept_before_there_were_codes(kept: str | None):
    """It has its sentence alone."""
    assert read_written(kept) == ()
