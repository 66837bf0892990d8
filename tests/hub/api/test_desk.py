"""What else a desk keeps, drafts and lessons by machine."""

from __future__ import annotations

from uuid import uuid4

from tests.hub.api.conftest import Place

CASE = {
    "source": "press",
    "event_type": "E30",
    "service_impact": "unknown",
    "summary": "変電所で煙という報道。",
    "heard_at": "2026-11-20T06:30:00+09:00",
}


def test_reports_are_merged_related_and_shown_together(place: Place):
    """The other keeps its place; who is no secretariat has no such thing, and no other secretariat finds it."""
    office, hanako = place.caller("office"), place.caller("hanako")
    one, two, three = hanako.files(), place.caller("rival").files(), hanako.files(event_type="E43")
    assert office.post(f"inbox/{two}/merge", {"other": one}).status_code == 204
    assert office.post(f"inbox/{three}/relate", {"other": one}).status_code == 204
    together = office.get(f"inbox/{one}/together").json
    assert [each["reference"] for each in together["merged"]] == [two]
    assert [each["reference"] for each in together["related"]] == [three]
    assert office.post(f"inbox/{two}/merge", {"other": three}).status_code == 409
    assert office.post(f"inbox/{one}/merge", {"other": one}).status_code == 422
    assert office.post(f"inbox/{one}/merge", {"other": "K7QM-4TX2-P"}).status_code == 404
    assert office.get("inbox/K7QM-4TX2-P/together").status_code == 404
    assert place.caller("water").get(f"inbox/{one}/together").status_code == 404
    assert hanako.get(f"inbox/{one}/together").status_code == 403
    assert office.post(f"inbox/{two}", {"reopen": True}).json["state"] == "new"
    assert office.get("inbox", order="duty").json["items"][0]["reference"] in {one, two, three}


def test_what_went_on_to_government(place: Place):
    """The sender consented to NCO: sender and secretariat see that it went there; a rival sees no report."""
    reference = place.caller("hanako").files()
    for name in ("hanako", "office"):
        found = place.caller(name).get(f"reports/{reference}/relay").json
        assert [each["token"] for each in found["items"]] == ["government:nco"]
        assert found["consents"] == {"nco": True, "ministry": False}
    assert place.caller("rival").get(f"reports/{reference}/relay").status_code == 404
    assert place.caller("nco").get(f"reports/{reference}/relay").status_code in {403, 404}


def test_cases_and_shifts(place: Place):
    """A case is registered and joined to the report that comes; a note is taken over by somebody else, once."""
    office, reference = place.caller("office"), place.caller("hanako").files()
    made = office.post("cases", CASE)
    assert made.status_code == 201
    for wrong in ({"heard_at": "soon"}, {"heard_at": "2027-01-01T00:00:00Z"}, {"source": "rumour"}, {"summary": " "}):
        assert office.post("cases", CASE | wrong).status_code == 422
    assert [each["summary"] for each in office.get("cases").json["items"]] == [CASE["summary"]]
    join = f"cases/{made.json['id']}/join"
    assert place.caller("water").post(join, {"other": reference}).status_code == 404
    assert office.post(join, {"other": reference}).status_code == 204
    assert office.post(join, {"other": reference}).status_code == 409
    assert office.get("cases").json["items"] == []
    assert office.get("cases", joined="yes").json["items"][0]["joined_reference"] == reference
    note = office.post("shifts", {"text": "四時に折り返す。"}).json["id"]
    assert office.post(f"shifts/{note}/take", {"read": True}).status_code == 403
    assert office.post(f"shifts/{note}/take", {"read": False}).status_code == 422
    assert place.caller("water").get("shifts").json["items"] == []
    assert place.caller("water").post(f"shifts/{note}/take", {"read": True}).status_code == 404
    assert [each["taken_at"] for each in office.get("shifts").json["items"]] == [None]
    for name in ("hanako", "nco", "auditor"):
        assert {place.caller(name).get(path).status_code for path in ("cases", "shifts")} == {403}


def test_two_write_on_one_draft(place: Place):
    """What a colleague changed meanwhile comes back and is not written over; nobody else has such a draft."""
    hanako, boss = place.caller("hanako"), place.caller("boss")
    begun = hanako.post("drafts", {"fields": [{"name": "summary", "value": ["停電"]}]})
    assert begun.status_code == 201
    path = f"drafts/{begun.json['id']}"
    first = [{"name": "summary", "value": ["停電した"], "version": 1}]
    assert boss.post(path, {"fields": first}).json["conflicts"] == []
    met = hanako.post(path, {"fields": [{"name": "summary", "value": ["断水"], "version": 1}]}).json
    assert [each["value"] for each in met["conflicts"]] == [["停電した"]]
    assert [each["value"] for each in hanako.get(path).json["fields"]] == [["停電した"]]
    assert boss.post(f"{path}/undo", {"last": True}).json == {"undone": True}
    assert hanako.get(path).json["fields"][0]["value"] == ["停電"]
    follow = hanako.post("drafts", {"fields": [], "reference": hanako.files()})
    assert follow.status_code == 201
    assert {each["reference"] is None for each in hanako.get("drafts").json["items"]} == {True, False}
    twice = {"fields": first * 2}
    assert hanako.post(path, twice).status_code == 422
    for name, status in (("rival", 404), ("office", 403), ("auditor", 403)):
        caller = place.caller(name)
        assert caller.get(path).status_code == caller.post(path, {"fields": []}).status_code == status
    assert place.caller("rival").post("drafts", {"fields": [], "reference": "K7QM-4TX2-P"}).status_code == 404
    assert hanako.call("DELETE", path).status_code == 204
    assert hanako.get(path).status_code == hanako.get(f"drafts/{uuid4()}").status_code == 404


def test_lessons_are_read_without_a_name(place: Place):
    """A near miss is shared wider: a rival reads what it teaches, and finds it by its words."""
    near = {"event_type": "E00", "service_impact": "no", "kind": "near_miss", "label": "TLP:GREEN"}
    reference = place.caller("hanako").files(**near, lessons="切替手順は年に一度試す。", consent_nco=False)
    assert place.caller("office").post(
        f"reports/{reference}/proposals", {"label": "TLP:GREEN", "number": 1}
    ).status_code in {200, 201}
    rival = place.caller("rival")
    assert [each["text"] for each in rival.get("lessons").json["items"]] == ["切替手順は年に一度試す。"]
    assert len(rival.get("lessons", q="切替手順").json["items"]) == 1
    assert rival.get("lessons", q="噴火").json["items"] == []
    assert "青葉" not in rival.get("lessons").text and reference not in rival.get("lessons").text
    assert rival.get("lessons", next="nonsense").status_code == 400
    assert place.caller("auditor").get("lessons").status_code == 403
