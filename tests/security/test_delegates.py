"""A delegation ends with the role of either, and does not come back with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.vocabulary import Role
from sharing.people.memberships import change_roles
from sharing.reports.approval.delegations import delegate, is_delegate
from tests.sharing.reports.conftest import Scene


@pytest.mark.parametrize(
    ("who", "without", "again"),
    [("boss", Role.READER, Role.APPROVER), ("hanako", Role.READER, Role.REPORTER)],
)
def test_a_role_that_comes_back_brings_no_delegation_back(scene: Scene, who: str, without: Role, again: Role):
    """Taken away for a day because of what the delegate had approved, it was there again with the role."""
    world = scene.world
    manager = world.person(scene.aoba, Role.MANAGER)
    times = (world.now - timedelta(minutes=1), world.now + timedelta(days=30))
    with world.writing() as session:
        delegate(session, scene.boss, scene.hanako.membership_id, times, context=world.context())
    with world.reading() as session:
        assert is_delegate(session, scene.hanako, world.now)
    for role in (without, again):
        world.advance(hours=1)
        with world.writing() as session:
            change_roles(session, manager, getattr(scene, who).membership_id, [role], context=world.context())
    with world.reading() as session:
        assert not is_delegate(session, scene.hanako, world.now)
