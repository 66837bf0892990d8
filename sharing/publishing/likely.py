"""Holds to whom each publisher published last, so that PostgreSQL is asked for the numbers of those audiences ahead.

Remembered is what to ask for, a digest, never the number that was the answer: once a backup is restored it would be
that of another audience.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from models.ways import Statement

MOST: Final = 1_024
"""Publishers and collections that a process remembers."""
_MOST_EACH: Final = 8
"""Audiences of one publication; there is one for each label that it holds."""

_SQL: Final = "SELECT digest, id FROM audiences WHERE digest = ANY((:digests)::bytea[])"

_last: Final[OrderedDict[tuple[UUID, int], tuple[bytes, ...]]] = OrderedDict()


def ask_likely(publisher: UUID, feed: int) -> list[Statement]:
    """The question for the audiences that this publisher's objects in this feed went to last; none of a stranger."""
    digests = _last.get((publisher, feed))
    return [Statement(_SQL, {"digests": list(digests)}, kept=True)] if digests else []


def likely_of(answers: Sequence[Sequence[tuple[Any, ...]]]) -> Mapping[bytes, int]:
    """The numbers by digest that the answer to `ask_likely` tells of."""
    return {bytes(digest): number for rows in answers for digest, number in rows}


def remember(publisher: UUID, feed: int, digests: Iterable[bytes]) -> None:
    """Note to whom was published this time."""
    kept = tuple(digests)[:_MOST_EACH]
    if kept:
        _last[publisher, feed] = kept
        _last.move_to_end((publisher, feed))
        while len(_last) > MOST:
            _last.popitem(last=False)
