"""Files in the browser: put on a draft by a form or by the script, filed, given to readers, refused to others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from stream_unzip import stream_unzip

from crypto.file_seal import CHUNK
from hub.attachments.scanning import scan_waiting
from tests.factory import World
from tests.hub.scanner import EICAR, scan_command
from tests.hub.web.report_tools import Browser, application
from tests.hub.web.test_drafts import send
from tests.hub.web.test_reports import FIVE, Stage

ADDRESS = re.compile(r'href="(/files/[0-9a-f-]{36}/)"')
REMOVE = re.compile(r'action="([^"]*/remove)"')
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    """A hub with a scanner and small limits."""
    limits = {"attachment_bytes": 300_000, "attachments_each_report": 4, "attachment_total_bytes": 600_000}
    world = World(sqlite_hub_url, tmp_path, scan_command=scan_command(tmp_path), **limits)
    yield Stage(world, application(world))
    world.close()


def stored(stage: Stage) -> int:
    """How many files lie in the folder."""
    return len(list(stage.world.hub.attachments.ids()))


def begun(stage: Stage, username: str = "hanako") -> tuple[Browser, str]:
    """A draft, by the button that leads to its files."""
    browser = stage.browser(username)
    browser.get("/reports/new")
    answer = send(browser, "/reports/new", **{**FIVE, "do": "files"})
    assert answer.status_code == 200
    assert answer.request.path.endswith("/files/")
    return browser, answer.request.path


def put(browser: Browser, url: str, *files: tuple[str, bytes], **more: str) -> Any:
    """Send the form with files."""
    browser.get(url)
    data = {**browser.hidden(), **more, "files": [(BytesIO(content), name) for name, content in files]}
    answer = browser.client.post(
        url, data=data, headers=HERE, content_type="multipart/form-data", follow_redirects=True
    )
    browser.page = answer.text
    return answer


def file_it(browser: Browser, files_url: str) -> str:
    """File the draft; the address of the report."""
    draft = files_url.removesuffix("files/")
    browser.get(draft)
    sent = send(browser, draft, **FIVE)
    assert sent.status_code == 200, sent.text
    return sent.request.path.partition("receipt")[0]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_whole_way_without_script(stage: Stage, language: str) -> None:
    """Two files with labels of their own: the secretariat has one, the sender both, a rival none; all as downloads."""
    hanako, url = begun(stage)
    hanako.client.set_cookie("ceptoar_language", language)
    content = "時刻,事象\n11:00,停止\n".encode() * 9000
    added = put(hanako, url, ("C:\\log\\記録\u202e葛\U000e0100.csv", content))
    assert added.status_code == 200
    assert "記録葛\U000e0100.csv" in added.text
    put(hanako, url, ("氏名.pdf", b"MZ not a pdf"), file_label="TLP:RED")
    assert ("Windows program" if language == "en" else "Windows") in hanako.page
    assert "boss" not in hanako.page
    scan_waiting(stage.world.hub)
    report = file_it(hanako, url)
    page = hanako.get(report).text
    assert len(ADDRESS.findall(page)) == 2
    office = stage.browser("office", language)
    assert "氏名.pdf" not in office.get(report).text
    (address,) = ADDRESS.findall(office.page)
    before = len(stage.world.tags())
    given = office.client.get(address)
    assert (given.status_code, given.data) == (200, content)
    assert stage.world.tags()[before:] == ["feed:objects:disclose"]
    headers = given.headers
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert "%E8%A8%98%E9%8C%B2" in headers["Content-Disposition"]
    assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert headers["Content-Security-Policy"].startswith("sandbox;")
    assert headers["Cache-Control"] == "no-store"
    for stranger in ("rival", "water"):
        browser = stage.browser(stranger, language)
        absent = browser.client.get("/files/00000000-0000-4000-8000-00000000dead/")
        hidden = browser.client.get(address)
        assert (hidden.status_code, hidden.data) == (absent.status_code, absent.data) == (404, absent.data)
    assert stage.browser(None).client.get(address).status_code == 303


def test_what_is_wrong_is_said_beside_the_field(stage: Stage) -> None:
    """Nothing, empty, too large, the same, too many, no room: what can be taken is, and nothing else stays."""
    hanako, url = begun(stage)
    for files, words in (
        ((), "ファイルを選"),
        ((("empty.txt", b""),), "空"),
        ((("large.bin", b"x" * 300_001),), "300 KB"),
    ):
        answer = put(hanako, url, *files)
        assert answer.status_code == 422
        assert words in answer.text
        assert stored(stage) == 0
    assert put(hanako, url, ("a.bin", b"a" * 250_000), ("b.bin", b"b" * 250_000)).status_code == 200
    for content, words in ((b"a" * 250_000, "a.bin"), (b"c" * 150_000, "600 KB")):
        answer = put(hanako, url, ("c.bin", content))
        assert answer.status_code == 422
        assert words in answer.text
    assert put(hanako, url, ("d" * 400 + ".txt", b"d"), ("e.txt", b"e"), ("f.txt", b"f")).status_code == 422
    assert "4" in hanako.page
    assert stored(stage) == 4
    hanako.send(REMOVE.findall(hanako.page)[0], {})
    assert len(REMOVE.findall(hanako.page)) == 3


def test_forged_foreign_and_late_forms_leave_nothing(stage: Stage) -> None:
    """Without the token, from another site, not signed in, of another's draft, of one that is gone."""
    hanako, url = begun(stage)
    hanako.get(url)
    hidden = hanako.hidden()

    def post(client: Any, address: str, headers: dict[str, str], **form: str) -> int:
        data = {**form, "files": (BytesIO(b"x" * 9000), "x.txt")}
        return int(client.post(address, data=data, headers=headers, content_type="multipart/form-data").status_code)

    assert post(hanako.client, url, HERE) == 400
    assert post(hanako.client, url, {"Sec-Fetch-Site": "cross-site"}, **hidden) == 403
    assert post(stage.app.test_client(), url, HERE, **hidden) in {400, 403}
    rival = stage.browser("rival")
    rival.get("/reports/new")
    assert post(rival.client, url, HERE, **rival.hidden()) == 404
    assert rival.client.get(url).status_code == 404
    hanako.send(f"{url.removesuffix('files/')}erase", {})
    hanako.get("/reports/new")
    assert post(hanako.client, url, HERE, **hanako.hidden()) == 404
    assert stored(stage) == 0


