"""An administrator and an auditor read no content at any door: every route is walked with words planted in every field.

They sign in as people and ask with keys as programs, for the ids of everything that there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from hub.app import create_app
from hub.web.frame.guard import CSRF
from models.vocabulary import Label, Role
from sharing.collections.access import load_sector_collection
from sharing.lists.changing import add_to_list, make_list
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.reports.fields import TEXTS
from sharing.reports.further import FREE_TEXTS
from tests.factory import World
from tests.hub.web.report_tools import Browser
from tests.sharing.reports.conftest import Scene

CANARY = "金糸雀の言葉"
ASCII_CANARY = "canary-in-the-mine.example"
WORDS = (CANARY.encode(), ASCII_CANARY.encode(), CANARY.encode("unicode_escape"))
METHODS = ("GET", "POST", "DELETE")
SKIPPED = {"/sign-out", "/account/sessions/end-all", "/static/<path:filename>", "/account/sessions/<ident>/end"}
"""They end the very session that asks, or are files of the program."""
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


@pytest.fixture
def scene(sqlite_peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    world = World(sqlite_peopled_url, tmp_path, access_log=True)
    yield Scene(world)
    world.close()


def planted(scene: Scene) -> None:
    """The words in every text of reports, editions, refusals, lists and posted objects, at every label."""
    texts = {name: f"{CANARY} {name}" for name in TEXTS if name != "correction"}  # a first report corrects nothing
    further = {name: f"{CANARY} {name}" for name in FREE_TEXTS}
    indicators = [{"kind": "domain-name", "value": ASCII_CANARY}]
    everything = {**texts, "further": further, "indicators": indicators, "consent_nco": True}
    filed = [scene.files(scene.hanako, **{**everything, "label": label.value}) for label in Label]
    scene.approves(scene.boss, scene.proposes(scene.office, filed[2], Label.GREEN))
    scene.refuses(scene.boss, scene.proposes(scene.office, filed[3], Label.GREEN), f"{CANARY} reason")
    scene.proposes(scene.office, filed[2], Label.CLEAR)
    world = scene.world
    with world.writing() as session:
        made = make_list(session, scene.hanako, CANARY, world.context())
        add_to_list(session, scene.hanako, made.id, ["council"], world.context())
        new = [
            NewObject(
                stix_id=f"indicator--00000000-0000-4000-8000-00000000000{label.rank}",
                type="indicator",
                spec_version="2.1",
                version_us=1,
                version="2026-11-20T03:00:00.000Z",
                created_by_ref=None,
                label=label,
                raw=f'{{"type":"indicator","name":"{CANARY}"}}'.encode(),
            )
            for label in Label
        ]
        collection = load_sector_collection(session, "electricity")
        publish(session, scene.office, Publication(collection, new), policy=scene.policy, context=world.context())


def ids(scene: Scene) -> list[str]:
    """Every id that any table has, so that no guess could be better."""
    found: list[str] = ["electricity", "inbox", "digests", "provisions", "2026", "checkpoint", "1"]
    tables = (
        ("reports", "id"),
        ("report_versions", "id"),
        ("proposals", "id"),
        ("sharing_lists", "id"),
        ("organizations", "id"),
        ("memberships", "id"),
        ("collections", "id"),
    )
    with scene.world.reading() as session:
        for table, column in tables:
            rows = session.execute(text(f"SELECT {column} FROM {table}")).scalars()
            found += [_dashed(str(row)) for row in rows]
        found += list(session.execute(text("SELECT DISTINCT stix_id FROM objects")).scalars())
        found += list(session.execute(text("SELECT reference FROM reports")).scalars())
    return found


def _dashed(ident: str) -> str:
    return f"{ident[:8]}-{ident[8:12]}-{ident[12:16]}-{ident[16:20]}-{ident[20:]}" if len(ident) == 32 else ident


def routes(app: Flask) -> list[tuple[str, str]]:
    """Every route of the application and of the REST door inside it."""
    inner = app.view_functions["api"].application().url_map  # type: ignore[attr-defined]
    return sorted(
        {
            (method, rule.rule)
            for url_map in (app.url_map, inner)
            for rule in url_map.iter_rules()
            for method in METHODS
            if method in (rule.methods or set()) and rule.rule not in SKIPPED and "anything" not in rule.rule
        }
    )


def paths(rule: str, every: list[str]) -> list[str]:
    """The addresses of a rule for the ids that could stand in it."""
    found = PARAMETER.findall(rule)
    if not found:
        return [rule]
    kind, _name = found[-1]
    fitting = [each for each in every if kind != "uuid" or len(each) == 36]
    if kind == "int":
        fitting = ["1", "2"]
    filled = []
    for each in fitting:
        path = rule
        for place, (_, name) in enumerate(found):
            last = place == len(found) - 1
            path = PARAMETER.sub(each if last else ("inbox" if name == "ident" else each), path, count=1)
        filled.append(path)
    return filled


@pytest.mark.slow
@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_no_word_of_content_reaches_a_keeper(scene: Scene, who: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Bodies and headers of every answer, and what the program writes into its log meanwhile."""
    planted(scene)
    world = scene.world
    if who == "administrator":
        actor = world.administrator(username=who, password=True)
    else:
        actor = world.person(scene.auditor.organization, Role.AUDITOR, username=who, password=True)
    key = world.key(actor)
    app = create_app(world.hub)
    browser = Browser(app, world, who)
    every = ids(scene)
    asked = 0
    for method, rule in routes(app):
        machine = rule.startswith(("/api/", "/taxii2/"))
        # The lightest page with the token that forms carry; who is let in there is still signed in.
        assert browser.get("/account/password").status_code == 200
        form, seed = browser.hidden(), _seed(browser)
        for path in paths(rule, every):
            answer = _ask(browser, form, method, path, key if machine else None)
            asked += 1
            said = answer.data + str(answer.headers).encode()
            assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
            for word in WORDS:
                assert word not in said, f"{method} {path} gave {who} a word of content"
        assert _seed(browser) == seed, f"{method} {rule}: expected the forms to be taken to the end"
    assert browser.get("/account/password").status_code == 200
    assert asked > 300
    out, err = capfd.readouterr()
    assert CANARY not in out + err
    assert ASCII_CANARY not in out + err


def _ask(browser: Browser, form: Mapping[str, str], method: str, path: str, key: str | None) -> Any:
    client = browser.client
    if key is not None:
        accept = "application/taxii+json;version=2.1" if path.startswith("/taxii2") else "application/json"
        headers = {"Authorization": f"Bearer {key}", "Accept": accept}
        given = {"json": {}} if method == "POST" else {}
        return client.open(path, method=method, headers=headers, **given)  # type: ignore[arg-type]
    if method != "POST":
        return client.open(path, method=method)
    return browser.send(path, {**form, "name": "x", "reason": "x"}, follow=False)


def _seed(browser: Browser) -> str:
    """From what the tokens of the session's forms follow: while it stays, they are good."""
    with browser.client.session_transaction() as session:
        return str(session[CSRF])


def test_the_walk_would_find_a_word(scene: Scene) -> None:
    """The same walk as the sender meets the words at once: the planted words are there to be found."""
    planted(scene)
    world = scene.world
    world.person(scene.aoba, Role.REPORTER, username="walker", password=True)
    browser = Browser(create_app(world.hub), world, "walker")
    found = [path for path in paths("/reports/<uuid:report_id>/", ids(scene)) if CANARY in browser.get(path).text]
    assert len(found) >= len(list(Label))
