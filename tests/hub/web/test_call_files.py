"""Files that came with a call: put on the report registered on behalf, kept over a mistake, the member's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from sharing.attachments.forgetting import handle_forgetting
from tests.factory import World
from tests.hub.web.report_tools import Browser, application
from tests.hub.web.test_reports import Stage

ADDRESS = re.compile(r'href="(/files/[0-9a-f-]{36}/)"')
UPLOAD = re.compile(r'name="upload" value="([0-9a-f-]{36})"')
MEMBER = re.compile(r'<option value="([0-9a-f-]{36})"')
CALL = {
    "event_type": "E30",
    "noticed_at": "2026-11-20T01:45",
    "service_impact": "unknown",
    "summary": "受付システムが停止したとの電話。",
    "label": "TLP:AMBER",
}
FAX = ("FAX.txt", "電話の後に届いたFAXの写し".encode())


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    """A hub with small limits."""
    world = World(sqlite_hub_url, tmp_path, attachment_bytes=10_000, attachments_each_report=3)
    yield Stage(world, application(world))
    world.close()


def send(browser: Browser, *files: tuple[str, bytes], where: str = "/secretariat/call/", **more: Any) -> Any:
    """Send the form of a call with files."""
    data = {**browser.hidden(), **CALL, **more, "files": [(BytesIO(body), name) for name, body in files]}
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = browser.client.post(
        where, data=data, headers=headers, content_type="multipart/form-data", follow_redirects=True
    )
    browser.page = answer.text
    return answer


def begun(stage: Stage) -> tuple[Browser, str]:
    """The form in front of the secretariat, and the first member that it offers."""
    office = stage.browser("office", "ja")
    found = MEMBER.search(office.get("/secretariat/call/").text)
    assert found
    return office, found[1]


def stored(stage: Stage) -> int:
    """How many files lie in the folder."""
    return len(list(stage.world.hub.attachments.ids()))


def test_a_fax_goes_with_the_call_to_the_member_and_nobody_else(stage: Stage):
    """Who filed it is the secretariat; whose it is, the member."""
    office, _ = begun(stage)
    members = dict(re.findall(r'<option value="([0-9a-f-]{36})"[^>]*>([^<]+)<', office.page))
    hanako = stage.browser("hanako", "ja")
    own = next(ident for ident, name in members.items() if name in hanako.get("/").text)
    answer = send(office, FAX, member=own)
    assert answer.status_code == 200
    page = answer.request.path.replace("/secretariat/reports/", "/reports/")
    for browser in (office, hanako):
        (address,) = ADDRESS.findall(browser.get(page).text)
        given = browser.get(address)
        assert given.data == FAX[1]
        assert given.headers["Content-Disposition"].startswith("attachment")
    for name in ("rival", "water"):
        assert stage.browser(name).get(address).status_code in {403, 404}
    assert stored(stage) == 1


def test_a_file_stays_when_something_else_was_forgotten(stage: Stage):
    """The file of the first try goes with the second; a browser cannot fill it in again."""
    office, member = begun(stage)
    answer = send(office, FAX, member=member, event_type="")
    assert answer.status_code == 422 and "FAX.txt" in answer.text
    kept = UPLOAD.findall(answer.text)
    assert len(kept) == 1 and stored(stage) == 1
    answer = send(office, member=member, upload=kept)
    assert answer.status_code == 200
    page = answer.request.path.replace("/secretariat/reports/", "/reports/")
    assert "FAX.txt" in office.get(page).text
    assert stored(stage) == 1


def test_a_case_keeps_what_was_read_elsewhere_for_its_secretariat_alone(stage: Stage):
    """An article stays over a mistake, goes with the case, is given to its keeper and to nobody else, and stays."""
    office, _ = begun(stage)
    office.get("/secretariat/cases/")
    case = {"source": "press", "event_type": "E41", "service_impact": "unknown", "heard_at": "2026-11-20T01:00"}
    first = send(office, FAX, where="/secretariat/cases/", **case, summary="")
    assert first.status_code == 422 and "FAX.txt" in first.text
    kept = UPLOAD.findall(first.text)
    done = send(office, where="/secretariat/cases/", **case, summary="報道で知った。", upload=kept)
    assert done.status_code == 200
    (address,) = re.findall(r'href="(/secretariat/cases/files/[0-9a-f-]{36}/)"', done.text)
    given = office.get(address)
    assert given.data == FAX[1] and given.headers["Content-Disposition"].startswith("attachment")
    for name in ("hanako", "rival", "water"):
        assert stage.browser(name).get(address).status_code in {403, 404}
    office.get("/secretariat/cases/")
    again = send(office, where="/secretariat/cases/", **case, summary="別の事案。", upload=kept)
    assert again.status_code == 200 and again.text.count(address) == 1, "a file is of one case"
    stage.world.advance(days=2)
    with stage.world.writing() as session:
        handle_forgetting(session, {"upload": kept[0]}, stage.world.context())
    assert stored(stage) == 1 and stage.browser("office").get(address).status_code == 200


def test_what_cannot_be_taken_is_said_beside_the_files(stage: Stage):
    """Too large, too many, somebody else's, nonsense: nothing is filed that was not meant."""
    office, member = begun(stage)
    answer = send(office, ("large.bin", b"x" * 10_001), FAX, member=member)
    assert answer.status_code == 422 and "large.bin" in answer.text and "FAX.txt" in answer.text
    assert stored(stage) == 1, "the one that can be taken is kept"
    many = [(f"{number}.txt", f"{number}".encode()) for number in range(4)]
    assert send(begun(stage)[0], *many, member=member).status_code == 422
    office, member = begun(stage)
    strange = ["nonsense", "00000000-0000-4000-8000-000000000000"]
    answer = send(office, member=member, upload=strange)
    assert answer.status_code == 200, "what is not there is not filed"
    nobody = stage.browser("hanako")
    assert nobody.get("/secretariat/call/").status_code == 403
    nobody.get("/reports/new")
    before = stored(stage)
    assert send(nobody, FAX, member=member).status_code == 403
    assert stored(stage) == before, "nothing is kept of who may not"
