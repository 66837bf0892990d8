"""The REST door over a real application and real keys, on both databases: what it gives, refuses and writes down."""

from __future__ import annotations

import base64
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

import hub.api
from hub.app import create_app
from models.vocabulary import Role
from sharing.audit.tags import Tag
from sharing.errors import Busy
from sharing.permissions import Permission
from tests.hub.api.conftest import REPORT, Caller, Place

PROBLEM = "application/problem+json"


def disclosures(place: Place) -> list[Any]:
    place.world.hub.disclosures.close()
    with place.world.reading() as session:
        rows = session.execute(text("SELECT door, count, highest, filters FROM disclosures ORDER BY id"))
        return [tuple(row) for row in rows]


# Who asks


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


# Looking up


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


# Feeds


def test_a_feed_is_walked_by_its_sealed_cursor(place: Place):
    """Each object once, in rising order; the filters travel inside `next`, which is the reader's own."""
    place.caller("hanako").files()
    office = place.caller("office")
    whole = office.get("feeds/inbox/objects").json
    assert (whole["more"], whole["next"]) == (False, None)
    walked: list[Any] = []
    page = office.get("feeds/inbox/objects", limit=1).json
    while True:
        assert len(page["items"]) <= 1
        walked += page["items"]
        if not page["more"]:
            break
        page = office.get("feeds/inbox/objects", next=page["next"]).json
    assert walked == whole["items"]
    added = [item["date_added"] for item in walked]
    assert added == sorted(set(added))
    first = office.get("feeds/inbox/objects", limit=1).json
    refused = [place.caller(name).get("feeds/inbox/objects", next=first["next"]) for name in ("water", "hanako")]
    for answer in (*refused, office.get("feeds/inbox/objects", next=first["next"], type="note")):
        assert answer.status_code == 400
        assert [(fault["field"], fault["code"]) for fault in answer.json["faults"]] == [("next", "other-next")]
    page = office.get("feeds/inbox/objects", limit=1, type="incident,identity").json
    assert office.get("feeds/inbox/objects", next=page["next"], type="identity,incident").status_code == 200


def test_a_feed_is_filtered(place: Place):
    place.caller("hanako").files(indicators=[{"kind": "ipv4-addr", "value": "192.0.2.7"}])
    office = place.caller("office")
    items = office.get("feeds/inbox/objects").json["items"]
    assert {"incident", "indicator"} <= {item["type"] for item in items}

    def ids(**query: Any) -> list[str]:
        return [item["id"] for item in office.get("feeds/inbox/objects", **query).json["items"]]

    assert ids(type="incident,indicator") == [i["id"] for i in items if i["type"] in {"incident", "indicator"}]
    assert ids(id=items[0]["id"]) == [items[0]["id"]]
    assert ids(added_after=items[1]["date_added"]) == [item["id"] for item in items[2:]]
    assert ids(highest_label="TLP:GREEN") == [i["id"] for i in items if i["label"] in {"TLP:CLEAR", "TLP:GREEN"}]
    assert ids(added_after=items[-1]["date_added"]) == []


def test_objects_are_the_bytes_that_taxii_gives(place: Place):
    """Both doors join what is stored; neither writes it anew."""
    place.caller("hanako").files()
    office = place.caller("office")
    envelope = place.app.test_client().get(
        "/taxii2/hub/collections/inbox/objects/",
        headers={"Authorization": office.headers["Authorization"], "Accept": "application/taxii+json;version=2.1"},
    )
    assert envelope.status_code == 200
    page = office.get("feeds/inbox/objects")
    stored = envelope.data.removeprefix(b'{"objects":[').removesuffix(b"]}")
    pieces = [each.rsplit(b',"object":', 1) for each in page.data.removeprefix(b'{"items":[').split(b',{"date_added"')]
    ours = b",".join(piece[1][:-1] for piece in pieces[:-1])
    assert ours
    assert stored.startswith(ours)
    one = office.get(f"objects/{page.json['items'][0]['id']}")
    assert one.data.endswith(b',"object":' + pieces[0][1])


