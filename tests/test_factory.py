"""The factory makes worlds in which people read what their tokens say."""

from pathlib import Path

from models.vocabulary import Role, Tier
from tests.factory import World


def test_people_of_a_world_hold_their_tokens(hub_url: str, tmp_path: Path):
    """A made organization has joined, its reporter reads, its manager does not; time moves without a leap."""
    world = World(hub_url, tmp_path)
    power = world.operator("Power")
    council = world.organization(Tier.COUNCIL, "Council")
    reporter, manager = world.person(power, Role.REPORTER), world.person(power, Role.MANAGER)
    member = world.hat(reporter, council, Role.COUNCIL)
    world.advance(days=30)
    water = world.operator("Water", "water")
    with world.reading() as session:
        assert world.reader(session, reporter).holds("sector:electricity")
        assert world.reader(session, member).holds("council")
        assert not world.reader(session, manager).windows
    assert water.sector == "water"
    assert "hub:instance:init" in world.tags()
    world.close()
