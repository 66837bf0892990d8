"""Rule: a reason as a code with what fills it in: its sentence in any language, and its form when kept or sent."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import orjson

from feeds.reasons.codes import BY_WORD, Code
from sharing.exchange.told import Told

Say = Callable[[Code], str]
"""The sentence of a code in some language, with its slots."""

DEEPEST: Final = 4
"""Reasons within reasons; ours reach three."""
MOST: Final = 20
"""Reasons side by side that are read back."""
LONGEST: Final = 2_000
"""Characters of one value that are read back."""
LONGEST_WRITTEN: Final = 8_000
"""Characters of all the reasons of one object that are kept; what is longer keeps its sentence alone."""

_SLOT: Final = re.compile(r"%\((\w+)\)s")
_SLOTS: Final[Mapping[Code, frozenset[str]]] = {code: frozenset(_SLOT.findall(code.value)) for code in Code}


def in_english(code: Code) -> str:
    """What machines are told."""
    return code.value


@dataclass(frozen=True)
class Reason:
    """Why something was refused, or what its poster should know; as text it is the English sentence."""

    code: Code
    given: Mapping[str, "str | Reasons"]

    def __str__(self) -> str:
        """What machines are told."""
        return self._english

    @cached_property
    def _english(self) -> str:
        """A post may repeat one reason a thousand times."""
        return self.said(in_english)

    def said(self, say: Say) -> str:
        """The sentence in the language of `say`."""
        return say(self.code) % self._filled(say)

    @property
    def expected(self) -> str:
        """What was expected, of a sentence that says so."""
        return self._half(0).removeprefix("expected ")

    @property
    def found(self) -> str:
        """What was found instead."""
        return self._half(1)

    def _half(self, which: int) -> str:
        halves = self.code.value.rpartition(", found ")
        return halves[2 * which] % self._filled(in_english)

    def _filled(self, say: Say) -> dict[str, str]:
        return {name: each if isinstance(each, str) else join(each, say) for name, each in self.given.items()}


Reasons = tuple[Reason, ...]


def because(code: Code, **given: object) -> Reason:
    """A reason; what is given fills the slots of its sentence, each of them."""
    filled: dict[str, str | Reasons] = {}
    for name, each in given.items():
        if isinstance(each, Reason):
            filled[name] = (each,)
        else:
            filled[name] = each if isinstance(each, tuple) else str(each)
    assert filled.keys() == _SLOTS[code], code
    return Reason(code, filled)


def join(reasons: Sequence[Reason], say: Say = in_english) -> str:
    """All of them, one behind the other."""
    are_names = all(each.code is Code.AT_LABEL for each in reasons)
    return say(Code.AND_ALSO if are_names else Code.AND_THEN).join(each.said(say) for each in reasons)


def spell(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """The form of the wire: `code`, and under `given` what fills it in."""
    return [_spelled(each) for each in reasons]


def _spelled(reason: Reason) -> dict[str, Any]:
    given = {name: each if isinstance(each, str) else spell(each) for name, each in reason.given.items()}
    return {"code": reason.code.word, "given": given} if given else {"code": reason.code.word}


def plain(text: str) -> str:
    """A text of others that is kept and shown: without what databases cannot store or what steers whoever reads it."""
    if text.isprintable():
        return text
    return "".join(sign if unicodedata.category(sign)[0] != "C" else " " * sign.isspace() for sign in text)


def read(value: object) -> Reasons:
    """Read what `spell` gave, here or at another hub; nothing where any of it is not known here or too much."""
    try:
        return _read(value, DEEPEST)
    except ValueError:
        return ()


def write(reasons: Sequence[Reason]) -> str | None:
    """The stored form; nothing where there is no code, or too much to keep."""
    written = orjson.dumps(spell(reasons)).decode() if reasons else ""
    return written if 0 < len(written) <= LONGEST_WRITTEN else None


def told(reasons: Sequence[Reason]) -> Told:
    """What is kept of them: the English sentences, and the codes."""
    return Told(join(reasons), write(reasons))


def read_written(text: str | None) -> Reasons:
    """Read what `write` gave; nothing for what was stored before reasons had codes."""
    try:
        return read(orjson.loads(text)) if text else ()
    except orjson.JSONDecodeError:
        return ()


def _read(value: object, depth: int) -> Reasons:
    if not isinstance(value, list) or len(value) > MOST or not depth:
        raise ValueError("no list of reasons")
    return tuple(_read_one(each, depth) for each in value)


def _read_one(value: object, depth: int) -> Reason:
    code = BY_WORD.get(str(value.get("code"))) if isinstance(value, dict) else None
    given = value.get("given", {}) if isinstance(value, dict) else None
    if code is None or not isinstance(given, dict) or given.keys() != _SLOTS[code]:
        raise ValueError("no reason that is known here")
    return Reason(code, {name: _read_given(each, depth) for name, each in given.items()})


def _read_given(value: object, depth: int) -> "str | Reasons":
    if not isinstance(value, str):
        return _read(value, depth - 1)
    if len(value) > LONGEST:
        raise ValueError("too long a value")
    return plain(value)
