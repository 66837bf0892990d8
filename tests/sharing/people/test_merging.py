"""An operator goes up in another: it leaves, its people are taken over one by one, its reports as it agreed or not."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from models.vocabulary import Label, Role
from sharing.actor import Actor
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.jobs.due import run_due
from sharing.past.successors import handle_reach
from sharing.people.carrying import carry_over, list_former
from sharing.people.merging import (
    REACH,
    agree_to_reach,
    confirm_merger,
    list_mergers,
    propose_merger,
    withdraw_merger,
)
from sharing.trail.ledger import list_reach
from tests.sharing.reports.conftest import Scene
from tests.sharing.test_past import scene
from tests.sharing.whole import findings, sign

__all__ = ["scene"]


def merges(scene: Scene, approver: Actor | None = None) -> None:
    """The rival goes up in Aoba, by two administrators; with an approver's word its reports are given on."""
    world = scene.world
    first, second = world.administrator("First"), world.administrator("Second")
    with world.writing() as session:
        made = propose_merger(session, first, scene.rival.id, scene.aoba.id, world.context()).id
    if approver is not None:
        with world.writing() as session:
            agree_to_reach(session, approver, made, world.context())
    world.advance(seconds=1)
    with world.writing() as session:
        done = confirm_merger(session, second, made, world.context())
    assert (done.people, done.reports_agreed) == (0, approver is not None)
    world.advance(seconds=1)
    handlers: Any = {REACH: partial(handle_reach, builder=scene.builder)}
    assert not run_due(world.hub.units, handlers, world.now).failed


def test_people_are_taken_over_one_by_one_by_the_manager(scene: Scene) -> None:
    """Nobody comes along by itself; whoever is taken over reads as one of the new organization, as if newly joined."""
    world = scene.world
    manager, stranger = world.person(scene.aoba, Role.MANAGER), world.person(scene.water, Role.MANAGER)
    left_behind = world.person(scene.rival, Role.READER, name="Left behind")
    scene.files(scene.hanako)
    merges(scene)
    with world.reading() as session:
        assert {each.display_name for each in list_former(session, manager)} >= {"Left behind"}
        assert list_former(session, stranger) == []
    wanted = scene.rival_reader.membership_id
    assert wanted is not None
    for actor, refusal in ((stranger, NotVisible), (scene.hanako, NotPermitted)):
        with world.writing() as session, pytest.raises(refusal):
            carry_over(session, actor, wanted, world.context())
    with world.writing() as session:
        made = carry_over(session, manager, wanted, world.context())
        taken = Actor(made.account_id, made.id, scene.aoba, made.role_set, scene.hanako.door)
    assert scene.sees(taken) == scene.sees(scene.hanako)
    with world.writing() as session, pytest.raises(NotVisible):
        carry_over(session, manager, wanted, world.context())
    with world.reading() as session:
        assert wanted not in {each.membership_id for each in list_former(session, manager)}
    assert left_behind.membership_id is not None
    sign(world)
    with world.reading() as session:
        assert findings(world, session) == []


def test_reports_reach_the_successor_only_where_an_approver_had_agreed(scene: Scene) -> None:
    """What stands of them, but for RED, to reporters and approvers alone; the ledger says by which rule."""
    world = scene.world
    approver = world.person(scene.rival, Role.APPROVER)
    filed = scene.files(scene.rival_reader)
    scene.files(scene.rival_reader, label="TLP:RED")
    merges(scene, approver)
    seen = scene.sees(scene.hanako)
    assert [row.label for row in seen] == [Label.AMBER.rank]
    assert not scene.sees(scene.colleague), "a plain reader is no reporter"
    with world.reading() as session:
        (line,) = [
            each
            for edition in list_reach(session, approver, filed.report_id)
            for each in edition.lines
            if (each.rule or "").startswith("successor/")
        ]
    assert line.until is None
    sign(world)
    with world.reading() as session:
        assert findings(world, session) == []


def test_without_the_senders_word_no_administrator_gives_its_reports_on(scene: Scene) -> None:
    """Two administrators could else merge an organization into a friend's to read everything it ever filed."""
    scene.files(scene.rival_reader)
    merges(scene)
    assert not scene.sees(scene.hanako)


def test_who_may_and_what_is_refused(scene: Scene) -> None:
    """Two persons, two operators, one merger at a time; only the approver of the one that leaves agrees, once."""
    world, context = scene.world, scene.world.context()
    first, second = world.administrator("First"), world.administrator("Second")
    pair = scene.rival.id, scene.aoba.id
    for actor in (scene.boss, scene.office, scene.auditor, world.command()):
        with world.writing() as session, pytest.raises(NotPermitted):
            propose_merger(session, actor, *pair, context)
    with world.writing() as session, pytest.raises(Invalid):
        propose_merger(session, first, scene.aoba.id, scene.aoba.id, context)
    with world.writing() as session, pytest.raises(Conflict):
        propose_merger(session, first, scene.office.organization.id, scene.aoba.id, context)
    with world.writing() as session:
        made = propose_merger(session, first, *pair, context).id
    with world.writing() as session, pytest.raises(Conflict):
        propose_merger(session, second, scene.aoba.id, scene.water.id, context)
    approver = world.person(scene.rival, Role.APPROVER)
    for actor, refusal in ((scene.boss, NotVisible), (scene.rival_reader, NotPermitted), (first, NotPermitted)):
        with world.writing() as session, pytest.raises(refusal):
            agree_to_reach(session, actor, made, context)
    with world.reading() as session:
        assert [each.id for each in list_mergers(session, approver)] == [made]
        assert list_mergers(session, scene.boss) == []
    with world.writing() as session:
        agree_to_reach(session, approver, made, context)
    with world.writing() as session, pytest.raises(Conflict):
        agree_to_reach(session, approver, made, context)
    with world.writing() as session, pytest.raises(NotPermitted):
        confirm_merger(session, first, made, context)
    with world.writing() as session:
        withdraw_merger(session, second, made, context)
    with world.writing() as session, pytest.raises(Conflict):
        confirm_merger(session, second, made, context)
