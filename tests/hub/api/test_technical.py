"""The technical part by REST: looked at as it would go out, then filed with the digest of exactly that."""

from __future__ import annotations

from uuid import uuid4

from tests.hub.api.conftest import REPORT, Place

ALONE = {
    **REPORT,
    "technical_label": "TLP:GREEN",
    "indicators": [{"kind": "domain-name", "value": "alone.example"}],
    "further": {"route": "添付ファイルを開いた。"},
}


def test_it_is_looked_at_before_it_goes_out(place: Place) -> None:
    """Nothing goes out by the label alone; what changed since is looked at again; then others read it."""
    hanako, nco = place.caller("hanako"), place.caller("nco")
    before = place.world.tags()
    told = hanako.post("preview/technical", {"content": ALONE})
    assert told.status_code == 200, told.text
    assert told.json["label"] == "TLP:GREEN" and told.json["readers"]
    assert {each["type"] for each in told.json["objects"]} >= {"report", "indicator"}
    assert "青葉" not in told.text
    assert place.world.tags() == before, "nothing is written"
    body = {**ALONE, "submission": str(uuid4())}
    for seen in ({}, {"technical_seen": "00" * 32}, {"technical_seen": None}):
        refused = hanako.post("reports", {**body, **seen})
        assert refused.status_code == 422
        assert [fault["code"] for fault in refused.json["faults"]] == ["not-looked-at"]
    changed = {**body, "indicators": [{"kind": "domain-name", "value": "other.example"}]}
    assert hanako.post("reports", {**changed, "technical_seen": told.json["digest"]}).status_code == 422
    assert place.world.tags() == before
    filed = hanako.post("reports", {**body, "technical_seen": told.json["digest"]})
    assert filed.status_code == 201, filed.text
    assert "alone.example" in nco.get("feeds/inbox/search", q="alone.example").text
    again = hanako.post("reports", {**body, "technical_seen": told.json["digest"]})
    assert again.status_code == 200 and again.json["reference"] == filed.json["reference"]
    follow = {"content": {**ALONE, "kind": "follow_up"}, "report": filed.json["reference"]}
    assert hanako.post("preview/technical", follow).status_code == 200


def test_what_cannot_go_out_alone_says_why(place: Place) -> None:
    """No wider label, nothing technical, the sender's own name; and another's report is as absent."""
    hanako = place.caller("hanako")
    for change, code in (
        ({"technical_label": None}, "missing"),
        ({"indicators": [], "further": {}}, "nothing-technical"),
        ({"further": {"route": "青葉電力株式会社の端末から。"}}, "names-sender"),
        ({"technical_label": "TLP:AMBER"}, "missing"),
    ):
        refused = hanako.post("preview/technical", {"content": {**ALONE, **change}})
        assert refused.status_code == 422, (code, refused.text)
        assert code in {fault["code"] for fault in refused.json["faults"]}, refused.text
    reference = hanako.files()
    rival = place.caller("rival")
    absent = rival.post("preview/technical", {"content": ALONE, "report": "K7QM-4TX2-P"})
    hidden = rival.post("preview/technical", {"content": ALONE, "report": reference})
    assert (hidden.status_code, hidden.data) == (absent.status_code, absent.data) and absent.status_code == 404
    assert place.caller("office").post("preview/technical", {"content": ALONE}).status_code == 403
