"""A person with hats in two organizations never sends for one what it wrote for the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.app import create_app
from models.draft import Draft
from models.report import Report
from models.vocabulary import Role
from sharing.actor import Actor
from tests.factory import World
from tests.hub.web.report_tools import Browser
from tests.hub.web.test_reports import FIVE
from tests.sharing.reports.conftest import Scene


@pytest.fixture
def scene(sqlite_peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    world = World(sqlite_peopled_url, tmp_path)
    yield Scene(world)
    world.close()


@pytest.fixture
def two(scene: Scene) -> tuple[Browser, Actor, Actor]:
    """A browser of somebody who reports for two rivals of one sector, under the first hat."""
    world = scene.world
    first = world.person(scene.aoba, Role.REPORTER, username="both", password=True)
    second = world.hat(first, scene.rival, Role.REPORTER)
    browser = Browser(create_app(world.hub), world, "both", "en")
    wear(browser, first)
    return browser, first, second


def wear(browser: Browser, hat: Actor) -> None:
    """Change the hat, as in another tab: the page that is open stays open."""
    open_here, _ = browser.page, browser.get("/hats")
    browser.send(f"/hats/{hat.membership_id}", {})
    browser.page = open_here


def senders(scene: Scene) -> list[UUID]:
    """Whose reports there are."""
    with scene.world.reading() as session:
        return list(session.execute(select(Report.organization_id)).scalars())


def test_a_form_of_one_hat_is_not_filed_under_another(scene: Scene, two: tuple[Browser, Actor, Actor]):
    """Filed for the rival, it went to the rival's people and was theirs; nobody was asked. The text stays."""
    browser, first, second = two
    browser.get("/reports/new")
    wear(browser, second)
    answer = browser.send("/reports/new", {**FIVE, "do": "file"})
    assert senders(scene) == []
    assert answer.status_code == 409 and FIVE["summary"] in answer.text
    again = browser.send("/reports/new", {**FIVE, "do": "file"})
    assert (again.status_code, senders(scene)) == (409, []), "the button there does not send it for the other either"
    wear(browser, first)
    assert browser.send("/reports/new", {**FIVE, "do": "file"}).status_code == 200
    assert senders(scene) == [scene.aoba.id]


def test_nothing_is_saved_under_another_hat_either(scene: Scene, two: tuple[Browser, Actor, Actor]):
    """A draft is read by all reporters of its organization."""
    browser, _first, second = two
    browser.get("/reports/new")
    wear(browser, second)
    browser.send("/reports/new", {**FIVE, "do": "save"})
    with scene.world.reading() as session:
        assert session.execute(select(Draft.organization_id)).scalars().all() == []


def test_a_form_is_not_sent_by_who_signed_in_after_its_writer(scene: Scene, two: tuple[Browser, Actor, Actor]):
    """One machine at a desk: the tab of the colleague before stays open."""
    browser, _first, _second = two
    world = scene.world
    world.person(scene.rival, Role.REPORTER, username="next", password=True)
    browser.get("/reports/new")
    browser.sign_in("next")
    answer = browser.send("/reports/new", {**FIVE, "do": "file"})
    assert (answer.status_code, senders(scene)) == (409, [])
