"""One administrator brings about no reader: a letter to a first manager needs a second one, or the secretariat."""

from __future__ import annotations

import pytest

from models.account import Invitation
from models.vocabulary import Role, Tier
from sharing.actor import Actor
from sharing.errors import Conflict, NotPermitted, NotVisible
from sharing.people.accounts import set_suspended
from sharing.people.confirming import confirm_letter, list_waiting_letters
from sharing.people.invitations import find_invitation, invite, withdraw_invitation
from sharing.people.memberships import change_roles, end_membership
from sharing.people.organizations import NewOrganization, add_organization, dismiss_organization
from sharing.rules.inviting import Footing, Founding, decide_first_manager
from sharing.rules.tokens import OrganizationFacts
from sharing.setup import HUB_ID
from tests.factory import World
from tests.sharing.people.steps import code_of, join
from tests.sharing.reports.conftest import Scene


@pytest.fixture
def hub(scene: Scene) -> Scene:
    """A hub in use: there are reports, and two persons administer it."""
    scene.files(scene.hanako)
    return scene


def join_organization(world: World, tier: Tier, **more: str) -> OrganizationFacts:
    """What one administrator does alone, and may: nobody is in it yet."""
    with world.writing() as session:
        new = NewOrganization(tier, "丙", "Hei", **more)
        made = add_organization(session, world.command(), new, world.context())
        return OrganizationFacts(made.id, made.tier, made.sector, made.ceptoar, made.ministry)


def letter_of(world: World, actor: Actor, organization: OrganizationFacts) -> tuple[Invitation, str]:
    """The letter to the first manager, with its code."""
    with world.writing() as session:
        key = world.hub.secrets.api_key_key
        return invite(session, actor, organization.id, "Taro", [Role.MANAGER], hmac_key=key, context=world.context())


def confirm(world: World, actor: Actor, letter: Invitation) -> None:
    """The second administrator's part."""
    with world.writing() as session:
        confirm_letter(session, actor, letter.id, context=world.context())


def is_good(world: World, code: str) -> bool:
    """Whether the code opens something."""
    with world.reading() as session:
        return find_invitation(session, code, hmac_key=world.hub.secrets.api_key_key, now=world.now) is not None


def test_one_administrator_makes_no_reader(hub: Scene):
    """What went wrong: let an organization join, invite oneself as its manager, give oneself a role that reads."""
    world = hub.world
    one, two = world.administrator(), world.administrator()
    place = join_organization(world, Tier.FOREIGN)
    letter, code = letter_of(world, one, place)
    assert not is_good(world, code)
    with pytest.raises(NotVisible):
        join(world, code)
    with pytest.raises(NotPermitted):
        confirm(world, one, letter)
    with pytest.raises(NotPermitted):
        confirm(world, world.command(), letter)
    for stranger in (hub.hanako, hub.auditor):
        with pytest.raises(NotPermitted):
            confirm(world, stranger, letter)
    confirm(world, two, letter)
    assert join(world, code).membership.role_set == {Role.MANAGER}
    with pytest.raises(NotVisible):
        confirm(world, two, letter)


def test_the_command_alone_writes_no_letter_on_a_hub_in_use(hub: Scene):
    """Nobody's name stands under it, so nobody can be another."""
    place = join_organization(hub.world, Tier.FOREIGN)
    with pytest.raises(NotPermitted):
        letter_of(hub.world, hub.world.command(), place)


def test_where_a_secretariat_stands_it_invites_its_members_managers(scene: Scene):
    """Two administrators are not asked: the secretariat knows who its members are."""
    world = scene.world
    place = join_organization(world, Tier.OPERATOR, ceptoar="electricity")
    for administrator in (world.administrator(), world.command()):
        with pytest.raises(NotPermitted, match="secretariat"):
            letter_of(world, administrator, place)
    coordinator = scene.office
    assert is_good(world, code_of(world, coordinator, place.id, {Role.MANAGER}))


