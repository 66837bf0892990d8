"""Rule: reads single values of a form and gathers what is wrong with them; nothing that changes meaning is forgiven."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from models.vocabulary import Label
from sharing.errors import Fault
from sharing.reports.codes import Codes, Standing

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far ahead of ours another clock may run before its time counts as future."""
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Older times are slips of the finger."""
INDICATOR_LIMIT: Final = 2_000
"""Characters of one indicator; the longest URLs in use."""

_SHOWABLE = re.compile(r"[A-Za-z0-9_.:+-]{1,40}")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE
)
_MAIL = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,253}")
_URL = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^\s]+", re.IGNORECASE)
_REGISTRY = re.compile(r"(?:HKEY_[A-Z_]{4,20}|HK(?:LM|CU|CR|U|CC))(?:\\[^\\\x00-\x1f]{1,255}){1,40}")
_DIRECTION_SIGNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make a text read differently from what it is."""

Word = TypeVar("Word", bound=StrEnum)


def bad_sign(text: str, *, lines: bool) -> bool:
    """Whether a text holds a control character, half of a surrogate pair, or a sign that turns its direction."""
    for sign in text:
        if sign in _DIRECTION_SIGNS:
            return True
        if unicodedata.category(sign) in {"Cc", "Cs"} and not (lines and sign in "\n\t"):
            return True
    return False


def shown(value: object) -> str:
    """What a message may repeat of a wrong value: a short plain word, else only its kind."""
    if isinstance(value, str):
        return value if _SHOWABLE.fullmatch(value) else f"{len(value)} characters"
    return _KINDS.get(type(value), "something else")


_KINDS: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "a list",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    type(None): "null",
}
"""Kinds of JSON values by their own names: callers know nothing of ours."""