def test_an_object_says_why_it_is_seen_and_its_versions(place: Place):
    hanako, office = place.caller("hanako"), place.caller("office")
    reference = hanako.files()
    place.world.advance(hours=1)
    body = REPORT | {"submission": str(uuid4()), "kind": "follow_up"}
    assert hanako.post(f"reports/{reference}/versions", body).status_code == 201
    incident = office.get("feeds/inbox/objects", type="incident").json["items"]
    assert len(incident) == 1
    found = office.get(f"objects/{incident[0]['id']}").json
    assert found["object"] == incident[0]["object"]
    assert [ground["audience"] for ground in found["why"]] == ["secretariat:electricity"]
    assert found["why"][0]["rule"]
    assert len(found["versions"]) == 2
    assert found["versions"][-1]["version"] == found["version"]


def test_disclosure_is_logged_before_the_first_byte(place: Place, monkeypatch: pytest.MonkeyPatch):
    """At AMBER what cannot be logged is not given; an empty page writes nothing."""
    office = place.caller("office")
    assert office.get("feeds/inbox/objects").json["items"] == []
    assert disclosures(place) == []
    place.caller("hanako").files()
    page = office.get("feeds/inbox/objects").json
    (row,) = disclosures(place)
    assert row[:3] == ("rest", len(page["items"]), 2)
    office.get(f"objects/{page['items'][0]['id']}")
    assert '"what":"object"' in disclosures(place)[1][3]
    assert place.world.tags().count(Tag.DISCLOSURE.value) == 2

    def fail(_shown: Any) -> None:
        raise Busy("this could not be logged")

    monkeypatch.setattr(place.world.hub.disclosures, "log", fail)
    for path in ("feeds/inbox/objects", f"objects/{page['items'][0]['id']}"):
        refused = office.get(path)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "5"
        assert "受付" not in refused.text


def test_an_original_shown_to_the_secretariat_is_logged(place: Place, monkeypatch: pytest.MonkeyPatch):
    """As report, line of a list, draft or proposal; what the sender's own people read is not."""
    hanako, boss, office = (place.caller(name) for name in ("hanako", "boss", "office"))
    reference = hanako.files()
    wish = {"label": "TLP:GREEN", "number": 1}
    proposal = office.post(f"reports/{reference}/proposals", wish).json["id"]
    for caller in (hanako, boss):
        assert caller.get(f"reports/{reference}").status_code == 200
        assert caller.get("reports").status_code == 200
    assert boss.get(f"proposals/{proposal}").status_code == 200
    assert disclosures(place) == []
    paths = ("reports", f"reports/{reference}", f"proposals/{proposal}")
    for path in paths:
        assert office.get(path).status_code == 200
    assert office.post(f"reports/{reference}/proposals/draft", wish).status_code == 200
    what = [row[3].split('"what":"')[1].split('"')[0] for row in disclosures(place)]
    assert what == ["reports", "report", "proposal", "draft"]

    def fail(_shown: Any) -> None:
        raise Busy("this could not be logged")

    monkeypatch.setattr(place.world.hub.disclosures, "log", fail)
    for path in paths:
        assert office.get(path).status_code == 503


# Reports


def test_a_report_is_filed_once_however_often_it_is_sent(place: Place):
    hanako = place.caller("hanako")
    body = REPORT | {"submission": str(uuid4())}
    first, again = hanako.post("reports", body), hanako.post("reports", body)
    assert (first.status_code, again.status_code) == (201, 200)
    promises = [each.json["promise"].splitlines() for each in (first, again)]
    assert {each[0] for each in promises} == {"ceptoar-hub promise v1"}
    assert [each[2].partition(" ")[0] for each in promises] == ["commitment", "leaf"], "by then it stands in the log"
    assert first.json | {"repeated": True, "promise": again.json["promise"]} == again.json
    assert first.headers["Location"].endswith(f"/api/v1/reports/{first.json['reference']}")
    changed = hanako.post("reports", body | {"summary": "別の文。"})
    assert changed.status_code == 409
    assert len(hanako.get("reports").json["items"]) == 1
    assert place.world.tags().count(Tag.REPORT_FILE.value) == 1


