"""Holds what a program asks each time it comes, so that PostgreSQL is asked all of it in one journey.

Remembered is which questions will come, never an answer: each is asked anew on every visit, and answers only the very
question that was foreseen. Whose key was revoked, whose rights changed, is met as before. The last of them, the page,
follows from who came last and what is wanted now: it is found by letting the code that asks it speak to somebody who
only listens.

Who posts needs one journey too until it writes: what its publication rests on is asked beside, as whoever it was when
it came last, and counts where the very same questions follow once it is known who came.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, NamedTuple, NoReturn

from sqlalchemy.orm import Session

from models.session import REPEATABLE
from models.ways import DRIVER, WIRE, Statement
from sharing.reading.driver import FORESEEN

MOST_VISITORS: Final = 4_096
"""Programs at one collection each that a process remembers; whoever came least lately is met as a stranger again."""

Rows = list[tuple[Any, ...]]
Guess = Callable[[Session, Any], object]
"""Asks for the page in a unit of work, as whoever the visitor was when it came last; its answer is not looked at."""
Beside = Callable[[Session, Any], Sequence[Statement]]
"""Tells what is asked once it is known who came, as whoever the visitor was when it came last; it asks nothing."""
Answered = Sequence[tuple[Statement, Rows]]


class _Habit(NamedTuple):
    asked: tuple[Statement, ...]
    was: Any
    """As whom the visitor was met last; only to guess what it asks now."""


_STRANGER: Final = _Habit((), None)


class Habits:
    """What visitors asked when they came last, for one process."""

    def __init__(self) -> None:
        self._habits: OrderedDict[Hashable, _Habit] = OrderedDict()

    @property
    def visitors(self) -> tuple[Hashable, ...]:
        """Who is remembered, whoever came last at the end."""
        return tuple(self._habits)

    def met_as(self, visitor: Hashable) -> Any:
        """As whom a visitor was met when it came last; None of a stranger. Only to guess what it asks now."""
        return self._habits.get(visitor, _STRANGER).was

    @contextmanager
    def visit(
        self, session: Session, visitor: Hashable, guess: Guess | None = None, beside: Beside | None = None
    ) -> "Iterator[Visit]":
        """Ask ahead what this visitor asked last time, and the page; a visit that ends in a refusal forms no habit.

        The answers to what is asked `beside` are in the visit, for whoever goes on after it.

        Only where each statement stands alone: in a snapshot all see one state anyway, and begin with a journey of
        their own.
        """
        wire = session.info[WIRE]
        if wire is None or wire.begins == REPEATABLE:
            yield Visit()
            return
        habit = self._habits.get(visitor, _STRANGER)
        visit = session.info[FORESEEN] = Visit()
        if habit.asked:
            _ask_ahead(visit, wire, habit, guess, beside and partial(beside, session))
        try:
            yield visit
        except BaseException:
            self._habits.pop(visitor, None)
            raise
        finally:
            del session.info[FORESEEN]
        self._habits.pop(visitor, None)  # the newest stand last; others of the same name may come at the same time
        self._habits[visitor] = _Habit(tuple(visit.asked), visit.met_as)
        while len(self._habits) > MOST_VISITORS:
            self._habits.popitem(last=False)


class Visit:
    """The answers that came ahead, what is asked this time, and as whom the visitor is met."""

    def __init__(self) -> None:
        self.asked: list[Statement] = []
        self.met_as: Any = None
        """To be set by whoever lets the visitor in: what its next guess rests on."""
        self.beside: Answered = ()
        """What was asked beside, with its answers."""
        self._ahead: list[tuple[Statement, Rows]] = []

    def foresee(self, answered: Answered) -> None:
        """Keep the answers until their questions come."""
        self._ahead += answered

    def answer(self, sql: str, parameters: Mapping[str, Any]) -> Rows | None:
        """The answer to this question, once; None where it was not foreseen."""
        self.asked.append(Statement(sql, parameters, kept=True))
        return self.walked(sql, parameters)

    def walked(self, sql: str, parameters: Mapping[str, Any]) -> Rows | None:
        """As `answer`, for the page: that one is guessed anew each time."""
        for place, (question, rows) in enumerate(self._ahead):
            if question.sql == sql and question.parameters == parameters:
                del self._ahead[place]
                return rows
        return None

    def all_of(self, questions: Sequence[Statement]) -> list[Rows] | None:
        """The answers to all of these, once; None where one of them was not foreseen."""
        left = list(self._ahead)
        answers: list[Rows] = []
        for wanted in questions:
            place = next((place for place, (question, _) in enumerate(left) if question == wanted), None)
            if place is None:
                return None
            answers.append(left.pop(place)[1])
        self._ahead = left
        return answers


@contextmanager
def foreseen(session: Session, answered: Answered) -> Iterator[None]:
    """Inside, questions that were asked ahead in this unit of work find their answers, each once.

    For answers that nothing changes which this unit of work writes before it comes to the questions.
    """
    visit = session.info[FORESEEN] = Visit()
    visit.foresee(answered)
    try:
        yield
    finally:
        del session.info[FORESEEN]


@contextmanager
def asked_ahead(session: Session, questions: Sequence[Statement]) -> Iterator[None]:
    """Ask PostgreSQL these in one journey; inside, they are `foreseen`."""
    wire = session.info[WIRE]
    if wire is None or FORESEEN in session.info:
        yield
        return
    with foreseen(session, _answered(questions, wire.ask_all(questions))):
        yield


def _ask_ahead(
    visit: Visit, wire: Any, habit: _Habit, guess: Guess | None, beside: Callable[[Any], Sequence[Statement]] | None
) -> None:
    page = None if guess is None or habit.was is None else _overhear(lambda session: guess(session, habit.was))
    if page is not None:
        questions = (*habit.asked, page)
        visit.foresee(_answered(questions, wire.ask_then_walk(habit.asked, page)))
        return
    more = () if beside is None or habit.was is None else beside(habit.was)
    answered = _answered((*habit.asked, *more), wire.ask_all([*habit.asked, *more]))
    visit.foresee(answered[: len(habit.asked)])
    visit.beside = answered[len(habit.asked) :]


def _answered(questions: Sequence[Statement], answers: Sequence[Rows]) -> list[tuple[Statement, Rows]]:
    return list(zip(questions, answers, strict=True))


def _overhear(ask: Callable[[Session], object]) -> Statement | None:
    """The first walk that somebody would ask for; None where it comes to none, as with a wrong question."""
    listener = _Listener()
    session = Session(info={DRIVER: listener, WIRE: listener})
    try:
        ask(session)
    except Exception:
        return listener.heard
    return None


class _Heard(Exception):
    """Ends what only wanted to be overheard."""


class _Listener:
    """Stands where a way to the database would; nobody answers."""

    def __init__(self) -> None:
        self.heard: Statement | None = None

    def walk(self, sql: str, parameters: Mapping[str, Any], *, kept: bool = False) -> NoReturn:
        """Hear a question."""
        self.heard = Statement(sql, parameters, kept)
        raise _Heard
