"""Holds what a program asks each time it comes, so that PostgreSQL is asked all of it in one journey.

Remembered is which questions will come, never an answer: each is asked anew on every visit, and answers only the very
question that was foreseen. Whose key was revoked, whose rights changed, is met as before.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.orm import Session

from models.session import WIRE, Statement
from sharing.reading.driver import FORESEEN

MOST_VISITORS: Final = 4_096
"""Programs at one collection each that a process remembers; whoever came least lately is met as a stranger again."""

Rows = list[tuple[Any, ...]]


class Habits:
    """What visitors asked when they came last, for one process."""

    def __init__(self) -> None:
        self._asked: OrderedDict[Hashable, tuple[Statement, ...]] = OrderedDict()

    def __len__(self) -> int:
        """How many visitors are remembered."""
        return len(self._asked)

    @contextmanager
    def visit(self, session: Session, visitor: Hashable) -> Iterator[None]:
        """Ask ahead what this visitor asked last time; a visit that ends in a refusal forms no habit.

        Only where each statement stands alone: in a snapshot all see one state anyway, and begin with a journey of
        their own.
        """
        wire = session.info[WIRE]
        if wire is None or wire.begins:
            yield
            return
        usual = self._asked.get(visitor, ())
        visit = _Visit(usual, wire.ask_all(usual) if usual else ())
        session.info[FORESEEN] = visit
        try:
            yield
        finally:
            del session.info[FORESEEN]
        self._asked[visitor] = tuple(visit.asked)
        self._asked.move_to_end(visitor)
        while len(self._asked) > MOST_VISITORS:
            self._asked.popitem(last=False)


class _Visit:
    """The answers that came ahead, and what is asked this time."""

    def __init__(self, foreseen: Sequence[Statement], answers: Sequence[Rows]) -> None:
        self._answers = {_key(each.sql, each.parameters): rows for each, rows in zip(foreseen, answers, strict=True)}
        self.asked: list[Statement] = []

    def answer(self, sql: str, parameters: Mapping[str, Any]) -> Rows | None:
        """The answer to this question, once; None where it was not foreseen."""
        self.asked.append(Statement(sql, parameters, kept=True))
        return self._answers.pop(_key(sql, parameters), None)


def _key(sql: str, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
    return sql, *parameters.items()