def test_an_idempotency_key_does_the_same(place: Place):
    """It is the caller's own: another hat's same key is another form."""
    named = {"Idempotency-Key": "ticket-1"}
    hanako = place.caller("hanako")
    assert hanako.post("reports", REPORT, headers=named).status_code == 201
    assert hanako.post("reports", REPORT, headers=named).status_code == 200
    assert place.caller("rival").post("reports", REPORT, headers=named).status_code == 201
    missing = hanako.post("reports", REPORT)
    assert missing.status_code == 422
    assert missing.json["faults"][0]["field"] == "submission"


def test_a_report_is_followed_by_its_reference_number(place: Place):
    hanako, office = place.caller("hanako"), place.caller("office")
    reference = hanako.files()
    body = REPORT | {"submission": str(uuid4()), "kind": "final", "recovery": "full"}
    receipt = hanako.post(f"reports/{reference.lower().replace('-', '')}/versions", body)
    assert (receipt.status_code, receipt.json["number"]) == (201, 2)
    seen = office.get(f"reports/{reference}").json
    assert (seen["state"], seen["is_own"], [v["number"] for v in seen["versions"]]) == ("closed", False, [1, 2])
    assert seen["versions"][1]["content"]["recovery"] == "full"
    assert [line["reference"] for line in office.get("reports", state="closed").json["items"]] == [reference]
    assert office.get("reports", state="open").json["items"] == []


def test_lists_of_reports_go_on_by_a_sealed_cursor(place: Place):
    hanako = place.caller("hanako")
    references = [hanako.files() for _ in range(52)]
    page = hanako.get("reports").json
    rest = hanako.get("reports", next=page["next"]).json
    assert (len(page["items"]), page["more"], rest["more"], rest["next"]) == (50, True, False, None)
    assert sorted(line["reference"] for line in page["items"] + rest["items"]) == sorted(references)
    assert place.caller("boss").get("reports", next=page["next"]).status_code == 400
    assert hanako.get("reports", next="zzz").status_code == 400


def test_every_fault_of_a_report_is_named(place: Place):
    """The same faults as on the pages, and nothing half-written."""
    before = place.world.tags()
    wrong = {"submission": str(uuid4()), "event_type": "E99", "noticed_at": "2026-11-20T11:00:00", "label": "TLP:PINK"}
    answer = place.caller("hanako").post("reports", wrong | {"summary": "x" * 401, "exercise": "yes"})
    assert answer.status_code == 422
    faults = {fault["field"]: fault["code"] for fault in answer.json["faults"]}
    assert faults == {
        "event_type": "unknown-code",
        "noticed_at": "no-zone",
        "service_impact": "missing",
        "summary": "too-long",
        "label": "unknown-label",
        "exercise": "not-a-flag",
    }
    assert place.world.tags() == before


def test_what_was_found_is_said_in_words_of_json(place: Place):
    """It named the types of the language that the hub is written in: dict, NoneType."""
    wrong = {"submission": str(uuid4()), "event_type": ["E30"], "summary": {}, "consent_nco": 1, "further": 1.5}
    answer = place.caller("hanako").post("reports", wrong)
    found = {fault["field"]: fault["found"] for fault in answer.json["faults"]}
    said = {"event_type": "a list", "summary": "an object", "consent_nco": "a whole number", "further": "a number"}
    assert found | said == found
    for body, kind in (("null", "null"), ("[]", "a list"), ("true", "true or false")):
        answer = place.caller("hanako").post("preview", data=body, content_type="application/json")
        assert answer.json["faults"][0]["found"] == kind


def test_the_preview_tells_who_will_read(place: Place):
    found = place.caller("hanako").post("preview", {"label": "TLP:AMBER", "consent_nco": True}).json
    lines = {line["reader"]: line for line in found["items"]}
    assert lines["nco"]["access"] == "original"
    assert lines["own_secretariat"]["access"] == "original"
    assert (lines["foreign"]["access"], lines["foreign"]["why_not"]) == ("none", ["not-listed", "no-consent"])
    assert place.caller("office").post("preview", {"label": "TLP:AMBER"}).status_code == 403


