"""Deciding the past again: looked at, let by two persons, done by a job; what the sender said binds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.policy import Redecision
from models.vocabulary import Form, Label, RedecisionState, Role, Tier
from sharing.actor import Actor
from sharing.errors import Conflict, NotPermitted
from sharing.jobs.due import run_due
from sharing.past.runs import confirm_past, list_past_cases, load_past, propose_past, withdraw_past
from sharing.past.work import APPLY, PREVIEW, handle_apply, handle_preview
from sharing.policies import DUE_KIND, draft_policy, handle_trial, load_in_force, put_in_force
from sharing.rules.policy import parse_policy
from sharing.trail.ledger import list_reach, list_readings
from sharing.waiting import Matter, waiting_for
from tests.sharing.reports.conftest import Scene
from tests.sharing.test_ledger import reads
from tests.sharing.test_policies import changed
from tests.sharing.whole import Recorded, findings, indicator, post, sign


@pytest.fixture
def scene(hub_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A fresh hub whose every row has its entry."""
    world = Recorded(hub_url, tmp_path)
    yield Scene(world)
    world.close()


def in_force(scene: Scene, document: dict[str, Any]) -> None:
    """Two administrators put a policy in force."""
    world = scene.world
    first, second = world.administrator("First"), world.administrator("Second")
    with world.writing() as session:
        ident = draft_policy(session, first, document, world.context()).id
    run_due(world.hub.units, {DUE_KIND: handle_trial}, world.now)
    with world.writing() as session:
        put_in_force(session, second, ident, world.context())
        scene.policy = parse_policy(load_in_force(session).body)
    scene.first, scene.second = first, second  # type: ignore[attr-defined]


def without_council(version: str) -> dict[str, Any]:
    """A policy under which the Council reads CLEAR only."""
    document = changed(version)
    document["rows"]["council"] = ["no", "no", "no", "no", "yes"]
    return document


def works(scene: Scene) -> None:
    """The job does what is due."""
    handlers = {
        PREVIEW: partial(handle_preview, builder=scene.builder),
        APPLY: partial(handle_apply, builder=scene.builder),
    }
    scene.world.advance(seconds=1)
    assert not run_due(scene.world.hub.units, handlers, scene.world.now).failed  # type: ignore[arg-type]


def lost_of(scene: Scene, actor: Actor, days: int = 0) -> int:
    """What home tells this person of what it can read no more, so many days on."""
    with scene.world.reading() as session:
        items = waiting_for(session, actor, scene.world.now + timedelta(days=days))
    return next((each.count for each in items if each.matter is Matter.NO_LONGER_SHARED), 0)


def newcomer(scene: Scene) -> Actor:
    """Somebody who joins the Council's readers in another organization just now."""
    return scene.world.person(scene.world.organization(Tier.COUNCIL, "Another"), Role.COUNCIL)


def proposed(scene: Scene) -> UUID:
    with scene.world.writing() as session:
        ident = propose_past(session, scene.first, scene.world.context()).id  # type: ignore[attr-defined]
    works(scene)
    return ident


def confirmed(scene: Scene, ident: UUID) -> Redecision:
    with scene.world.writing() as session:
        confirm_past(session, scene.second, ident, scene.world.context())  # type: ignore[attr-defined]
    works(scene)
    with scene.world.reading() as session:
        return load_past(session, scene.auditor, ident)


