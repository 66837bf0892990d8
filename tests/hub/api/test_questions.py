"""A question and its answer by programs: what each side is told, step by step."""

from __future__ import annotations

from sharing.permissions import Permission
from tests.hub.api.conftest import Caller, Place

QUESTION = {"text": "予備系への切替えにどれほどかかりましたか。", "label": "TLP:GREEN"}
ANSWER = {"text": "3時間です。手順書が古かったためです。", "label": "TLP:AMBER"}


def published(place: Place) -> tuple[str, str]:
    """A report whose anonymised edition the water secretariat reads: its number, and the id of the edition."""
    reference = place.caller("hanako").files(summary="制御系の監視端末が応答しない。", label="TLP:GREEN")
    place.world.advance(seconds=1)
    made = place.caller("office").post(f"reports/{reference}/proposals", {"label": "TLP:GREEN", "number": 1})
    assert made.json["state"] == "approved"
    (edition,) = place.caller("water").get("feeds/inbox/objects", type="incident").json["items"]
    return reference, edition["id"]


def told(caller: Caller, asked: str) -> list[str]:
    """The words of the messages that a caller is given."""
    return [each["words"] for each in caller.get(f"questions/{asked}").json["messages"]]


def test_a_question_by_programs(place: Place):
    """Asked, passed on, answered, proposed, approved, released, closed; a rival finds nothing of it anywhere."""
    water, office, hanako, boss, rival = (place.caller(name) for name in ("water", "office", "hanako", "boss", "rival"))
    reference, edition = published(place)
    made = water.post(f"objects/{edition}/questions", {**QUESTION, "shown": "sector"})
    assert made.status_code == 201, made.text
    asked = made.json["id"]
    before = water.get(f"questions/{asked}").json
    assert (before["state"], before["reference"], before["may"]) == ("asked", None, ["take_back"])
    assert hanako.get(f"questions/{asked}").status_code == 404

    steps = [
        (office, "pass", QUESTION),
        (hanako, "answer", ANSWER),
        (office, "proposals", {**ANSWER, "label": "TLP:GREEN"}),
    ]
    assert office.get("questions").json["items"][0]["waits"] is True
    for caller, step, body in steps:
        place.world.advance(minutes=1)
        assert caller.post(f"questions/{asked}/{step}", body).status_code == 204
    seen = hanako.get(f"questions/{asked}").json
    assert (seen["asker"], seen["asked_at"], seen["about"]) == ("secretariat:water", None, None)
    assert seen["reference"] == reference
    digest = {"digest": boss.get(f"questions/{asked}").json["messages"][-1]["digest"]}
    assert hanako.post(f"questions/{asked}/approve", digest).status_code in {403, 409}
    assert boss.post(f"questions/{asked}/approve", {"digest": "00" * 32}).status_code == 409
    assert boss.post(f"questions/{asked}/approve", digest).status_code == 204
    assert water.get(f"questions/{asked}").json == before
    assert office.post(f"questions/{asked}/release", digest).status_code == 204
    assert told(water, asked) == ["question", "proposal"]
    assert told(hanako, asked) == ["passed", "answer", "proposal"]
    assert water.post(f"questions/{asked}/close", {"ending": "done"}).status_code == 204
    assert water.post(f"questions/{asked}/close", {"ending": "done"}).status_code == 409

    assert rival.get("questions").json == {"items": []}
    for path in (f"questions/{asked}", "questions/00000000-0000-4000-8000-00000000dead"):
        assert rival.get(path).status_code == 404
    assert place.caller("auditor").get("questions").status_code == 403
    reads = place.with_scopes(place.people["water"], Permission.FEED_READ, Permission.REPORT_READ)
    assert reads.get(f"questions/{asked}").status_code == 403


def test_what_is_wrong_is_named(place: Place):
    """Each fault with its field and code; nothing is written."""
    water, office, hanako = (place.caller(name) for name in ("water", "office", "hanako"))
    reference, edition = published(place)
    wrong = {**QUESTION, "label": "TLP:CLEAR", "text": " "}
    assert water.post(f"objects/{edition}/questions", wrong).json["faults"][0]["code"] == "missing"
    wide = water.post(f"objects/{edition}/questions", {**QUESTION, "label": "TLP:CLEAR"})
    assert (wide.status_code, wide.json["faults"][0]["code"]) == (422, "wider-than-subject")
    assert water.post(f"reports/{reference}/questions", QUESTION).status_code == 404
    back = office.post(f"reports/{reference}/questions", {**QUESTION, "label": "TLP:AMBER"}).json["id"]
    assert hanako.post(f"questions/{back}/decline", {"reason": "調査中"}).status_code == 204
    assert told(office, back) == ["passed", "refusal"]
    asked = water.post(f"objects/{edition}/questions", QUESTION).json["id"]
    office.post(f"questions/{asked}/pass", QUESTION)
    hanako.post(f"questions/{asked}/answer", ANSWER)
    telling = {"text": "青葉電力の横浜支店、03-1234-5678へ。", "label": "TLP:GREEN"}
    draft = office.post(f"questions/{asked}/proposals/draft", telling).json
    assert draft["names"] == ["青葉電力"]
    assert {"phone", "organization"} <= {each["kind"] for each in draft["hints"]}
    refused = office.post(f"questions/{asked}/proposals", telling)
    assert [each["code"] for each in refused.json["faults"]] == ["names-sender"]
    assert told(office, asked) == ["question", "passed", "answer"]
