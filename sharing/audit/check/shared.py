"""Holds how the checking of a long log is shared out: portions go to whoever is free, answers come in their order."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import TypeVar

Portion = TypeVar("Portion")
Answer = TypeVar("Answer")


def in_order(
    pool: Executor | None, portions: Sequence[Portion], work: Callable[[Portion], Answer], most: int
) -> Iterator[tuple[Portion, Answer]]:
    """Each portion with its answer; at most `most` are under way or wait, so that memory stays bounded."""
    if pool is None:
        for portion in portions:
            yield portion, work(portion)
        return
    waiting: list[tuple[Portion, Future[Answer]]] = []
    for portion in portions:
        waiting.append((portion, pool.submit(work, portion)))
        if len(waiting) >= most:
            done, answer = waiting.pop(0)
            yield done, answer.result()
    for done, answer in waiting:
        yield done, answer.result()
