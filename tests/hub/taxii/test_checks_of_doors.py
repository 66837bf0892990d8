"""The checks of TAXII 2.1, by number: media types, addresses, keys and errors, on both databases over real sockets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import TooManyRequests

from crypto.tokens import api_key_digest
from models.account import ApiKey
from sharing.permissions import Permission
from tests.factory import World
from tests.hub.taxii.conftest import ROOT, TAXII, Door, envelope, indicator, program_inside
from tests.hub.taxii.tools import manifest_of, objects_of


@pytest.mark.parametrize(
    "accept",
    [
        TAXII,
        "application/taxii+json",
        "application/taxii+json; version=2.1",
        'application/taxii+json;version="2.1"',
        "text/html, application/taxii+json;version=2.1;q=0.5",
        "*/*",
        "application/*",
        "*/*;q=0, application/taxii+json",
        "application/taxii+json;version=2.0;q=0, */*;q=0.1",
        None,
    ],
)
def test_t01_t02_t03_t08_what_clients_accept(door: Door, accept: str | None):
    """T-01, T-02, T-03, T-08: with and without version, with a blank, in a list, anything, and nothing at all."""
    assert door.poster.get("collections/", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "application/taxii+json;version=9.9",
        "text/html",
        "application/taxii+json;q=0",
        "application/taxii+json;version=2.1;q=0, */*",
        "*/*;q=0.5, application/*;q=0",
    ],
)
def test_t04_what_is_not_served(door: Door, accept: str):
    """T-04: 406, in JSON."""
    assert door.poster.get("collections/", headers={"Accept": accept}).status_code == 406


@pytest.mark.parametrize(
    "content_type",
    [
        TAXII,
        "application/taxii+json",
        "application/taxii+json; version=2.1",
        "application/stix+json;version=2.1",
        "application/vnd.oasis.stix+json; version=2.1",
    ],
)
def test_t05_t07_what_may_be_posted(door: Door, content_type: str):
    """T-05, T-07: an envelope or a bundle, whatever the client calls it."""
    bundle = {"type": "bundle", "id": f"bundle--{uuid4()}", "objects": [indicator()]}
    for body in (envelope(indicator()), envelope(*bundle["objects"])):
        assert door.poster.post(door.open, body, content_type).status_code == 202


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "", "application/taxii+json;version=3.0"])
def test_t06_what_may_not_be_posted(door: Door, content_type: str):
    """T-06: 415."""
    assert door.poster.post(door.open, envelope(indicator()), content_type).status_code == 415


def test_an_encoded_body_is_refused(door: Door):
    """A small body may decode to a huge one; nothing is decoded."""
    answer = door.poster.post(door.open, b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert answer.status_code == 415


def test_t08_no_user_agent(door: Door):
    """T-08: not every program says its name."""
    assert door.poster.get("collections/", headers={"User-Agent": None}).status_code == 200


@pytest.mark.parametrize("path", ["/taxii2", "/taxii2/hub", "/taxii2/hub/collections"])
def test_t09_the_form_without_a_slash(door: Door, path: str):
    """T-09: works, since it is one address to people."""
    assert door.poster.ask("GET", path).status_code == 200
    assert door.poster.ask("GET", path + "/").status_code == 200


@pytest.mark.parametrize("path", ["/taxii2", "/taxii2/hub", "/taxii2/hub/collections", "/taxii2/hub/status/x"])
def test_t09_without_a_slash_errors_are_the_same(door: Door, path: str):
    """T-09, T-56: a wrong method was answered 404 there, at /taxii2 in another media type, and OPTIONS told nothing."""
    bare, whole = door.poster.ask("DELETE", path), door.poster.ask("DELETE", path + "/")
    assert bare.status_code == whole.status_code == 405
    assert (bare.headers["Allow"], bare.content) == (whole.headers["Allow"], whole.content)
    assert "GET" in door.poster.ask("OPTIONS", path).headers["Allow"]


@pytest.mark.parametrize(
    "path", ["//taxii2//", "/taxii2//hub/", "/taxii2/hub//collections", "/taxii2/hub/collections//"]
)
def test_t09_slashes_doubled_by_joining(door: Door, path: str):
    """T-09: works at once; it was a redirect with a page of HTML."""
    answer = door.poster.ask("GET", path, allow_redirects=False)
    assert answer.status_code == 200
    assert door.anonymous.ask("GET", path, allow_redirects=False).status_code == 401


def test_t10_discovery(door: Door):
    """T-10: the default is among the roots, and each begins with one slash."""
    found = door.poster.ask("GET", "/taxii2/").json()
    assert found["default"] in found["api_roots"]
    assert all(root.startswith("/") and not root.startswith("//") and "?" not in root for root in found["api_roots"])


def test_t11_the_root_says_what_it_takes(door: Door):
    """T-11."""
    found = door.poster.get("").json()
    assert TAXII in found["versions"]
    assert found["max_content_length"] > 0


def test_t12_t18_t19_t20_collections(door: Door):
    """T-12, T-18, T-19, T-20: UUID version 4, sorted, unique titles without dots, media types said."""
    found = door.poster.get("collections/").json()["collections"]
    idents = [each["id"] for each in found]
    assert idents == sorted(idents)
    assert all(UUID(ident).version == 4 for ident in idents)
    titles = [each["title"] for each in found]
    assert len(set(titles)) == len(titles)
    assert not any("." in title for title in titles)
    kinds = ["application/stix+json;version=2.1", "application/stix+json;version=2.0"]
    assert all(each["media_types"] == kinds for each in found)
    assert "inbox" in {each.get("alias") for each in found}


def test_t19_nothing_to_see_is_an_empty_resource(door: Door):
    """T-19: an empty list is never sent, of collections either."""
    nobody = door.client(door.coordinator, Permission.TRENDS_READ)
    assert nobody.get("collections/").content == b"{}"


def test_t20_a_collection_by_alias(door: Door):
    """T-20: the alias leads to the same collection as its id."""
    by_alias = door.poster.get("collections/inbox/").json()
    assert door.poster.get(f"collections/{by_alias['id']}/").json() == by_alias


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", f"/taxii2/{rest}") for rest in ("", "hub/", "hub/collections/", "hub/status/x/")),
        ("GET", "/taxii2/nowhere/"),
        ("GET", "/taxii2/hub/nowhere/"),
        ("GET", "/taxii2/hub/collections/inbox/objects/x/y/z/"),
        ("HEAD", "/taxii2/hub/nowhere/"),
        ("POST", "/taxii2/"),
        ("PUT", "/taxii2/hub/collections/inbox/objects/"),
        ("BREW", "/taxii2/hub/"),
    ],
)
def test_t13_t14_without_a_key(door: Door, method: str, path: str):
    """T-13, T-14: 401 with a challenge, never a page; addresses that are none answered 404 and 405, and told so."""
    answer = door.anonymous.ask(method, path)
    assert answer.status_code == 401
    if method != "HEAD":
        assert answer.content == door.anonymous.ask("GET", "/taxii2/").content
    assert "Allow" not in answer.headers
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert "Basic" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header", ["Bearer x", "Basic !!!", "Basic eDp5", "Digest a", "Bearer", "Bearer " + "a" * 5000]
)
def test_t14_a_bad_key(door: Door, header: str):
    """T-14: whatever is shown instead of a key."""
    assert door.anonymous.get("", headers={"Authorization": header}).status_code == 401


def test_t14_basic_takes_the_key_as_password(door: Door):
    """The user name must be its holder's."""
    key = door.poster.key
    assert door.anonymous.get("", auth=("coordinator", key)).status_code == 200
    assert door.anonymous.get("", auth=("somebody", key)).status_code == 401