def test_what_is_no_longer_allowed_closes_and_the_ledger_says_until_when(scene: Scene) -> None:
    """The Council read a GREEN edition that the new policy keeps from it: it reads it no more, and had read it."""
    filed = scene.files(scene.hanako, label="TLP:GREEN")
    scene.world.advance(minutes=1)
    scene.proposes(scene.office, filed, Label.GREEN)
    reads(scene, scene.council)
    assert len(scene.sees(scene.council)) == 1
    in_force(scene, without_council("2027-01"))
    ident = proposed(scene)
    with scene.world.reading() as session:
        (case,) = list_past_cases(session, scene.auditor, ident)
        run = load_past(session, scene.first, ident)  # type: ignore[attr-defined]
        assert (run.examined, run.total, run.gaining) == (1, 1, 0)
        assert run.losing > 0
    assert (case.reference, case.form, case.label) == (filed.reference, Form.NAMED, Label.GREEN)
    assert (case.gains, case.losses) == ([], ["council"])
    assert len(scene.sees(scene.council)) == 1, "looking at it changes nothing"
    done = confirmed(scene, ident)
    assert (done.state, done.applied) == (RedecisionState.DONE, 1)
    left = {row.type for row in scene.sees(scene.council, types=())}
    assert left <= {"identity", "marking-definition", "extension-definition"}, "what says nothing of the report"
    assert len(scene.sees(scene.rival_reader)) == 1
    told = {reader: lost_of(scene, reader) for reader in (scene.council, scene.rival_reader, scene.nco, scene.section)}
    assert told == {scene.council: 1, scene.rival_reader: 0, scene.nco: 0, scene.section: 0}, "to whom it was open"
    assert lost_of(scene, newcomer(scene)) == 0, "who came after it was closed never had it"
    assert lost_of(scene, scene.council, days=31) == 0
    reads(scene, scene.council)
    with scene.world.reading() as session:
        edition = next(each for each in list_reach(session, scene.hanako, filed.report_id) if each.form is Form.NAMED)
        readings = list_readings(session, scene.hanako, filed.report_id).lines
    line = next(each for each in edition.lines if each.reader.name("ja") == "セプターカウンシル")
    assert line.until is not None and line.until >= line.since
    named = [each.reader.name("ja") for each in readings if each.form is Form.NAMED]
    assert named == ["セプターカウンシル"], "told once: what it polled after that did not hold the edition"
    sign(scene.world)
    with scene.world.reading() as session:
        assert findings(scene.world, session) == []


def test_more_readers_get_it_at_new_positions_within_what_the_sender_said(scene: Scene) -> None:
    """The Council may read AMBER now, and so may NCO without a consent: only the Council gains, and not what is RED."""
    plain = scene.files(scene.hanako)
    scene.files(scene.hanako, label="TLP:RED")
    scene.files(scene.hanako, consent_nco=True)
    highest = max(row.position for row in scene.sees(scene.hanako, types=()))
    document = changed("2027-01", council=(Label.AMBER, "yes"), nco=(Label.AMBER, "yes"))
    document["rows"]["nco"][3] = "yes"
    document["rows"]["same_sector"][2:4] = ["listed+anonymised", "yes"]
    in_force(scene, document)
    ident = proposed(scene)
    done = confirmed(scene, ident)
    assert done.state is RedecisionState.DONE
    seen = scene.sees(scene.council)
    assert len({row.report_id for row in seen}) == 2
    assert min(row.position for row in seen) > highest
    assert len(scene.sees(scene.nco)) == 1, "what it had by consent stays, and nothing came"
    assert not scene.sees(scene.rival_reader)
    with scene.world.reading() as session:
        reached = list_reach(session, scene.hanako, plain.report_id)[0]
    line = next(each for each in reached.lines if each.reader.name("ja") == "セプターカウンシル")
    assert (line.rule, line.policy_version) == ("council/TLP:AMBER", "2027-01")
    assert reached.policy_version != "2027-01"
    again = confirmed(scene, proposed(scene))
    assert (again.state, again.gaining, again.losing) == (RedecisionState.DONE, 0, 0), "nothing is left to change"
    sign(scene.world)
    with scene.world.reading() as session:
        assert findings(scene.world, session) == []


def test_an_edition_approved_beyond_the_label_gains_nobody(scene: Scene) -> None:
    """The sender approved it for exactly its readers; others would be more than it let go."""
    filed = scene.files(scene.hanako)
    document = changed("2027-01", other_secretariats=(Label.GREEN, "no"))
    document["rows"]["other_members"][3] = "no"
    in_force(scene, document)
    scene.world.advance(minutes=1)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN))
    assert not scene.sees(scene.water_office)
    in_force(scene, changed("2027-02"))
    ident = proposed(scene)
    with scene.world.reading() as session:
        run = load_past(session, scene.auditor, ident)
    assert (run.gaining, run.losing) == (0, 0)


