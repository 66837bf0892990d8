"""An account that may be in other hands is reset: the API keys that those hands can have made or taken end with it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.account import ApiKey
from models.audit import AuditEntry, AuditSubject
from models.vocabulary import Door, Role
from sharing.actor import Actor
from sharing.errors import NotPermitted, NotVisible
from sharing.people.keys import NewKey, authenticate_key, make_key
from sharing.people.resets import grant_reset, list_keys_at_stake, list_resets, refuse_reset, request_reset
from sharing.permissions import Permission
from sharing.rules.resets import ResetKind
from tests.factory import World


class Story:
    """Hanako with a hat and a key in two organizations, and who stands over her in each."""

    def __init__(self, world: World) -> None:
        self.world = world
        power, water = world.operator("Power"), world.operator("Water", "water")
        self.one, self.two = (world.person(power, Role.MANAGER) for _ in range(2))
        self.elsewhere = world.person(water, Role.MANAGER)
        self.hanako = world.person(power, Role.READER, username="hanako", password=True)
        self.other_hat = world.hat(self.hanako, water, Role.READER)
        self.keys = [self.make(self.hanako, "collector"), self.make(self.other_hat, "poller")]

    def make(self, actor: Actor, name: str) -> str:
        """A key that reads."""
        new = NewKey(name, [Permission.FEED_READ], 30)
        with self.world.writing() as session:
            return make_key(
                session, actor, new, hmac_key=self.world.hub.secrets.api_key_key, context=self.world.context()
            )[1]

    def ask(self, what: ResetKind = ResetKind.BOTH, *, keep: bool = False):
        """The first person's part."""
        with self.world.writing() as session:
            return request_reset(
                session,
                self.one,
                self.hanako.membership_id,
                what,
                "不正利用の疑い",
                keep_keys=keep,
                context=self.world.context(),
            ).id

    def grant(self, asked, *, keep: bool = False, by: Actor | None = None) -> str:
        """The second person's part: of the other organization, since the person has two."""
        key = self.world.hub.secrets.api_key_key
        with self.world.writing() as session:
            return grant_reset(
                session, by or self.elsewhere, asked, keep_keys=keep, hmac_key=key, context=self.world.context()
            )

    def open_keys(self) -> list[bool]:
        """Which of the keys open something."""
        world, key = self.world, self.world.hub.secrets.api_key_key
        with world.reading() as session:
            return [
                authenticate_key(session, text, hmac_key=key, now=world.now, door=Door.TAXII) is not None
                for text in self.keys
            ]


@pytest.fixture
def story(world: World) -> Story:
    """Hanako, whose account may be in other hands."""
    return Story(world)


@pytest.mark.parametrize("what", list(ResetKind))
def test_keys_end_with_the_grant(story: Story, what: ResetKind):
    """What went wrong: whoever had been in the account kept reading with a key made there. Under every hat."""
    asked = story.ask(what)
    assert story.open_keys() == [True, True], "asking alone ends nothing"
    story.grant(asked)
    assert story.open_keys() == [False, False]


@pytest.mark.parametrize(("first", "second", "kept"), [(True, True, True), (True, False, False), (False, True, False)])
def test_keys_go_on_only_where_both_persons_keep_them(story: Story, first: bool, second: bool, kept: bool):
    """One that is in doubt is enough."""
    story.grant(story.ask(keep=first), keep=second)
    assert story.open_keys() == [kept, kept]


def test_a_refused_reset_ends_nothing(story: Story):
    """Nor does one that nobody granted."""
    asked = story.ask()
    with story.world.writing() as session:
        refuse_reset(session, story.elsewhere, asked, context=story.world.context())
    assert story.open_keys() == [True, True]


def test_each_person_is_told_of_the_keys_of_its_own_organization(story: Story):
    """Which ones the person has elsewhere, or whether, is no business of the first."""
    world = story.world
    with world.reading() as session:
        shown = list_keys_at_stake(session, story.one, story.hanako.membership_id, world.now)
        assert [key.name for key in shown] == ["collector"]
        for stranger in (story.elsewhere, story.hanako):
            with pytest.raises((NotVisible, NotPermitted)):
                list_keys_at_stake(session, stranger, story.hanako.membership_id, world.now)
    story.ask()
    with world.reading() as session:
        for actor, names in ((story.one, ["collector"]), (story.elsewhere, ["poller"])):
            (waiting,) = list_resets(session, actor, world.now)
            assert [key.name for key in waiting.keys] == names


def test_no_key_is_made_by_a_request_on_its_way(story: Story):
    """A session that was open when the reset was granted leaves no key behind; after the letter it goes on as ever."""
    story.grant(story.ask(ResetKind.SECOND_FACTOR, keep=True), keep=True)
    with pytest.raises(NotPermitted):
        story.make(story.hanako, "left behind")
    story.world.advance(days=8)
    assert story.make(story.hanako, "later")


def test_the_trail_names_the_keys_and_only_their_own_organization(story: Story):
    """The entry binds all of them; its subjects, which the first organization sees, only those of its own."""
    story.grant(story.ask())
    with story.world.reading() as session:
        ids = {name: str(ident) for ident, name in session.execute(select(ApiKey.id, ApiKey.name))}
        decided = select(AuditEntry.id).where(AuditEntry.tag == "account:reset:decide").scalar_subquery()
        rows = session.execute(select(AuditSubject.kind, AuditSubject.subject).where(AuditSubject.entry_id == decided))
        about = {tuple(row) for row in rows}
    assert ("key", ids["collector"]) in about and ("key", ids["poller"]) not in about