def test_a_revoked_key_ends_at_once(door: Door):
    """The state of a key is read on every request, in every worker."""
    client = door.client(door.coordinator)
    assert {client.get("").status_code for _ in range(4)} == {200}
    digest = api_key_digest(door.world.hub.secrets.api_key_key, client.key)
    with door.world.writing() as session:
        session.execute(update(ApiKey).where(ApiKey.digest == digest).values(revoked_at=datetime.now(UTC)))
    assert {client.get("").status_code for _ in range(8)} == {401}


def test_t13_hidden_is_missing(door: Door):
    """T-13: the same bytes for what is closed to the caller and for what never was."""
    closed = door.collection("Closed", readers=("council",), writers=("council",))
    missing = door.poster.get(objects_of(str(uuid4())))
    hidden = door.poster.get(objects_of(closed))
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
    assert hidden.status_code == 404


def test_t15_reading_and_writing_rights(door: Door):
    """T-15: a key without the scope, and a collection that one may read but not write."""
    reader = door.client(door.coordinator, Permission.FEED_READ)
    assert reader.get(f"collections/{door.open}/").json()["can_write"] is False
    assert reader.post(door.open, envelope(indicator())).status_code == 403
    writer = door.client(door.coordinator, Permission.FEED_PUBLISH)
    assert writer.get(f"collections/{door.open}/").json()["can_read"] is False
    for path in (objects_of(door.open), manifest_of(door.open)):
        assert writer.get(path).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/taxii2/nowhere/", 404),
        ("GET", "/taxii2/hub/nowhere/", 404),
        ("POST", "/taxii2/", 405),
        ("DELETE", "/taxii2/hub/collections/inbox/", 405),
        ("PUT", "/taxii2/hub/collections/inbox/objects/", 405),
        ("DELETE", f"/taxii2/hub/collections/inbox/objects/indicator--{UUID(int=4)}/", 403),
    ],
)
def test_t55_t56_errors_speak_taxii(door: Door, method: str, path: str, status: int):
    """T-55, T-56: also where no route was reached; 405 says what is allowed."""
    answer = door.poster.ask(method, path)
    assert answer.status_code == status
    assert ("Allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize(
    ("method", "path", "headers", "said"),
    [
        ("GET", "collections/", {"Accept": "text/html"}, f"expected Accept to take {TAXII}, found text/html"),
        ("PUT", "collections/", {}, "expected one of GET, HEAD, OPTIONS, found PUT"),
        ("GET", "nowhere/", {}, "what you may not see is answered like what does not exist"),
        ("POST", "objects/", {"Content-Type": "text/plain"}, f"expected Content-Type {TAXII}, found text/plain"),
        ("POST", "objects/", {}, f"expected Content-Type {TAXII}, found none"),
        ("POST", "objects/", {"Content-Type": TAXII, "Content-Encoding": "gzip"}, "Content-Encoding, found gzip"),
        ("POST", "objects/", {"Content-Type": "x" * 500}, f"found {'x' * 79}…"),
    ],
)
def test_t55_an_error_says_what_was_found(door: Door, method: str, path: str, headers: dict[str, str], said: str):
    """T-55: beside what was expected; whoever set a client up had to guess what it had sent."""
    path = path.replace("objects/", objects_of(door.open))
    answer = door.poster.ask(method, ROOT + path, headers=headers, data=b"{}" if method == "POST" else None)
    assert answer.status_code >= 400
    assert answer.json()["description"].endswith(said)


