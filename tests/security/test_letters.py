"""A lost telephone: after the reset the password alone enrols nothing, only the code that two persons had printed."""

from __future__ import annotations

import pytest

from models.account import Account
from models.vocabulary import Role, Tier
from sharing.actor import Actor
from sharing.errors import Invalid, NotVisible
from sharing.people.enrolment import finish_enrolment, present_code
from sharing.people.memberships import change_roles, end_membership
from sharing.people.resets import find_reset, grant_reset, request_reset, use_reset
from sharing.people.second_factor import begin_enrolment, open_pending
from sharing.people.sessions import Need
from sharing.people.sign_in import Step
from sharing.rules.resets import ResetKind
from tests.factory import PASSWORD, World
from tests.sharing.people.steps import behind, code_now, code_step, password_step, sign_in


class Story:
    """Hanako of an operator, and the two managers who let her back in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.power = world.operator("Power")
        self.one, self.two = (world.person(self.power, Role.MANAGER) for _ in range(2))
        self.hanako = world.person(self.power, Role.READER, username="hanako", password=True)
        self.key = world.hub.secrets.api_key_key

    def reset(self, what: ResetKind = ResetKind.SECOND_FACTOR, person: Actor | None = None) -> str:
        """One manager asks, another grants: the code on paper."""
        world, subject = self.world, person or self.hanako
        with world.writing() as session:
            asked = request_reset(
                session, self.one, subject.membership_id, what, "電話を失くした", context=world.context()
            ).id
        with world.writing() as session:
            return grant_reset(session, self.two, asked, hmac_key=self.key, context=world.context())

    def half(self) -> Step:
        """The password alone."""
        half = password_step(self.world, "hanako")
        assert half is not None and not half.complete
        return half

    def show(self, half: Step, code: str) -> bool:
        """Type the letter's code."""
        with self.world.writing() as session:
            return present_code(session, half.token, code, hmac_key=self.key, context=self.world.context())

    def enrol(self, half: Step) -> Step | None:
        """Bring an app of one's own."""
        seeds = self.world.hub.secrets.seeds
        sealed = begin_enrolment(half.account_id, half.token, seeds=seeds, context=self.world.context())
        seed = open_pending(sealed, half.account_id, half.token, seeds=seeds)
        assert seed is not None
        typed = code_now(self.world, seed)
        with self.world.writing() as session:
            return finish_enrolment(session, half.token, sealed, typed, seeds=seeds, context=self.world.context())

    def needs(self, step: Step) -> Need | None:
        """What the pages ask for first."""
        found = behind(self.world, step.token)
        assert found is not None and found.actor is None
        return found.needs


@pytest.fixture
def story(world: World) -> Story:
    """Hanako before she loses anything."""
    return Story(world)


def test_the_password_alone_enrols_nothing_after_a_reset(story: Story):
    """What went wrong: whoever knew the password could bring an app before the person did."""
    code = story.reset()
    thief, hanako = story.half(), story.half()
    assert story.needs(thief) is Need.LETTER
    assert story.enrol(thief) is None
    assert story.show(hanako, code) and story.needs(hanako) is Need.ENROLMENT
    assert story.enrol(thief) is None, "the code was shown in another browser"
    whole = story.enrol(hanako)
    assert whole is not None and whole.complete
    assert behind(story.world, whole.token).needs is Need.AGREEMENT or behind(story.world, whole.token).actor
    assert behind(story.world, thief.token) is None, "what stood half open ends"
    assert not story.show(story.half(), code)


def test_what_is_reset_opens_nothing_from_the_grant_on(story: Story):
    """Whoever found the telephone, or learnt the password, does not get in until the letter arrives; nor stays in."""
    token = sign_in(story.world, "hanako")
    before = story.half()
    story.reset()
    assert behind(story.world, token) is None and behind(story.world, before.token) is None
    assert not story.half().enrolled
    story.world.advance(minutes=1)
    assert code_step(story.world, story.half().token, code_now(story.world)) is None


@pytest.mark.parametrize("what", [ResetKind.PASSWORD, ResetKind.BOTH])
def test_a_password_that_is_reset_opens_nothing_from_the_grant_on(story: Story, what: ResetKind):
    """Somebody else may know it: that is why it is reset."""
    code = story.reset(what)
    assert password_step(story.world, "hanako") is None
    with story.world.writing() as session:
        use_reset(session, code, PASSWORD + "!", hmac_key=story.key, context=story.world.context())
    half = password_step(story.world, "hanako", PASSWORD + "!")
    assert half is not None
    assert story.needs(half) is (Need.SECOND_FACTOR if what is ResetKind.PASSWORD else Need.ENROLMENT)


