"""The declared differences: what may differ between the worlds, place by place. `docs/non-interference.md` says why.

Each takes an answer and gives it with the declared part cut out; nothing else is ever cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.leaks.answers import Answer

CHECKPOINT = re.compile(rb"\A(?P<origin>[^\n]+\n)\d+\n[A-Za-z0-9+/=]+\n\n(?:\xe2\x80\x94 \S+ [A-Za-z0-9+/=]+\n)+\Z")


def _without_size_and_root(answer: Answer) -> Answer:
    """Of a checkpoint its origin stays; size, root and signature are the log's."""
    found = CHECKPOINT.match(answer.body)
    if found is None:
        return answer
    headers = tuple((name, value) for name, value in answer.headers if name not in {"ETag", "Content-Length"})
    return Answer(answer.status, headers, found["origin"])


DECLARED: Mapping[str, tuple[str, Callable[[Answer], Answer]]] = {
    "GET /log/<shard>/checkpoint": ("log size and roots", _without_size_and_root),
}
"""Route → the declared difference, and how it is cut out."""


def cut(route: str, answer: Answer) -> Answer:
    """The answer without what is declared to differ there."""
    return DECLARED[route][1](answer) if route in DECLARED else answer
