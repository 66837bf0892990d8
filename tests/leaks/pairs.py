"""Two worlds, one with a hidden thing: what each reader is answered in both, and the story where that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from models.vocabulary import Label
from sharing.audit.checkpoints import publish_checkpoint
from tests.harness import postgres
from tests.leaks import verbs
from tests.leaks.answers import Answer, answer_of, difference
from tests.leaks.asking import MAIL, Ask, Ids, send
from tests.leaks.cast import Base, Reader, address_of
from tests.leaks.copies import Copy, copied
from tests.leaks.declared import cut
from tests.leaks.hidden import CANARY, Hidden
from tests.leaks.requests import ABSENT, requests_of, routes_of
from tests.leaks.still import CHANCE, set_time

FIRST_AFTER = timedelta(minutes=2)
"""After the base world's last deed; where the hidden thing is not the last, it happens here."""
COMMON_AFTER = timedelta(minutes=5)
"""Then what happens in both worlds."""
LAST_AFTER = timedelta(minutes=10)
"""Where the hidden thing is the last, it happens here."""
TOLD_AFTER = timedelta(minutes=15)
"""Then whoever is to be told by mail is."""
ASKED_AFTER = timedelta(minutes=20)
"""Then the requests, each at a moment of its own."""
BETWEEN = timedelta(milliseconds=50)
"""From one request to the next; the last is asked within the hour that a position may leap."""

Answers = dict[tuple[str, Ask], Answer]


def _digests(copy: Copy, base: Base) -> None:
    verbs.makes_digests(copy, [base.actor(name) for name in base.subscribers])


def _post_of_grid(copy: Copy, base: Base) -> None:
    verbs.posts(copy, base.actor("grid secretariat"), "electricity", verbs.indicator(401, Label.GREEN))


def _post_of_water(copy: Copy, base: Base) -> None:
    verbs.posts(copy, base.actor("water secretariat"), "water", verbs.indicator(402, Label.AMBER))


def _report_of_power(copy: Copy, base: Base) -> None:
    verbs.files(copy, base.actor("power reporter"), "空調が止まった。")


