"""The ledger tells both ends: who could read since when and by which rule, who did; leaving does not undo it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from models.vocabulary import Door, Form, Label, Tier
from sharing.actor import Actor
from sharing.disclosures import shown_of, write_disclosures
from sharing.errors import NotVisible
from sharing.people.organizations import dismiss_organization
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import Question
from sharing.rules.inviting import MEMBER_TIERS
from sharing.rules.knowing import PUBLIC_TIERS, knows
from sharing.rules.policy import default_policy
from sharing.rules.tokens import OrganizationFacts
from sharing.trail.ledger import Readings, list_reach, list_readings, list_received
from tests.sharing.reports.conftest import Scene, scene

__all__ = ["scene"]


def shared(scene: Scene) -> Any:
    """Aoba's report as an anonymised GREEN edition, approved."""
    filed = scene.files(scene.hanako, consent_nco=True)
    scene.world.advance(minutes=5)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN))
    return filed


def reads(scene: Scene, actor: Actor, door: Door = Door.TAXII) -> None:
    """The actor polls its inbox; it is logged as a door logs it."""
    scene.world.advance(minutes=1)
    with scene.world.reading() as session:
        found = page(session, load_reader(session, actor), 1, Question(), sealer=scene.world.hub.secrets.cursor)
    with scene.world.writing() as session:
        given = shown_of(replace(actor, door=door), 1, found.rows, found.question, what="objects", at=scene.world.now)
        write_disclosures(session, given, scene.world.hub.units)


def test_the_sender_is_told_who_could_read_since_when_and_by_which_rule(scene: Scene) -> None:
    """Authorities and secretariats by name; rivals and other members as groups with a number."""
    filed = shared(scene)
    with scene.world.reading() as session:
        by_form = {each.form: each for each in list_reach(session, scene.hanako, filed.report_id)}
    edition, original = by_form[Form.ANONYMISED], by_form[Form.ORIGINAL]
    assert (edition.form, edition.label, original.form) == (Form.ANONYMISED, Label.GREEN, Form.ORIGINAL)
    assert original.policy_version == edition.policy_version == default_policy().version
    by_name = {line.reader.name("ja"): line for line in original.lines if line.reader.is_named}
    assert set(by_name) == {"青葉電力株式会社", "電力セプター事務局", "国家サイバー統括室"}
    assert by_name["国家サイバー統括室"].rule == "nco/TLP:AMBER"
    groups = {line.reader.token: line for line in edition.lines if not line.reader.is_named}
    assert set(groups) == {"ceptoar:electricity", "ceptoar:water"}
    # The rival alone: the sender's own organization is not one of those whom it may not know.
    assert groups["ceptoar:electricity"].organizations == 1
    assert all(line.since >= by_name["国家サイバー統括室"].since for line in edition.lines)
    assert "みどり電力株式会社" not in str(edition)
    assert "清流水道株式会社" not in str(edition)


def test_leaving_does_not_undo_what_was_given(scene: Scene) -> None:
    """Who left could read until then, and what it read stands."""
    filed = shared(scene)
    reads(scene, scene.water_office)
    scene.world.advance(days=1)
    administrator = scene.world.administrator()
    with scene.world.writing() as session:
        dismiss_organization(session, administrator, scene.water_office.organization.id, scene.world.context())
    with scene.world.reading() as session:
        reached = list_reach(session, scene.hanako, filed.report_id)
        edition = next(each for each in reached if each.form is Form.ANONYMISED)
        readings = list_readings(session, scene.hanako, filed.report_id)
    gone = next(line for line in edition.lines if line.reader.name("ja") == "水道セプター事務局")
    assert gone.until is not None
    assert gone.until > gone.since
    assert [line.reader.name("ja") for line in readings.lines] == ["水道セプター事務局"]


def test_readings_are_told_with_time_and_way_but_rivals_only_as_a_group(scene: Scene) -> None:
    """A rival and a member of another CEPTOAR read the anonymised edition."""
    filed = shared(scene)
    for actor in (scene.rival_reader, scene.water_reader, scene.nco):
        reads(scene, actor)
    with scene.world.reading() as session:
        found = list_readings(session, scene.hanako, filed.report_id)
        mine, _ = list_received(session, scene.rival_reader)
    assert [line.reader.token.partition(":")[0] for line in found.lines] == ["organization", "ceptoar", "ceptoar"]
    assert {line.door for line in found.lines} == {Door.TAXII}
    assert "みどり" not in str(found)
    assert all(line.person is None for line in found.lines)
    assert [(line.door, line.person) for line in mine] == [(Door.TAXII, scene.rival_reader.display_name)]


def test_a_ledger_is_its_senders_alone(scene: Scene) -> None:
    """The secretariat, the rival, a colleague who only reads, and somebody who guesses: one answer."""
    filed = shared(scene)
    for actor in (scene.office, scene.rival_reader, scene.colleague, scene.nco):
        for ask in (list_reach, list_readings):
            with scene.world.reading() as session, pytest.raises(NotVisible):
                ask(session, actor, filed.report_id)


def test_readings_come_in_pages_that_lose_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few a page looks through, all pages together hold every reading once."""
    filed = shared(scene)
    for _ in range(4):
        reads(scene, scene.water_office)
        reads(scene, scene.council)
    monkeypatch.setattr("sharing.reading.ledger.MOST_EXAMINED", 3)
    pages: list[Readings] = []
    before = None
    while not pages or before is not None:
        with scene.world.reading() as session:
            pages.append(list_readings(session, scene.hanako, filed.report_id, before=before))
        before = pages[-1].next
    told = [(line.at, line.reader.token) for page_ in pages for line in page_.lines]
    assert len(told) == len(set(told)) == 8
    assert len(pages) > 2


@pytest.mark.parametrize("findable", [False, True])
@pytest.mark.parametrize("tier", list(Tier))
def test_the_question_to_the_database_follows_the_rule_of_who_may_be_known(tier: Tier, findable: bool) -> None:
    """The page asks for readers by name with the constants of the rule; this holds the two together."""
    other = OrganizationFacts(_id(2), tier, "water", "water", None, findable)
    for viewer in (
        OrganizationFacts(_id(1), Tier.OPERATOR, "water", "water"),
        OrganizationFacts(_id(1), Tier.CEPTOAR, "water", "water"),
    ):
        asked = findable or tier in PUBLIC_TIERS or (viewer.tier is Tier.CEPTOAR and tier in MEMBER_TIERS)
        assert asked == knows(viewer, other)


def _id(number: int) -> Any:
    return UUID(int=number)
