"""Holds the checks that write: into a collection that can be deleted from, and only what is deleted again."""

import json
import time
from typing import Any, Final
from uuid import uuid4

from feeds.conformance.asking import Reply
from feeds.conformance.check import Ground, Level, Skipped, check, expect, expect_that

SHOULD = Level.SHOULD
WAIT_SECONDS: Final = 10
"""How long a status may stay pending before a check goes on without it."""

BAD_BODIES: Final = {
    "not JSON": b'{"objects":[',
    "a list": b"[]",
    "not UTF-8": b'{"objects":[{"type":"\xff\xfe"}]}',
    "10,000 levels": b'{"objects":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
}


def settled(ground: Ground, reply: Reply) -> Reply:
    """The status of a post once nothing is pending, where the server gets there in time."""
    end = time.monotonic() + WAIT_SECONDS
    while reply.resource.get("status") == "pending" and time.monotonic() < end:
        time.sleep(0.2)
        reply = expect(ground.ask(f"status/{reply.resource.get('id')}/"), 200)
    return reply


@check("T-44", "5.5", "A post is answered with 202 and its status", writes=True)
def accepted(ground: Ground) -> Reply | None:
    """With id, state and counts."""
    reply = expect(ground.post([ground.indicator()]), 202)
    expect_that(reply.resource.get("status") in {"complete", "pending"}, "complete or pending", reply.body[:80], reply)
    return reply


@check("T-05", "1.6.8.2", "A Content-Type without version, or with a blank, is taken", writes=True)
def content_types(ground: Ground) -> Reply | None:
    """Never 415."""
    for kind in ("application/taxii+json", "application/taxii+json; version=2.1"):
        reply = expect(ground.post([ground.indicator()], kind), 202)
    return reply


@check("T-06", "3.1", "A body of another type is 415", writes=True)
def wrong_content_type(ground: Ground) -> Reply | None:
    """Plain text; the specification lets a server take it."""
    return expect(ground.post([ground.indicator()], "text/plain"), 415)


@check("T-45", "4.3.1", "Counts and lists of a status agree", writes=True)
def counts(ground: Ground) -> Reply | None:
    """taxii2-client refuses a status whose lists have other lengths."""
    reply = settled(ground, expect(ground.post([ground.indicator(), ground.indicator()]), 202))
    found = reply.resource
    total = sum(int(found.get(f"{name}_count", 0)) for name in ("success", "failure", "pending"))
    expect_that(found.get("total_count") == total == 2, "a total of 2, the sum of the others", found, reply)
    for name, many in (("success", "successes"), ("failure", "failures"), ("pending", "pendings")):
        if many in found:
            expect_that(len(found[many]) == found[f"{name}_count"], f"{name}_count {many}", len(found[many]), reply)
    again = expect(ground.ask(f"status/{found.get('id')}/"), 200)
    expect_that(again.resource.get("id") == found.get("id"), "the same status again", again.seen, again)
    return reply


@check("T-46", "5.5", "The same object twice is no error", writes=True)
def duplicates(ground: Ground) -> Reply | None:
    """A post whose answer was lost is sent again."""
    one = [ground.indicator()]
    for _ in range(2):
        reply = settled(ground, expect(ground.post(one), 202))
        expect_that(reply.resource.get("failure_count", 0) == 0, "no failure", reply.body[:200], reply)
    return reply


@check("T-47", "4.3", "Of good and bad objects, what is stored is what the status says", SHOULD, writes=True)
def mixed(ground: Ground) -> Reply | None:
    """Or the post is refused as a whole, and nothing is stored."""
    good = ground.indicator()
    bad = {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid4()}"}
    reply = ground.post([good, bad])
    expect_that(reply.status in {202, 400, 422}, "202, 400 or 422", reply.seen, reply)
    if reply.status == 202:
        reply = settled(ground, reply)
    assert ground.target is not None
    stored = ground.ask(f"collections/{ground.target['id']}/objects/{good['id']}/")
    there = stored.status == 200 and bool(stored.items("objects"))
    expected = reply.status == 202 and good["id"] in {
        each if isinstance(each, str) else each.get("id") for each in reply.resource.get("successes", [])
    }
    if reply.status == 202 and "successes" not in reply.resource:
        expected = reply.resource.get("success_count", 0) >= 1
    expect_that(there == expected, "stored" if expected else "not stored", "the contrary", reply)
    return reply


@check("T-48", "5.5", "A body that is no envelope is 400 or 422, and breaks nothing", writes=True)
def bad_bodies(ground: Ground) -> Reply | None:
    """Cut off, a list, not UTF-8, nested ten thousand times."""
    for body in BAD_BODIES.values():
        reply = expect(ground.post(body), 400, 413, 422)
    return reply