def test_a_proposal_is_approved_by_its_digest(place: Place):
    """The whole way of one report: proposed, looked at, approved, read by another sector without the sender's name."""
    hanako, boss, office = (place.caller(name) for name in ("hanako", "boss", "office"))
    reference = hanako.files()
    wish = {"label": "TLP:GREEN", "number": 1}
    draft = office.post(f"reports/{reference}/proposals/draft", wish).json
    assert draft["wider"]
    assert {form["form"] for form in draft["forms"]} >= {"anonymised"}
    made = office.post(f"reports/{reference}/proposals", wish)
    assert (made.status_code, made.json["state"]) == (201, "waiting")
    path = f"proposals/{made.json['id']}"
    assert made.headers["Location"].endswith(f"/api/v1/{path}")
    view = boss.get(path).json
    assert (view["may_decide"], view["is_current"], view["sender_label"]) == (True, True, "TLP:AMBER")
    assert office.post(f"{path}/approve", {"digest": view["digest"]}).status_code == 403
    assert boss.post(f"{path}/approve", {"digest": "0" * 64}).status_code == 409
    assert boss.post(f"{path}/approve", {"digest": view["digest"]}).status_code == 204
    assert boss.post(f"{path}/approve", {"digest": view["digest"]}).status_code == 409
    water = place.caller("water").get("feeds/inbox/objects", type="incident")
    assert [item["label"] for item in water.json["items"]] == ["TLP:GREEN"]
    assert "青葉" not in water.text
    assert hanako.get(f"reports/{reference}").json["proposals"][0]["state"] == "approved"


def test_a_refusal_carries_its_reason(place: Place):
    hanako, boss, office = (place.caller(name) for name in ("hanako", "boss", "office"))
    reference = hanako.files()
    made = office.post(f"reports/{reference}/proposals", {"label": "TLP:GREEN", "number": 1}).json
    assert boss.post(f"proposals/{made['id']}/refuse", {"reason": " "}).status_code == 422
    assert boss.post(f"proposals/{made['id']}/refuse", {"reason": "装置名を伏せてほしい。"}).status_code == 204
    assert office.get(f"proposals/{made['id']}").json["reason"] == "装置名を伏せてほしい。"


# Trends and digests


def test_what_is_withdrawn_is_asked_back_answered_and_counted(place: Place):
    hanako, office, water = (place.caller(name) for name in ("hanako", "office", "water"))
    reference = hanako.files(label="TLP:GREEN", consent_nco=True)
    office.post(f"reports/{reference}/proposals", {"label": "TLP:GREEN", "number": 1})
    assert len(water.get("feeds/inbox/objects", type="incident").json["items"]) == 1
    place.world.hub.disclosures.close()  # below AMBER it is written within a second
    path = f"reports/{reference}/recalls"
    assert hanako.post(path, {"kind": "raise", "reason": "広すぎた。"}).status_code == 422
    assert hanako.post(path, {"kind": "raise", "label": "TLP:GREEN", "reason": "広すぎた。"}).status_code == 422
    assert office.post(path, {"kind": "narrow", "taken_back": ["consent_nco"], "reason": "x"}).status_code == 403
    assert place.caller("rival").post(path, {"kind": "withdraw", "reason": "x"}).status_code == 404
    narrowed = hanako.post(path, {"kind": "narrow", "taken_back": ["consent_nco"], "reason": "相手を絞る。"})
    assert narrowed.status_code == 201, narrowed.text
    assert water.get("recalls").json["items"] == [], "the edition stays with the members"
    place.world.advance(minutes=1)
    raised = hanako.post(path, {"kind": "raise", "label": "TLP:AMBER", "reason": "広すぎた。"})
    assert raised.status_code == 201, raised.text
    (asked,) = water.get("recalls").json["items"]
    assert (asked["is_asked"], asked["answer"]) == (True, "none")
    answer = f"recalls/{asked['id']}/answer"
    assert water.post(answer, {"answer": "none"}).status_code == 422
    assert water.post(answer, {"answer": "deleted"}).status_code == 204
    assert water.post("recalls/incident--1/answer", {"answer": "deleted"}).status_code == 404
    last, first = hanako.get(path).json["items"]
    assert (last["kind"], last["answered"], last["deleted"]) == ("raise", 1, 1) and first["kind"] == "narrow"
    assert hanako.post(path, {"kind": "withdraw", "reason": "取りやめる。"}).status_code == 201
    assert hanako.post(path, {"kind": "withdraw", "reason": "取りやめる。"}).status_code == 409


