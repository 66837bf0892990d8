"""Rule: whether a text is a STIX pattern (STIX 2.1 §9), in time that grows with its length alone.

A small parser of our own beside the OASIS one, which takes milliseconds a pattern and seconds for some short ones.
Tests hold the two against each other. A pattern that was seen before is not parsed again; the most usual form is known
by one expression.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from feeds.errors import clip
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because

LONGEST: Final = 100_000
"""Characters of a pattern that is looked at; longer ones are noted as such."""

DEEPEST: Final = 64
"""Brackets within brackets; people write five."""

KEPT: Final = 20_000
"""Distinct patterns whose answer is remembered by a process."""

LONGEST_KEPT: Final = 1_000
"""Characters of a pattern whose answer is remembered, so that memory stays bounded too."""

_USUAL: Final = re.compile(
    r"\[[a-z][a-z0-9-]{0,250}:[a-z_]{1,250}(?:\.(?:[a-z0-9_]{1,250}|'[A-Za-z0-9_-]{1,250}'))?"
    r" ?= ?'[^'\\\x00]*'\]"
)
"""One comparison of one value: nine of ten patterns in the feeds of the world."""

_TOKEN: Final = re.compile(
    r"""(?P<space>(?:\s|/\*(?:[^*]|\*(?!/))*\*/|//[^\r\n]*)+)
    |(?P<time>t'\d{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?Z')
    |(?P<hex>h'(?:[0-9A-Fa-f]{2})*')
    |(?P<binary>b'(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?')
    |(?P<string>'(?:[^'\\]|\\['\\])*')
    |(?P<float>[-+]?\d*\.\d+)
    |(?P<minus>-(?:0|[1-9]\d*))
    |(?P<int>\+?(?:0|[1-9]\d*))
    |(?P<name>[a-zA-Z_][a-zA-Z0-9_]*(?![a-zA-Z0-9_-]))
    |(?P<hyphened>[a-zA-Z_][a-zA-Z0-9_-]*)
    |(?P<sign>==|!=|<>|<=|>=|[=<>\[\]().,:*])""",
    re.VERBOSE | re.ASCII,
)

_KEYWORDS: Final = frozenset(
    [
        *("AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "LAST", "IN"),
        *("START", "STOP", "SECONDS", "true", "false", "WITHIN", "REPEATS", "TIMES"),
    ]
)
_ORDERED: Final = frozenset(["time", "hex", "binary", "string", "float", "minus", "int"])
_EQUAL: Final = frozenset(["=", "==", "!=", "<>"])
_COMPARING: Final = frozenset(["<", ">", "<=", ">="])
_WITH_TEXT: Final = frozenset(["LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET"])


def find_fault(value: Mapping[str, Any]) -> Reason | None:
    """What is wrong with the pattern of an indicator; nothing where it is written in another language."""
    text = value.get("pattern")
    if value.get("pattern_type", "stix") != "stix" or not isinstance(text, str):
        return None
    if _USUAL.fullmatch(text):
        return None
    if len(text) > LONGEST:
        return because(Code.PATTERN_LONG, most=LONGEST, count=len(text))
    return _remembered(text) if len(text) <= LONGEST_KEPT else check_pattern(text)


def check_pattern(text: str) -> Reason | None:
    """Parse a pattern; the answer is what was expected and found, or nothing."""
    try:
        _Parser(text).pattern()
    except _Fault as fault:
        return fault.reason
    return None


_remembered = lru_cache(maxsize=KEPT)(check_pattern)


class _Fault(Exception):
    """The pattern is none."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__()


class _Parser:
    """One pass over a text, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self._depth = 0
        self.kind = self.word = ""
        self._at = 0
        self._next()

    def pattern(self) -> None:
        """Observations joined by AND, OR or FOLLOWEDBY, to the end of the text."""
        self._observations()
        if self.kind != "end":
            raise self._wrong(Code.END_OR_MORE)

    def _next(self) -> None:
        while True:
            found = _TOKEN.match(self._text, self._end)
            self._at = self._end
            if found is None:
                self.kind, self.word = ("end", "") if self._end == len(self._text) else ("unknown", self._rest())
                return
            self._end = found.end()
            if found.lastgroup != "space":
                break
        self.kind, self.word = str(found.lastgroup), found.group()
        if self.kind in {"name", "hyphened"} and self.word in _KEYWORDS:
            self.kind = "keyword"

    def _rest(self) -> str:
        return self._text[self._end : self._end + 20]

    def _wrong(self, expected: Code | str, **given: object) -> _Fault:
        wanted = expected if isinstance(expected, str) else because(expected, **given)
        met = clip(self.word) or because(Code.THE_END)
        return _Fault(because(Code.PATTERN_FAULT, expected=wanted, place=self._at + 1, found=met))

    def _is(self, *words: str) -> bool:
        return self.kind in {"sign", "keyword"} and self.word in words

    def _take(self, *words: str) -> bool:
        if not self._is(*words):
            return False
        self._next()
        return True

    def _must(self, word: str) -> None:
        if not self._take(word):
            raise self._wrong(word)

    def _must_be(self, kinds: frozenset[str], expected: Code) -> None:
        if self.kind not in kinds:
            raise self._wrong(expected)
        self._next()

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(Code.MOST_BRACKETS, most=DEEPEST)

    def _observations(self) -> None:
        self._observation()
        while self._take("AND", "OR", "FOLLOWEDBY"):
            self._observation()

    def _observation(self) -> None:
        if self._take("["):
            self._comparisons()
            self._must("]")
        elif self._take("("):
            self._deeper()
            self._observations()
            self._must(")")
            self._depth -= 1
        else:
            raise self._wrong(Code.A_BRACKET)
        while self._qualifier():
            pass

    def _qualifier(self) -> bool:
        if self._take("WITHIN"):
            self._must_be(frozenset(["int", "float"]), Code.SECONDS)
            self._must("SECONDS")
        elif self._take("REPEATS"):
            self._must_be(frozenset(["int"]), Code.HOW_OFTEN)
            self._must("TIMES")
        elif self._take("START"):
            self._must_be(frozenset(["time"]), Code.PATTERN_TIME)
            self._must("STOP")
            self._must_be(frozenset(["time"]), Code.PATTERN_TIME)
        else:
            return False
        return True

    def _comparisons(self) -> None:
        self._comparison()
        while self._take("AND", "OR"):
            self._comparison()

    def _comparison(self) -> None:
        if self._take("("):
            self._deeper()
            self._comparisons()
            self._must(")")
            self._depth -= 1
        elif self._take("EXISTS"):
            self._path()
        else:
            self._path()
            self._take("NOT")
            self._test()

    def _test(self) -> None:
        if self._take(*_EQUAL):
            self._literal()
        elif self._take(*_COMPARING):
            self._must_be(_ORDERED, Code.ORDERED)
        elif self._take(*_WITH_TEXT):
            self._must_be(frozenset(["string"]), Code.QUOTED)
        elif self._take("IN"):
            self._set()
        else:
            raise self._wrong(Code.COMPARISON)

    def _set(self) -> None:
        self._must("(")
        if self._take(")"):
            return
        self._literal()
        while self._take(","):
            self._literal()
        self._must(")")

    def _literal(self) -> None:
        if not self._take("true", "false"):
            self._must_be(_ORDERED, Code.LITERAL)

    def _path(self) -> None:
        self._must_be(frozenset(["name", "hyphened"]), Code.OBJECT_TYPE)
        self._must(":")
        step = frozenset(["name", "string"])
        self._must_be(step, Code.PROPERTY_NAME)
        while self._is(".", "["):
            if self._take("."):
                self._must_be(step, Code.PROPERTY_NAME)
            else:
                self._next()
                if not self._take("*"):
                    self._must_be(frozenset(["int", "minus"]), Code.LIST_PLACE)
                self._must("]")
