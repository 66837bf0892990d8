"""Addresses and forms that nobody would type by accident: an answer that says so, never a failure, never a way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from hub.app import create_app
from models.vocabulary import Role, Tier
from tests.factory import World
from tests.hub.web.report_tools import Browser, person

ODD_ARGUMENTS = (
    "endpoint=x",
    "_external=1",
    "_scheme=javascript",
    "_scheme=https&_external=1",
    "_anchor=x",
    "_method=POST",
    "values=x",
    "self=x",
    "report_id=x",
    "filename=x",
    "next=//elsewhere.example",
)


@pytest.fixture
def town(hub_url: str, tmp_path: Path) -> Iterator[World]:
    world = World(hub_url, tmp_path)
    person(world, world.operator("青葉電力株式会社"), Role.REPORTER, Role.APPROVER, Role.MANAGER, username="hanako")
    person(world, world.secretariat("電力セプター事務局"), Role.COORDINATOR, username="office")
    person(world, world.organization(Tier.AUDITOR, "監査人"), Role.AUDITOR, username="auditor")
    yield world
    world.close()


@pytest.mark.parametrize("argument", ODD_ARGUMENTS)
def test_the_choice_of_language_stays_on_its_page(sqlite_hub_url: str, tmp_path: Path, argument: str):
    """Arguments of the address are arguments of the page, not of the program that builds the next address."""
    world = World(sqlite_hub_url, tmp_path)
    browser = Browser(create_app(world.hub), world, None)
    answer = browser.get(f"/sign-in?lang=en&{argument}")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
    assert argument.partition("=")[0] in answer.headers["Location"]
    world.close()


@pytest.mark.parametrize("path", ["//elsewhere.example/", "///elsewhere.example/x", "/\\elsewhere.example"])
def test_a_page_of_errors_leads_nowhere_else(sqlite_hub_url: str, tmp_path: Path, path: str):
    """`//host` in a link is another site."""
    world = World(sqlite_hub_url, tmp_path)
    client = create_app(world.hub).test_client()
    answer = client.get("/", environ_overrides={"PATH_INFO": path})
    assert answer.status_code == 404
    for found in ('href="//', 'action="//', 'href="/\\'):
        assert found not in answer.text
    world.close()


def test_no_form_or_address_makes_the_pages_fail(town: World):
    """Signs that a database cannot hold, times beyond the calendar: refused or not found."""
    app = create_app(town.hub)
    stranger = Browser(app, town, None)
    stranger.get("/sign-in")
    assert stranger.send("/sign-in", {"username": "a\x00b", "password": "x\x00"}).status_code == 422
    for path in ("/join", "/reset"):
        stranger.get(path)
        assert stranger.send(path, {"code": "\x00"}).status_code in {200, 422}
    for path in ("/log/%00/checkpoint", "/log/%00/tile/0/000", "/log/2026/tile/0/%00"):
        assert stranger.get(path).status_code == 404, path
    asked = {
        "hanako": [
            f"/reports/?before=0001-01-01T00:00:00%2B23:59_{uuid4()}",
            f"/reports/?before=9999-12-31T23:59:59-23:59_{uuid4()}",
            "/reports/?before=%00_%00",
            "/reports/?status=new&_scheme=x&endpoint=y",
            "/reports/find?reference=%00",
            "/feed/?in=%00",
            "/feed/?sector=%00&event_type=%00&type=%00&from=1990-01-01&to=2200-12-31",
            "/feed/?next=%E3%81%82",
            "/feed/?next=%00",
            "/feed/inbox/objects/x/",
            "/trends/?as_of=9223372036854775807&fiscal_year=2200",
            "/trends/table.csv?as_of=1",
            f"/digests/{uuid4()}/",
            f"/reports/{uuid4()}/receipt/99999999999999999999",
            "/people/invite?organization=%00",
            "/?next=%00&lang=xx",
        ],
        "auditor": [
            "/trail/?kind=%00&subject=%00",
            "/trail/?before=999999999999999999",
            "/trail/?tag=%00",
        ],
        "office": [f"/secretariat/?before=0001-01-01T00:00:00%2B23:59_{uuid4()}", f"/secretariat/publish/{uuid4()}/"],
    }
    failed = []
    for name, paths in asked.items():
        browser = Browser(app, town, name)
        for path in paths:
            answer = browser.get(path)
            if answer.status_code >= 500:
                failed.append((name, path, answer.status_code))
    assert not failed
