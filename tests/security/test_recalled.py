"""A recall tells each what it may know: not that others had read it, nor what only the desk or a named person had."""

from __future__ import annotations

from hub.app import create_app
from models.vocabulary import RecallAnswerKind, Role
from sharing.jobs.due import run_due
from sharing.lists.changing import add_to_list, make_list
from sharing.reports.range_changes.recall_answers import count_unanswered
from sharing.rules.tokens import desk
from tests.hub.web.report_tools import Browser
from tests.sharing.reports.conftest import Scene
from tests.sharing.reports.test_recalls import (
    HANDLERS,
    answers,
    reads,
    recalls_of,
    requests_of,
    shared,
    withdraws,
)


def named(scene: Scene, *tokens: str) -> str:
    """The id of a list that names these."""
    with scene.world.writing() as session:
        made = make_list(session, scene.hanako, "連携先", scene.world.context())
        add_to_list(session, scene.hanako, made.id, list(tokens), scene.world.context())
        return str(made.id)


def unanswered(scene: Scene, actor) -> int:
    with scene.world.reading() as session:
        return count_unanswered(session, actor)


def test_who_has_answered_does_not_learn_that_others_have_not(scene: Scene):
    """The number of reminders went on rising for it as long as some rival had read the same and said nothing."""
    filed = shared(scene)
    for reader in (scene.rival_reader, scene.water_reader):
        reads(scene, reader)
    withdraws(scene, scene.hanako, filed)
    (request,) = requests_of(scene, scene.rival_reader)
    answers(scene, scene.rival_reader, request.stix_id, RecallAnswerKind.DELETED)
    scene.world.advance(days=3, minutes=1)
    run_due(scene.world.hub.units, HANDLERS, scene.world.now)
    (again,) = requests_of(scene, scene.rival_reader)
    (open_,) = requests_of(scene, scene.water_reader)
    assert (again.reminders, open_.reminders) == (0, 1)


def test_colleagues_do_not_learn_of_what_only_the_desk_had(scene: Scene):
    """On the home page of everybody in the organization stood that one thing waits, and the list behind was empty."""
    filed = scene.files(scene.hanako, label="TLP:AMBER+STRICT", lists=[named(scene, "secretariat:water")])
    colleague = scene.world.person(scene.water_office.organization, Role.READER)
    reads(scene, scene.water_office)
    withdraws(scene, scene.hanako, filed)
    assert requests_of(scene, colleague) == []
    assert (unanswered(scene, scene.water_office), unanswered(scene, colleague)) == (1, 0)


def test_a_secretariat_does_not_count_those_who_had_read_what_was_red(scene: Scene):
    """It sees a report of which a version is RED; how many had read that one is the sender's own figure."""
    filed = scene.files(scene.hanako)
    reads(scene, scene.office)
    elsewhere = scene.water_office.organization.id
    scene.world.advance(minutes=1)
    lists = [named(scene, desk(elsewhere))]
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up", label="TLP:RED", lists=lists)
    reads(scene, scene.water_office)
    withdraws(scene, scene.hanako, filed)
    (own,), (office,) = recalls_of(scene, scene.hanako, filed), recalls_of(scene, scene.office, filed)
    assert elsewhere in own.answers and elsewhere not in office.answers
    assert (own.asked, office.asked) == (2, 1)


def test_what_is_red_leaves_by_no_download(scene: Scene):
    """Its page is for who was named; papers and exports refuse it, the download beside them did not."""
    scene.files(scene.hanako, label="TLP:RED")
    world = scene.world
    world.person(scene.aoba, Role.REPORTER, username="writer", password=True)
    browser = Browser(create_app(world.hub), world, "writer")
    (row,) = scene.sees(scene.hanako)
    page = browser.get(f"/feed/inbox/objects/{row.stix_id}/")
    assert page.status_code == 200 and f"{row.stix_id}/raw" not in page.text
    assert browser.get(f"/feed/inbox/objects/{row.stix_id}/raw").status_code == 404