def test_a_code_of_another_person_or_kind_is_no_letter(story: Story):
    """Each code opens what it was granted for, for whom it was granted."""
    world = story.world
    other = world.person(story.power, Role.READER, username="jiro", password=True)
    foreign = story.reset(person=other)
    code = story.reset()
    half = story.half()
    for wrong in (foreign, "0000-0000-0000-0000-0000", "", "\ud800", code[:-1]):
        assert not story.show(half, wrong)
    assert story.needs(half) is Need.LETTER
    with pytest.raises(NotVisible), world.writing() as session:
        use_reset(session, code, PASSWORD + "!", hmac_key=story.key, context=world.context())
    assert password_step(world, "hanako", PASSWORD + "!") is None


def test_guessing_letters_is_slowed_as_guessing_passwords_is(story: Story):
    """Five wrong ones, and the right one opens nothing until the pause is over; each is recorded, none in clear."""
    code = story.reset()
    half = story.half()
    before = len(story.world.tags())
    for _ in range(5):
        assert not story.show(half, "0000-0000-0000-0000-0000")
    assert not story.show(half, code)
    assert story.world.tags()[before:] == ["account:session:refuse"] * 6
    story.world.advance(minutes=1)
    assert story.show(story.half(), code)


def test_a_letter_grows_old_also_between_the_code_and_the_app(story: Story):
    """A week after the grant nothing brings the second factor back but another reset."""
    code = story.reset()
    story.world.advance(days=7, minutes=-5)
    half = story.half()
    assert story.show(half, code)
    story.world.advance(minutes=6)
    assert story.enrol(half) is None
    late = story.half()
    assert not story.show(late, code) and story.needs(late) is Need.LETTER
    newer = story.reset()
    again = story.half()
    assert not story.show(again, code)
    assert story.show(again, newer) and story.enrol(again)


def test_an_enrolment_may_be_interrupted(story: Story):
    """The code is used up by the second factor that it brought, not by being typed."""
    code = story.reset()
    assert story.show(story.half(), code)
    story.world.advance(minutes=15)
    again = story.half()
    assert story.needs(again) is Need.LETTER
    assert story.show(again, code) and story.enrol(again)


def test_a_letter_kept_for_later_opens_no_further_role(story: Story):
    """Granted for somebody who only read, kept in a drawer until that person approves: closed, until another reset."""
    world = story.world
    code = story.reset()
    half = story.half()
    assert story.show(half, code)
    with world.writing() as session:
        change_roles(session, story.one, story.hanako.membership_id, [Role.APPROVER], context=world.context())
    assert story.enrol(half) is None
    assert not story.show(story.half(), code)


def test_a_letter_opens_no_hat_that_came_after_it(story: Story):
    """Who granted it did not stand over the other organization."""
    code = story.reset()
    story.world.advance(hours=1)
    story.world.hat(story.hanako, story.world.organization(Tier.NCO, "NCO"), Role.ANALYST)
    assert not story.show(story.half(), code)


def test_without_any_role_the_letter_is_asked_for_too(story: Story):
    """Nobody becomes a whole session by the password because the last role ended meanwhile."""
    code = story.reset()
    with story.world.writing() as session:
        end_membership(session, story.one, story.hanako.membership_id, context=story.world.context())
    half = story.half()
    assert story.needs(half) is Need.LETTER
    assert story.show(half, code) and story.needs(half) is Need.ENROLMENT


def test_a_code_that_does_not_fit_the_new_app_uses_nothing_up(story: Story):
    """Typed one digit wrong: the letter stays good."""
    code = story.reset()
    half = story.half()
    assert story.show(half, code)
    seeds = story.world.hub.secrets.seeds
    sealed = begin_enrolment(half.account_id, half.token, seeds=seeds, context=story.world.context())
    with pytest.raises(Invalid), story.world.writing() as session:
        finish_enrolment(session, half.token, sealed, "000000", seeds=seeds, context=story.world.context())
    assert story.enrol(half)


def test_a_letter_of_before_the_second_factor_went_leads_nowhere(story: Story):
    """Granted by a program that took the factor away only when the code was typed: closed, so another is asked for."""
    world = story.world
    code = story.reset()
    with world.writing() as session:
        account = session.get_one(Account, story.hanako.account_id)
        account.totp_sealed = world.hub.secrets.seeds.seal(b"A" * 32, account.id.bytes)
    with world.reading() as session:
        assert find_reset(session, code, hmac_key=story.key, now=world.now) is None
