"""The demo's organizations and people: everyone needed is there, and nobody real."""

import base64
from collections import Counter

import pytest

from hub.demo import world
from models.codelists import ceptoars, sectors
from models.vocabulary import Role, Tier

KNOWN_SECTORS = [sector.code for sector in sectors() if sector.confirmed]


def test_ids_are_the_same_each_time():
    """These two are printed by hand: a change would break bookmarks and running exercises."""
    assert str(world.demo_id("organization", "aonagi-power")) == str(world.organization("aonagi-power").id)
    assert str(world.organization("aonagi-power").id) == "c2718d9d-cf2b-5537-87f5-095049e81b8b"
    assert str(world.accounts()[0].id) == "a2143dca-5cd5-5231-b449-6e8bab01930e"


@pytest.mark.parametrize("sector", KNOWN_SECTORS)
def test_every_sector_has_three_operators_and_a_section(sector: str):
    assert len(world.operators(sector=sector)) >= 3
    assert world.section(sector).ministry


@pytest.mark.parametrize("ceptoar", [each.code for each in ceptoars()])
def test_every_ceptoar_has_a_secretariat_and_operators(ceptoar: str):
    assert world.secretariat(ceptoar).ceptoar == ceptoar
    assert "架空" in world.secretariat(ceptoar).name_ja
    assert len(world.operators(ceptoar=ceptoar)) >= 2


def test_the_bodies_of_the_scheme_are_there():
    tiers = Counter(each.tier for each in world.organizations())
    assert tiers[Tier.CEPTOAR] == 21
    assert tiers[Tier.MINISTRY] == 15
    assert len({each.ministry for each in world.organizations() if each.ministry}) == 5
    for tier in (Tier.COUNCIL, Tier.NCO, Tier.FOREIGN, Tier.AUDITOR, Tier.HUB):
        assert tiers[tier] == 1


def test_organizations_differ_in_key_id_and_names():
    everyone = world.organizations()
    for values in zip(*((each.key, each.id, each.name_ja, each.name_en) for each in everyone), strict=True):
        assert len(set(values)) == len(everyone)
    assert all(each.name_en.isascii() and each.short_en.isascii() for each in everyone)


def test_accounts_cover_every_role_with_a_way_to_sign_in():
    accounts = world.accounts()
    assert len({account.username for account in accounts}) == len(accounts) >= 14
    assert {role for account in accounts for hat in account.hats for role in hat.roles} == set(Role)
    for account in accounts:
        assert account.password is not None and len(account.password) >= 16
        assert account.username not in account.password
        assert account.totp_secret is not None and len(base64.b32decode(account.totp_secret)) == 20
        for hat in account.hats:
            assert world.organization(hat.organization)
    assert len({account.password for account in accounts}) == len(accounts)


def test_one_person_wears_two_hats():
    assert [account.username for account in world.accounts() if len(account.hats) > 1] == ["two.hats"]


def test_two_rivals_in_electricity_can_sign_in():
    assert world.organization("aonagi-power").ceptoar == world.organization("tokihara-power").ceptoar
    for key in ("aonagi-power", "tokihara-power"):
        reporter = world.person_for(key, Role.REPORTER)
        assert reporter is not None and reporter.password


def test_every_operator_has_a_reporter_an_approver_and_a_manager():
    for each in world.operators():
        for role in (Role.REPORTER, Role.APPROVER, Role.MANAGER):
            assert world.person_for(each.key, role), (each.key, role)


def test_staff_cannot_sign_in():
    assert all(person.password is None and person.totp_secret is None for person in world.staff())
    assert len({person.name_ja for person in world.staff()}) == len(world.staff())


def test_administrator_and_auditor_read_nothing():
    """Neither carries a role that reads a report."""
    for username in ("administrator", "auditor"):
        account = next(each for each in world.accounts() if each.username == username)
        assert {role for hat in account.hats for role in hat.roles} <= {Role.ADMINISTRATOR, Role.AUDITOR}
