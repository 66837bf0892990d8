"""Holds an answer as bytes, and finds where two of them part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest

from werkzeug.datastructures import Headers

NOT_OURS = frozenset({"Date"})
"""Headers that tell the second of the answer on a clock that no test holds still."""
AROUND = 60
"""Bytes shown on each side of the place where two answers part."""


@dataclass(frozen=True)
class Answer:
    """What one request got: everything that leaves."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


def answer_of(body: Iterable[bytes], status: str, headers: Headers) -> Answer:
    """An answer as it leaves the application; headers in their order."""
    ours = tuple((name, value) for name, value in headers.items() if name not in NOT_OURS)
    return Answer(int(status.partition(" ")[0]), ours, b"".join(body))


def difference(one: Answer, other: Answer) -> str | None:
    """Where two answers part, in words; None where they are the same bytes."""
    if one.status != other.status:
        return f"the status: {one.status} without it, {other.status} with it"
    for mine, theirs in zip_longest(one.headers, other.headers):
        if mine != theirs:
            return f"the headers: {mine} without it, {theirs} with it"
    if one.body == other.body:
        return None
    pairs = zip_longest(one.body, other.body)
    at = next(place for place, (mine, theirs) in enumerate(pairs) if mine != theirs)
    start = max(0, at - AROUND)
    without, with_it = one.body[start : at + AROUND], other.body[start : at + AROUND]
    return (
        f"byte {at} of the body:\n"
        f"      without it  …{without.decode(errors='replace')!r}\n"
        f"      with it     …{with_it.decode(errors='replace')!r}"
    )