class Checker:
    """The values given and the faults found so far."""

    def __init__(self, given: Mapping[str, Any], codes: Codes, now: datetime) -> None:
        self.given = given
        self.codes = codes
        self.now = now
        self.faults: list[Fault] = []

    def fault(self, field: str, code: str, expected: str = "", found: str = "") -> None:
        """Note a fault."""
        self.faults.append(Fault(field, code, expected, found))

    def text(self, name: str, limit: int, *, lines: bool, needed: bool = False) -> str:
        """A text without blanks at its ends; a text of one line has its line breaks as blanks."""
        given = self.given.get(name, "")
        if not isinstance(given, str):
            self.fault(name, "not-a-text", "a text", shown(given))
            return ""
        value = given.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not lines:
            value = " ".join(value.split("\n"))
        if needed and not value:
            self.fault(name, "missing", "a text")
        if len(value) > limit:
            self.fault(name, "too-long", f"at most {limit} characters", f"{len(value)}")
        elif bad_sign(value, lines=lines):
            self.fault(name, "control-characters", "text without control characters", "some")
        return value

    def code(self, name: str, listed: str, *, needed: bool = False) -> str | None:
        """A code of a list."""
        value = self.given.get(name, "")
        if value == "":
            if needed:
                self.fault(name, "missing", "one of " + ", ".join(self.codes.active(listed)))
            return None
        return value if self._is_code(name, listed, value) else None

    def code_set(self, name: str, listed: str) -> tuple[str, ...]:
        """Several codes of a list, each once, in the order given."""
        value = self.given.get(name, ())
        if not isinstance(value, list | tuple):
            self.fault(name, "not-a-list", "a list of codes", shown(value))
            return ()
        return tuple(code for code in dict.fromkeys(map(str, value)) if self._is_code(name, listed, code))

    def _is_code(self, name: str, listed: str, value: object) -> bool:
        standing = self.codes.standing(listed, value) if isinstance(value, str) else Standing.UNKNOWN
        if standing is Standing.ACTIVE:
            return True
        expected = "one of " + ", ".join(self.codes.active(listed))
        retired = standing is Standing.RETIRED
        self.fault(name, "retired-code" if retired else "unknown-code", expected, shown(value))
        return False

    def word(self, name: str, vocabulary: type[Word]) -> Word | None:
        """A word of a closed vocabulary."""
        value = self.given.get(name)
        try:
            return vocabulary(str(value))
        except ValueError:
            self.fault(name, "unknown-code", "one of " + ", ".join(vocabulary), shown(value))
            return None

    def label(self) -> Label:
        """The label; what cannot be read counts as the strictest until it is mended."""
        if "label" not in self.given or self.given["label"] == "":
            self.fault("label", "missing", "one of " + ", ".join(Label))
            return Label.RED
        try:
            return Label(self.given["label"])
        except ValueError:
            self.fault("label", "unknown-label", "one of " + ", ".join(Label), shown(self.given["label"]))
            return Label.RED

    def flag(self, name: str) -> bool:
        """True or false, and nothing that only looks like it."""
        value = self.given.get(name, False)
        if not isinstance(value, bool):
            self.fault(name, "not-a-flag", "true or false", shown(value))
            return False
        return value

    def moment(self, name: str, *, needed: bool = False) -> datetime | None:
        """A time with its zone, not in the future."""
        value = self.given.get(name, "")
        if value == "":
            if needed:
                self.fault(name, "missing", "a time with a zone")
            return None
        moment = self.read_moment(name)
        if moment is None:
            naive = isinstance(value, str | datetime) and _is_naive(value)
            self.fault(
                name, "no-zone" if naive else "not-a-time", "a time such as 2026-11-20T14:05:00+09:00", shown(value)
            )
        elif moment > self.now + CLOCK_TOLERANCE:
            self.fault(name, "in-the-future", "a time that has passed", "a later one")
            return None
        elif moment < EARLIEST:
            self.fault(name, "too-early", f"a time after {EARLIEST:%Y}", "an earlier one")
            return None
        return moment

    def read_moment(self, name: str) -> datetime | None:
        """The time as it was given, in UTC; None where it is none."""
        value = self.given.get(name, "")
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return None if moment.tzinfo is None else moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            return None

    def ids(self, name: str, limit: int) -> tuple[str, ...]:
        """Ids, each once, in the order given."""
        value = self.given.get(name, ())
        if not isinstance(value, list | tuple):
            self.fault(name, "not-a-list", "a list of ids", shown(value))
            return ()
        if len(value) > limit:
            self.fault(name, "too-many", f"at most {limit}", str(len(value)))
            return ()
        try:
            return tuple(dict.fromkeys(str(UUID(each)) for each in value))
        except (ValueError, TypeError, AttributeError):
            self.fault(name, "not-an-id", "ids", "something else")
            return ()

    def indicators(self, limit: int) -> list[tuple[str, str]]:
        """Pairs of kind and value, each once."""
        value = self.given.get("indicators", ())
        if not isinstance(value, list | tuple):
            self.fault("indicators", "not-a-list", "a list of indicators", shown(value))
            return []
        if len(value) > limit:
            self.fault("indicators", "too-many", f"at most {limit}", str(len(value)))
            return []
        return list(dict.fromkeys(pair for each in value if (pair := self._indicator(each)) is not None))

    def _indicator(self, each: object) -> tuple[str, str] | None:
        if not isinstance(each, Mapping) or set(each) != {"kind", "value"}:
            self.fault("indicators", "not-an-indicator", "kind and value", shown(each))
            return None
        kind, value = each["kind"], each["value"]
        if kind not in INDICATOR_CHECKS:
            self.fault("indicators", "unknown-kind", "one of " + ", ".join(INDICATOR_CHECKS), shown(kind))
            return None
        value = value.strip() if isinstance(value, str) else ""
        if len(value) > INDICATOR_LIMIT or bad_sign(value, lines=False) or not INDICATOR_CHECKS[kind](value):
            self.fault("indicators", "bad-indicator", f"a value of kind {kind}", shown(value))
            return None
        return kind, value


def _is_naive(value: str | datetime) -> bool:
    try:
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).tzinfo is None
    except ValueError:
        return False


def _is_address(version: int) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            return ipaddress.ip_network(value, strict=False).version == version
        except ValueError:
            return False

    return check


def _is_hash(digits: int) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(rf"[0-9A-Fa-f]{{{digits}}}", value) is not None


INDICATOR_CHECKS: Final[Mapping[str, Callable[[str], bool]]] = {
    "ipv4-addr": _is_address(4),
    "ipv6-addr": _is_address(6),
    "domain-name": lambda value: _DOMAIN.fullmatch(value) is not None,
    "url": lambda value: _URL.fullmatch(value) is not None,
    "sha256": _is_hash(64),
    "md5": _is_hash(32),
    "sha1": _is_hash(40),
    "email-addr": lambda value: _MAIL.fullmatch(value) is not None,
    "windows-registry-key": lambda value: _REGISTRY.fullmatch(value) is not None,
}
"""Kinds of indicators, and how a value of each looks."""
