"""What a newcomer sees of the past: GREEN and CLEAR of some days by policy, nothing stricter, nothing taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest

from models.organization import Organization
from models.vocabulary import Label, Role, Tier
from sharing.audiences import facts_of
from sharing.errors import NotVisible
from sharing.jobs.due import run_due
from sharing.past.newcomers import DUE_KIND, handle_newcomer
from sharing.people.organizations import NewOrganization, add_organization, dismiss_organization
from sharing.reading.driver import fetch
from sharing.reports.range_changes.recalls import withdraw_report
from sharing.rules.policy import BadPolicy, default_policy_document, parse_policy
from sharing.trail.ledger import list_reach
from tests.sharing.reports.conftest import Scene
from tests.sharing.test_past import scene
from tests.sharing.whole import findings, indicator, post, sign

__all__ = ["scene"]


def joins(scene: Scene, new: NewOrganization, role: Role = Role.READER) -> Any:
    """An organization joins, the job does its work; a person of it."""
    with scene.world.writing() as session:
        facts = facts_of(add_organization(session, scene.world.command(), new, scene.world.context()))
    person = scene.world.person(facts, role)
    scene.world.advance(seconds=1)

    def handle(session: Any, payload: Any, context: Any) -> None:
        handle_newcomer(session, payload, context, policy=scene.policy)

    assert not run_due(scene.world.hub.units, {DUE_KIND: handle}, scene.world.now).failed
    return person


def test_a_newcomer_finds_green_of_ninety_days_and_nothing_stricter(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old, stricter, recalled and replaced things are not given; what is given comes at new positions, in parts."""
    monkeypatch.setattr("sharing.past.newcomers.CHUNK", 3)
    old = scene.files(scene.hanako, label="TLP:GREEN", summary="古い障害。")
    scene.proposes(scene.office, old, Label.GREEN)
    scene.world.advance(days=91)
    post(scene.world, scene.water_office, indicator(), indicator(Label.AMBER), collection="water")
    taken_back = scene.files(scene.hanako, label="TLP:GREEN", summary="取り下げた障害。")
    scene.proposes(scene.office, taken_back, Label.GREEN)
    kept = scene.files(scene.hanako, label="TLP:GREEN", summary="残る障害。")
    scene.world.advance(minutes=1)
    scene.proposes(scene.office, kept, Label.GREEN)
    with scene.world.writing() as session:
        withdraw_report(session, scene.hanako, taken_back.report_id, "誤り", means=scene.means())
    scene.files(scene.hanako)
    scene.world.advance(days=1)
    before = max(row.position for row in scene.sees(scene.hanako, types=()))
    reader = joins(scene, NewOrganization(Tier.OPERATOR, "あかつき電力", "Akatsuki", ceptoar="electricity"))
    seen = scene.sees(reader, types=())
    (incident,) = [row for row in seen if row.type == "incident"]
    assert "残る障害".encode() in incident.body
    assert len([row for row in seen if row.type == "indicator"]) == 1
    assert min(row.position for row in seen) > before
    assert all(row.label <= Label.GREEN.rank for row in seen)
    with scene.world.reading() as session:
        lines = [line for each in list_reach(session, scene.hanako, kept.report_id) for line in each.lines]
    assert "newcomer/TLP:GREEN" in {line.rule for line in lines}


def test_what_was_posted_as_stricter_does_not_come_along(scene: Scene) -> None:
    """A GREEN indicator names its author and a marking: newcomers got the AMBER identity because it was named."""
    green, amber = (named("identity", label) for label in (Label.GREEN, Label.AMBER))
    bare = named("marking-definition", Label.AMBER_STRICT)
    marked = named("marking-definition", Label.AMBER, object_marking_refs=["marking-definition--tlp"])
    raw = orjson.dumps([each.stix_id for each in (green, amber, bare, marked)])
    post(scene.world, scene.office, green, amber, bare, marked)
    post(scene.world, scene.office, indicator(raw=raw))
    scene.world.advance(days=1)
    reader = joins(scene, NewOrganization(Tier.OPERATOR, "あかつき電力", "Akatsuki", ceptoar="electricity"))
    types = ("indicator", "identity", "marking-definition")
    seen = {row.stix_id for row in scene.sees(reader, types=types) if row.type != "indicator"}
    assert seen == {green.stix_id, bare.stix_id}


def test_who_joined_before_makes_no_more_work_for_who_joins_now(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each newcomer read the grants of all before it: the eight-hundredth held the database for seconds at a time."""
    post(scene.world, scene.office, *(indicator() for _ in range(5)))
    scene.world.advance(days=1)
    rows = [0]

    def counted(*asked: Any) -> Any:
        found = fetch(*asked)
        rows[0] += len(found)
        return found

    for module in ("standing", "own"):
        monkeypatch.setattr(f"sharing.reading.{module}.fetch", counted)
    work = []
    for number in range(4):
        rows[0] = 0
        joins(scene, NewOrganization(Tier.OPERATOR, f"新電力{number}", f"New {number}", ceptoar="electricity"))
        work.append(rows[0])
    assert len(set(work)) == 1, f"expected the same rows each time, found {work}"


def named(kind: str, label: Label, **more: Any) -> Any:
    """Something that others name."""
    ident = f"{kind}--{uuid4()}"
    return replace(indicator(label, ident, raw=orjson.dumps({"id": ident, **more})), type=kind)


def test_a_reader_of_a_new_secretariat_gets_nothing_that_only_its_coordinators_read(scene: Scene) -> None:
    """The past of a group is given to those of its people who hold the group, and ends when the organization leaves."""
    post(scene.world, scene.office, indicator())
    scene.world.advance(days=1)
    with scene.world.writing() as session:
        dismiss_organization(session, scene.world.command(), scene.water_office.organization.id, scene.world.context())
    coordinator = joins(
        scene, NewOrganization(Tier.CEPTOAR, "水道の新事務局", "New", ceptoar="water"), Role.COORDINATOR
    )
    assert len(scene.sees(coordinator, types=("indicator",))) == 1
    sign(scene.world)
    with scene.world.reading() as session:
        assert findings(scene.world, session) == []
    with scene.world.writing() as session:
        organization = session.get_one(Organization, coordinator.organization.id)
        dismiss_organization(session, scene.world.command(), organization.id, scene.world.context())
    with pytest.raises(NotVisible):
        scene.sees(coordinator, types=())


def test_the_policy_says_how_much(scene: Scene) -> None:
    """Nothing at all where it says zero; and a stricter label is refused with its name."""
    post(scene.world, scene.office, indicator(), indicator(Label.CLEAR))
    scene.world.advance(days=1)
    new = NewOrganization(Tier.OPERATOR, "ひので水道", "Hinode", ceptoar="water")
    scene.policy = parse_policy({**default_policy_document(), "newcomers": {"TLP:CLEAR": 1, "TLP:GREEN": 0}})
    seen = scene.sees(joins(scene, new), types=("indicator",))
    assert [row.label for row in seen] == [Label.CLEAR.rank]
    for wrong in ({"TLP:AMBER": 1}, {"TLP:GREEN": -1}, {"TLP:GREEN": True}, [90]):
        with pytest.raises(BadPolicy, match="newcomers"):
            parse_policy({**default_policy_document(), "newcomers": wrong})