def test_a_secretariat_that_was_dismissed_is_not_followed_by_one_person_alone(scene: Scene):
    """Otherwise: let the secretariat leave, let another join in its place, and read all that its members send."""
    world = scene.world
    scene.files(scene.hanako)
    one = world.administrator()
    with world.writing() as session:
        dismiss_organization(session, one, scene.office.organization.id, world.context())
    place = join_organization(world, Tier.CEPTOAR, ceptoar="electricity")
    _, code = letter_of(world, one, place)
    assert not is_good(world, code)


def test_a_new_hub_is_founded_by_one(world: World):
    """There is nothing to read, and nobody else to ask; once there is, there is a second person."""
    place, other, third = (
        world.organization(Tier.NCO, "NCO"),
        world.organization(Tier.COUNCIL, "Council"),
        world.organization(Tier.FOREIGN, "Partner"),
    )
    assert is_good(world, letter_of(world, world.command(), place)[1])
    one = world.administrator(username="one")
    assert is_good(world, letter_of(world, one, other)[1])
    world.administrator(username="two")
    assert not is_good(world, letter_of(world, one, third)[1])
    with pytest.raises(NotPermitted):
        letter_of(world, world.command(), world.operator("Power"))


def test_who_suspends_the_second_is_not_alone_again_on_a_hub_in_use(hub: Scene):
    """Founding ends with the first report, whoever administers then."""
    world = hub.world
    one = world.administrator()
    world.administrator(username="two")
    with world.writing() as session:
        set_suspended(session, one, "two", suspended=True, context=world.context())
    assert not is_good(world, letter_of(world, one, join_organization(world, Tier.FOREIGN))[1])


def test_the_hubs_own_manager_needs_no_second(hub: Scene):
    """Nobody there reads anything; a hub whose only administrator is gone would have no way on."""
    assert is_good(hub.world, letter_of(hub.world, hub.world.command(), OrganizationFacts(HUB_ID, Tier.HUB))[1])


def test_a_letter_ends_with_who_wrote_it(hub: Scene):
    """Suspended before it is confirmed, or after: nothing of it is left, as with every letter."""
    world = hub.world
    one, two = world.administrator(username="one"), world.administrator()
    letter, code = letter_of(world, one, join_organization(world, Tier.FOREIGN))
    with world.writing() as session:
        set_suspended(session, two, "one", suspended=True, context=world.context())
    with world.reading() as session:
        assert list_waiting_letters(session, two, world.now) == []
    with pytest.raises(NotVisible):
        confirm(world, two, letter)
    assert not is_good(world, code)


def test_nothing_is_confirmed_where_somebody_manages_meanwhile(hub: Scene):
    """A second manager comes from the first."""
    world = hub.world
    one, two = world.administrator(), world.administrator()
    place = join_organization(world, Tier.FOREIGN)
    letter, _ = letter_of(world, one, place)
    world.person(place, Role.MANAGER)
    with pytest.raises(Conflict):
        confirm(world, two, letter)


def test_administrators_see_what_waits_and_drop_it(hub: Scene):
    """Who wrote it may take it back too; two weeks end it."""
    world = hub.world
    one, two = world.administrator(name="One"), world.administrator()
    place = join_organization(world, Tier.FOREIGN)
    letter, code = letter_of(world, one, place)
    with world.reading() as session:
        (mine,) = list_waiting_letters(session, one, world.now)
        (theirs,) = list_waiting_letters(session, two, world.now)
        assert (mine.is_mine, theirs.is_mine, theirs.asked_by) == (True, False, "One")
        with pytest.raises(NotPermitted):
            list_waiting_letters(session, hub.hanako, world.now)
    with world.writing() as session:
        withdraw_invitation(session, one, letter.id, context=world.context())
    with pytest.raises(NotVisible):
        confirm(world, two, letter)
    late, _ = letter_of(world, one, place)
    world.advance(days=14)
    with pytest.raises(NotVisible):
        confirm(world, two, late)
    assert not is_good(world, code)


