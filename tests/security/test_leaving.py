"""Who leaves takes nothing along, who comes after finds nothing that was not given to it; a pause is no end."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.account import Account
from models.audience import TokenWindow
from models.job import Digest
from models.vocabulary import AccountState, Label, Role, Tier
from sharing.audiences import facts_of
from sharing.board.statements import Said, list_statements, say_state
from sharing.digests import DUE_KIND, handle_due, subscribe
from sharing.errors import Invalid, NotVisible
from sharing.jobs.due import run_due
from sharing.people.accounts import set_suspended
from sharing.people.invitations import NewCredentials, invite, list_invitations, use_invitation
from sharing.people.memberships import change_roles, end_membership
from sharing.people.organizations import NewOrganization, add_organization, dismiss_organization
from sharing.readers import load_reader
from sharing.reports.reading import count_inbox, list_inbox, load_report
from tests.factory import PASSWORD
from tests.sharing.reports.conftest import Scene


def test_a_new_secretariat_does_not_open_the_inbox_of_the_old_one(scene: Scene):
    """An administrator could else put friends into the place of a secretariat, and read all that ever came in."""
    old = scene.files(scene.hanako)
    scene.world.advance(days=1)
    with scene.world.writing() as session:
        dismiss_organization(session, scene.world.command(), scene.office.organization.id, scene.world.context())
    with scene.world.writing() as session:
        new = NewOrganization(Tier.CEPTOAR, "新しい事務局", "New secretariat", ceptoar="electricity")
        made = add_organization(session, scene.world.command(), new, scene.world.context())
        facts = type(scene.office.organization)(made.id, made.tier, made.sector, made.ceptoar, made.ministry)
    friend = scene.world.person(facts, Role.COORDINATOR)
    assert scene.sees(friend, types=()) == ()
    with scene.world.reading() as session:
        assert list_inbox(session, friend).lines == ()
        assert not any(count_inbox(session, friend).values())
        for ref in (old.report_id, old.reference):
            with pytest.raises(NotVisible):
                load_report(session, friend, ref)
    scene.world.advance(hours=1)
    later = scene.files(scene.hanako, report=old.report_id, kind="follow_up")
    with scene.world.reading() as session:
        view = load_report(session, friend, later.report_id)
    assert [version.number for version in view.versions] == [2]


def test_a_newcomer_finds_no_word_on_the_board_from_before(scene: Scene):
    """The feeds begin with its own time; the board told it what had been said in the month before."""
    world = scene.world

    def say(state: str) -> None:
        said = Said("配電の監視", state, "", "", None, Label.GREEN.value)
        with world.writing() as session:
            say_state(session, scene.office, said, context=world.context(), policy=scene.policy)

    def seen(reader) -> list[str]:
        with world.reading() as session:
            return [each.state.value for each in list_statements(session, load_reader(session, reader), world.now)]

    say("stopped")
    world.advance(days=1)
    with world.writing() as session:
        new = NewOrganization(Tier.OPERATOR, "新参電力", "Newcomer", ceptoar="electricity")
        made = add_organization(session, world.command(), new, world.context())
        facts = facts_of(made)
    newcomer = world.person(facts, Role.READER)
    assert (seen(newcomer), seen(scene.rival_reader)) == ([], ["stopped"])
    world.advance(days=1)
    say("degraded")
    assert seen(newcomer) == seen(scene.rival_reader) == ["degraded"]


@pytest.mark.parametrize("how", ["dismissed", "changed", "suspended", "stays"])
def test_a_letter_is_good_as_long_as_its_writer_could_write_it(scene: Scene, how: str):
    """Written to itself under another name, it led a dismissed manager back in for two weeks."""
    world = scene.world
    one, two = (world.person(scene.aoba, Role.MANAGER, username=name) for name in ("one", "two"))
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        roles, context = [Role.REPORTER, Role.MANAGER], world.context()
        _, code = invite(session, one, scene.aoba.id, "別名", roles, hmac_key=key, context=context)
    with world.writing() as session:
        if how == "dismissed":
            end_membership(session, two, one.membership_id, context=world.context())
        elif how == "changed":
            change_roles(session, two, one.membership_id, [Role.READER], context=world.context())
        elif how == "suspended":
            set_suspended(session, world.command(), "one", suspended=True, context=world.context())
    chosen = NewCredentials("betsumei", PASSWORD)
    with world.writing() as session:
        assert len(list_invitations(session, two, world.now)) == (how == "stays")
        if how == "stays":
            assert use_invitation(session, code, chosen, hmac_key=key, context=world.context()).membership
            return
        with pytest.raises(NotVisible):
            use_invitation(session, code, chosen, hmac_key=key, context=world.context())


@pytest.mark.parametrize(
    "name", ["みどり電力株式会社", "みどり 電力株式会社", "みどり電カ株式会社", "ミドリ電力株式会社"]
)
def test_nobody_joins_under_a_name_that_looks_like_anothers(scene: Scene, name: str):
    """A katakana カ in place of 力, a blank, another script: on a page the two could not be told apart."""
    new = NewOrganization(Tier.OPERATOR, name, "Another", ceptoar="electricity")
    with pytest.raises(Invalid), scene.world.writing() as session:
        add_organization(session, scene.world.command(), new, scene.world.context())


def test_the_people_of_an_organization_that_left_keep_no_window(scene: Scene):
    """A person's own token is closed with the last hat, whoever ended it; one with another hat keeps it."""
    scene.world.hat(scene.boss, scene.water, Role.READER)
    with scene.world.writing() as session:
        dismiss_organization(session, scene.world.command(), scene.aoba.id, scene.world.context())
    with scene.world.reading() as session:
        still = set(session.execute(select(TokenWindow.account_id).where(TokenWindow.closed.is_(None))).scalars())
    assert scene.hanako.account_id not in still
    assert scene.boss.account_id in still
    assert scene.rival_reader.account_id in still


def test_a_digest_goes_on_after_its_reader_was_suspended(scene: Scene):
    """Nothing is made meanwhile; with the account comes the digest, without asking for it again."""
    world = scene.world
    with world.writing() as session:
        subscribe(session, scene.office, 7, context=world.context())
    _set(scene, AccountState.SUSPENDED)
    scene.files(scene.hanako)
    assert _made_in_a_day(scene) == 0
    _set(scene, AccountState.ACTIVE)
    assert _made_in_a_day(scene) == 1


def _set(scene: Scene, state: AccountState) -> None:
    with scene.world.writing() as session:
        session.get_one(Account, scene.office.account_id).state = state


def _made_in_a_day(scene: Scene) -> int:
    scene.world.advance(days=1)
    run_due(scene.world.hub.units, {DUE_KIND: handle_due}, scene.world.now)
    with scene.world.reading() as session:
        return len(session.execute(select(Digest)).scalars().all())