COMMON: Mapping[str, tuple[Callable[[Copy, Base], None], Sequence[str]]] = {
    "digests are made": (_digests, Base.subscribers),
    "the grid secretariat posts a GREEN indicator": (_post_of_grid, ("grid secretariat",)),
    "the water secretariat posts an AMBER indicator": (_post_of_water, ("water secretariat",)),
    "power files a report": (_report_of_power, ("power reporter",)),
    "digests are made again": (_digests, Base.subscribers),
}
"""What happens in both worlds after the hidden thing, or before it where that is the last: by whom."""


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
    """The base world on one database, the hidden things that are tried there, and what is asked."""

    base: Base
    folder: Path
    server: postgres.Server | None
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
    common: Sequence[str] = tuple(COMMON)
    """What happens in both worlds."""
    gone: Sequence[UUID] = ()
    """Organizations that leave in both worlds before anything else happens."""

    @property
    def readers(self) -> Mapping[str, Reader]:
        """Who asks."""
        return self.base.readers

    @contextmanager
    def world(self, hidden: Hidden | None = None) -> Iterator[tuple[Copy, Ids]]:
        """A copy in which the hidden thing happened, or did not; then what happens in both."""
        with copied(self.base, self.folder, self.server) as copy:
            start, ids = self.base.now, Ids()
            for each in self.gone:
                verbs.dismisses(copy, each)
            for after in (FIRST_AFTER, COMMON_AFTER, LAST_AFTER):
                copy.now = start + after
                if after == COMMON_AFTER:
                    happens_in_both(copy, self.base, self.common)
                elif hidden is not None and hidden.last == (after == LAST_AFTER):
                    ids = replace(hidden.do(copy, self.base), hidden=hidden.name)
            copy.now = start + TOLD_AFTER
            copy.mails = verbs.tells(copy)
            copy.now = start + ASKED_AFTER
            yield copy, ids

    def write_requests(self) -> None:
        """Learn the ids of each hidden thing, and write the list of requests."""
        with self.world() as (copy, _):
            known, routes = self._known(copy), self.routes or routes_of(copy.app)
        requests = requests_of(routes, known, *(self._ids_of(each) for each in self.things))
        self.asks = [Ask(MAIL, "mail"), *requests] if MAIL in (self.routes or {MAIL}) else requests

    def prepare(self) -> None:
        """Write the list of requests, and ask them where nothing is hidden."""
        self.write_requests()
        with self.world() as (copy, _):
            self.without = self.answers(copy, {each.name for each in self.things})

    def _ids_of(self, hidden: Hidden) -> Ids:
        with self.world(hidden) as (_, ids):
            return ids

    def _known(self, copy: Copy) -> Ids:
        """The ids of the base world, with what its readers are given: cursors, digests, editions."""
        known, sqlite = self.base.known, copy.hub.units.database.is_sqlite
        with copy.reading() as session:
            forms = session.execute(text("SELECT stix_id FROM objects WHERE fullness > 0 ORDER BY id")).scalars()
            oldest_first = list(dict.fromkeys(forms))
            digests = session.execute(text("SELECT id FROM digests ORDER BY made_at, id LIMIT 4")).scalars()
            made = [_uuid(each, sqlite) for each in digests]
        editions = (oldest_first[-1], *oldest_first[:3])
        first = Ask("GET /taxii2/<root>/collections/<ident>/objects/", "/taxii2/hub/collections/inbox/objects/?limit=2")
        pages = [send(copy.app, reader, first).get_json(silent=True) or {} for reader in self.readers.values()]
        cursors = dict.fromkeys(page["next"] for page in pages if "next" in page)
        hats = [self.readers[name].actor for name in ("rival reader", "water reader", "water approver")]
        return Ids(
            reports=(*(str(known.reports[name].report_id) for name in ("shared", "waiting", "red")), ABSENT),
            references=tuple(known.reports[name].reference for name in ("shared", "red")),
            proposals=tuple(map(str, known.proposals.values())),
            objects=(*editions, *map(verbs.indicator_id, (2, 3, 4, 106)), f"indicator--{ABSENT}"),
            memberships=tuple(str(each.membership_id) for each in hats if each is not None),
            invitations=(*map(str, known.invitations.values()), ABSENT),
            resets=(*map(str, known.resets.values()), ABSENT),
            keys=(*map(str, known.keys.values()), ABSENT),
            collections=("inbox", "electricity", "nowhere"),
            digests=tuple(made),
            inquiries=(*map(str, known.inquiries.values()), ABSENT),
            files=(*map(str, known.files.values()), ABSENT),
            uploads=(ABSENT,),
            statuses=(self.base.known.status,),
            cursors=tuple(cursors)[:4],
        )

    def answers(self, copy: Copy, things: Collection[str]) -> Answers:
        """What the readers are answered; the moment and the chance of a request depend on nothing but its place."""
        start, got = copy.now, Answers()
        for place, ((turn, ask), (seat, name)) in enumerate(product(enumerate(self.asks), enumerate(self.readers))):
            mine = self._is_asked(ask, turn + seat, things)
            if ask.method != "GET":
                copy.disclosures.release()
            if mine:
                got[name, ask] = self.answer(copy, name, ask, start + BETWEEN * place)
        return got

    def _is_asked(self, ask: Ask, turn: int, things: Collection[str]) -> bool:
        """Every request has its turn with other readers than the one before it."""
        if ask.route == MAIL:
            return True
        if ask.hidden:
            return ask.hidden in things and turn % self.thin == 0
        return turn % self.shares == self.share

    def answer(self, copy: Copy, name: str, ask: Ask, now: datetime) -> Answer:
        """What one reader is answered to one request at this moment."""
        if ask.route == MAIL:
            return Answer(200, (), "\n".join(copy.mails.get(address_of(name), ())).encode())
        copy.now = now
        set_time(now)
        CHANCE.begin(f"{name} {ask} {ask.hidden} {ask.form} {ask.body!r}")
        return answer_of(send(copy.app, self.readers[name], ask))

    def compare(self, hidden: Hidden, covered: Covered) -> list[Found]:
        """Ask everything again where one thing is hidden, and tell where an innocent reader sees it."""
        with self.world(hidden) as (copy, _):
            got = self.answers(copy, {hidden.name})
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


def happens_in_both(copy: Copy, base: Base, common: Sequence[str]) -> None:
    """Digests, perhaps right after the hidden thing, posts of others, then digests again."""
    for name in common:
        COMMON[name][0](copy, base)
    with copy.writing() as session:
        publish_checkpoint(session, copy.hub.secrets.log_signers, copy.now, at_once=True)


def _uuid(stored: object, sqlite: bool) -> str:
    text_ = str(stored)
    return f"{text_[:8]}-{text_[8:12]}-{text_[12:16]}-{text_[16:20]}-{text_[20:]}" if sqlite else text_