@check("T-48b", "5.5", "A body that says it is too large is 413", writes=True)
def too_large(ground: Ground) -> Reply | None:
    """By its Content-Length, without sending it."""
    most = expect(ground.ask(), 200).resource.get("max_content_length")
    if not isinstance(most, int) or most > 1 << 40:
        raise Skipped(f"max_content_length is {most}")
    if most > 32 << 20:
        raise Skipped(f"sending more than {most} bytes would burden the server")
    return expect(ground.post(b'{"objects":[]}' + b" " * most), 413)


@check("T-51", "STIX 3.1, 3.13", "A time without fraction and an object of STIX 2.0 break nothing", SHOULD, writes=True)
def odd_objects(ground: Ground) -> Reply | None:
    """Taken or refused, never 500."""
    old = ground.indicator(modified="2026-01-01T00:00:00Z", created="2026-01-01T00:00:00Z")
    unversioned = {key: value for key, value in ground.indicator().items() if key != "spec_version"}
    for each in (old, unversioned):
        reply = ground.post([each])
        expect_that(reply.status < 500, "an answer below 500", reply.seen, reply)
    return reply


@check("T-30", "3.5", "Two versions of an object at the edge of a page are both given", writes=True)
def versions_at_an_edge(ground: Ground) -> Reply | None:
    """Seven versions, two a page."""
    one = ground.indicator()
    wanted = [f"2026-01-{day:02}T00:00:00.000Z" for day in range(1, 8)]
    reply = settled(ground, expect(ground.post([{**one, "modified": day} for day in wanted]), 202))
    found: list[Any] = []
    for reply in ground.pages("objects/", {"match[id]": one["id"], "match[version]": "all", "limit": "2"}):
        found += [each.get("modified") for each in reply.items("objects")]
    expect_that(sorted(found) == wanted, "seven versions, each once", found, reply)
    newest = expect(ground.objects({"match[id]": one["id"]}), 200)
    last = [each.get("modified") for each in newest.items("objects")]
    expect_that(last == wanted[-1:], "the last one where none is named", last, newest)
    return reply


@check("T-37", "3.4.1", "An object without modified has one version in manifest and list of versions", writes=True)
def unversioned(ground: Ground) -> Reply | None:
    """An address."""
    address: dict[str, Any] = {
        "type": "ipv4-addr",
        "spec_version": "2.1",
        "id": f"ipv4-addr--{uuid4()}",
        "value": "192.0.2.1",
    }
    if ground.marking:
        address["object_marking_refs"] = [ground.marking]
    reply = settled(ground, expect(ground.post([address]), 202))
    if reply.resource.get("failure_count"):
        raise Skipped("the server does not take such objects")
    records = expect(ground.manifest({"match[id]": str(address["id"])}), 200)
    named = [each.get("version") for each in records.items("objects")]
    reply = expect(ground.ask(f"collections/{ground.reading['id']}/objects/{address['id']}/versions/"), 200)
    expect_that(
        bool(named) and reply.resource.get("versions") == named, f"{named}", reply.resource.get("versions"), reply
    )
    return reply


@check("T-44b", "5.4", "What was posted comes back as it was", SHOULD, writes=True)
def fidelity(ground: Ground) -> Reply | None:
    """Every property, in every script."""
    one = ground.indicator(description="変電所の保護リレー \u2028 é \U0001f50c", confidence=7)
    settled(ground, expect(ground.post([one]), 202))
    reply = expect(ground.objects({"match[id]": one["id"]}), 200)
    expect_that(reply.items("objects") == [one], "the object as it was posted", json.dumps(reply.value)[:160], reply)
    return reply


@check(
    "T-07", "habit of OpenCTI", "A bundle as application/stix+json is taken, or refused clearly", SHOULD, writes=True
)
def bundle(ground: Ground) -> Reply | None:
    """202 or 415, nothing between."""
    one = ground.indicator()
    body = json.dumps({"type": "bundle", "id": f"bundle--{uuid4()}", "objects": [one]}).encode()
    return expect(ground.post(body, "application/stix+json; version=2.1", holding=[one["id"]]), 202, 415)


@check("T-53", "5.7", "DELETE takes all versions away, and a second time there is nothing", writes=True)
def deletion(ground: Ground) -> Reply | None:
    """Neither the object nor its record."""
    one = ground.indicator()
    newer = {**one, "modified": "2026-01-02T00:00:00.000Z"}
    settled(ground, expect(ground.post([one, newer]), 202))
    expect(ground.delete(one["id"]), 200)
    assert ground.target is not None
    path = f"collections/{ground.target['id']}/objects/{one['id']}/"
    gone = ground.ask(path, {"match[version]": "all"})
    if gone.status == 200 and gone.items("objects"):
        ground.left.add(one["id"])
    expect_that(gone.status == 404 or not gone.items("objects"), "nothing", "an older version", gone)
    records = expect(ground.manifest({"match[id]": one["id"], "match[version]": "all"}), 200)
    expect_that(not records.items("objects"), "no record", records.items("objects"), records)
    return gone
