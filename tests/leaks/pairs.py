"""Two worlds, one with a hidden thing: what each reader is answered in both, and the story where that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

from tests.leaks.answers import Answer, difference
from tests.leaks.asking import MAIL, Ask, Ids, send
from tests.leaks.cast import Reader, address_of
from tests.leaks.copies import Copy
from tests.leaks.declared import cut
from tests.leaks.deeds import CANARY
from tests.leaks.hidden import Hidden
from tests.leaks.requests import requests_of
from tests.leaks.still import CHANCE, set_time
from tests.leaks.worlds import Ground

BETWEEN = timedelta(milliseconds=50)
"""From one request to the next; the last is asked within the hour that a position may leap."""

Answers = dict[tuple[str, Ask], Answer]


@dataclass
class Found:
    """A difference that a reader sees and may not."""

    reader: str
    story: str
    ask: Ask
    where: str
    short: str = ""
    """Of a random thing: the same as short as it gets."""

    def __str__(self) -> str:
        return (
            f"  Reader “{self.reader}”, who may not know that {self.story},\n"
            f"    sees in {self.ask} a difference at {self.where}"
            f"{self.short and chr(10)}{self.short}"
        )


@dataclass
class Covered:
    """What was compared."""

    pairs: int = 0
    things: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)
    routes: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)

    def __str__(self) -> str:
        answered = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return (
            f"{len(self.things)} hidden things × {len(self.readers)} readers × {len(self.routes)} routes: "
            f"{self.pairs} pairs of answers compared ({answered})"
        )


@dataclass
class Stage:
    """The ground, the hidden things that are tried there, and what is asked; `close` it in the end."""

    ground: Ground
    things: Sequence[Hidden]
    share: int = 0
    shares: int = 1
    """Of the common requests of all readers one in so many is asked, others by other stages: together they ask all.
    Those that name a hidden thing are all asked."""
    routes: Collection[str] = ()
    """Only these, where any are named."""
    thin: int = 1
    """Of the requests that name a hidden thing, one in so many of all readers is asked."""
    asks: Sequence[Ask] = ()
    without: Answers = field(default_factory=dict)
    """The answers of the world in which nothing is hidden."""
    done: dict[str, tuple[ExitStack, Copy]] = field(default_factory=dict)
    """Hidden thing → the world in which it was done, which stands open until it is asked."""

    @property
    def readers(self) -> Mapping[str, Reader]:
        """Who asks."""
        return self.ground.base.readers

    def close(self) -> None:
        """Let go of the worlds that nobody asked."""
        while self.done:
            self.done.popitem()[1][0].close()

    def write_requests(self) -> None:
        """Do each hidden thing in a world of its own, learn its ids there, and write the list of requests."""
        named = [self._do(each) for each in self.things]
        requests = requests_of(self.routes or self.ground.routes, self.ground.known, *named)
        self.asks = [Ask(MAIL, "mail"), *requests] if MAIL in (self.routes or {MAIL}) else requests

    def prepare(self) -> None:
        """Write the list of requests, and ask them where nothing is hidden."""
        self.write_requests()
        with self.ground.world() as (copy, _):
            self.without = self.answers(copy, {each.name: each.innocent for each in self.things})

    def _do(self, hidden: Hidden) -> Ids:
        with ExitStack() as stack:
            copy, ids = stack.enter_context(self.ground.world(hidden))
            self.done[hidden.name] = stack.pop_all(), copy
        return ids

    @contextmanager
    def world_of(self, hidden: Hidden) -> Iterator[Copy]:
        """The world in which it was done when the requests were written: once, since asking changes it."""
        stack, copy = self.done.pop(hidden.name)
        with stack:
            yield copy

    def answers(self, copy: Copy, askers: Mapping[str, Callable[[str], bool]]) -> Answers:
        """What the readers are answered; the moment and the chance of a request depend on nothing but its place.

        Hidden thing → who asks for it: whoever may know of it would not ask where it never happened, and what it would
        be answered there is compared with nothing.
        """
        start, got = copy.now, Answers()
        for place, ((turn, ask), (seat, name)) in enumerate(product(enumerate(self.asks), enumerate(self.readers))):
            mine = self._is_asked(ask, turn + seat) and (not ask.hidden or askers.get(ask.hidden, _nobody)(name))
            if ask.method != "GET":
                copy.disclosures.release()
            if mine:
                got[name, ask] = self.answer(copy, name, ask, start + BETWEEN * place)
        return got

    def _is_asked(self, ask: Ask, turn: int) -> bool:
        """Every request has its turn with other readers than the one before it."""
        if ask.route == MAIL:
            return True
        if ask.hidden:
            return turn % self.thin == 0
        return turn % self.shares == self.share

    def answer(self, copy: Copy, name: str, ask: Ask, now: datetime) -> Answer:
        """What one reader is answered to one request at this moment."""
        if ask.route == MAIL:
            return Answer(200, (), "\n".join(copy.mails.get(address_of(name), ())).encode())
        copy.now = now
        set_time(now)
        CHANCE.begin(f"{name} {ask} {ask.hidden} {ask.form} {ask.body!r}")
        return send(copy.app, self.readers[name], ask)

    def compare(self, hidden: Hidden, covered: Covered) -> list[Found]:
        """Ask everything again where one thing is hidden, and tell where an innocent reader sees it."""
        with self.world_of(hidden) as copy:
            got = self.answers(copy, {hidden.name: lambda _reader: True})
        found: list[Found] = []
        covered.things.add(hidden.name)
        for (name, ask), answer in got.items():
            if hidden.innocent(name):
                without = self.without[name, ask]
                covered.pairs += 1
                covered.readers.add(name)
                covered.routes.add(ask.route)
                covered.statuses[without.status] += 1
                where = difference(cut(ask.route, without), cut(ask.route, answer))
                if where is not None:
                    found.append(Found(name, hidden.story, ask, where))
            elif hidden.keeps(name) and CANARY.encode() in answer.body:
                found.append(Found(name, f"the words “{CANARY}” were written", ask, "those very words"))
        self._shorten(hidden, found)
        return found

    def _shorten(self, hidden: Hidden, found: Sequence[Found]) -> None:
        """The failure of a random thing is told once as short as it gets: one cause shows in many places."""
        if hidden.wild is not None and found:
            from tests.leaks.shrinking import shrink  # it makes stages of its own

            shortest = shrink(self, hidden.wild, found[0])
            found[0].short = str(shortest or "")


def _nobody(_reader: str) -> bool:
    return False
