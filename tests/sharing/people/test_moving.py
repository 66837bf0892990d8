"""An operator moves to another CEPTOAR: what it reads changes with the next request, its reports stay there."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.organization import Organization
from models.vocabulary import CollectionKind, Label, Role, Tier
from sharing.actor import Actor
from sharing.audiences import facts_of
from sharing.collections.adding import NewCollection, add_collection
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.jobs.due import run_due
from sharing.lists.changing import add_to_list, make_list
from sharing.past.newcomers import DUE_KIND, handle_newcomer
from sharing.people.moving import MoveView, Place, confirm_move, list_moves, propose_move, withdraw_move
from sharing.people.organizations import NewOrganization
from sharing.reports.preview import preview_audience
from sharing.reports.ranges import Consent
from sharing.reports.reading import load_report
from sharing.reports.submissions import FiledReport
from sharing.trail.ledger import list_reach
from tests.sharing.reports.conftest import Scene
from tests.sharing.test_newcomers import joins
from tests.sharing.test_past import scene
from tests.sharing.whole import findings, indicator, post, sign

__all__ = ["scene"]


def moves(scene: Scene, organization: UUID, ceptoar: str) -> MoveView:
    """Two administrators let it move, and the job gives it what a newcomer sees of the past."""
    world = scene.world
    first, second = world.administrator("First"), world.administrator("Second")
    with world.writing() as session:
        made = propose_move(session, first, organization, Place(ceptoar), world.context())
    with world.writing() as session:
        done = confirm_move(session, second, made.id, world.context())
    world.advance(seconds=1)
    handlers: Any = {DUE_KIND: partial(handle_newcomer, policy=scene.policy)}
    assert not run_due(world.hub.units, handlers, world.now).failed
    return done


def now_as(scene: Scene, actor: Actor) -> Actor:
    """The same person as the next request finds it."""
    with scene.world.reading() as session:
        return replace(actor, organization=facts_of(session.get_one(Organization, actor.organization.id)))


def for_the_sector(scene: Scene, reporter: Actor, office: Actor, sector: str) -> FiledReport:
    """An AMBER report that its sender lets go, without its name, to the operators of its own sector."""
    world = scene.world
    with world.writing() as session:
        made = make_list(session, reporter, f"{sector} {uuid4().hex[:4]}", world.context()).id
        add_to_list(session, reporter, made, [f"sector:{sector}"], world.context())
    filed = scene.files(reporter, lists=[str(made)], summary="設備が停止している。")
    world.advance(minutes=1)
    scene.proposes(office, filed, Label.AMBER)
    return filed


def test_what_is_read_changes_with_the_next_request_and_reports_stay(scene: Scene) -> None:
    """The rival moves from electricity to water: nothing of the old sector reaches it any more, the new one's does."""
    water_reporter = scene.world.person(scene.water, Role.REPORTER)
    own = scene.files(scene.rival_reader)
    old = for_the_sector(scene, scene.hanako, scene.office, "electricity")
    for_the_sector(scene, water_reporter, scene.water_office, "water")
    assert len(scene.sees(scene.rival_reader)) == 2
    scene.world.advance(days=1)
    view = moves(scene, scene.rival.id, "water")
    assert view.losing == ("ceptoar:electricity", "sector:electricity")
    assert view.gaining == ("ceptoar:water", "sector:water")
    moved = now_as(scene, scene.rival_reader)
    assert len(scene.sees(moved)) == 1, "its own report; AMBER of the past is never given"
    for_the_sector(scene, water_reporter, scene.water_office, "water")
    assert len(scene.sees(moved)) == 2
    scene.world.advance(minutes=1)
    assert scene.files(moved, report=own.report_id, kind="follow_up").number == 2
    with scene.world.reading() as session:
        told = {
            of: preview_audience(session, moved, Label.AMBER, Consent(), policy=scene.policy, of=of).tokens
            for of in (own.report_id, None)
        }
        assert "secretariat:electricity" in told[own.report_id] and "secretariat:water" in told[None]
        with pytest.raises(NotVisible):
            preview_audience(session, scene.hanako, Label.AMBER, Consent(), policy=scene.policy, of=own.report_id)
        assert len(load_report(session, scene.office, own.report_id).versions) == 2
        with pytest.raises(NotVisible):
            load_report(session, scene.water_office, own.report_id)
        reached = [line for each in list_reach(session, scene.hanako, old.report_id) for line in each.lines]
    assert any(line.until is not None and line.rule == "same_sector/TLP:AMBER" for line in reached)
    sign(scene.world)
    with scene.world.reading() as session:
        assert findings(scene.world, session) == []


def test_the_past_that_a_newcomer_was_given_ends_with_the_move(scene: Scene) -> None:
    """What it was given as one of the sector is gone when it moves on; what went to all members it is given again."""
    world = scene.world
    with world.writing() as session:
        add_collection(
            session,
            world.command(),
            NewCollection(
                ident=uuid4(),
                title="Sector only",
                title_ja="分野内",
                kind=CollectionKind.ADDED,
                readers=["sector:electricity"],
                writers=["secretariat:electricity"],
                alias="inside",
            ),
            context=world.context(),
        )
    post(world, scene.office, indicator(), collection="inside")
    post(world, scene.office, indicator())
    world.advance(days=1)
    reader = joins(scene, NewOrganization(Tier.OPERATOR, "あかつき電力", "Akatsuki", ceptoar="electricity"))
    assert len(scene.sees(reader, types=("indicator",))) == 2
    world.advance(days=1)
    moves(scene, reader.organization.id, "water")
    assert len(scene.sees(now_as(scene, reader), types=("indicator",))) == 1
    sign(world)
    with world.reading() as session:
        assert findings(world, session) == []


def test_two_persons_one_move_at_a_time_and_only_where_it_fits(scene: Scene) -> None:
    """Not by who proposed it, not twice, not to where it is, not a secretariat, not by anybody else."""
    world, context = scene.world, scene.world.context()
    first, second = world.administrator("First"), world.administrator("Second")
    others = (scene.hanako, scene.office, scene.auditor, world.command(), world.person(scene.aoba, Role.MANAGER))
    for actor in others:
        with world.writing() as session, pytest.raises(NotPermitted):
            propose_move(session, actor, scene.aoba.id, Place("water"), context)
    for wrong in (Place("electricity"), Place("nowhere"), Place("water", "electricity")):
        with world.writing() as session, pytest.raises(Invalid):
            propose_move(session, first, scene.aoba.id, wrong, context)
    with world.writing() as session, pytest.raises(Conflict):
        propose_move(session, first, scene.office.organization.id, Place("water"), context)
    with world.writing() as session:
        made = propose_move(session, first, scene.aoba.id, Place("water"), context)
    with world.reading() as session:
        assert [each.id for each in list_moves(session, first)] == [made.id]
    with world.writing() as session, pytest.raises(Conflict):
        propose_move(session, second, scene.aoba.id, Place("gas"), context)
    with world.writing() as session, pytest.raises(NotPermitted):
        confirm_move(session, first, made.id, context)
    with world.writing() as session:
        withdraw_move(session, first, made.id, context)
    with world.writing() as session, pytest.raises(Conflict):
        confirm_move(session, second, made.id, context)
