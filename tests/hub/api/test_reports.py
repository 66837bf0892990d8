"""The REST door: reports from filing to approval, and what their senders are told."""

from __future__ import annotations

from uuid import uuid4

from sharing.audit.tags import Tag
from sharing.permissions import Permission
from tests.hub.api.conftest import REPORT, Place


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
