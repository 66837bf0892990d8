"""Rule: what a client does wrong, told from its last requests alone, for the person who set it up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl

from feeds.errors import TimestampError
from feeds.stix.timestamps import parse_timestamp
from sharing.people.key_requests import RequestLine

DAY_US: Final = 86_400_000_000
STARTS: Final = 3
"""Reads from the very beginning, or after a time that no answer gave, that are no coincidence."""
FAST_POLLS: Final = 10
FAST_US: Final = 10_000_000
"""So many polls with nothing new in so many microseconds are more than anybody needs."""


class Advice(StrEnum):
    """What to tell the person; the words stand with the pages."""

    OWN_CLOCK = "own-clock"
    OTHER_TIME = "other-time"
    STARTS_OVER = "starts-over"
    DROPS_NEXT = "drops-next"
    POLLS_FAST = "polls-fast"
    BAD_QUERY = "bad-query"
    BAD_NEXT = "bad-next"
    BAD_BODY = "bad-body"
    SOME_REFUSED = "some-refused"
    NO_RIGHT = "no-right"
    NOT_THERE = "not-there"
    WRONG_METHOD = "wrong-method"
    WRONG_ACCEPT = "wrong-accept"
    WRONG_TYPE = "wrong-type"
    TOO_LARGE = "too-large"
    BUSY = "busy"


_BY_STATUS: Final = {
    403: Advice.NO_RIGHT,
    404: Advice.NOT_THERE,
    405: Advice.WRONG_METHOD,
    406: Advice.WRONG_ACCEPT,
    413: Advice.TOO_LARGE,
    415: Advice.WRONG_TYPE,
    503: Advice.BUSY,
}


def advise(lines: Sequence[RequestLine]) -> list[tuple[Advice, int]]:
    """What these requests, newest first, show: each piece of advice with how often, the most frequent first."""
    found = Counter(_found(list(reversed(lines))))
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))


def _found(lines: Sequence[RequestLine]) -> Iterator[Advice]:
    given: set[str] = set()
    open_pages: dict[str, RequestLine] = {}
    starts: Counter[str] = Counter()
    times: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        asked = dict(parse_qsl(line.query, keep_blank_values=True))
        if line.status >= 400:
            yield from _of_refusal(line, asked)
            continue
        if line.method == "POST" and line.problem:
            yield Advice.SOME_REFUSED
        if line.method != "GET" or not line.path.endswith(("/objects/", "/manifest/", "/objects", "/manifest")):
            continue
        before = open_pages.pop(line.path, None)
        if before is not None and "next" not in asked and asked.get("added_after") != before.last:
            yield Advice.DROPS_NEXT
        if _has_own_clock(line, asked, given):
            yield Advice.OWN_CLOCK
        elif line.given and given and _has_other_time(asked, given):
            # Each filter has a place of its own, of which the first may have been given before these lines.
            same = (line.path, *sorted(f"{name}={value}" for name, value in asked.items() if name != "added_after"))
            times[same] += 1
            if times[same] >= STARTS:
                yield Advice.OTHER_TIME
        if line.given and not asked.keys() & {"next", "added_after", "match[id]"}:
            starts[line.path] += 1
            if starts[line.path] >= STARTS:
                yield Advice.STARTS_OVER
        if line.last:
            given.add(_even(line.last))
        if line.more:
            open_pages[line.path] = line
    yield from _of_haste(lines)


def _of_refusal(line: RequestLine, asked: dict[str, str]) -> Iterator[Advice]:
    if line.status == 400:
        if line.method == "POST":
            yield Advice.BAD_BODY
        else:
            yield Advice.BAD_NEXT if "next" in asked and "`next`" in line.problem else Advice.BAD_QUERY
    elif line.status in _BY_STATUS:
        yield _BY_STATUS[line.status]


def _has_own_clock(line: RequestLine, asked: dict[str, str], given: set[str]) -> bool:
    """It asks with a time near its own now that no answer has given it."""
    after = asked.get("added_after")
    if after is None or "next" in asked or not given or _even(after) in given:
        return False
    try:
        return abs(parse_timestamp(after) - line.at_us) < DAY_US and parse_timestamp(after) > max(
            map(parse_timestamp, given)
        )
    except TimestampError:
        return False


def _has_other_time(asked: dict[str, str], given: set[str]) -> bool:
    """It asks after a time that no answer has given it: `modified` of an object, or the same day each time."""
    after = asked.get("added_after")
    return after is not None and asked.keys().isdisjoint({"next", "match[id]"}) and _even(after) not in given


def _even(text: str) -> str:
    """A time without zeros at its end, as some libraries send it back."""
    return text.rstrip("Z").rstrip("0").rstrip(".") + "Z" if "." in text else text


def _of_haste(lines: Sequence[RequestLine]) -> Iterator[Advice]:
    empty = [line.at_us for line in lines if line.status == 200 and not line.given and "objects" in line.path]
    for first, last in zip(empty, empty[FAST_POLLS - 1 :], strict=False):
        if last - first < FAST_US:
            yield Advice.POLLS_FAST
            return
