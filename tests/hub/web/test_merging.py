"""The page “My organization” where one goes up in another: its approver's word, and the other's manager at work."""

from __future__ import annotations

from pathlib import Path

from hub.app import create_app
from hub.scheduler.handlers import handlers_of
from models.vocabulary import Role
from sharing.jobs.due import run_due
from sharing.people.merging import confirm_merger, propose_merger
from tests.factory import World
from tests.hub.web.report_tools import Browser
from tests.sharing.reports.conftest import Scene


def test_an_approver_agrees_and_a_manager_takes_over(sqlite_hub_url: str, tmp_path: Path) -> None:
    """Before, the approver of the one that leaves is asked; after, the manager of the other takes a person over."""
    world = World(sqlite_hub_url, tmp_path)
    scene = Scene(world)
    scene.files(scene.rival_reader)
    world.person(scene.rival, Role.APPROVER, username="approver", name="Approver", password=True)
    world.person(scene.aoba, Role.MANAGER, username="manager", password=True)
    first, second = world.administrator("First"), world.administrator("Second")
    with world.writing() as session:
        merger = propose_merger(session, first, scene.rival.id, scene.aoba.id, world.context()).id
    app = create_app(world.hub)
    approver, manager = Browser(app, world, "approver", "en"), Browser(app, world, "manager", "en")
    assert "is to be merged into" not in manager.get("/people/").text
    assert "is to be merged into" in approver.get("/people/").text
    assert "Agreed." in approver.send(f"/people/merging/{merger}/agree", {}).text
    with world.writing() as session:
        confirm_merger(session, second, merger, world.context())
    run_due(world.hub.units, handlers_of(world.hub), world.now)
    assert approver.get("/people/").status_code in {303, 403}
    assert len(scene.sees(scene.hanako)) == 1
    page = manager.get("/people/").text
    assert "Approver" in page
    where = page.partition('action="/people/merging/')[2].partition('"')[0]
    assert "Taken over." in manager.send(f"/people/merging/{where}", {}).text
    manager.client.set_cookie("ceptoar_language", "ja")
    assert "引継ぎ待ち" in manager.get("/people/").text, "the other person of the rival still waits"
    world.close()
