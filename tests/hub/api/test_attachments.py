"""Files by REST: announced, sent in parts, filed, and given to who reads the report, with the ledger told."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from stream_unzip import stream_unzip

from crypto.file_seal import CHUNK
from tests.factory import World
from tests.hub.api.conftest import Caller, Place

PART = "application/offset+octet-stream"
ABSENT = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def place(hub_url: str, tmp_path: Path) -> Iterator[Place]:
    world = World(hub_url, tmp_path, attachment_bytes=400_000, attachment_total_bytes=500_000)
    yield Place(world)
    world.close()


def send(caller: Caller, where: str, offset: object, body: bytes, **headers: str) -> Any:
    """A part of a file."""
    said = {"Upload-Offset": str(offset), "Content-Type": PART, **headers}
    return caller.call("PATCH", where, data=body, headers=said)


def uploads(caller: Caller, body: bytes = b"log", **more: Any) -> str:
    """A file, all here; its id."""
    begun = caller.post("uploads", {"name": "記録.txt", "size": len(body), **more})
    assert begun.status_code == 201, begun.text
    assert begun.headers["Location"] == f"/api/v1/uploads/{begun.json['id']}"
    assert send(caller, f"uploads/{begun.json['id']}", 0, body).status_code == 204
    return str(begun.json["id"])


def test_a_case_and_a_call_with_files(place: Place) -> None:
    """What a secretariat puts on a case is its own; what it puts on a call is the member's report's."""
    office, hanako = place.caller("office"), place.caller("hanako")
    case = {"source": "press", "event_type": "E30", "service_impact": "unknown", "summary": "報道で知った。"}
    case |= {"heard_at": "2026-11-20T06:30:00+09:00", "attachments": [uploads(office, b"article")]}
    assert office.post("cases", case).status_code == 201
    (kept,) = office.get("cases").json["items"][0]["files"]
    assert kept["sha256"] == sha256(b"article").hexdigest()
    where = f"cases/files/{kept['id']}/content"
    assert office.get(where).data == b"article"
    absent = place.caller("water").get(f"cases/files/{ABSENT}/content")
    hidden = place.caller("water").get(where)
    assert (hidden.status_code, hidden.data) == (absent.status_code, absent.data) and absent.status_code == 404
    assert hanako.get(where).status_code == 403
    assert office.post("cases", case).status_code == 422, "a file is of one case"
    member = str(place.people["hanako"].organization.id)
    call = {key: case[key] for key in ("event_type", "service_impact", "summary")}
    call |= {"member": member, "label": "TLP:AMBER", "noticed_at": "2026-11-20T01:45:00+09:00"}
    red = uploads(office, b"red", label="TLP:RED")
    told = office.post("calls", {**call, "submission": str(uuid4()), "attachments": [red]})
    assert told.status_code == 422, "RED would hide it from the one who put it here"
    filed = office.post("calls", {**call, "submission": str(uuid4()), "attachments": [uploads(office, b"fax")]})
    assert filed.status_code == 201, filed.text
    (fax,) = hanako.get(f"reports/{filed.json['reference']}").json["attachments"]
    assert hanako.get(f"attachments/{fax['id']}/content").data == b"fax"


def test_in_parts_and_filed_and_read(place: Place) -> None:
    """After a cut HEAD says where to go on; the secretariat reads what is not RED, a rival nothing; all is noted."""
    hanako, office = place.caller("hanako"), place.caller("office")
    body = b"0123456789" * 15_000
    digest = sha256(body).hexdigest()
    begun = hanako.post("uploads", {"name": "../大きい.log", "size": len(body), "sha256": digest})
    where = f"uploads/{begun.json['id']}"
    assert (begun.json["name"], begun.json["state"], begun.json["offset"]) == ("大きい.log", "arriving", 0)
    assert send(hanako, where, 0, body[: CHUNK + 9]).headers["Upload-Offset"] == str(CHUNK)
    asked = hanako.call("HEAD", where)
    headers = {name: asked.headers[name] for name in ("Upload-Offset", "Upload-Length", "Tus-Resumable")}
    assert headers == {"Upload-Offset": str(CHUNK), "Upload-Length": str(len(body)), "Tus-Resumable": "1.0.0"}
    assert send(hanako, where, CHUNK + 9, body[CHUNK + 9 :]).status_code == 409
    last = send(hanako, where, CHUNK, body[CHUNK:])
    assert (last.status_code, last.headers.get("Content-Type")) == (204, None)
    assert send(hanako, where, CHUNK, body[CHUNK:]).status_code == 409, "nothing goes on there any more"
    assert send(hanako, where, len(body), b"").status_code == 204
    assert hanako.get(where).json["state"] == "unscanned"
    red = uploads(hanako, b"MZ", name="絵.png", label="TLP:RED")
    files = [begun.json["id"], red]
    reference = hanako.files(attachments=files)

    told = hanako.get(f"reports/{reference}").json["attachments"]
    assert [(each["name"], each["kind"], each["label"]) for each in told] == [
        ("大きい.log", "text", "TLP:AMBER"),
        ("絵.png", "pe", "TLP:RED"),
    ]
    assert [each["id"] for each in told] == files
    (seen,) = office.get(f"reports/{reference}").json["attachments"]
    assert (seen["id"], seen["sha256"], seen["given"]) == (files[0], digest, True)
    stix_id = next(item["id"] for item in office.get("feeds/inbox/objects", type="incident").json["items"])
    assert office.get(f"objects/{stix_id}/attachments").json["items"] == [seen]
    assert office.get(f"attachments/{seen['id']}").json == seen
    before = len(place.world.tags())
    given = office.get(f"attachments/{seen['id']}/content")
    assert (given.status_code, given.data, given.mimetype) == (200, body, "application/octet-stream")
    assert place.world.tags()[before:] == ["feed:objects:disclose"]
    readings = place.caller("boss").get(f"reports/{reference}/readings").json["items"]
    assert [line["file"] for line in readings].count("大きい.log") == 1

    absent = office.get(f"attachments/{ABSENT}/content")
    for caller, ident in ((office, red), (place.caller("rival"), seen["id"]), (place.caller("council"), seen["id"])):
        for path in (f"attachments/{ident}", f"attachments/{ident}/content"):
            hidden = caller.get(path)
            assert (hidden.status_code, hidden.data) == (404, absent.data)
    assert place.caller("rival").get(f"objects/{stix_id}/attachments").status_code == 404
    assert place.caller("auditor").get(f"attachments/{seen['id']}/content").status_code == 404
    assert place.stranger().get(f"attachments/{seen['id']}/content").status_code == 401
    assert office.get(f"attachments/{seen['id']}/content", {"Accept": "text/html"}).status_code == 406


def test_a_sample_leaves_locked(place: Place) -> None:
    hanako = place.caller("hanako")
    body = b"MZ" + b"\x90" * 100_000
    hanako.files(attachments=[uploads(hanako, body, name="検体.exe", sample=True)])
    (file,) = hanako.get(f"reports/{hanako.get('reports').json['items'][0]['reference']}").json["attachments"]
    given = place.caller("office").get(f"attachments/{file['id']}/content")
    assert given.mimetype == "application/zip"
    unlocked = [b"".join(parts) for _name, _size, parts in stream_unzip([given.data], password=b"infected")]
    assert unlocked == [body]


def test_wrong_uploads(place: Place) -> None:
    """Each refused with its code; nothing stays of what was refused."""
    hanako, rival = place.caller("hanako"), place.caller("rival")
    for body, status, code in (
        ({"name": "a", "size": 0}, 422, "empty-file"),
        ({"name": "a", "size": 400_001}, 422, "file-too-large"),
        ({"name": "a", "size": -1}, 422, "out-of-range"),
        ({"name": "a", "size": "3"}, 422, "not-a-number"),
        ({"size": 3}, 422, "missing"),
        ({"name": "a" * 1001, "size": 3}, 422, "too-long"),
        ({"name": "a", "size": 3, "sha256": "abc"}, 422, "not-a-digest"),
        ({"name": "a", "size": 3, "label": "RED"}, 422, "unknown-code"),
        ({"name": "a", "size": 3, "folder": "/"}, 422, "unknown-field"),
    ):
        answer = hanako.post("uploads", body)
        assert (answer.status_code, [each["code"] for each in answer.json["faults"]]) == (status, [code]), body
    where = f"uploads/{hanako.post('uploads', {'name': 'a', 'size': 9}).json['id']}"
    assert send(hanako, where, "", b"x").status_code == 422
    assert send(hanako, where, "-1", b"x").status_code == 422
    assert send(hanako, where, 5, b"x").status_code == 409
    assert send(hanako, where, 0, b"x", **{"Content-Type": "text/plain"}).status_code == 415
    assert send(hanako, where, 0, b"x" * 400_001).status_code == 413
    for method in ("GET", "HEAD", "DELETE"):
        assert rival.call(method, where).status_code == 404
        assert place.caller("office").call(method, where).status_code == 404, "it has files of its own only"
        assert place.caller("council").call(method, where).status_code == 403
    assert send(rival, where, 0, b"x" * 9).status_code == 404
    assert hanako.call("DELETE", where).status_code == 204
    assert hanako.get(where).status_code == 404
    wrong = hanako.post("uploads", {"name": "a", "size": 3, "sha256": "00" * 32}).json["id"]
    refused = send(hanako, f"uploads/{wrong}", 0, b"abc")
    assert (refused.status_code, refused.json["faults"][0]["code"]) == (422, "wrong-hash")
    assert hanako.get(f"uploads/{wrong}").status_code == 404
    uploads(hanako, b"x" * 390_000)
    full = hanako.post("uploads", {"name": "b", "size": 200_000})
    assert (full.status_code, full.json["faults"][0]["code"]) == (422, "no-room")
    theirs = uploads(rival)
    for given in ([theirs], [ABSENT], ["x"], "x", [1], {"a": 1}):
        answer = hanako.post("reports", {"submission": str(uuid4()), **REPORTED, "attachments": given})
        assert answer.status_code == 422, given
        assert answer.json["faults"][0]["field"] == "attachments"
    assert hanako.get("reports").json["items"] == []


REPORTED = {
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00:00+09:00",
    "service_impact": "yes",
    "summary": "受付システムが停止している。",
    "label": "TLP:AMBER",
}
