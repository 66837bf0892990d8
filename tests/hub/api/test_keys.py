"""The REST door: whose key it is, what that may read, and which organizations and codes it is told of."""

from __future__ import annotations

import base64
from uuid import uuid4

from sqlalchemy import text

from models.vocabulary import Role
from sharing.permissions import Permission
from tests.hub.api.conftest import REPORT, Caller, Place
from tests.hub.api.tools import PROBLEM


def test_a_key_tells_who_it_speaks_for(place: Place):
    me = place.caller("hanako").get("me").json
    assert (me["name"], me["organization"]["name_ja"], me["roles"]) == ("Hanako", "青葉電力株式会社", ["reporter"])
    assert "report:version:file" in me["permissions"]
    assert place.keys["hanako"] not in str(me)


def test_a_key_is_also_the_password_of_basic(place: Place):
    key = place.keys["hanako"]
    with place.world.reading() as session:
        account = place.people["hanako"].account_id
        name = session.execute(text("SELECT username FROM accounts WHERE display_name = 'Hanako'")).scalar_one()
    assert account is not None

    def status(username: str, password: str) -> int:
        shown = base64.b64encode(f"{username}:{password}".encode()).decode()
        return place.stranger().get("me", headers={"Authorization": f"Basic {shown}"}).status_code

    assert status(name, key) == 200
    assert status("somebody", key) == 401
    assert status(name, "a long enough password") == 401


def test_without_a_good_key_nothing_is_told(place: Place):
    """The same answer for every way of not having one, and how to do better."""
    for shown in ("", "Bearer", "Bearer nonsense", "Basic !!!", "Negotiate abc", "Bearer " + "x" * 2000):
        answer = place.stranger().get("feeds", headers={"Authorization": shown} if shown else {})
        assert answer.status_code == 401, shown
        assert answer.content_type == PROBLEM
        assert [value.split()[0] for value in answer.headers.getlist("WWW-Authenticate")] == ["Bearer", "Basic"]
        assert answer.data == place.stranger().get("me").data


def test_a_session_cookie_opens_nothing(place: Place):
    """Else another site could act through a browser."""
    answer = place.stranger().get("me", headers={"Cookie": "ceptoar=anything"})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_a_revoked_key_stops_at_the_next_request(place: Place):
    caller = place.caller("hanako")
    assert caller.get("me").status_code == 200
    with place.world.writing() as session:
        session.execute(text("UPDATE api_keys SET revoked_at = :now"), {"now": place.world.now})
    assert caller.get("me").status_code == 401


def test_scopes_narrow_what_the_roles_allow(place: Place):
    """A key for reading feeds neither files nor lists reports; one for filing does not read."""
    reads = place.with_scopes(place.people["hanako"], Permission.FEED_READ)
    assert reads.get("feeds/inbox/objects").status_code == 200
    assert reads.post("reports", REPORT | {"submission": str(uuid4())}).status_code == 403
    assert reads.get("reports").status_code == 403
    assert reads.get("trends").status_code == 403
    assert reads.get("digests").status_code == 403
    files = place.with_scopes(place.people["hanako"], Permission.REPORT_FILE)
    assert files.files()
    assert files.get("feeds").json == {"items": []}


def test_organizations_are_those_that_one_may_know_of(place: Place):
    names = {each["name_ja"] for each in place.caller("hanako").get("organizations").json["items"]}
    assert {"青葉電力株式会社", "電力セプター事務局", "国家サイバー統括室"} <= names
    assert "みどり電力株式会社" not in names
    members = {each["name_ja"] for each in place.caller("office").get("organizations").json["items"]}
    assert "みどり電力株式会社" in members


def test_codes_say_their_version_and_whether_they_are_confirmed(place: Place):
    codes = place.caller("hanako").get("codes/event-types").json
    first = codes["items"][0]
    assert (codes["list"], codes["versions"], first["code"], first["confirmed"]) == (
        "event-types",
        ["2020-form"],
        "E00",
        True,
    )
    assert first["name_ja"]
    assert first["name_en"]
    sectors = {each["code"]: each for each in place.caller("hanako").get("sectors").json["items"]}
    assert sectors["sixteenth"]["confirmed"] is False
    assert {each["code"] for each in sectors["finance"]["ceptoars"]} >= {"bank", "securities"}
    assert place.caller("hanako").get("codes/none").status_code == 404


def test_a_person_without_a_reading_role_reads_nothing(place: Place):
    """An auditor's key opens the codes, and no content at any label."""
    place.caller("hanako").files()
    auditor = place.caller("auditor")
    assert auditor.get("codes/event-types").status_code == 200
    assert auditor.get("feeds").json == {"items": []}
    assert auditor.get("feeds/inbox/objects").status_code == 404
    assert auditor.get("reports").status_code == 403
    manager = place.world.person(place.people["hanako"].organization, Role.MANAGER)
    assert Caller(place.app, place.world.key(manager)).get("feeds/inbox/objects").status_code == 404
