"""Stories of joining: who may invite whom, and what a printed code is good for."""

import pytest

from models.vocabulary import Door, Role, Tier
from sharing.actor import Actor
from sharing.audiences import facts_of
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.people.confirming import confirm_letter, list_waiting_letters
from sharing.people.invitations import (
    add_hat,
    find_invitation,
    list_invitations,
    withdraw_invitation,
)
from sharing.people.organizations import NewOrganization, add_organization, list_organizations
from sharing.setup import HUB_ID
from tests.factory import World
from tests.sharing.people.steps import behind, code_of, join, password_step


def test_a_manager_invites_its_own_people(world: World):
    """The code makes an account with the roles of the letter, once."""
    power = world.operator("Power")
    manager = world.person(power, Role.MANAGER)
    before = len(world.tags())
    code = code_of(world, manager, power.id, {Role.REPORTER, Role.READER})
    joined = join(world, code.lower().replace("-", " "))
    assert joined.membership.role_set == {Role.REPORTER, Role.READER}
    assert world.tags()[before:] == ["account:invitation:make", "account:invitation:use"]
    with pytest.raises(NotVisible):
        join(world, code, "jiro")


def test_a_person_who_joined_holds_its_own_token(world: World):
    """A sender can name the person from now on."""
    power = world.operator("Power")
    code = code_of(world, world.person(power, Role.MANAGER), power.id, {Role.READER})
    joined = join(world, code)
    step = password_step(world, "taro")
    assert step is not None and not step.complete and not step.enrolled
    with world.reading() as session:
        actor = Actor(joined.account.id, joined.membership.id, power, frozenset({Role.READER}), Door.WEB)
        assert world.reader(session, actor).holds(f"account:{joined.account.id}")


def test_a_manager_of_one_organization_cannot_invite_into_another(world: World):
    """A rival does not exist for the manager, whether it takes part or not."""
    power, rival = world.operator("Power"), world.operator("Rival")
    manager = world.person(power, Role.MANAGER)
    with pytest.raises(NotVisible):
        code_of(world, manager, rival.id, {Role.MANAGER})
    secretariat = world.secretariat("Secretariat")
    with pytest.raises(NotPermitted):
        code_of(world, manager, secretariat.id, {Role.COORDINATOR})


def test_a_secretariat_invites_only_its_members_managers(world: World):
    """Nobody else's, and no other role."""
    power, water = world.operator("Power"), world.operator("Water", "water")
    coordinator = world.person(world.secretariat("Secretariat"), Role.COORDINATOR)
    assert code_of(world, coordinator, power.id, {Role.MANAGER})
    with pytest.raises(NotPermitted):
        code_of(world, coordinator, power.id, {Role.MANAGER, Role.READER})
    with pytest.raises(NotVisible):
        code_of(world, coordinator, water.id, {Role.MANAGER})


def test_an_administrator_invites_the_first_manager_and_nobody_else(world: World):
    """No role that reads comes from an administrator; and where somebody manages, or holds the letter, no second."""
    power = world.operator("Power")
    for admin in (world.administrator(), world.command()):
        with pytest.raises(NotPermitted):
            code_of(world, admin, power.id, {Role.READER})
        with pytest.raises(NotPermitted):
            code_of(world, admin, power.id, {Role.MANAGER, Role.REPORTER})
        with pytest.raises(NotPermitted):
            code_of(world, admin, HUB_ID, {Role.COORDINATOR})
    code = code_of(world, world.command(), power.id, {Role.MANAGER})
    with pytest.raises(NotPermitted):
        code_of(world, world.command(), power.id, {Role.MANAGER})
    join(world, code)
    with pytest.raises(NotPermitted):
        code_of(world, world.command(), power.id, {Role.MANAGER})


def test_an_administrator_does_not_come_to_read_by_joining_elsewhere(world: World):
    """Even with a good letter: who runs the hub wears no other hat; nor does a reader come to run it."""
    power = world.operator("Power")
    admin, reader = world.administrator(), world.person(power, Role.READER)
    hub_manager = world.person(admin.organization, Role.MANAGER)
    letter = code_of(world, world.person(power, Role.MANAGER), power.id, {Role.READER})
    other = code_of(world, hub_manager, HUB_ID, {Role.ADMINISTRATOR})
    with world.writing() as session:
        (waiting,) = list_waiting_letters(session, admin, world.now)
        confirm_letter(session, admin, waiting.id, context=world.context())
    for person, code in ((admin, letter), (reader, other)):
        with pytest.raises(NotPermitted), world.writing() as session:
            add_hat(
                session,
                person.account_id,
                code,
                hmac_key=world.hub.secrets.api_key_key,
                context=world.context(),
            )


def test_a_second_hat(world: World):
    """A code also serves somebody who has an account; not for an organization that they belong to already."""
    power, council = world.operator("Power"), world.organization(Tier.COUNCIL, "Council")
    person = world.person(power, Role.REPORTER, username="hanako", password=True)
    codes = [
        code_of(world, world.person(council, Role.MANAGER), council.id, {Role.COUNCIL}),
        code_of(world, world.person(power, Role.MANAGER), power.id, {Role.READER}),
    ]
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        add_hat(session, person.account_id, codes[0], hmac_key=key, context=world.context())
    with pytest.raises(Conflict), world.writing() as session:
        add_hat(session, person.account_id, codes[1], hmac_key=key, context=world.context())
    step = password_step(world, "hanako")
    signed_in = behind(world, step.token)
    assert {hat.organization.id for hat in signed_in.hats} == {power.id, council.id}


