"""The REST door: feeds and their objects, digests and trends, and that what is hidden changes no answer."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from sharing.audit.tags import Tag
from sharing.errors import Busy
from tests.hub.api.conftest import REPORT, Place
from tests.hub.api.tools import disclosures


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
