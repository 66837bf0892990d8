"""Each writing operation of mail once, for the test that every one of them is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from models.vocabulary import MailWish
from sharing.mails import addresses, outcomes
from sharing.mails.letters import Letter
from sharing.mails.outcomes import Failure
from tests.sharing.mails.steps import code_of, confirms, names, takes
from tests.sharing.reports.conftest import Scene

Act = Callable[[Session], Any]

ADDRESS = "hanako@aoba.example"
REFUSED = Failure("refused the recipient (550)", for_good=True)


def _letter(scene: Scene) -> Letter:
    names(scene.world, scene.hanako, ADDRESS)
    letter = takes(scene.world)
    assert letter is not None
    return letter


def _set(scene: Scene) -> Act:
    seeds = scene.world.hub.secrets.seeds
    return lambda session: addresses.set_address(
        session, scene.hanako, ADDRESS, sealer=seeds, context=scene.world.context()
    )


def _confirm(scene: Scene) -> Act:
    names(scene.world, scene.hanako, ADDRESS)
    code, seeds = code_of(scene.world, scene.hanako), scene.world.hub.secrets.seeds
    return lambda session: addresses.confirm_address(
        session, scene.hanako, code, sealer=seeds, context=scene.world.context()
    )


def _wish(scene: Scene) -> Act:
    confirms(scene.world, scene.hanako, ADDRESS)
    return lambda session: addresses.set_wishes(session, scene.hanako, [MailWish.OWN], context=scene.world.context())


def _forget(scene: Scene) -> Act:
    confirms(scene.world, scene.hanako, ADDRESS)
    return lambda session: addresses.forget_address(session, scene.hanako, context=scene.world.context())


def _sent(scene: Scene) -> Act:
    letter = _letter(scene)
    return lambda session: outcomes.note_sent(session, letter, context=scene.world.context())


def _given_up(scene: Scene) -> Act:
    letter = _letter(scene)
    return lambda session: outcomes.note_failed(session, letter, REFUSED, context=scene.world.context())


def _retry(scene: Scene) -> Act:
    given_up = _given_up(scene)
    with scene.world.writing() as session:
        given_up(session)
    return lambda session: outcomes.retry_mails(session, scene.world.command(), context=scene.world.context())


RECORDED: dict[str, Callable[[Scene], Act]] = {
    "sharing.mails.addresses.set_address": _set,
    "sharing.mails.addresses.confirm_address": _confirm,
    "sharing.mails.addresses.set_wishes": _wish,
    "sharing.mails.addresses.forget_address": _forget,
    "sharing.mails.outcomes.note_sent": _sent,
    "sharing.mails.outcomes.note_failed": _given_up,
    "sharing.mails.outcomes.retry_mails": _retry,
}