@pytest.mark.parametrize("tier", list(Tier))
def test_who_must_stand_under_a_letter_for_each_kind(tier: Tier):
    """Closed for every kind but the hub itself, as soon as it is no longer being founded."""

    def decided(*, secretariat: bool = False, founding: bool = False, person: bool = True) -> Founding:
        return decide_first_manager(Footing(tier, secretariat, founding, person))[0]

    if tier is Tier.HUB:
        assert decided(person=False) is Founding.AT_ONCE
        return
    assert decided() is Founding.WHEN_CONFIRMED
    assert decided(person=False) is Founding.NEVER
    assert decided(founding=True, person=False) is Founding.AT_ONCE
    led = decided(secretariat=True, founding=True)
    assert led is (Founding.NEVER if tier in {Tier.OPERATOR, Tier.BODY} else Founding.AT_ONCE)


def hub_facts_of() -> OrganizationFacts:
    """The hub's own organization."""
    return OrganizationFacts(HUB_ID, Tier.HUB)


def administrator_letter(world: World, manager: Actor) -> tuple[Invitation, str]:
    """What the manager of the hub's people writes to a further administrator."""
    with world.writing() as session:
        key = world.hub.secrets.api_key_key
        return invite(session, manager, HUB_ID, "Jiro", [Role.ADMINISTRATOR], hmac_key=key, context=world.context())


def test_the_hubs_manager_is_not_two_administrators_alone(hub: Scene):
    """What went wrong: who manages and administers invited a second self, and confirmed with it its own proposals."""
    world = hub.world
    manager = world.person(hub_facts_of(), Role.MANAGER, Role.ADMINISTRATOR)
    other = world.administrator()
    letter, code = administrator_letter(world, manager)
    assert not is_good(world, code)
    with pytest.raises(NotPermitted):
        confirm(world, manager, letter)
    with pytest.raises(NotPermitted):
        confirm(world, world.command(), letter)
    confirm(world, other, letter)
    assert join(world, code).membership.role_set == {Role.ADMINISTRATOR}


def test_a_role_that_administers_is_not_given_on_the_side(hub: Scene):
    """To somebody who belongs to the hub's people already; what else they do may change."""
    world = hub.world
    manager = world.person(hub_facts_of(), Role.MANAGER)
    clerk = world.person(hub_facts_of(), Role.MANAGER)
    world.administrator()
    with pytest.raises(NotPermitted), world.writing() as session:
        change_roles(session, manager, clerk.membership_id, [Role.ADMINISTRATOR], context=world.context())
    keeper = world.person(hub_facts_of(), Role.ADMINISTRATOR)
    with world.writing() as session:
        both = [Role.ADMINISTRATOR, Role.MANAGER]
        change_roles(session, manager, keeper.membership_id, both, context=world.context())


def test_who_sent_the_others_away_asks_the_machine(hub: Scene):
    """Left alone on a hub in use: the letter waits for whoever holds the machine, who is otherwise not enough."""
    world = hub.world
    manager = world.person(hub_facts_of(), Role.MANAGER, Role.ADMINISTRATOR)
    other = world.administrator()
    with world.writing() as session:
        end_membership(session, manager, other.membership_id, context=world.context())
    letter, code = administrator_letter(world, manager)
    assert not is_good(world, code)
    with pytest.raises(NotPermitted):
        confirm(world, manager, letter)
    confirm(world, world.command(), letter)
    assert is_good(world, code)


def test_the_first_administrators_of_a_new_hub(world: World):
    """The first needs nobody, since there is nobody; the second is confirmed by the first."""
    manager = world.person(hub_facts_of(), Role.MANAGER)
    first, code = administrator_letter(world, manager)
    assert is_good(world, code) and not first.waits_for_second
    one = world.administrator()
    second, code = administrator_letter(world, manager)
    assert not is_good(world, code)
    confirm(world, one, second)
    assert is_good(world, code)
