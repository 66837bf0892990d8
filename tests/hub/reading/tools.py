"""What the tests of the pages for readers share: a scene of people, and their browsers."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.app import create_app
from hub.i18n import LANGUAGE_COOKIE
from hub.web.frame.guard import SEEN, TOKEN
from hub.web.papers import pages as paper
from hub.web.people import (
    account,
    join,
    my_account,
)
from hub.web.people import (
    my_organization as people,
)
from hub.web.reading import (
    digests,
    feed,
    lessons,
    search,
    trends,
)
from hub.web.trail import history as trail
from hub.web.trail import receipts
from models.account import Account
from sharing.actor import Actor
from sharing.digests import DUE_KIND, handle_due
from sharing.jobs.due import run_due
from tests.factory import World
from tests.sharing.people.steps import sign_in

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def application(world: World) -> Flask:
    """The hub's application with the pages for readers."""
    groups = (feed, search, lessons, trends, digests, paper, trail, receipts, account, join, people, my_account)
    app = create_app(world.hub, page_groups=groups, machine_doors=())
    app.config["TESTING"] = True
    return app


class Reading:
    """One person in front of a browser, in one language."""

    def __init__(self, app: Flask, world: World, actor: Actor, language: str = "ja") -> None:
        self.client: FlaskClient = app.test_client()
        self.client.set_cookie(LANGUAGE_COOKIE, language)
        self.world = world
        self.token = session_of(world, actor)
        with self.client.session_transaction() as session:
            session[TOKEN] = self.token
            session[SEEN] = int(world.now.timestamp())

    def get(self, path: str, **arguments: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, query_string=arguments or None, follow_redirects=True)

    def send(self, shown: TestResponse, path: str, **fields: Any) -> TestResponse:
        """Send a form of a page that was shown."""
        found = _TOKEN.search(shown.text)
        assert found, "expected a form on the page"
        return self.client.post(
            path,
            data={"csrf_token": found[1], **fields},
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=True,
        )


def session_of(world: World, actor: Actor) -> str:
    """The token of a finished sign-in of a person that a scene made without a password."""
    with world.writing() as session:
        person = session.execute(select(Account).where(Account.id == actor.account_id)).scalar_one()
        if person.password_hash is None:
            world._give_credentials(person)
        username = person.username
    world.advance(seconds=30)  # a code of the second factor is used once
    return sign_in(world, username)


def make_due_digests(world: World) -> int:
    """Do what the scheduler does."""
    return run_due(world.hub.units, {DUE_KIND: handle_due}, world.now).done
