"""People and posts change: in force with the next request at every door, and the ledger keeps its truth."""

from __future__ import annotations

import pytest

from hub.app import create_app
from models.vocabulary import Label, Role
from sharing.ledger import list_reach, list_readings
from sharing.lists import add_to_list, make_list
from sharing.people.accounts import set_suspended
from sharing.people.memberships import end_membership
from sharing.people.organizations import set_findable
from sharing.rules import tokens
from tests.hub.web.report_tools import Browser
from tests.sharing.reports.conftest import Scene
from tests.sharing.test_ledger import reads

TAXII = "application/taxii+json;version=2.1"


@pytest.mark.parametrize("label", [Label.RED, Label.AMBER_STRICT])
def test_a_desk_is_a_post_and_not_a_person(scene: Scene, label: Label):
    """In April another takes the desk over: the successor reads what the desk was given, the predecessor nothing more,
    and what the predecessor read stays told."""
    world, water = scene.world, scene.water
    manager = world.person(water, Role.MANAGER)
    before = world.person(water, Role.DESK, name="March")
    with world.writing() as session:
        set_findable(session, manager, True, world.context())
    with world.writing() as session:
        made = make_list(session, scene.hanako, "水道の窓口", world.context())
        add_to_list(session, scene.hanako, made.id, [tokens.desk(water.id)], world.context())
    filed = scene.files(scene.hanako, label=label.value, lists=[str(made.id)])
    reads(scene, before)
    world.advance(days=30)
    assert before.membership_id is not None
    with world.writing() as session:
        end_membership(session, manager, before.membership_id, context=world.context())
    after = world.person(water, Role.DESK, name="April")
    assert len(scene.sees(after)) == 1
    assert not scene.sees(scene.water_reader)
    with world.reading() as session:
        told = list_readings(session, scene.hanako, filed.report_id).lines
        reached = list_reach(session, scene.hanako, filed.report_id)[0]
    assert [line.reader.name("ja") for line in told] == ["清流水道株式会社"]
    assert all(line.person is None for line in told), "persons are named to their own organization only"
    assert "清流水道株式会社" in {line.reader.name("ja") for line in reached.lines if line.until is None}


def test_a_named_person_who_left_reads_no_more_and_counts_no_more(scene: Scene):
    """The person's own token closes with the last hat; the ledger says until when."""
    world = scene.world
    manager = world.person(scene.aoba, Role.MANAGER)
    named = tokens.account(scene.colleague.account_id)  # type: ignore[arg-type]
    with world.writing() as session:
        made = make_list(session, scene.hanako, "担当者", world.context())
        add_to_list(session, scene.hanako, made.id, [named, "council"], world.context())
    filed = scene.files(scene.hanako, label="TLP:RED", lists=[str(made.id)])
    assert len(scene.sees(scene.colleague)) == 1
    world.advance(days=1)
    assert scene.colleague.membership_id is not None
    with world.writing() as session:
        end_membership(session, manager, scene.colleague.membership_id, context=world.context())
    with world.reading() as session:
        reached = list_reach(session, scene.hanako, filed.report_id)[0]
    line = next(each for each in reached.lines if each.reader.token == named)
    assert line.until is not None
    later = scene.files(scene.hanako, label="TLP:RED", lists=[str(made.id)])
    with world.reading() as session:
        reached = list_reach(session, scene.hanako, later.report_id)[0]
    assert named not in {each.reader.token for each in reached.lines}


def test_a_suspension_counts_in_the_middle_of_a_session_at_every_door(scene: Scene):
    """A page, the REST door and the TAXII door, one request after the other."""
    world = scene.world
    taro = world.person(scene.aoba, Role.REPORTER, username="taro", password=True)
    key = world.key(taro)
    app = create_app(world.hub)
    browser = Browser(app, world, "taro")
    machine = app.test_client()

    def answers() -> list[int]:
        headers = {"Authorization": f"Bearer {key}", "Accept": TAXII}
        return [
            browser.get("/reports/").status_code,
            machine.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code,
            machine.get("/taxii2/hub/collections/inbox/objects/", headers=headers).status_code,
        ]

    assert answers() == [200, 200, 200]
    with world.writing() as session:
        set_suspended(session, world.command(), "taro", suspended=True, context=world.context())
    assert answers() == [303, 401, 401]