def test_a_code_expires_and_can_be_withdrawn(world: World):
    """Fourteen days; and whoever invited may think again."""
    power = world.operator("Power")
    manager = world.person(power, Role.MANAGER)
    old, kept = (code_of(world, manager, power.id, {Role.READER}) for _ in range(2))
    rival = world.person(world.operator("Rival"), Role.MANAGER)
    with world.reading() as session:
        first, second = list_invitations(session, manager, world.now)
        assert not list_invitations(session, rival, world.now)
        good = find_invitation(session, old, hmac_key=world.hub.secrets.api_key_key, now=world.now)
        assert good is not None and good.id in {first.id, second.id}
    with pytest.raises(NotVisible), world.writing() as session:
        withdraw_invitation(session, rival, good.id, context=world.context())
    with world.writing() as session:
        withdraw_invitation(session, manager, good.id, context=world.context())
    with pytest.raises(NotVisible):
        join(world, old)
    world.advance(days=14)
    with pytest.raises(NotVisible):
        join(world, kept)


def test_only_a_good_code_learns_that_a_name_is_taken(world: World):
    """Without one, a taken and a free name get the same answer; with one the code stays good."""
    power = world.operator("Power")
    world.person(power, Role.READER, username="hanako")
    code = code_of(world, world.person(power, Role.MANAGER), power.id, {Role.READER})
    answers = []
    for name in ("hanako", "nobody"):
        with pytest.raises(NotVisible) as refused:
            join(world, "0000-0000-0000-0000-0000", name)
        answers.append(str(refused.value))
    assert answers[0] == answers[1]
    with pytest.raises(Invalid) as taken:
        join(world, code, "Ｈanako")
    assert [fault.code for fault in taken.value.faults] == ["taken"]
    with pytest.raises(Invalid) as weak:
        join(world, code, "x y", "short")
    assert {fault.field for fault in weak.value.faults} == {"username", "password"}
    assert join(world, code, "taro").account.username == "taro"


def test_organizations_join_by_the_administrator_and_are_known_to_few(world: World):
    """Operators see who is public knowledge, not their rivals; a secretariat sees its members."""
    admin, context = world.command(), world.context()
    new = [
        NewOrganization(Tier.OPERATOR, "甲電力", "Power A", ceptoar="electricity"),
        NewOrganization(Tier.OPERATOR, "乙電力", "Power B", ceptoar="electricity"),
        NewOrganization(Tier.CEPTOAR, "電力セプター", "Electricity", ceptoar="electricity"),
        NewOrganization(Tier.MINISTRY, "経済産業省電力室", "METI", sector="electricity", ministry="meti"),
    ]
    with world.writing() as session:
        made = [facts_of(add_organization(session, admin, each, context)) for each in new]
    assert made[0].sector == "electricity"
    with pytest.raises(Conflict), world.writing() as session:
        add_organization(session, admin, NewOrganization(Tier.CEPTOAR, "偽", "Fake", ceptoar="electricity"), context)
    manager = world.person(made[0], Role.MANAGER)
    with pytest.raises(NotPermitted), world.writing() as session:
        add_organization(session, manager, new[0], context)
    seen = {}
    for facts, role in ((made[0], Role.REPORTER), (made[2], Role.COORDINATOR), (made[3], Role.ANALYST)):
        person = world.person(facts, role)
        with world.reading() as session:
            seen[facts.tier] = {each.name_en for each in list_organizations(session, person)}
    public = {"Electricity", "METI"}
    assert seen[Tier.OPERATOR] == public | {"Power A"}
    assert seen[Tier.CEPTOAR] == public | {"Power A", "Power B"}
    assert seen[Tier.MINISTRY] == public


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name_ja", NewOrganization(Tier.COUNCIL, " ", "Council")),
        ("sector", NewOrganization(Tier.OPERATOR, "甲", "A")),
        ("sector", NewOrganization(Tier.OPERATOR, "甲", "A", sector="cheese")),
        ("sector", NewOrganization(Tier.OPERATOR, "甲", "A", sector="water", ceptoar="electricity")),
        ("ceptoar", NewOrganization(Tier.CEPTOAR, "甲", "A")),
        ("ceptoar", NewOrganization(Tier.NCO, "甲", "A", ceptoar="electricity")),
        ("ministry", NewOrganization(Tier.MINISTRY, "甲", "A", sector="water", ministry="moon")),
        ("ministry", NewOrganization(Tier.NCO, "甲", "A", ministry="meti")),
    ],
)
def test_wrong_facts_of_an_organization_are_named(world: World, field: str, wrong: NewOrganization):
    """Every fault names its field; nothing is stored."""
    with pytest.raises(Invalid) as refused, world.writing() as session:
        add_organization(session, world.command(), wrong, world.context())
    assert refused.value.faults[0].field == field