def test_by_the_script_in_parts(stage: Stage) -> None:
    """Announced, cut, asked how much arrived, gone on with; the wrong file is refused and forgotten."""
    hanako, url = begun(stage)
    hanako.get(url)
    token = {"X-CSRFToken": hanako.hidden()["csrf_token"], **HERE}
    content = b"0123456789" * 20_000

    def announce(body: bytes, name: str = "大きい.log", **more: str) -> Any:
        form = {**hanako.hidden(), "name": name, "size": str(len(body)), **more}
        return hanako.client.post(f"{url}uploads", data=form, headers=HERE)

    def part(address: str, offset: object, body: bytes, **more: str) -> Any:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream", **token, **more}
        return hanako.client.patch(address, data=body, headers=headers)

    address = announce(content, sha256=sha256(content).hexdigest()).json["url"]
    assert part(address, 0, content[:100_000]).json == {"offset": CHUNK, "size": len(content)}
    assert hanako.client.head(address).headers["Upload-Offset"] == str(CHUNK)
    assert "arriving" not in hanako.get(url).text or "data-arriving" in hanako.page
    assert part(address, 0, content).status_code == 409
    assert part(address, "x", content).status_code == 422
    assert part(address, CHUNK, content, **{"Content-Type": "text/plain"}).status_code == 415
    assert part(address, CHUNK, content, **{"X-CSRFToken": "no"}).status_code == 400
    assert stage.browser("rival").client.get(address).status_code == 404
    draft = url.removesuffix("files/")
    hanako.get(draft)
    assert send(hanako, draft, **FIVE).status_code == 422  # not all here yet
    assert "大きい.log" in hanako.page
    assert part(address, CHUNK, content[CHUNK:]).json["offset"] == len(content)
    assert part(address, len(content), b"").json["offset"] == len(content)
    hanako.get(url)
    wrong = announce(b"abc", "b.txt", sha256="00" * 32).json["url"]
    assert part(wrong, 0, b"abc").status_code == 422
    assert hanako.client.get(wrong).status_code == 404
    assert announce(b"", "c.txt").status_code == 422
    report = file_it(hanako, url)
    assert hanako.client.get(ADDRESS.findall(hanako.get(report).text)[0]).data == content


def test_only_what_the_scan_lets_through(stage: Stage) -> None:
    """Malware is kept from others and the sender is told; a sample leaves under a lock; a broken scan lets none out."""
    hanako, url = begun(stage)
    put(hanako, url, ("eicar.txt", EICAR), ("clean.txt", b"fine"), ("crash.txt", b"CRASH"))
    put(hanako, url, ("検体.exe", b"MZ" + EICAR), sample="1")
    assert scan_waiting(stage.world.hub) == 3
    assert "Eicar-Test-Signature" in hanako.get(url).text
    report = file_it(hanako, url)
    assert len(ADDRESS.findall(hanako.get(report).text)) == 4
    addresses = dict(re.findall(r'href="(/files/[0-9a-f-]{36}/)" download><span class="typed">([^<]*)', hanako.page))
    by_name = {name: address for address, name in addresses.items()}
    office = stage.browser("office")
    page = office.get(report).text
    assert "Eicar" not in page
    assert {addresses[each] for each in ADDRESS.findall(page)} == {"clean.txt", "検体.exe"}
    for name in ("eicar.txt", "crash.txt"):
        assert office.client.get(by_name[name]).status_code == 409
        assert hanako.client.get(by_name[name]).status_code == 200
    sample = office.client.get(by_name["検体.exe"])
    assert sample.mimetype == "application/zip"
    assert EICAR not in sample.data
    unlocked = {
        name.decode(): b"".join(parts) for name, _size, parts in stream_unzip([sample.data], password=b"infected")
    }
    assert unlocked == {"検体.exe": b"MZ" + EICAR}


def test_a_damaged_file_is_not_given(stage: Stage) -> None:
    """It is told to whoever runs the hub; the reader is told to come again."""
    hanako, url = begun(stage)
    put(hanako, url, ("clean.txt", b"fine"))
    report = file_it(hanako, url)
    (ident,) = stage.world.hub.attachments.ids()
    path = next(stage.world.hub.settings.attachments.rglob(str(ident)))
    path.write_bytes(bytes(len(path.read_bytes())))
    before = stage.world.tags()
    assert hanako.client.get(ADDRESS.findall(hanako.get(report).text)[0]).status_code == 503
    assert stage.world.tags() == before
