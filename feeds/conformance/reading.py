"""Holds the checks that only read; each says what it expected and what it found."""

import re
import ssl
from urllib.parse import urlsplit
from uuid import uuid4

from feeds.conformance.asking import TAXII, Reply
from feeds.conformance.check import Failed, Ground, Level, Skipped, check, expect, expect_that
from feeds.errors import TimestampError
from feeds.stix.timestamps import parse_timestamp

SHOULD = Level.SHOULD
_WHOLE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@check("T-21", "3.3, 5.3", "The manifest stands in ascending order of date_added")
def order(ground: Ground) -> Reply | None:
    """What every poller relies on."""
    ground.records(2)
    reply = expect(ground.manifest(), 200)
    dates = [_microseconds(each.get("date_added"), reply) for each in reply.items("objects")]
    expect_that(dates == sorted(dates), "ascending", "another order", reply)
    return reply


@check("T-22", "3.4", "added_after is strict")
def added_after(ground: Ground) -> Reply | None:
    """What is given back begins after the time that was asked with."""
    first = ground.records(1)[0]
    reply = expect(ground.manifest({"added_after": str(first["date_added"])}), 200)
    after = _microseconds(first["date_added"], reply)
    for each in reply.items("objects"):
        expect_that(_microseconds(each.get("date_added"), reply) > after, "only what is later", each, reply)
    return reply


@check("T-22b", "3.4", "added_after twice is refused")
def added_after_twice(ground: Ground) -> Reply | None:
    """A client must not send it; what a server then answers is left open, and one of the two times is a guess."""
    twice = [("added_after", "2020-01-01T00:00:00Z"), ("added_after", "2021-01-01T00:00:00Z")]
    return expect(ground.objects(twice), 400)


@check("T-23", "2, 3.4", "added_after with six digits of fraction")
def whole_fraction(ground: Ground) -> Reply | None:
    """The one form that the specification has."""
    return expect(ground.objects({"added_after": "2020-01-01T00:00:00.123456Z", "limit": "1"}), 200)


@check("T-23c", "habit of taxii2-client", "added_after with no or three digits of fraction")
def fractions(ground: Ground) -> Reply | None:
    """It strips zeros at the end."""
    for text in ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.123Z"):
        reply = expect(ground.objects({"added_after": text, "limit": "1"}), 200)
    return reply


@check("T-23b", "3.4", "added_after that is no time is refused, and breaks nothing")
def no_times(ground: Ground) -> Reply | None:
    """400, never 500 and never data."""
    for text in ("yesterday", "2020-13-45T00:00:00Z", "2020-01-01T00:00:00"):
        reply = expect(ground.objects({"added_after": text}), 400)
    return reply


@check("T-24", "2, 3.4", "date_added is RFC 3339 in UTC, and given back it neither repeats nor skips")
def times(ground: Ground) -> Reply | None:
    """Each record's time as the next question's."""
    records = ground.records(3)
    for place, each in enumerate(records[:3]):
        text = str(each.get("date_added"))
        expect_that(bool(_WHOLE_TIME.fullmatch(text)), "a time in UTC", text)
        reply = expect(ground.manifest({"added_after": text, "limit": "1"}), 200)
        found = [one.get("date_added") for one in reply.items("objects")]
        later = [one["date_added"] for one in records[place + 1 :] if one["date_added"] != text]
        if later and "match[version]" not in reply.curl:
            expect_that(found == later[:1], f"{later[0]} next", found, reply)
    return reply


@check("T-25", "3.4", "limit is never exceeded; one that is no number above 0 is 400")
def limits(ground: Ground) -> Reply | None:
    """Zero, minus one and a word."""
    ground.records(3)
    reply = expect(ground.objects({"limit": "2"}), 200)
    expect_that(len(reply.items("objects")) <= 2, "at most 2", len(reply.items("objects")), reply)
    for limit in ("0", "-1", "abc"):
        reply = expect(ground.objects({"limit": limit}), 400)
    return reply


@check("T-26", "3.5", "The pages together are the whole")
def pages(ground: Ground) -> Reply | None:
    """Objects and manifest alike."""
    ground.records(3)
    last = ground.objects()
    if last.resource.get("more"):
        raise Skipped("the collection is too large to be read as a whole twice")
    whole = [(each.get("id"), each.get("modified")) for each in last.items("objects")]
    found = []
    for reply in ground.pages("objects/", {"limit": "2"}):
        found += [(each.get("id"), each.get("modified")) for each in reply.items("objects")]
        last = reply
        expect_that(len(found) <= len(whole), f"{len(whole)} objects", "more: some twice", reply)
    expect_that(found == whole, f"the {len(whole)} objects of the whole, in their order", len(found), last)
    count = sum(len(reply.items("objects")) for reply in ground.pages("manifest/", {"limit": "2"}))
    expect_that(count == len(whole), f"{len(whole)} records", count, last)
    return last