def test_a_named_list_is_made_filled_and_closed(place: Place):
    hanako, rival = place.caller("hanako"), place.caller("rival")
    made = hanako.post("lists", {"name": "隣接事業者"})
    path = f"lists/{made.json['id']}"
    assert (made.status_code, made.headers["Location"]) == (201, f"/api/v1/{path}")
    assert hanako.post("lists", {"name": "隣接事業者"}).status_code == 422
    assert hanako.post(f"{path}/members", {"tokens": ["council", "secretariat:water"]}).json == {"added": 2}
    assert hanako.post(f"{path}/members", {"tokens": ["organization:nobody"]}).status_code == 422
    member = hanako.get(path).json["members"][0]
    assert (member["token"], member["counts"]) == ("council", True)
    assert hanako.post(f"{path}/members/remove", {"member": member["id"]}).status_code == 204
    assert hanako.post(f"{path}/members/remove", {"member": 2**53 - 1}).status_code == 404
    for hidden in (rival.get(path), rival.post(f"{path}/members", {"tokens": ["council"]}), rival.call("DELETE", path)):
        assert hidden.status_code == 404
    assert place.caller("office").get("lists").status_code == 403
    reference = hanako.files(lists=[made.json["id"]])
    assert place.caller("water").get(f"reports/{reference}").status_code == 404
    assert len(place.caller("water").get("feeds/inbox/objects", type="incident").json["items"]) == 1
    assert hanako.call("DELETE", path).status_code == 204
    assert hanako.call("DELETE", path).status_code == 409
    (line,) = hanako.get("lists").json["items"]
    assert line["members"] == 1 and line["closed_at"]


def test_trends_come_as_json_and_as_a_table(place: Place):
    hanako, office = place.caller("hanako"), place.caller("office")
    hanako.files()
    table = office.get("trends").json
    row = next(row for row in table["rows"] if row["code"] == "E30")
    assert (table["fiscal_year"], row["counts"], table["total"]) == (2026, [0, 0, 1, 0], 1)
    hanako.files()
    assert office.get("trends").json["total"] == 2
    assert office.get("trends", as_of=table["as_of"]).json == table
    for language, word in (("ja", "合計"), ("en", "Total")):
        answer = office.get("trends", headers={"Accept": "text/csv", "Accept-Language": language})
        assert answer.content_type == "text/csv; charset=utf-8"
        assert answer.data.startswith(b"\xef\xbb\xbf")
        assert word in answer.text
    assert place.caller("auditor").get("trends").status_code == 403


def test_a_digest_shows_what_is_visible_now(place: Place):
    from sharing.digests import make_digest, subscribe

    office = place.people["office"]
    with place.world.writing() as session:
        subscription = subscribe(session, office, 8, context=place.world.context())
    place.caller("hanako").files()
    with place.world.writing() as session:
        made = make_digest(session, session.merge(subscription), place.world.context())
    assert made is not None
    caller = place.caller("office")
    (line,) = caller.get("digests").json["items"]
    digest = caller.get(f"digests/{line['id']}").json
    assert len(digest["items"]) == line["count"] > 0
    assert digest["items"][0]["object"]["type"] == "incident"
    assert '"what":"digest"' in disclosures(place)[-1][3]
    assert place.caller("water").get(f"digests/{line['id']}").status_code == 404


# What is hidden does not exist


