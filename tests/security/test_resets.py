"""Managers who act together: a printed code opens no hat that the person got after it was granted."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from models.vocabulary import Role
from sharing.actor import Actor
from sharing.errors import NotVisible
from sharing.people.memberships import change_roles
from sharing.people.resets import grant_reset, request_reset, use_reset
from sharing.rules.resets import ResetKind
from tests.factory import PASSWORD
from tests.sharing.reports.conftest import Scene


def granted(scene: Scene, person: Actor) -> tuple[Actor, str]:
    """The code of a reset of everything that one manager asked for and another granted, and the one who asked."""
    world = scene.world
    one, two = (world.person(scene.aoba, Role.MANAGER) for _ in range(2))
    with world.writing() as session:
        asked = request_reset(
            session, one, person.membership_id, ResetKind.BOTH, "電話を失くした", context=world.context()
        )
    with world.writing() as session:
        key = world.hub.secrets.api_key_key
        return one, grant_reset(session, two, asked.id, hmac_key=key, context=world.context())


def use(scene: Scene, session: Session, code: str) -> None:
    """Set another password by the code, and lose the second factor."""
    world = scene.world
    use_reset(session, code, PASSWORD + "!", hmac_key=world.hub.secrets.api_key_key, context=world.context())


def test_a_code_kept_for_later_opens_no_further_role(scene: Scene):
    """Granted for somebody who only read, kept in a drawer until that person approves."""
    world = scene.world
    manager, code = granted(scene, scene.colleague)
    with world.writing() as session:
        change_roles(session, manager, scene.colleague.membership_id, [Role.APPROVER], context=world.context())
    with pytest.raises(NotVisible), world.writing() as session:
        use(scene, session, code)


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_code_kept_for_later_opens_no_other_organization(scene: Scene, elsewhere: bool):
    """Granted while the person belonged to one organization, kept in a drawer until there are two."""
    world = scene.world
    _, code = granted(scene, scene.hanako)
    world.advance(hours=1)
    if elsewhere:
        world.hat(scene.hanako, scene.water, Role.READER)
        with pytest.raises(NotVisible), world.writing() as session:
            use(scene, session, code)
        return
    with world.writing() as session:
        use(scene, session, code)
