"""Rule: from the query string of a TAXII request to the question that a feed is asked (T-22 to T-29, T-34 to T-40)."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from feeds.errors import CodedError, TimestampError, clip
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because
from feeds.stix.timestamps import parse_timestamp
from feeds.taxii import interop
from sharing.reading.question import ALL, FIRST, LAST, Question
from sharing.rules.matching import Match

MOST_VALUES: Final = 500
"""Values in one `match` field; more ids than this belong in several requests."""

LONGEST_QUERY: Final = 64 * 1024
"""Characters of a query string; room for that many ids."""

_END_OF_TIME: Final = 253_402_300_799_999_999
"""The last microsecond of the year 9999, the highest that a timestamp can say."""


class QueryError(CodedError, ValueError):
    """A parameter of the request is not what the specification allows."""

    title = "The request could not be understood"


class Asked(NamedTuple):
    """What one request asks of a feed."""

    question: Question
    limit: int | None
    token: str | None
    """The `next` of an earlier page."""
    given: dict[str, Any]
    """The filters that the request itself names; beside `next` they must agree with it."""


MATCH: Final = "match"
"""How filters begin; one in capitals or with other brackets is taken for none, and its answer for a filtered one."""

UNTIL: Final = "x_until"
"""The last `date_added` that a tally counts."""

_FILTERS: Final = ("match[id]", "match[type]", "match[version]", "match[spec_version]")
EVERY: Final = frozenset(_FILTERS) | interop.NAMES
"""The match fields of objects and manifest."""
OF_OBJECT: Final = frozenset({"match[version]", "match[spec_version]"})
"""The match fields of a single object."""
OF_VERSIONS: Final = frozenset({"match[spec_version]"})
"""The match fields of the list of an object's versions."""

_OF_PAGES: Final = frozenset({"added_after", "limit", "next"})

_NOTHING: Final = Asked(Question(), None, None, {})


def parse_query(text: str, allowed: frozenset[str] = EVERY, *, paged: bool = True, until: bool = False) -> Asked:
    """Read a query string; where nothing is `paged`, `added_after`, `limit` and `next` are refused.

    They bound what is read; who sends them to have less deleted must not have all of it deleted.

    `until` is an end of the range, for our own extension only.

    Raises:
        QueryError: a parameter twice, a value that it may not have, or a match field that is not known here.
    """
    if not text:
        return _NOTHING
    found = _parameters(text)
    matches: list[Match] = []
    given: dict[str, Any] = {}
    limit: int | None = None
    token: str | None = None
    for name, value in found.items():
        is_match = name[:5].lower() == MATCH
        if not paged and name in _OF_PAGES:
            raise QueryError(_unknown(name, allowed))
        if name == "added_after":
            given["after"] = _position(name, value)
        elif name == UNTIL and until:
            given["until"] = _position(name, value) + 1
        elif name == "limit":
            limit = _limit(value)
        elif name == "next":
            token = value
        elif is_match:
            if name not in allowed:
                raise QueryError(_unknown(name, allowed))
            if name in interop.NAMES:
                matches.append(interop.read_match(name, _texts(name, value)))
                continue
            field, read = _READERS[name]
            given[field] = read(name, value)
    if matches:
        given["matches"] = _affordable(matches)
    return Asked(Question(**given), limit, token, given)


def _unknown(name: str, allowed: frozenset[str]) -> Reason:
    """What may stand in place of a match field; the many filters on properties are not listed one by one."""
    code = Code.MATCH_UNKNOWN_FILTER if allowed & interop.NAMES else Code.MATCH_UNKNOWN
    return because(code, names=", ".join(sorted(allowed - interop.NAMES)), name=clip(name))


def _affordable(matches: list[Match]) -> tuple[Match, ...]:
    """The filters on properties, in one order, as long as they cost little for every object that a page examines."""
    if len(matches) > interop.MOST_FILTERS:
        raise QueryError(because(Code.MATCH_MOST_FILTERS, most=interop.MOST_FILTERS, count=len(matches)))
    together = sum(len(each.values) for each in matches)
    if together > interop.MOST_TOGETHER:
        raise QueryError(because(Code.MATCH_MOST_TOGETHER, most=interop.MOST_TOGETHER, count=together))
    return tuple(sorted(matches, key=lambda each: (each.name, each.how)))


def _parameters(text: str) -> dict[str, str]:
    if len(text) > LONGEST_QUERY:
        raise QueryError(because(Code.QUERY_LONG, most=LONGEST_QUERY, count=len(text)))
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise QueryError(because(Code.QUERY_PARAMETERS)) from None
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise QueryError(because(Code.QUERY_TWICE, name=clip(twice)))
    return found


def _position(name: str, value: str) -> int:
    """A time that is compared with positions, none of which lies before 1970."""
    return min(max(_time(name, value), 0), _END_OF_TIME)


def _time(name: str, value: str) -> int:
    try:
        return parse_timestamp(value)
    except TimestampError:
        raise QueryError(because(Code.QUERY_TIME, name=name, value=clip(value))) from None


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= interop.MOST_DIGITS and int(value)):
        raise QueryError(because(Code.LIMIT, value=clip(value)))
    return int(value)


def _texts(name: str, value: str) -> tuple[str, ...]:
    """The values in one order: they mean the same in any, and beside a `next` must be the same."""
    texts = tuple(value.split(","))
    if "" in texts:
        raise QueryError(because(Code.VALUES_EMPTY, name=name))
    if len(texts) > MOST_VALUES:
        raise QueryError(because(Code.VALUES_MOST, most=MOST_VALUES, name=name, count=len(texts)))
    if "\x00" in value:
        raise QueryError(because(Code.VALUES_NUL, name=name))
    return tuple(sorted(set(texts)))


def _names(name: str, value: str) -> tuple[str, ...]:
    """Ids or types; a blank is in none, and what begins with one would be left out without a word."""
    texts = _texts(name, value)
    if any(text.isspace() for text in value):
        raise QueryError(because(Code.VALUES_BLANK, name=name))
    return texts


def _versions(name: str, value: str) -> tuple[str | int, ...]:
    words = value.split(",")
    if len(set(words)) != len(words):
        raise QueryError(because(Code.VALUES_TWICE, name=name))
    if len(words) > MOST_VALUES:
        raise QueryError(because(Code.VALUES_MOST, most=MOST_VALUES, name=name, count=len(words)))
    if ALL in words and len(words) > 1:
        raise QueryError(because(Code.ALL_ALONE, name=name))
    found = {word if word in {LAST, FIRST, ALL} else _time(name, word) for word in words}
    if len(found) != len(words):
        raise QueryError(because(Code.VALUES_TWICE, name=name))  # one time in two spellings
    return tuple(sorted(found, key=str))


def _spec_versions(name: str, value: str) -> tuple[str, ...]:
    versions = _texts(name, value)
    if not set(versions) <= {"2.0", "2.1"}:
        raise QueryError(because(Code.SPEC_VERSION_VALUE, name=name, value=clip(value)))
    return versions


_READERS: Final[dict[str, tuple[str, Callable[[str, str], Any]]]] = {
    "match[id]": ("ids", _names),
    "match[type]": ("types", _names),
    "match[version]": ("versions", _versions),
    "match[spec_version]": ("spec_versions", _spec_versions),
}
