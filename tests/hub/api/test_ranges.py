"""The REST door: how far a report goes, changed afterwards, and by lists."""

from __future__ import annotations

from datetime import timedelta

from tests.hub.api.conftest import Place


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