def test_hidden_and_absent_answer_with_the_same_bytes(place: Place):
    """For whoever may not see them, a report, an object, a proposal and a feed are as if they had never been."""
    hanako, office, rival = (place.caller(name) for name in ("hanako", "office", "rival"))
    reference = hanako.files()
    other = rival.files()
    incident = office.get("feeds/inbox/objects", type="incident").json["items"][0]["id"]
    proposal = office.post(f"reports/{reference}/proposals", {"label": "TLP:GREEN", "number": 1}).json["id"]
    never = f"incident--{uuid4()}"
    body = REPORT | {"submission": str(uuid4()), "kind": "final"}
    wish = {"label": "TLP:GREEN", "number": 1}
    water = place.caller("water")
    absent = rival.get("nothing/at/all").data

    def same(answer: Any) -> None:
        assert answer.status_code == 404
        assert answer.data == absent

    for ref in (reference, "K7QM-4TX2-P", "nonsense"):
        same(rival.get(f"reports/{ref}"))
        same(rival.post(f"reports/{ref}/versions", body))
        same(water.get(f"reports/{ref}"))
        same(water.post(f"reports/{ref}/proposals", wish))
        same(water.post(f"reports/{ref}/proposals/draft", wish))
    same(water.get(f"reports/{other}"))
    for ident in (incident, never, "x" * 300, "a%00b"):
        same(rival.get(f"objects/{ident}"))
    for ident in (proposal, str(uuid4())):
        same(rival.get(f"proposals/{ident}"))
        same(rival.post(f"proposals/{ident}/approve", {"digest": "0" * 64}))
        same(rival.post(f"proposals/{ident}/refuse", {"reason": "x"}))
    same(rival.get("feeds/none/objects"))
    same(rival.get(f"feeds/{uuid4()}/objects"))
    same(rival.get(f"digests/{uuid4()}"))


def test_what_is_hidden_changes_no_list_and_no_number(place: Place):
    """A report that another sector may not see leaves every answer to it as it was."""
    water = place.caller("water")
    paths = ("me", "organizations", "feeds", "feeds/inbox/objects", "reports", "trends", "digests")
    before = [water.get(path).data for path in paths]
    place.caller("hanako").files()
    assert [water.get(path).data for path in paths] == before


# Errors


@pytest.mark.parametrize("language", ["ja", "en"])
def test_errors_have_one_shape_in_both_languages(place: Place, language: str):
    caller = place.caller("hanako", **{"Accept-Language": language})
    answers = {
        400: caller.get("feeds/inbox/objects", limit="x"),
        401: place.stranger().get("me", headers={"Accept-Language": language}),
        404: caller.get("none"),
        405: caller.call("DELETE", "me"),
        406: caller.get("me", headers={"Accept": "text/html"}),
        413: caller.post("reports", data=b" " * (5 * 1024 * 1024), content_type="application/json"),
        415: caller.post("reports", data="label=x", content_type="application/x-www-form-urlencoded"),
        422: caller.post("preview", {}),
    }
    answers[403] = place.with_scopes(place.people["hanako"], Permission.FEED_READ).get(
        "trends", headers={"Accept-Language": language}
    )
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.content_type == PROBLEM
        assert answer.headers["Content-Language"] == language
        body = answer.json
        assert set(body) == {"type", "title", "status", "detail", "faults"}
        assert body["status"] == status
        assert body["type"].startswith("urn:ceptoar-hub:problem:")
        assert body["title"].isascii() == (language == "en")
    assert answers[405].headers["Allow"]
    assert answers[400].json["faults"] == [
        {"field": "limit", "code": "not-a-number", "expected": "a whole number", "found": ""}
    ]


TWO_MEANINGS = [
    (b'{"label":"TLP:RED","label":"TLP:GREEN"}', 400),
    (b'{"label":NaN}', 400),
    (b"\xff\xfe", 400),
    (b'{"label":"\\ud800"}', 400),
    (b"[" * 10_000, 400),
    (b"{}{}", 400),
    (b"", 400),
    (b'{"label":' + b"9" * 400 + b"}", 400),
    (b"[]", 422),
    (b"null", 422),
    (b'{"label":"TLP:GREEN","consent_nco":1}', 422),
    (b'{"label":"TLP:GREEN","consent_nco":"true"}', 422),
    (b'{"label":"TLP:GREEN","more":true}', 422),
]
WRONG_QUERIES = [
    "limit=0",
    "limit=1001",
    "limit=1.5",
    "limit=%EF%BC%91",
    "type=a,,b&type=c",
    "unknown=1",
    "added_after=today",
    "id=%00",
    "next=%00",
    "next=zz",
    "highest_label=RED",
    "version=newest",
    "limit=" + "9" * 30,
]


