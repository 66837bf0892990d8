"""Random hidden things by a seed: reports and posts of anybody at any label, with the readers that the policy gives.

One thing is one to three deeds. Each deed can be told more simply, so that a failure is shrunk to what it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from random import Random

from models.vocabulary import Label
from tests.leaks import verbs
from tests.leaks.asking import Ids
from tests.leaks.cast import Base
from tests.leaks.copies import Copy
from tests.leaks.deeds import CANARY, report_ids
from tests.leaks.hidden import GRID_TRAIL, KEEPERS, Hidden

OFFICES = {"power": "grid secretariat", "rival": "grid secretariat", "water": "water secretariat"}
SECTIONS = {"power": "electricity section", "rival": "electricity section"}
"""Ministry sections in the cast, by whose sector they look after."""
MOST_DEEDS = 3


@dataclass(frozen=True)
class WildReport:
    """A report; who may know follows from the table of the policy, said here a second time and otherwise."""

    name: str
    sender: str
    label: Label
    flags: frozenset[str] = frozenset()
    """Consents, `exercise`, `name_to_sector`."""
    event_type: str = "E30"
    cause: str = "C101"

    @property
    def actors(self) -> frozenset[str]:
        """Who does it."""
        return frozenset({f"{self.sender} reporter"})

    @property
    def knowing(self) -> frozenset[str]:
        """Who may know of it."""
        filed_at = Label.strictest(self.label, Label.AMBER)
        knowing = {f"{self.sender} reporter", f"{self.sender} approver"}
        if filed_at is not Label.RED:
            knowing.add(OFFICES[self.sender])
        if filed_at is Label.AMBER:
            knowing.add(f"{self.sender} reader")
        if filed_at in {Label.AMBER, Label.AMBER_STRICT}:
            knowing |= self._consented(filed_at)
        return frozenset(knowing)

    keeping = frozenset[str]()

    @property
    def story(self) -> str:
        """What happens, in words."""
        said = f" ({', '.join(sorted(self.flags))})" if self.flags else ""
        return f"{self.sender} filed a {self.label} report{said}"

    def do(self, world: Copy, base: Base) -> Ids:
        """File it."""
        actor, summary = base.actor(f"{self.sender} reporter"), f"{CANARY} {self.name}"
        more = {"event_type": self.event_type, "causes": [self.cause], **dict.fromkeys(self.flags, True)}
        filed = verbs.files(world, actor, summary, self.label, **more)
        return report_ids(world, filed.report_id, filed.reference)

    def simpler(self) -> Iterator[WildReport]:
        """The same with one thing less said."""
        for flag in sorted(self.flags):
            yield replace(self, flags=self.flags - {flag})
        if (self.event_type, self.cause) != ("E30", "C101"):
            yield replace(self, event_type="E30", cause="C101")

    def _consented(self, label: Label) -> set[str]:
        found = set()
        if "consent_nco" in self.flags:
            found.add("nco")
        if "consent_ministry" in self.flags and self.sender in SECTIONS:
            found.add(SECTIONS[self.sender])
        if "consent_foreign" in self.flags and label is Label.AMBER:
            found.add("foreign partner")
        return found


@dataclass(frozen=True)
class WildPost:
    """An object of a secretariat that stays with it: of an id that nobody has, that others hold, or will post."""

    name: str
    office: str
    collection: str
    label: Label
    number: int
    minute: int

    @property
    def actors(self) -> frozenset[str]:
        """Who does it."""
        return frozenset({self.office})

    @property
    def knowing(self) -> frozenset[str]:
        """Who may know of it."""
        return frozenset({self.office})

    @property
    def keeping(self) -> frozenset[str]:
        """Who keeps the trail of the office."""
        return GRID_TRAIL if self.office == "grid secretariat" else frozenset()

    @property
    def story(self) -> str:
        """What happens, in words."""
        return f"the {self.office} posted version {self.minute} of object {self.number} at {self.label}"

    def do(self, world: Copy, base: Base) -> Ids:
        """Post it."""
        posted = verbs.indicator(self.number, self.label, name=CANARY, minute=self.minute)
        verbs.posts(world, base.actor(self.office), self.collection, posted)
        return Ids(objects=(verbs.indicator_id(self.number),))

    def simpler(self) -> Iterator[WildPost]:
        """A post says nothing that could be left out."""
        yield from ()


WildDeed = WildReport | WildPost


@dataclass(frozen=True)
class Wild:
    """A random hidden thing."""

    name: str
    deeds: tuple[WildDeed, ...]
    last: bool

    @property
    def actors(self) -> frozenset[str]:
        """Everybody who does something of it."""
        return frozenset().union(*(each.actors for each in self.deeds))

    def hidden(self) -> Hidden:
        """As a thing that is tried."""
        knowing = KEEPERS.union(*(each.knowing for each in self.deeds))
        keeping = frozenset[str]().union(*(each.keeping for each in self.deeds))
        story = ", and ".join(each.story for each in self.deeds)
        return Hidden(self.name, story, knowing, self._do, last=self.last, keeping=keeping, wild=self)

    def simpler(self) -> Iterator[Wild]:
        """The same with one deed less, or with one deed told more simply."""
        if len(self.deeds) > 1:
            for place in range(len(self.deeds)):
                yield replace(self, deeds=(*self.deeds[:place], *self.deeds[place + 1 :]))
        for place, deed in enumerate(self.deeds):
            for other in deed.simpler():
                yield replace(self, deeds=(*self.deeds[:place], other, *self.deeds[place + 1 :]))

    def _do(self, world: Copy, base: Base) -> Ids:
        done = [each.do(world, base) for each in self.deeds]
        names = [each.name for each in fields(Ids) if each.name != "hidden"]
        joined = {name: tuple(dict.fromkeys(ident for ids in done for ident in getattr(ids, name))) for name in names}
        return Ids(**joined)


def wild_things(number: int, seed: int) -> Sequence[Hidden]:
    """So many random hidden things."""
    return [_thing(Random(f"{seed}/{each}"), f"wild {seed}/{each}").hidden() for each in range(number)]


def _thing(random: Random, name: str) -> Wild:
    count = random.choice([1, 1, 2, MOST_DEEDS])
    deeds = tuple(_deed(random, f"{name}.{place}") for place in range(count))
    return Wild(name, deeds, last=random.random() < 0.5)


def _deed(random: Random, name: str) -> WildDeed:
    return _report(random, name) if random.random() < 0.7 else _post(random, name)


def _report(random: Random, name: str) -> WildReport:
    flags = {each for each in ("consent_nco", "consent_ministry", "consent_foreign") if random.random() < 0.5}
    flags |= {"exercise"} if random.random() < 0.2 else set()
    flags |= {"name_to_sector"} if random.random() < 0.5 else set()
    return WildReport(
        name,
        random.choice(sorted(OFFICES)),
        random.choice([Label.GREEN, Label.AMBER, Label.AMBER_STRICT, Label.RED]),
        frozenset(flags),
        random.choice(["E10", "E20", "E30", "E41"]),
        random.choice(["C101", "C201", "C301"]),
    )


def _post(random: Random, name: str) -> WildPost:
    office, collection = random.choice([("grid secretariat", "electricity"), ("water secretariat", "water")])
    label = random.choice([Label.AMBER_STRICT, Label.RED])
    held = [2, 3, 4, 201, 401, 402] if office == "water secretariat" else [103, 104, 110, 201, 402]
    number = random.choice([*held, 901, 902, random.randrange(1_000, 2_000)])
    return WildPost(name, office, collection, label, number, random.randrange(1, 60))
