"""A secretariat's inbox, calls and the situation board by machine."""

from __future__ import annotations

from uuid import uuid4

from tests.hub.api.conftest import REPORT, Place


def test_a_secretariat_works_through_its_inbox(place: Place):
    """Listed with counts, taken and tagged, closed and opened again; nobody else has such a thing."""
    office = place.caller("office")
    reference = place.caller("hanako").files(event_type="E43")
    inbox = office.get("inbox").json
    assert [(each["reference"], each["hint"]) for each in inbox["items"]] == [(reference, 3)]
    assert inbox["counts"]["open"] == inbox["counts"]["unread"] == 1
    taken = office.post(f"inbox/{reference}", {"take": True, "tags": "夜間", "priority": 2}).json
    assert (taken["state"], taken["is_mine"], taken["tags"]) == ("taken", True, ["夜間"])
    assert office.post(f"inbox/{reference}", {"close": "誤報"}).json["state"] == "closed"
    assert office.post(f"inbox/{reference}", {"take": True}).status_code == 409
    assert office.post(f"inbox/{reference}", {"reopen": True}).json["state"] == "taken"
    assert office.post("inbox/K7QM-4TX2-P", {"take": True}).status_code == 404
    for name in ("hanako", "nco", "council", "auditor"):
        assert place.caller(name).get("inbox").status_code == 403
    assert place.caller("water").get("inbox").json["items"] == []
    assert place.caller("hanako").post(f"inbox/{reference}", {"take": True}).status_code == 403


def test_a_call_is_registered_and_confirmed(place: Place):
    """Sent twice it is one; the member confirms it, once, and never learns who called."""
    member = str(place.people["hanako"].organization.id)
    call = {**REPORT, "member": member, "submission": str(uuid4()), "caller": "佐伯", "caller_words": "止まっている。"}
    del call["consent_nco"]
    first, again = (place.caller("office").post("calls", call) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    reference = first.json["reference"]
    assert again.json["reference"] == reference
    assert "佐伯" not in place.caller("hanako").get(f"reports/{reference}").text
    assert place.caller("office").get("inbox", view="unconfirmed").json["items"][0]["is_unconfirmed"]
    assert place.caller("rival").post(f"reports/{reference}/confirm", {"right": True}).status_code == 404
    assert place.caller("hanako").post(f"reports/{reference}/confirm", {"right": True}).status_code == 204
    assert place.caller("hanako").post(f"reports/{reference}/confirm", {"right": True}).status_code == 409
    assert place.caller("hanako").post("calls", call).status_code == 403


def test_the_board_by_machine(place: Place):
    """A secretariat says it, those whom the label reaches read it."""
    said = {"service": "送配電", "state": "degraded", "label": "TLP:GREEN"}
    assert place.caller("office").post("board", said).status_code == 204
    for name in ("hanako", "rival", "water", "council", "nco"):
        assert [each["state"] for each in place.caller(name).get("board").json["items"]] == ["degraded"]
    assert place.caller("office").post("board", {**said, "label": "TLP:AMBER"}).status_code == 422
    for word_at, status in (("2026-11-20T11:00:00+09:00", 204), ("2026-11-20T11:00:00", 422), ("soon", 422)):
        assert place.caller("office").post("board", {**said, "word_at": word_at}).status_code == status
    assert place.caller("hanako").post("board", said).status_code == 403
