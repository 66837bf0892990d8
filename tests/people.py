"""Who is in the scene of most tests: a sector with two rivals, another sector, the authorities and the Council.

They are made once a run and kept in a database that tests copy: making them takes longer than most of what is tested.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from models.organization import Organization
from models.vocabulary import Role, Tier
from sharing.actor import Actor
from sharing.rules.tokens import OrganizationFacts
from tests.factory import World
from tests.harness import shared


@dataclass(frozen=True)
class People:
    """Named organizations with one person each."""

    aoba: OrganizationFacts
    rival: OrganizationFacts
    water: OrganizationFacts
    hanako: Actor
    boss: Actor
    colleague: Actor
    rival_reader: Actor
    water_reader: Actor
    office: Actor
    water_office: Actor
    council: Actor
    nco: Actor
    section: Actor
    auditor: Actor


def people_of(world: World) -> People:
    """Those of a database that was copied; in any other they are made."""
    kept = _kept(world)
    if kept.exists():
        people: People = pickle.loads(kept.read_bytes())
        with world.reading() as session:
            if session.get(Organization, people.aoba.id) is not None:
                return people
    return _make(world)


def populate(database_url: str) -> None:
    """Fill a database that is a hub, as `people_of` finds it in each copy."""
    with TemporaryDirectory() as folder:
        world = World(database_url, Path(folder))
        _kept(world).write_bytes(pickle.dumps(_make(world)))
        world.close()


def _kept(world: World) -> Path:
    return shared.folder() / f"people.{world.hub.settings.database_kind}"


def _make(world: World) -> People:
    aoba, rival = world.operator("青葉電力株式会社"), world.operator("みどり電力株式会社")
    water = world.operator("清流水道株式会社", "water")
    section = world.organization(Tier.MINISTRY, "経済産業省 電力担当", sector="electricity", ministry="meti")
    return People(
        aoba=aoba,
        rival=rival,
        water=water,
        hanako=world.person(aoba, Role.REPORTER, name="Hanako"),
        boss=world.person(aoba, Role.APPROVER, name="Boss"),
        colleague=world.person(aoba, Role.READER),
        rival_reader=world.person(rival, Role.REPORTER),
        water_reader=world.person(water, Role.READER),
        office=world.person(world.secretariat("電力セプター事務局"), Role.COORDINATOR),
        water_office=world.person(world.secretariat("水道セプター事務局", "water"), Role.COORDINATOR),
        council=world.person(world.organization(Tier.COUNCIL, "セプターカウンシル"), Role.COUNCIL),
        nco=world.person(world.organization(Tier.NCO, "国家サイバー統括室"), Role.ANALYST),
        section=world.person(section, Role.ANALYST),
        auditor=world.person(world.organization(Tier.AUDITOR, "監査人"), Role.AUDITOR),
    )
