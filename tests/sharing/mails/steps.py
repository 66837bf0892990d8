"""The steps of mail in a few words: a confirmed address, what is told, and the next letter."""

from __future__ import annotations

from collections.abc import Collection

from models.mail import MailAddress
from models.vocabulary import MailWish
from sharing.actor import Actor
from sharing.jobs.due import run_due
from sharing.jobs.mails import DUE_KIND
from sharing.mails.addresses import code_context, confirm_address, set_address, set_wishes
from sharing.mails.letters import Letter
from sharing.mails.outbox import Terms, take_letter
from sharing.mails.outcomes import note_sent
from sharing.mails.telling import handle_mails
from tests.factory import World

MOST_AN_HOUR = 10


def code_of(world: World, actor: Actor) -> str:
    """The code that was sent to a person, as the mail has it."""
    with world.reading() as session:
        row = session.get_one(MailAddress, actor.account_id)
        assert row.code_sealed is not None
        assert actor.account_id is not None
        return world.hub.secrets.seeds.open(row.code_sealed, code_context(actor.account_id)).decode()


def names(world: World, actor: Actor, address: str) -> None:
    """A person names an address."""
    with world.writing() as session:
        set_address(session, actor, address, sealer=world.hub.secrets.seeds, context=world.context())


def confirms(world: World, actor: Actor, address: str, wishes: Collection[MailWish] = tuple(MailWish)) -> None:
    """A person names an address, types the code that came there, and chooses what it wants."""
    names(world, actor, address)
    code = code_of(world, actor)
    with world.writing() as session:
        assert confirm_address(session, actor, code, sealer=world.hub.secrets.seeds, context=world.context())
    with world.writing() as session:
        set_wishes(session, actor, wishes, context=world.context())


def happens(world: World) -> None:
    """The job finds out who is to be told of what has happened."""

    def handle(session, payload, context):  # type: ignore[no-untyped-def]
        secrets = world.hub.secrets
        handle_mails(session, payload, context, sealer=secrets.cursor, hmac_key=secrets.api_key_key)

    ran = run_due(world.hub.units, {DUE_KIND: handle}, world.now)
    assert ran.failed == 0


def takes(world: World, most_an_hour: int = MOST_AN_HOUR) -> Letter | None:
    """The next letter, taken."""
    terms = Terms(most_an_hour, world.hub.secrets.cursor, world.hub.secrets.seeds)
    with world.hub.units.database.writing() as session:
        return take_letter(session, terms, context=world.context())


def delivers(world: World, most_an_hour: int = MOST_AN_HOUR) -> list[Letter]:
    """A minute passes; whatever is due is taken and marked as sent, without a mail server."""
    happens(world)
    world.advance(minutes=1)
    found = []
    while (letter := takes(world, most_an_hour)) is not None:
        found.append(letter)
        with world.writing() as session:
            note_sent(session, letter, context=world.context())
    return found
