"""People and posts change: in force with the next request at every door, and the ledger keeps its truth."""

from __future__ import annotations

import re

import pytest

from hub.app import create_app
from models.vocabulary import Label, Role
from sharing.actor import Actor
from sharing.lists.changing import add_to_list, make_list
from sharing.people.accounts import set_suspended
from sharing.people.memberships import end_membership
from sharing.people.moving import Place, confirm_move, propose_move
from sharing.people.organizations import set_findable
from sharing.rules import tokens
from sharing.trail.ledger import list_reach, list_readings
from tests.factory import World
from tests.hub.web.report_tools import Browser
from tests.sharing.reports.conftest import Scene
from tests.sharing.test_ledger import reads

TAXII = "application/taxii+json;version=2.1"
INBOX = "/taxii2/hub/collections/inbox/objects/"
INCIDENT = re.compile(r"/feed/[a-z]+/objects/(incident--[0-9a-f-]+)/")


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


class AtEveryDoor:
    """A person in front of a browser, with a program that holds the person's key."""

    def __init__(self, world: World, person: Actor, username: str) -> None:
        self.app = create_app(world.hub)
        self.browser = Browser(self.app, world, username)
        self.machine = self.app.test_client()
        self.headers = {"Authorization": f"Bearer {world.key(person)}"}

    def statuses(self, page: str = "/feed/") -> list[int]:
        """What a page, the REST door and the TAXII door answer, one request after the other."""
        return [
            self.browser.get(page).status_code,
            self.machine.get("/api/v1/me", headers=self.headers).status_code,
            self.machine.get(INBOX, headers={**self.headers, "Accept": TAXII}).status_code,
        ]

    def incidents(self) -> list[int]:
        """How many reports a page, the REST door and the TAXII door hold."""
        page = self.browser.get("/feed/", **{"type": "incident"}).text
        rest = self.machine.get("/api/v1/feeds/inbox/objects?type=incident", headers=self.headers).get_json()
        taxii = self.machine.get(f"{INBOX}?match[type]=incident", headers={**self.headers, "Accept": TAXII})
        return [
            len(set(INCIDENT.findall(page))),
            len(rest["items"]),
            len(taxii.get_json(force=True).get("objects", [])),
        ]


def test_a_suspension_counts_in_the_middle_of_a_session_at_every_door(scene: Scene):
    """A page, the REST door and the TAXII door, one request after the other."""
    world = scene.world
    doors = AtEveryDoor(world, world.person(scene.aoba, Role.REPORTER, username="taro", password=True), "taro")
    assert doors.statuses("/reports/") == [200, 200, 200]
    with world.writing() as session:
        set_suspended(session, world.command(), "taro", suspended=True, context=world.context())
    assert doors.statuses("/reports/") == [303, 401, 401]


def test_a_desk_that_is_taken_over_is_closed_to_its_predecessor_at_every_door(scene: Scene):
    """In the middle of a session: the next request finds no hat; who took over finds what the desk was given."""
    world, water = scene.world, scene.water
    manager = world.person(water, Role.MANAGER)
    before = world.person(water, Role.DESK, username="march", password=True)
    with world.writing() as session:
        set_findable(session, manager, True, world.context())
    with world.writing() as session:
        made = make_list(session, scene.hanako, "水道の窓口", world.context())
        add_to_list(session, scene.hanako, made.id, [tokens.desk(water.id)], world.context())
    scene.files(scene.hanako, label="TLP:RED", lists=[str(made.id)])
    doors = AtEveryDoor(world, before, "march")
    assert doors.statuses() == [200, 200, 200]
    assert doors.incidents() == [1, 1, 1]
    assert before.membership_id is not None
    with world.writing() as session:
        end_membership(session, manager, before.membership_id, context=world.context())
    assert all(status in {303, 401, 403} for status in doors.statuses())
    after = AtEveryDoor(world, world.person(water, Role.DESK, username="april", password=True), "april")
    assert after.incidents() == [1, 1, 1]


def test_an_organization_that_moves_reads_otherwise_at_every_door_with_the_next_request(scene: Scene):
    """What its old sector shared is gone in the middle of a session, at a page and for a program alike."""
    world = scene.world
    reader = world.person(scene.rival, Role.READER, username="jiro", password=True)
    with world.writing() as session:
        made = make_list(session, scene.hanako, "同じ分野", world.context())
        add_to_list(session, scene.hanako, made.id, ["sector:electricity"], world.context())
    filed = scene.files(scene.hanako, lists=[str(made.id)])
    world.advance(minutes=1)
    scene.proposes(scene.office, filed, Label.AMBER)
    doors = AtEveryDoor(world, reader, "jiro")
    assert doors.incidents() == [1, 1, 1]
    first, second = world.administrator("First"), world.administrator("Second")
    with world.writing() as session:
        move = propose_move(session, first, scene.rival.id, Place("water"), world.context()).id
    assert doors.incidents() == [1, 1, 1], "a proposal changes nothing"
    with world.writing() as session:
        confirm_move(session, second, move, world.context())
    assert doors.incidents() == [0, 0, 0]