def test_json_with_two_meanings_is_refused(place: Place):
    caller = place.caller("hanako")
    for body, status in TWO_MEANINGS:
        answer = caller.post("preview", data=body, content_type="application/json")
        assert answer.status_code == status, body[:40]
        assert answer.json["faults"]


def test_parameters_are_read_strictly(place: Place):
    caller = place.caller("hanako")
    for query in WRONG_QUERIES:
        answer = caller.call("GET", f"feeds/inbox/objects?{query}")
        assert answer.status_code == 400, query
        assert answer.content_type == PROBLEM


def test_odd_addresses_get_no_redirect_and_no_page(place: Place):
    caller = place.caller("hanako")
    for path in ("", "/", "/me", "me/", "me//", "../v1/me", "%2e%2e/", "feeds//objects"):
        answer = caller.get(path)
        assert answer.status_code == 404, path
        assert answer.content_type == PROBLEM
    bare = place.app.test_client().get("/api/v1")
    assert (bare.status_code, bare.content_type) == (404, PROBLEM)


def test_other_methods_are_refused(place: Place):
    caller = place.caller("hanako")
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        answer = caller.call(method, "reports")
        assert answer.status_code == 405, method
        assert answer.content_type == PROBLEM


def test_a_failure_shows_only_its_number(place: Place, monkeypatch: pytest.MonkeyPatch):
    def fail(*_given: Any) -> Any:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("hub.api.directory.list_sectors", fail)
    answer = place.caller("hanako").get("sectors")
    assert answer.status_code == 500
    assert answer.json["instance"].startswith("urn:incident:")
    assert "hunter2" not in answer.text


# The door and the house


def test_a_start_does_not_build_the_door(place: Place):
    """What describes it is imported at the first request, once, also where many come at once."""
    door = place.app.view_functions["api"]
    assert isinstance(door, hub.api.Door)
    assert door._inner is None
    built: list[Any] = []
    threads = [threading.Thread(target=lambda: built.append(door.application())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(each) for each in built}) == 1


def test_the_door_hangs_no_hook_on_the_others(place: Place):
    place.caller("hanako").get("me")
    outer = create_app(place.world.hub, page_groups=(), machine_doors=(hub.api,))
    for app in (outer, place.app):
        assert not app.before_request_funcs.get(None)
        assert not app.after_request_funcs.get(None)
        assert "flask-smorest" not in app.extensions


def test_the_counts_name_the_route_that_answered(place: Place):
    caller = place.caller("hanako")
    caller.get("codes/event-types")
    counted = place.app.extensions["metrics"].render().decode()
    assert 'route="/api/v1/codes/<name>"' in counted


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


def test_a_feed_is_searched(place: Place):
    """The newest first, page by page, with the stored bytes; nothing for who may not see it."""
    hanako = place.caller("hanako")
    for number in range(3):
        hanako.files(summary=f"第{number}変電所で停　電。")
    first = place.caller("office").get("feeds/inbox/search", q="停電", type="incident", limit=2).json
    assert first["more"] and [item["object"]["description"] for item in first["items"]] == [
        "第2変電所で停　電。",
        "第1変電所で停　電。",
    ]
    rest = place.caller("office").get("feeds/inbox/search", q="停電", next=first["next"]).json
    assert [item["object"]["description"] for item in rest["items"]] == ["第0変電所で停　電。"] and not rest["more"]
    assert place.caller("rival").get("feeds/inbox/search", q="停電").json == {"items": [], "more": False, "next": None}
    assert place.caller("office").get("feeds/inbox/search").status_code == 400
    assert place.caller("council").get("feeds/inbox/search", q="停電", next=first["next"]).status_code == 400


# How far it goes