@check("T-26b", "habit of taxii2-client", "more comes with next, on objects and manifest")
def next_beside_more(ground: Ground) -> Reply | None:
    """The specification lets a server leave it out; as_pages then loops for ever."""
    ground.records(3)
    for reply in (ground.objects({"limit": "1"}), ground.manifest({"limit": "1"})):
        if expect(reply, 200).resource.get("more"):
            expect_that(isinstance(reply.resource.get("next"), str), "`next` beside `more`", "none", reply)
    return reply


@check("T-27", "habit of OpenCTI", "next works without repeating limit, added_after and match", SHOULD)
def next_alone(ground: Ground) -> Reply | None:
    """The filters of the first page go on."""
    records = ground.records(3)
    query = {"limit": "1", "match[id]": ",".join(str(each["id"]) for each in records[:2])}
    wanted = {str(each["id"]) for each in records[:2]}
    found: list[str] = []
    for reply in ground.pages("objects/", query, keep=False):
        found += [str(each.get("id")) for each in reply.items("objects")]
    expect_that(set(found) <= wanted, "only what was asked for", "the filter gone on the second page", reply)
    expect_that(len(found) == len(set(found)) == len(wanted), f"{len(wanted)} objects, each once", found, reply)
    return reply


@check("T-28", "robustness", "The same next asked twice gives the same page", SHOULD)
def next_twice(ground: Ground) -> Reply | None:
    """Answers get lost."""
    ground.records(3)
    first = expect(ground.objects({"limit": "1"}), 200)
    if not first.resource.get("next"):
        raise Skipped("no second page")
    query = {"limit": "1", "next": str(first.resource["next"])}
    one, two = (expect(ground.objects(query), 200) for _ in range(2))
    ids = [[each.get("id") for each in reply.items("objects")] for reply in (one, two)]
    expect_that(ids[0] == ids[1], "the same page", "another", two)
    return two


@check("T-29", "3.5", "A next that was changed by hand is refused", SHOULD)
def next_changed(ground: Ground) -> Reply | None:
    """400 or 404, never data and never a failure."""
    return expect(ground.objects({"limit": "1", "next": "ThisWasNeverGiven"}), 400, 404)


@check("T-31", "3.4", "X-TAXII-Date-Added-First and -Last are those of the first and last item")
def date_headers(ground: Ground) -> Reply | None:
    """On objects and manifest, and nothing odd where there is nothing."""
    ground.records(1)
    manifest = expect(ground.manifest({"limit": "2"}), 200)
    dates = [_microseconds(each.get("date_added"), manifest) for each in manifest.items("objects")]
    for reply in (manifest, expect(ground.objects({"limit": "2"}), 200)):
        for name, date in (("first", dates[0]), ("last", dates[-1])):
            text = reply.headers.get(f"x-taxii-date-added-{name}")
            expect_that(text is not None, f"X-TAXII-Date-Added-{name}", "none", reply)
            expect_that(_microseconds(text, reply) == date, f"the {name} item's date", text, reply)
    nothing = expect(ground.objects({"added_after": "2999-01-01T00:00:00.000000Z"}), 200)
    for name in ("first", "last"):
        text = nothing.headers.get(f"x-taxii-date-added-{name}")
        if text is not None:
            _microseconds(text, nothing)
    return manifest


@check("T-34", "3.4.1", "match[id] and match[type]: commas are or, fields are and")
def match_id_type(ground: Ground) -> Reply | None:
    """Two ids, then one with another type."""
    records = ground.records(2)
    ids = list(dict.fromkeys(str(each["id"]) for each in records))[:2]
    reply = expect(ground.objects({"match[id]": ",".join(ids)}), 200)
    found = {str(each.get("id")) for each in reply.items("objects")}
    expect_that(found == set(ids), f"{len(ids)} objects", sorted(found), reply)
    kind = ids[0].partition("--")[0]
    reply = expect(ground.objects({"match[id]": ids[0], "match[type]": kind}), 200)
    expect_that(len(reply.items("objects")) >= 1, "the object", "none", reply)
    other = "tool" if kind == "malware" else "malware"
    reply = expect(ground.objects({"match[id]": ids[0], "match[type]": other}), 200)
    expect_that(not reply.items("objects"), "nothing: both filters hold", len(reply.items("objects")), reply)
    return reply


@check("T-35", "3.4.1", "match[version]: last, first, all and an exact one")
def versions(ground: Ground) -> Reply | None:
    """Of one object."""
    record = ground.records(1)[0]
    for version in ("last", "first", "all", "first,last"):
        reply = expect(ground.objects({"match[id]": str(record["id"]), "match[version]": version}), 200)
        expect_that(bool(reply.items("objects")), f"the object for {version}", "none", reply)
    return reply


@check("T-35b", "3.4.1", "A match[version] that is none, or all beside another, is 400")
def bad_versions(ground: Ground) -> Reply | None:
    """Never 500."""
    for version in ("nonsense", "all,last"):
        reply = expect(ground.objects({"match[version]": version}), 400)
    return reply


