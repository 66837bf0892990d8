"""Stories of getting back in: always two others, one code, all sessions end."""

from uuid import UUID

import pytest

from models.vocabulary import Role, Tier
from sharing.actor import Actor
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.people.accounts import load_administrator
from sharing.people.resets import grant_reset, list_resets, refuse_reset, request_reset, use_reset
from sharing.rules.resets import ResetKind
from tests.factory import PASSWORD, World
from tests.sharing.people.steps import behind, code_now, code_step, password_step, sign_in


def ask(world: World, actor: Actor, subject: Actor, what: ResetKind = ResetKind.BOTH) -> UUID:
    with world.writing() as session:
        return request_reset(
            session, actor, subject.membership_id, what, "lost the telephone", context=world.context()
        ).id


def grant(world: World, actor: Actor, request: UUID) -> str:
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        return grant_reset(session, actor, request, hmac_key=key, context=world.context())


def use(world: World, code: str, password: str | None) -> None:
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        use_reset(session, code, password, hmac_key=key, context=world.context())


def test_two_managers_bring_a_person_back(world: World):
    """One asks, the other grants; the code sets a password, ends the sessions, and works once."""
    power = world.operator("Power")
    first, second = world.person(power, Role.MANAGER), world.person(power, Role.MANAGER)
    hanako = world.person(power, Role.REPORTER, username="hanako", password=True)
    token = sign_in(world, "hanako")
    before = len(world.tags())
    request = ask(world, first, hanako)
    with world.reading() as session:
        (waiting,) = list_resets(session, second, world.now)
        assert waiting.may_decide
        (mine,) = list_resets(session, first, world.now)
        assert not mine.may_decide
    with pytest.raises(NotPermitted):
        grant(world, first, request)
    code = grant(world, second, request)
    with pytest.raises(Invalid):
        use(world, code, "short")
    use(world, code, "a new long password")
    assert world.tags()[before:] == ["account:reset:request", "account:reset:decide", "account:credentials:set"]
    assert behind(world, token) is None
    assert password_step(world, "hanako", PASSWORD) is None
    step = password_step(world, "hanako", "a new long password")
    assert step is not None and not step.enrolled
    with pytest.raises(NotVisible):
        use(world, code, "yet another long password")


def test_a_lost_password_leaves_the_second_factor(world: World):
    """The code alone opens nothing: the app's code is still asked for."""
    power = world.operator("Power")
    first, second = world.person(power, Role.MANAGER), world.person(power, Role.MANAGER)
    hanako = world.person(power, Role.REPORTER, username="hanako", password=True)
    use(world, grant(world, second, ask(world, first, hanako, ResetKind.PASSWORD)), "a new long password")
    half = password_step(world, "hanako", "a new long password")
    assert half.enrolled and not half.complete
    assert code_step(world, half.token, code_now(world))


def test_nobody_resets_alone(world: World):
    """Neither for oneself, nor as both persons; nor a person of another organization; nor without a reason."""
    power = world.operator("Power")
    manager, other = world.person(power, Role.MANAGER), world.person(power, Role.MANAGER)
    reader = world.person(power, Role.READER)
    rival = world.person(world.operator("Rival"), Role.MANAGER)
    with pytest.raises(NotPermitted):
        ask(world, manager, manager)
    with pytest.raises(NotVisible):
        ask(world, rival, reader)
    with pytest.raises(NotPermitted):
        ask(world, reader, other)
    request = ask(world, manager, other)
    with pytest.raises(Conflict):
        ask(world, manager, other)
    for actor in (other, rival, reader):
        with pytest.raises(NotVisible):
            grant(world, actor, request)
    with pytest.raises(Invalid), world.writing() as session:
        request_reset(session, manager, reader.membership_id, ResetKind.BOTH, " ", context=world.context())


def test_a_secretariat_brings_a_members_manager_back(world: World):
    """One coordinator asks, another grants; another CEPTOAR's cannot, nor for a person who does not manage."""
    power = world.operator("Power")
    manager, reader = world.person(power, Role.MANAGER, username="manager"), world.person(power, Role.READER)
    secretariat = world.secretariat("Secretariat")
    first, second = world.person(secretariat, Role.COORDINATOR), world.person(secretariat, Role.COORDINATOR)
    stranger = world.person(world.secretariat("Water secretariat", "water"), Role.COORDINATOR)
    for actor, subject in ((stranger, manager), (first, reader)):
        with pytest.raises(NotVisible):
            ask(world, actor, subject)
    request = ask(world, first, manager)
    with pytest.raises(NotVisible):
        grant(world, stranger, request)
    use(world, grant(world, second, request), "a new long password")
    assert password_step(world, "manager", "a new long password")


def test_two_administrators_bring_back_a_manager_outside_the_ceptoars(world: World):
    """Never one of an operator: that is for its secretariat."""
    nco = world.organization(Tier.NCO, "NCO")
    manager = world.person(nco, Role.MANAGER, username="nco.manager")
    operator_manager = world.person(world.operator("Power"), Role.MANAGER)
    for name in ("admin.one", "admin.two"):
        world.administrator(username=name)
    with world.reading() as session:
        one, two = (load_administrator(session, name) for name in ("admin.one", "ADMIN.TWO"))
        with pytest.raises(NotVisible):
            load_administrator(session, "nco.manager")
    with pytest.raises(NotVisible):
        ask(world, one, operator_manager)
    with pytest.raises(NotPermitted):
        ask(world, world.person(nco, Role.ANALYST), manager)
    request = ask(world, one, manager)
    with pytest.raises(NotPermitted):
        grant(world, one, request)
    use(world, grant(world, two, request), "a new long password")
    assert password_step(world, "nco.manager", "a new long password")


def test_one_organization_cannot_take_over_a_hat_in_another(world: World):
    """Two managers of one organization could otherwise come to read as the secretariat."""
    power, secretariat = world.operator("Power"), world.secretariat("Secretariat")
    first, second = world.person(power, Role.MANAGER), world.person(power, Role.MANAGER)
    coordinator = world.person(secretariat, Role.COORDINATOR)
    hanako = world.person(power, Role.REPORTER, username="hanako", password=True)
    world.hat(hanako, secretariat, Role.COORDINATOR)
    request = ask(world, first, hanako)
    with pytest.raises(NotVisible):
        grant(world, second, request)
    assert grant(world, coordinator, request)


def test_requests_and_codes_grow_old(world: World):
    """A week each; a refused request opens nothing."""
    power = world.operator("Power")
    first, second = world.person(power, Role.MANAGER), world.person(power, Role.MANAGER)
    hanako = world.person(power, Role.READER, username="hanako", password=True)
    request = ask(world, first, hanako)
    with world.writing() as session:
        refuse_reset(session, second, request, context=world.context())
    with pytest.raises(NotVisible):
        grant(world, second, request)
    request = ask(world, first, hanako)
    world.advance(days=7)
    with pytest.raises(NotVisible):
        grant(world, second, request)
    code = grant(world, second, ask(world, first, hanako))
    world.advance(days=7)
    with pytest.raises(NotVisible):
        use(world, code, "a new long password")
