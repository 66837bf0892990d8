"""What the tests of the pages about reports share: an application with these pages, and people in front of browsers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.app import create_app
from hub.web import home
from hub.web.desk import (
    calls,
    cases,
    common_events,
    inbox,
    phrases,
    secretariat,
    shifts,
)
from hub.web.frame.guard import SEEN, TOKEN, install
from hub.web.reading import attachments
from hub.web.reporting import (
    authorities,
    batches,
    common_forms,
    delegations,
    draft_files,
    drafts,
    named_lists,
    offline,
    own_systems,
    reports,
)
from hub.web.trail import ledger, receipts
from sharing.actor import Actor
from tests.factory import World
from tests.sharing.people.steps import sign_in

_HIDDEN = re.compile(
    r'<input(?=[^>]* name="(csrf_token|acting_as|submission|number|digest|technical_seen|readers_seen|seen)")'
    r'(?=[^>]* value="([^"]*)")[^>]*>'
)


def application(world: World, *more: Any) -> Flask:
    """The hub's application with the pages about reports, and more where a test needs them."""
    app = create_app(
        world.hub,
        page_groups=(
            home,
            reports,
            drafts,
            draft_files,
            attachments,
            authorities,
            delegations,
            named_lists,
            ledger,
            receipts,
            secretariat,
            own_systems,
            offline,
            batches,
            common_forms,
            *more,
            *(inbox, calls, cases, common_events, shifts, phrases),
        ),
        machine_doors=(),
    )
    install(app)
    app.config["TESTING"] = True
    if "account.sign_in" not in app.view_functions:
        app.add_url_rule("/sign-in", "account.sign_in", lambda: "sign in here")
    return app


class Browser:
    """One person in front of a browser, in one language."""

    def __init__(self, app: Flask, world: World, username: str | None, language: str = "ja") -> None:
        self.client: FlaskClient = app.test_client()
        self.client.set_cookie("ceptoar_language", language)
        self.world = world
        self.page = ""
        if username:
            self.sign_in(username)

    def sign_in(self, username: str) -> None:
        """Put the cookie of a finished sign-in into the browser."""
        self.world.advance(seconds=30)  # a code of the second factor is used once
        token = sign_in(self.world, username)
        with self.client.session_transaction() as session:
            session[TOKEN] = token
            session[SEEN] = int(self.world.now.timestamp())

    def get(self, url: str, **arguments: Any) -> TestResponse:
        """Open a page."""
        answer = self.client.get(url, query_string=arguments or None)
        self.page = answer.text
        return answer

    def send(self, url: str, given: Mapping[str, Any], *, follow: bool = True) -> TestResponse:
        """Send the form of the page that is open, with its hidden fields."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = self.client.post(url, data={**self.hidden(), **given}, headers=headers, follow_redirects=follow)
        self.page = answer.text
        return answer

    def propose(self, url: str, given: Mapping[str, Any]) -> TestResponse:
        """From the page of an edition over the last check, and on."""
        checked = self.send(url, {**given, "do": "check"})
        return self.send(url, {**given, "do": "propose"}) if 'name="seen"' in checked.text else checked

    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page that is open."""
        return dict(_HIDDEN.findall(self.page))


def person(world: World, organization: Any, *roles: Any, username: str) -> Actor:
    """A person who can sign in."""
    return world.person(organization, *roles, username=username, name=username, password=True)
