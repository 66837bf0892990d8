"""Stories of API keys: narrower than the hat, shown once, useless from the request after they should be."""

from dataclasses import replace

import pytest
from sqlalchemy import event, update

from models.account import Account, ApiKey, Membership
from models.organization import Organization
from models.vocabulary import AccountState, Door, Role
from sharing.actor import Actor
from sharing.errors import Invalid, NotPermitted, NotVisible
from sharing.people.keys import MAX_KEY_DAYS, NewKey, authenticate_key, list_keys, make_key, revoke_key
from sharing.permissions import Permission
from tests.factory import World


def make(world: World, actor: Actor, *scopes: Permission, days: int = 90) -> tuple[ApiKey, str]:
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        return make_key(session, actor, NewKey("feed reader", scopes, days), hmac_key=key, context=world.context())


def ask(world: World, text: str, username: str | None = None) -> Actor | None:
    key = world.hub.secrets.api_key_key
    with world.reading() as session:
        return authenticate_key(session, text, hmac_key=key, now=world.now, door=Door.TAXII, username=username)


def test_a_key_acts_as_its_hat_within_its_scopes(world: World):
    """The same actor, through another door, doing less; the text is stored nowhere."""
    power = world.operator("Power")
    hanako = world.person(power, Role.REPORTER, username="hanako", name="花子")
    row, text = make(world, hanako, Permission.FEED_READ)
    actor = ask(world, text)
    assert actor == replace(hanako, door=Door.TAXII, scopes=frozenset({Permission.FEED_READ}), key_id=row.id)
    assert actor.permissions == {Permission.FEED_READ} and actor.display_name == "花子"
    assert ask(world, text, "hanako") == actor
    assert ask(world, text, "taro") is None
    for wrong in ("", text[:-1], text + "a", "chk_" + "a" * 500, "x" + text, "chk_\ud800"):
        assert ask(world, wrong) is None


def test_a_key_does_no_more_than_its_holder(world: World):
    """Nor anything about people and keys; and a key makes no key."""
    power = world.operator("Power")
    reader, manager = world.person(power, Role.READER), world.person(power, Role.MANAGER, Role.READER)
    for actor, scope in (
        (reader, Permission.REPORT_FILE),
        (manager, Permission.PEOPLE_MANAGE),
        (manager, Permission.KEYS_OWN),
        (world.administrator(), Permission.FEED_READ),
    ):
        with pytest.raises(NotPermitted):
            make(world, actor, scope)
    for days in (0, MAX_KEY_DAYS + 1):
        with pytest.raises(Invalid):
            make(world, reader, Permission.FEED_READ, days=days)
    with pytest.raises(Invalid):
        make(world, reader)
    keyed = ask(world, make(world, reader, Permission.FEED_READ)[1])
    with pytest.raises(NotPermitted):
        make(world, keyed, Permission.FEED_READ)


def test_a_key_narrows_with_the_roles_of_its_hat(world: World):
    """What the holder may no longer do, the key no longer does."""
    hanako = world.person(world.operator("Power"), Role.REPORTER)
    text = make(world, hanako, Permission.REPORT_FILE, Permission.FEED_READ)[1]
    with world.writing() as session:
        change = update(Membership).where(Membership.id == hanako.membership_id)
        session.execute(change.values(roles=[Role.READER.value]))
    assert ask(world, text).permissions == {Permission.FEED_READ}


def test_each_of_four_states_stops_a_key(world: World):
    """Revoked, expired, hat ended, account suspended, organization gone: with the next request."""
    power = world.operator("Power")

    def set_to(table, ident, **values):
        def change() -> None:
            with world.writing() as session:
                session.execute(update(table).where(table.id == ident).values(**values))

        return change

    for stop in ("revoke", "hat", "account", "organization"):
        organization = world.operator(f"Power {stop}")
        person = world.person(organization, Role.READER)
        row, text = make(world, person, Permission.FEED_READ)
        assert ask(world, text) is not None
        {
            "revoke": set_to(ApiKey, row.id, revoked_at=world.now),
            "hat": set_to(Membership, person.membership_id, ended_at=world.now),
            "account": set_to(Account, person.account_id, state=AccountState.SUSPENDED),
            "organization": set_to(Organization, organization.id, left_at=world.now),
        }[stop]()
        assert ask(world, text) is None, stop
    text = make(world, world.person(power, Role.READER), Permission.FEED_READ, days=1)[1]
    world.now = world.now.replace(day=world.now.day + 1)
    assert ask(world, text) is None


def test_who_revokes(world: World):
    """The holder, and the manager of the holder's organization; nobody else knows of the key."""
    power = world.operator("Power")
    hanako, taro = world.person(power, Role.READER), world.person(power, Role.READER)
    manager = world.person(power, Role.MANAGER)
    rival = world.person(world.operator("Rival"), Role.MANAGER)
    row, text = make(world, hanako, Permission.FEED_READ)
    second, _ = make(world, hanako, Permission.FEED_READ)
    keyed = ask(world, text)
    for stranger in (taro, rival, keyed):
        with pytest.raises(NotVisible), world.writing() as session:
            revoke_key(session, stranger, row.id, context=world.context())
    with world.reading() as session:
        assert len(list_keys(session, hanako, world.now)) == len(list_keys(session, manager, world.now)) == 2
        assert list_keys(session, taro, world.now) == list_keys(session, rival, world.now) == []
    before = len(world.tags())
    for actor, key in ((manager, row), (hanako, second)):
        with world.writing() as session:
            revoke_key(session, actor, key.id, context=world.context())
    assert world.tags()[before:] == ["account:key:revoke"] * 2
    assert ask(world, text) is None


def test_authentication_is_one_query(world: World):
    """It runs before every poll of every client."""
    text = make(world, world.person(world.operator("Power"), Role.READER), Permission.FEED_READ)[1]
    seen: list[str] = []
    engine = world.hub.units.database.engine
    with world.reading() as session:
        session.connection()
        driver = session.connection().connection.driver_connection
        if hasattr(driver, "set_trace_callback"):
            driver.set_trace_callback(seen.append)
        event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        key = world.hub.secrets.api_key_key
        assert authenticate_key(session, text, hmac_key=key, now=world.now, door=Door.REST)
        if hasattr(driver, "set_trace_callback"):
            driver.set_trace_callback(None)
            assert len([each for each in seen if "SELECT" in each]) == 1
        assert len(seen) <= 1
