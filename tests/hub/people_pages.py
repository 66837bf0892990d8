"""Steps at the pages: a browser of plain requests that fills in forms as a person does."""

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pyotp
import pytest
from flask import Flask, flash, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.app import create_app
from hub.i18n import LANGUAGE_COOKIE
from hub.web.frame import guard
from hub.web.frame.pages import page_blueprint
from hub.web.people import (
    account,
    join,
    my_account,
    waiting_letters,
)
from hub.web.people import (
    my_organization as people,
)
from tests.factory import PASSWORD, SEED, World

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}")
KEY = re.compile(r"chk_[a-z2-7]{52}")


class typed:  # a module-like page group
    """A page with a form that takes long to write."""

    __name__ = "typed"
    blueprint = page_blueprint("typed", url_prefix="/typed")


guard.protect(typed.blueprint)


@typed.blueprint.route("/", methods=["GET", "POST"])
def write() -> str:
    """Shows the form, or what arrived."""
    if request.method == "POST":
        flash("arrived")
        return f"arrived: {request.form['text']} for {guard.current_actor().organization.id}"
    from flask import render_template_string

    return render_template_string('<input name="csrf_token" value="{{ csrf_token() }}">')


def people_app(world: World, *groups: object) -> Flask:
    """The real application with the pages of people."""
    return create_app(world.hub, page_groups=[account, join, my_account, people, typed, *groups], machine_doors=[])


@dataclass
class Visitor:
    """A person at a browser."""

    world: World
    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """Open a page, wherever it leads."""
        return self.client.get(path, follow_redirects=True)

    def send(self, path: str, **fields: object) -> TestResponse:
        """Fill in the form of a page and follow where it leads."""
        shown = self.get(path)
        return self.post(path, token_of(shown), **fields)

    def post(self, path: str, token: str, **fields: object) -> TestResponse:
        """Send a form with a token."""
        return self.client.post(
            path,
            data={"csrf_token": token, **fields},
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=True,
        )

    def press(self, page: TestResponse, action: str) -> TestResponse:
        """Press the one button whose form leads to an address like this."""
        (found,) = set(re.findall(rf'action="([^"]*{action}[^"]*)"', page.text))
        return self.post(unescape(found), token_of(page))

    def sign_in(self, username: str, password: str = PASSWORD, seed: str = SEED, where: str = "/sign-in"):
        """Both steps."""
        self.send(where, username=username, password=password)
        return self.send("/sign-in/code", code=self.code(seed))

    def code(self, seed: str = SEED) -> str:
        """What the app shows now."""
        return pyotp.TOTP(seed).at(self.world.now)


def token_of(page: TestResponse) -> str:
    """The token of a page's form."""
    found = TOKEN.search(page.text)
    assert found, f"expected a form, found {page.status} {page.text[:400]}"
    return found[1]


def visitor(world: World, app: Flask) -> Visitor:
    """Somebody with a browser of their own."""
    client = app.test_client()
    client.set_cookie(LANGUAGE_COOKIE, "en")
    return Visitor(world, client)


@pytest.fixture
def world(sqlite_hub_url: str, tmp_path: Path):
    """A fresh hub."""
    made = World(sqlite_hub_url, tmp_path, locale="en")
    yield made
    made.close()


@pytest.fixture
def app(world: World) -> Flask:
    """The application."""
    return people_app(world, waiting_letters)


@pytest.fixture
def someone(world: World, app: Flask):
    """Make visitors: `someone()`."""
    return lambda: visitor(world, app)
