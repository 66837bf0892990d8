"""A failing random world, made as small as it goes: whatever is not needed for the failure is left out of the story.

Greedily: deeds of the hidden thing and what they say, what happens in both worlds, the organizations that take part.
Each is left out once; where the reader still sees a difference it stays out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import select

from models.organization import Organization
from models.vocabulary import Tier
from tests.leaks.answers import Answer, difference
from tests.leaks.asking import Ask
from tests.leaks.copies import Copy
from tests.leaks.declared import cut
from tests.leaks.pairs import Found, Stage
from tests.leaks.wild import Wild
from tests.leaks.worlds import COMMON

MOST_TRIES = 60
"""Smaller worlds that are tried for one failure; a pair of worlds takes a second or two."""


@dataclass(frozen=True)
class Case:
    """What one try holds."""

    wild: Wild
    common: tuple[str, ...]
    gone: tuple[UUID, ...] = ()

    def smaller(self, stage: Stage, reader: str, organizations: Iterable[UUID]) -> Iterator[Case]:
        """Everything that is this case with one thing less."""
        for wild in self.wild.simpler():
            yield replace(self, wild=wild)
        for name in self.common:
            yield replace(self, common=tuple(each for each in self.common if each != name))
        needed = {reader, *self.wild.actors, *(actor for name in self.common for actor in COMMON[name][1])}
        kept = {_organization_of(stage, name) for name in needed}
        for ident in organizations:
            if ident not in kept and ident not in self.gone:
                yield replace(self, gone=(*self.gone, ident))


@dataclass(frozen=True)
class Shrunk:
    """A failure with everything that it needs, and nothing else."""

    case: Case
    reader: str
    ask: Ask
    where: str
    names: dict[UUID, str]
    organization: UUID | None

    def __str__(self) -> str:
        staying = [name for ident, name in self.names.items() if ident not in self.case.gone]
        who = f"{self.reader} ({self.names[self.organization]})" if self.organization else self.reader
        lines = [
            "The same as short as it gets:",
            f"  There are: {'、'.join(staying)}.",
            *(f"  In both worlds {name}." for name in self.case.common),
            *(f"  In one of them only, {each.story}." for each in self.case.wild.deeds),
            f"  Then the {who} asks {self.ask}, and the answers differ at {self.where}",
        ]
        return "\n".join(lines)


@dataclass
class _Trials:
    """Tries cases with the one request that told; the world of a case in which nothing is hidden is asked once."""

    stage: Stage
    found: Found
    without: dict[tuple[Sequence[str], Sequence[UUID]], Answer] = field(default_factory=dict)

    def differs(self, case: Case) -> str | None:
        """Where the two worlds of a case differ for the reader, if they do."""
        ground, hidden = self.stage.ground, case.wild.hidden()
        if not hidden.innocent(self.found.reader):
            return None
        common = case.common, case.gone
        if common not in self.without:
            with ground.world(None, *common) as (copy, _):
                self.without[common] = self._answer(copy)
        with ground.world(hidden, *common) as (copy, _):
            got = self._answer(copy)
        route = self.found.ask.route
        return difference(cut(route, self.without[common]), cut(route, got))

    def _answer(self, copy: Copy) -> Answer:
        return self.stage.answer(copy, self.found.reader, self.found.ask, copy.now)


def shrink(stage: Stage, wild: Wild, found: Found) -> Shrunk | None:
    """The smallest case in which this reader still sees a difference; None where the request alone shows none."""
    case, trials = Case(wild, tuple(COMMON)), _Trials(stage, found)
    where = trials.differs(case)
    if where is None:
        return None
    names = _organizations(stage)
    tries, smaller = 0, True
    while smaller and tries < MOST_TRIES:
        smaller = False
        for other in case.smaller(stage, found.reader, names):
            tries += 1
            seen = trials.differs(other)
            if seen is not None:
                case, where, smaller = other, seen, True
                break
            if tries >= MOST_TRIES:
                break
    return Shrunk(case, found.reader, found.ask, where, names, _organization_of(stage, found.reader))


def _organizations(stage: Stage) -> dict[UUID, str]:
    """The organizations of the base world but for the hub's own, by name."""
    query = select(Organization.id, Organization.name_ja).where(Organization.tier != Tier.HUB)
    with stage.ground.world() as (copy, _), copy.reading() as session:
        rows = session.execute(query.order_by(Organization.joined_at, Organization.name_ja)).tuples()
        return dict(rows.all())


def _organization_of(stage: Stage, name: str) -> UUID | None:
    actor = stage.readers[name].actor
    return None if actor is None else actor.organization.id