def test_a_technical_part_that_went_out_alone_follows_its_own_label_and_gains_nobody(scene: Scene) -> None:
    """The Council reads the technical part of an AMBER report at GREEN, until a policy keeps GREEN from it."""
    indicators = [{"kind": "ipv4-addr", "value": "198.51.100.7"}]
    filed = scene.files(scene.hanako, label="TLP:AMBER", technical_label="TLP:GREEN", indicators=indicators)
    assert {row.type for row in scene.sees(scene.council, types=())} >= {"report", "indicator"}
    in_force(scene, changed("2027-00"))
    ident = proposed(scene)
    with scene.world.reading() as session:
        assert list_past_cases(session, scene.auditor, ident) == [], "the same rules change nothing"
    confirmed(scene, ident)
    in_force(scene, without_council("2027-01"))
    ident = proposed(scene)
    with scene.world.reading() as session:
        (case,) = list_past_cases(session, scene.auditor, ident)
        assert load_past(session, scene.first, ident).gaining == 0  # type: ignore[attr-defined]
    assert (case.reference, case.label, case.gains, case.losses) == (filed.reference, Label.GREEN, [], ["council"])
    confirmed(scene, ident)
    left = {row.type for row in scene.sees(scene.council, types=())}
    assert left <= {"identity", "marking-definition", "extension-definition"}
    assert {row.type for row in scene.sees(scene.rival_reader, types=())} >= {"report", "indicator"}


def test_posts_follow_their_label(scene: Scene) -> None:
    """GREEN objects of a secretariat: the Council no longer, then again under the next policy, at a new position."""
    post(scene.world, scene.office, indicator(), indicator(Label.AMBER))
    post(scene.world, scene.office, indicator())
    assert len(scene.sees(scene.council, types=())) == 2
    in_force(scene, without_council("2027-01"))
    ident = proposed(scene)
    with scene.world.reading() as session:
        (case,) = list_past_cases(session, scene.auditor, ident)
    assert (case.collection, case.objects, case.losses) == ("electricity", 2, ["council"])
    before = scene.sees(scene.water_reader, types=())
    assert confirmed(scene, ident).losing == 2
    assert not scene.sees(scene.council, types=())
    assert scene.sees(scene.water_reader, types=()) == before
    in_force(scene, changed("2027-02"))
    assert confirmed(scene, proposed(scene)).gaining == 2
    seen = scene.sees(scene.council, types=())
    assert len(seen) == 2
    assert min(row.position for row in seen) > max(row.position for row in before)
    sign(scene.world)
    with scene.world.reading() as session:
        assert findings(scene.world, session) == []


def test_two_persons_one_at_a_time_and_under_the_policy_that_was_looked_at(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not who proposed it, not before all was looked at; a new policy stops what is on its way for good."""
    monkeypatch.setattr("sharing.past.work.REPORTS", 1)
    for _ in range(3):
        scene.files(scene.hanako)
    in_force(scene, changed("2027-01", council=(Label.AMBER, "yes")))
    first, second, context = scene.first, scene.second, scene.world.context()  # type: ignore[attr-defined]
    for actor in (scene.hanako, scene.office, scene.auditor, scene.world.command()):
        with scene.world.writing() as session, pytest.raises(NotPermitted):
            propose_past(session, actor, context)
    with scene.world.writing() as session:
        ident = propose_past(session, first, context).id
    with scene.world.writing() as session, pytest.raises(Conflict):
        propose_past(session, second, context)
    with scene.world.writing() as session, pytest.raises(Conflict):
        confirm_past(session, second, ident, context)
    works(scene)
    with scene.world.writing() as session, pytest.raises(NotPermitted):
        confirm_past(session, first, ident, context)
    for actor in (scene.hanako, scene.office):
        with scene.world.reading() as session, pytest.raises(NotPermitted):
            load_past(session, actor, ident)
    with scene.world.reading() as session, pytest.raises(NotPermitted):
        list_past_cases(session, first, ident)
    with scene.world.writing() as session:
        confirm_past(session, second, ident, context)
    handlers: Any = {APPLY: partial(handle_apply, builder=scene.builder)}
    scene.world.advance(seconds=1)
    run_due(scene.world.hub.units, handlers, scene.world.now, limit=2)
    assert len(scene.sees(scene.council)) == 2, "the rest waits, and is done by whoever comes next"
    in_force(scene, changed("2027-02"))
    works(scene)
    with scene.world.reading() as session:
        run = load_past(session, scene.auditor, ident)
    assert (run.state, run.applied, len(scene.sees(scene.council))) == (RedecisionState.STOPPED, 2, 2)
    with scene.world.writing() as session, pytest.raises(Conflict):
        withdraw_past(session, second, ident, context)
    assert confirmed(scene, proposed(scene)).losing > 0
    assert not scene.sees(scene.council)
