"""A failing random world, made as small as it goes: whatever is not needed for the failure is left out of the story.

Greedily: deeds of the hidden thing and what they say, what happens in both worlds, the organizations that take part.
Each is left out once; where the reader still sees a difference it stays out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from models.organization import Organization
from models.vocabulary import Tier
from tests.leaks.answers import difference
from tests.leaks.asking import Ask
from tests.leaks.declared import cut
from tests.leaks.pairs import COMMON, Found, Stage
from tests.leaks.wild import Wild

MOST_TRIES = 60
"""Smaller worlds that are tried for one failure; a pair of worlds takes a second or two."""


@dataclass(frozen=True)
class Case:
    """What one try holds."""

    wild: Wild
    common: tuple[str, ...]
    gone: tuple[UUID, ...] = ()

    def smaller(self, stage: Stage, reader: str) -> Iterator[Case]:
        """Everything that is this case with one thing less."""
        for wild in self.wild.simpler():
            yield replace(self, wild=wild)
        for name in self.common:
            yield replace(self, common=tuple(each for each in self.common if each != name))
        needed = {reader, *self.wild.actors, *(actor for name in self.common for actor in COMMON[name][1])}
        kept = {_organization_of(stage, name) for name in needed}
        for ident in _organizations(stage):
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


def shrink(stage: Stage, wild: Wild, found: Found) -> Shrunk | None:
    """The smallest case in which this reader still sees a difference; None where the request alone shows none."""
    case = Case(wild, tuple(stage.common))
    where = _differs(stage, case, found)
    if where is None:
        return None
    tries, smaller = 0, True
    while smaller and tries < MOST_TRIES:
        smaller = False
        for other in case.smaller(stage, found.reader):
            tries += 1
            seen = _differs(stage, other, found)
            if seen is not None:
                case, where, smaller = other, seen, True
                break
            if tries >= MOST_TRIES:
                break
    names = _organizations(stage)
    return Shrunk(case, found.reader, found.ask, where, names, _organization_of(stage, found.reader))


def _differs(stage: Stage, case: Case, found: Found) -> str | None:
    """Where the two worlds of a case differ for the reader's one request, if they do."""
    trial = replace(stage, common=case.common, gone=case.gone)
    hidden = case.wild.hidden()
    if not hidden.innocent(found.reader):
        return None
    with trial.world() as (copy, _):
        without = trial.answer(copy, found.reader, found.ask, copy.now)
    with trial.world(hidden) as (copy, _):
        got = trial.answer(copy, found.reader, found.ask, copy.now)
    return difference(cut(found.ask.route, without), cut(found.ask.route, got))


def _organizations(stage: Stage) -> dict[UUID, str]:
    """The organizations of the base world but for the hub's own, by name."""
    query = select(Organization.id, Organization.name_ja).where(Organization.tier != Tier.HUB)
    with stage.world() as (copy, _), copy.reading() as session:
        rows = session.execute(query.order_by(Organization.joined_at, Organization.name_ja)).all()
    return {ident: name for ident, name in rows if ident not in stage.gone}


def _organization_of(stage: Stage, name: str) -> UUID | None:
    actor = stage.readers[name].actor
    return None if actor is None else actor.organization.id
