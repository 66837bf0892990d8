"""The demo as other programs rely on it: one JSON line, the same people each time, a folder that goes or stays."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.demo.world import accounts
from tests.harness.processes import HubProcess, copy_new_hub, on_database, run, start_demo

ServeDemo = Callable[..., HubProcess]
MEDIA = "application/taxii+json;version=2.1"


def get(url: str, token: str | None = None, accept: str = "*/*") -> Any:
    """The body of an answer."""
    headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return answer.read()


def token_of(announced: dict[str, Any], username: str) -> str:
    """The API key of an account."""
    return str(next(each["token"] for each in announced["accounts"] if each["username"] == username))


def manifest(announced: dict[str, Any], username: str, query: str, alias: str = "inbox") -> list[dict[str, Any]]:
    """What an account finds in a collection, all pages of it."""
    ident = next(each["id"] for each in announced["collections"] if each["alias"] == alias)
    url = f"{announced['taxii']['api_root']}collections/{ident}/manifest/?limit=1000&{query}"
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"more": True}
    while page.get("more"):
        following = f"&next={page['next']}" if "next" in page else ""
        page = json.loads(get(url + following, token_of(announced, username), MEDIA))
        found += page.get("objects", [])
    return found


def test_the_line_says_what_programs_need(serve_demo: ServeDemo) -> None:
    """Every member that the design promises, in its form."""
    said = serve_demo("--empty").announced
    assert set(said) == {"url", "data", "taxii", "accounts", "collections", "log"}
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", said["url"])
    assert Path(said["data"]).is_dir()
    assert said["taxii"] == {"discovery": f"{said['url']}/taxii2/", "api_root": f"{said['url']}/taxii2/hub/"}
    for each in said["accounts"]:
        assert {"role", "organization", "sector", "username", "password", "totp_secret", "token"} <= set(each)
        assert each["token"].startswith("chk_")
    assert len({each["role"] for each in said["accounts"]}) >= 8
    assert len(said["collections"]) >= 17
    assert all(set(each) == {"id", "alias", "title"} for each in said["collections"])
    aliases = {each["alias"] for each in said["collections"]}
    assert {"inbox", "provisions", "digests", "public", "electricity", "water"} <= aliases
    assert said["log"]["origin"].startswith("demo.ceptoar-hub.example/log/")
    assert said["log"]["vkeys"][0].startswith(f"{said['log']['origin']}+")


def test_the_people_are_the_same_each_time_and_the_keys_are_not(serve_demo: ServeDemo) -> None:
    """Names, passwords and seeds stay; two demos share no API key."""
    one, two = serve_demo("--empty").announced, serve_demo("--empty").announced
    for name in ("username", "password", "totp_secret", "role"):
        assert [each[name] for each in one["accounts"]] == [each[name] for each in two["accounts"]]
    assert [each["username"] for each in one["accounts"]] == [each.username for each in accounts()]
    assert not {each["token"] for each in one["accounts"]} & {each["token"] for each in two["accounts"]}


def test_an_empty_demo_holds_nothing_to_read(serve_demo: ServeDemo) -> None:
    """People and collections, no object; the tokens open the TAXII door."""
    said = serve_demo("--empty").announced
    inbox = next(each["id"] for each in said["collections"] if each["alias"] == "inbox")
    url = f"{said['taxii']['api_root']}collections/{inbox}/objects/"
    assert json.loads(get(url, token_of(said, "water.secretariat"), MEDIA)).get("objects", []) == []


def test_without_a_folder_nothing_stays(tmp_path: Path) -> None:
    """The folder is removed when the demo stops."""
    from tests.harness.processes import _launch, _read_announcement, _wait

    hub = _launch(["demo", "--json", "--port", "0", "--empty"], tmp_path, 0, {"TMPDIR": str(tmp_path)})
    try:
        _wait(hub, lambda: bool(_read_announcement(hub)))
        folder = Path(hub.announced["data"])
        assert folder.is_dir()
    finally:
        assert hub.stop() == 0
    assert not folder.exists()


def test_a_person_sees_the_accounts_and_no_line_for_each_request(tmp_path: Path) -> None:
    """What one signs in with stays on the terminal: requests pushed it away before anybody had typed a password."""
    from tests.harness.ports import free_port
    from tests.harness.processes import _launch, _wait, is_ready

    port = free_port()
    words = ["demo", "--port", str(port), "--empty", "--data", str(tmp_path / "demo")]
    hub = _launch(words, tmp_path, port, None)
    try:
        _wait(hub, lambda: is_ready(hub.url) and "Ctrl+C" in hub.output())
        for _ in range(3):
            get(f"{hub.url}/sign-in", accept="text/html")
        printed = hub.output()
    finally:
        assert hub.stop() == 0
    assert all(each.username in printed and each.password in printed for each in accounts())
    assert '"event"' not in printed


def test_a_demo_refuses_the_folder_of_a_real_hub(tmp_path: Path) -> None:
    """Fictional people never get into a real hub."""
    copy_new_hub(tmp_path / "real")
    done = run("demo", "--data", str(tmp_path / "real"), "--port", "0", check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "real" / "demo.json").exists()


def test_a_demo_that_was_interrupted_is_made_anew(tmp_path: Path) -> None:
    """A folder without the mark of completion is cleared, not served half-full."""
    first = start_demo(tmp_path / "demo", tmp_path, "--empty")
    first.kill()
    (tmp_path / "demo" / "demo.json").unlink()
    again = start_demo(tmp_path / "demo", tmp_path, "--empty")
    assert len(again.announced["accounts"]) == len(accounts())
    assert again.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_year_is_there_and_verifies(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Reports, provisions, indicators and digests; the log holds; a second start loads nothing again."""
    env = on_database(request.getfixturevalue("empty_postgres_url")) if kind == "postgres" else {}
    began = time.monotonic()
    demo = start_demo(tmp_path / "demo", tmp_path, env=env)
    took = time.monotonic() - began
    said = demo.announced
    counted = json.loads(run("log", "verify", "--data", said["data"], "--json", env=env).stdout)
    assert counted["ok"]
    assert counted["objects"] > 2000
    electricity = next(each["id"] for each in said["collections"] if each["alias"] == "electricity")
    url = f"{said['taxii']['api_root']}collections/{electricity}/objects/?limit=10"
    objects = json.loads(get(url, token_of(said, "electricity.secretariat"), MEDIA))["objects"]
    assert len(objects) == 10
    held = {kind: manifest(said, "nco.analyst", f"match[type]={kind}") for kind in ("incident", "indicator")}
    assert len(held["incident"]) > 250 and len(held["indicator"]) >= 100
    assert len(manifest(said, "water.secretariat", "match[type]=report", "provisions")) >= 10
    asked = json.loads(get(f"{said['url']}/api/v1/questions", token_of(said, "electricity.secretariat")))["items"]
    assert {each["state"] for each in asked} == {"asked", "passed", "proposed", "released"}
    received = json.loads(get(f"{said['url']}/api/v1/ledger/received", token_of(said, "electricity.secretariat")))
    assert received["items"], "somebody of the demo has read something"
    due = json.loads(run("digest", "list", "--data", said["data"], "--json", env=env).stdout)
    assert len(due) >= 5
    assert [each["failure"] for each in due if each["failure"]] == []
    assert demo.stop() == 0
    again = start_demo(tmp_path / "demo", tmp_path, env=env)
    recounted = json.loads(run("log", "verify", "--data", said["data"], "--json", env=env).stdout)
    assert recounted["objects"] == counted["objects"]
    assert again.stop() == 0
    print(f"the demo was ready after {took:.1f} s")


def test_every_page_says_that_it_is_a_demo(serve_demo: ServeDemo) -> None:
    """Nobody takes a screenshot of it for the real thing."""
    said = serve_demo("--empty").announced
    for path in ("/", "/no-such-page"):
        try:
            page = get(f"{said['url']}{path}", accept="text/html").decode()
        except urllib.error.HTTPError as error:
            page = error.read().decode()
        assert "【デモ】" in page, path
