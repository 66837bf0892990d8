"""The page of a key's requests: what was refused, and why, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from feeds.reasons.codes import Code
from feeds.reasons.reason import because, write
from hub.app import create_app
from hub.web.exchange import connect
from hub.web.people import account, my_account
from models.bulk import insert_rows
from sharing.people.key_requests import Note, RequestLine, keep_notes
from sharing.people.keys import list_keys
from tests.hub.reading.tools import Reading
from tests.sharing.reports.conftest import Scene

LINE = RequestLine(1, "GET", "/taxii2/hub/", "limit=0", "tests", 400, 0, more=False, last="", problem="said so")
COLUMNS = (("key_id", "uuid"), ("at_us", "int8"), ("line", "bytea"))


@pytest.fixture
def app(scene: Scene):
    made = create_app(scene.world.hub, page_groups=(account, my_account, connect), machine_doors=())
    made.config["TESTING"] = True
    return made


@pytest.mark.parametrize(
    "language, said",
    [
        ("ja", "limitは1以上の整数にしてください（受け取った値：&lt;0&gt;）"),
        ("en", "expected limit to be a whole number from 1, found &lt;0&gt;"),
    ],
)
def test_why_a_request_was_refused(scene: Scene, reading: Callable, language, said):
    """With codes in the reader's language; a line that was noted before there were any as it was noted."""
    world = scene.world
    world.key(scene.office)
    codes = write([because(Code.LIMIT, value="<0>")]) or ""
    with world.writing() as session:
        (line,) = list_keys(session, scene.office, world.now)
        keep_notes(session, [Note(line.key.id, msgspec.structs.replace(LINE, codes=codes))])
        old = msgspec.json.encode(msgspec.structs.astuple(LINE)[:-1])
        insert_rows(session, "key_requests", COLUMNS, [(line.key.id, 99, old)])
    office: Reading = reading(scene.office, language)
    page = office.get(f"/connect/keys/{line.key.id}/").text
    assert said in page and '<span lang="en">said so</span>' in page