def test_an_embargo_is_set_read_and_ended(place: Place):
    """By the sender; the secretariat sees it, others find no such report."""
    hanako, office = place.caller("hanako"), place.caller("office")
    path = f"reports/{hanako.files(label='TLP:GREEN')}/embargoes"
    until = (place.world.now + timedelta(days=1)).isoformat()
    assert hanako.post(path, {"until": until, "reason": "公表の準備"}).status_code == 201
    for wrong in ("soon", "2026-12-01T09:00:00", "2020-01-01T00:00:00Z"):
        assert hanako.post(path, {"until": wrong, "reason": "x"}).status_code == 422
    (held,) = office.get(path).json["items"]
    assert (held["reason"], held["is_own"]) == ("公表の準備", False)
    assert office.call("DELETE", path).status_code == 409
    assert hanako.call("DELETE", path).json == {"published": False}
    assert hanako.get(path).json == {"items": []}
    assert place.caller("rival").get(path).status_code == 404
    assert place.caller("rival").call("DELETE", path).status_code == 404


def test_a_report_is_widened_by_its_sender_alone(place: Place):
    """A wider label or consents; what is not wider is refused."""
    hanako = place.caller("hanako")
    reference = hanako.files(consent_nco=False)
    path = f"reports/{reference}/widen"
    assert hanako.post(path, {"label": "TLP:AMBER"}).status_code == 422
    done = hanako.post(path, {"label": "TLP:GREEN", "given": ["consent_nco"]})
    assert (done.status_code, done.json["reference"], done.json["number"]) == (201, reference, 2)
    assert place.caller("office").post(path, {"label": "TLP:CLEAR"}).status_code == 403
    assert place.caller("rival").post(path, {"label": "TLP:CLEAR"}).status_code == 404


def test_the_ledger_is_its_senders(place: Place):
    """Who could read and who did, for the sender with the scope; what one was given, for whoever was."""
    hanako, nco = place.caller("hanako"), place.caller("nco")
    reference = hanako.files()
    assert nco.get("feeds/inbox/objects").status_code == 200
    (edition,) = hanako.get(f"reports/{reference}/ledger").json["items"]
    named = {each["reader"]["name_ja"]: each for each in edition["readers"]}
    assert named["国家サイバー統括室"]["rule"] == "nco/TLP:AMBER"
    assert named["国家サイバー統括室"]["until"] is None
    readings = hanako.get(f"reports/{reference}/readings").json["items"]
    assert ("国家サイバー統括室", "rest") in {(each["reader"]["name_ja"], each["door"]) for each in readings}
    assert all(each["person"] is None for each in readings)
    (given,) = nco.get("ledger/received").json["items"]
    assert given["highest"] == "TLP:AMBER"
    for path in (f"reports/{reference}/ledger", f"reports/{reference}/readings"):
        assert place.caller("rival").get(path).status_code == 404
        assert place.caller("office").get(path).status_code == 404
    narrow = place.with_scopes(place.people["hanako"], Permission.REPORT_READ)
    assert narrow.get(f"reports/{reference}/ledger").status_code == 403


def test_what_went_out_by_a_list_is_taken_back(place: Place):
    """From those who were taken off; by the numbers that the hub itself named."""
    hanako = place.caller("hanako")
    made = hanako.post("lists", {"name": "連携先"}).json["id"]
    hanako.post(f"lists/{made}/members", {"tokens": ["council", "secretariat:water"]})
    reference = hanako.files(lists=[made])
    path = f"lists/{made}/narrowing"
    assert hanako.get(path).json == {"items": []}
    (member,) = [each["id"] for each in hanako.get(f"lists/{made}").json["members"] if each["token"] == "council"]
    hanako.post(f"lists/{made}/members/remove", {"member": member})
    (still,) = hanako.get(path).json["items"]
    assert (still["reference"], still["tokens"]) == (reference, ["council"])
    assert hanako.post(path, {"reports": ["AAAA-AAAA-A"], "reason": "見直し"}).status_code == 422
    assert hanako.post(path, {"reports": [], "reason": "見直し"}).status_code == 422
    assert hanako.post(path, {"reports": [reference], "reason": "見直し"}).json == {"narrowed": 1}
    assert hanako.get(path).json == {"items": []}
    assert place.caller("rival").get(path).status_code == 404