@pytest.mark.parametrize(
    ("what", "status", "retries"),
    [
        (RuntimeError("hunter2"), 500, False),
        (TooManyRequests(retry_after=7), 429, True),
        (OperationalError("SELECT hunter2", {}, Exception("hunter2")), 503, True),
    ],
)
def test_t55_t56_failures_speak_taxii(
    sqlite_hub_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Exception, status: int, retries: bool
):
    """T-55, T-56: what no request of a right server meets is an error resource too, and says when to come back."""

    def fail(*_given: object) -> None:
        raise what

    world = World(sqlite_hub_url, tmp_path)
    try:
        client = program_inside(world)
        monkeypatch.setattr("hub.taxii.routes.load_root", fail)
        answer = client.get(ROOT)
    finally:
        world.close()
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, TAXII)
    assert answer.json is not None and answer.json["title"] and answer.json["http_status"] == str(status)
    assert ("Retry-After" in answer.headers) is retries
    assert "hunter2" not in answer.text


def test_t56_head_and_options(door: Door):
    """T-56: HEAD is GET without a body; OPTIONS says what may be done."""
    path = f"{ROOT}collections/{door.open}/objects/"
    head = door.poster.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    options = door.poster.ask("OPTIONS", path)
    assert options.status_code == 200
    assert {"GET", "POST"} <= set(options.headers["Allow"].split(", "))


def test_t60_a_range_is_ignored(door: Door):
    """T-60: ranges left the specification with version 2.1."""
    answer = door.poster.get(objects_of(door.open), headers={"Range": "items 0-1"})
    assert answer.status_code == 200
    assert "Accept-Ranges" not in answer.headers