@check("T-36", "3.4.1", "match[spec_version] is taken")
def spec_version(ground: Ground) -> Reply | None:
    """One and a list."""
    for version in ("2.1", "2.0,2.1"):
        reply = expect(ground.objects({"match[spec_version]": version, "limit": "1"}), 200)
    return reply


@check("T-38", "3.4.1", "A type of STIX 2.1 in match[type] is no error, whether it is there or not")
def known_types(ground: Ground) -> Reply | None:
    """An object, a relationship, an observable, and what is neither."""
    for kind in ("malware-analysis", "sighting", "windows-registry-key", "language-content"):
        reply = expect(ground.objects({"match[type]": kind, "limit": "1"}), 200)
    return reply


@check("T-38b", "3.4.1", "A type that nobody knows is an empty answer, no error")
def unknown_type(ground: Ground) -> Reply | None:
    """200 with nothing; the specification lets a server refuse it."""
    reply = expect(ground.objects({"match[type]": "x-unheard-of"}), 200)
    expect_that(not reply.items("objects"), "nothing", len(reply.items("objects")), reply)
    return reply


@check("T-39", "5.3, 5.3.1", "The manifest is filtered like the objects, and names media types of the collection")
def manifest(ground: Ground) -> Reply | None:
    """One record for one id."""
    record = ground.records(1)[0]
    reply = expect(ground.manifest({"match[id]": str(record["id"])}), 200)
    found = reply.items("objects")
    expect_that({each.get("id") for each in found} == {record["id"]}, "that record", found, reply)
    known = [str(each).replace(" ", "") for each in ground.reading.get("media_types", [])]
    for each in found:
        kind = str(each.get("media_type", "")).replace(" ", "")
        expect_that(not (known and kind) or kind in known, f"one of {known}", kind, reply)
    return reply


@check("T-40", "3.4.1", "The same match field twice is refused")
def match_twice(ground: Ground) -> Reply | None:
    """Which of them would be meant?"""
    return expect(ground.objects([("match[type]", "indicator"), ("match[type]", "malware")]), 400)


@check("T-42", "5.6", "An object that is not there is 404")
def unknown_object(ground: Ground) -> Reply | None:
    """By an id that nobody gave."""
    return expect(ground.ask(f"collections/{ground.reading['id']}/objects/indicator--{uuid4()}/"), 404)


@check("T-42b", "5.8", "The versions of an object are listed")
def object_versions(ground: Ground) -> Reply | None:
    """At least the one of the manifest."""
    record = ground.records(1)[0]
    reply = expect(ground.ask(f"collections/{ground.reading['id']}/objects/{record['id']}/versions/"), 200)
    found = [_microseconds(each, reply) for each in reply.resource.get("versions", [])]
    wanted = _microseconds(record.get("version"), reply)
    expect_that(wanted in found, f"{record.get('version')}", reply.resource.get("versions"), reply)
    return reply


@check("T-49", "4.3", "A status that is not there is 404")
def unknown_status(ground: Ground) -> Reply | None:
    """By an id that nobody gave."""
    return expect(ground.ask(f"status/{uuid4()}/"), 404)


@check("T-55", "3.6.1", "An error has a title, and its http_status is the real one")
def error_bodies(ground: Ground) -> Reply | None:
    """For what is not there and for what is wrong."""
    for reply in (ground.ask(f"collections/{uuid4()}/"), ground.objects({"limit": "0"})):
        if reply.status < 400 or not reply.body:
            continue
        expect_that(bool(reply.resource.get("title")), "an error with a title", reply.seen, reply)
        status = reply.resource.get("http_status")
        expect_that(status is None or str(status) == str(reply.status), f"http_status {reply.status}", status, reply)
    return reply


@check("T-56", "3.6", "A method that an address does not take is 405", SHOULD)
def wrong_method(ground: Ground) -> Reply | None:
    """PUT stands nowhere in the specification."""
    reply = ground.ask("collections/", method="PUT", body=b"{}", headers={"Content-Type": TAXII})
    return expect(reply, 405)


@check("T-57", "8.2.2", "Over https, with TLS 1.2 or newer")
def tls(ground: Ground) -> Reply | None:
    """An old version is refused in the handshake."""
    parts = urlsplit(ground.server.base)
    if parts.scheme != "https":
        raise Skipped("the address given is http")
    import socket  # noqa: PLC0415  only here

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((parts.hostname or "", parts.port or 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as wrapped,
    ):
        version = wrapped.version()
    expect_that(version in {"TLSv1.2", "TLSv1.3"}, "TLS 1.2 or 1.3", version)
    return None


@check("T-60", "1.7.1", "A Range header is ignored", SHOULD)
def no_range(ground: Ground) -> Reply | None:
    """It left the specification with version 2.1."""
    return expect(ground.objects({"limit": "1"}, headers={"Range": "items 0-1"}), 200)


def _microseconds(text: object, reply: Reply | None) -> int:
    try:
        return parse_timestamp(str(text))
    except TimestampError:
        raise Failed("a time as RFC 3339 in UTC", str(text), reply) from None
