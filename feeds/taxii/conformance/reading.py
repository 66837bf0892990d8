"""Holds the checks that only read; each says what it expected and what it found."""

import re
import ssl
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from feeds.errors import TimestampError
from feeds.stix.timestamps import parse_timestamp
from feeds.taxii.conformance.asking import TAXII, Reply
from feeds.taxii.conformance.check import Failed, Ground, Level, Skipped, check, expect, expect_that

SHOULD = Level.SHOULD
_WHOLE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def is_taxii(reply: Reply) -> bool:
    """Whether an answer says the media type of the specification, written with or without blanks."""
    return reply.media_type.replace(" ", "").lower() == TAXII


@check("T-01", "1.6.8.1", "Every answer is application/taxii+json;version=2.1, errors too")
def media_type(ground: Ground) -> Reply | None:
    """Ask for what is there and what is not."""
    for reply in (ground.ask("collections/"), ground.ask(f"collections/{uuid4()}/")):
        expect_that(is_taxii(reply), TAXII, reply.seen, reply)
    return reply


@check("T-02", "1.6.8.2", "Accept without a version gets the newest version")
def accept_without_version(ground: Ground) -> Reply | None:
    """What the specification says of a client that names none."""
    return expect(ground.ask("collections/", headers={"Accept": "application/taxii+json"}), 200)


@check("T-03", "RFC 9110 12.5.1", "Accept with a blank, in a list, with q, or */*", SHOULD)
def accept_in_many_forms(ground: Ground) -> Reply | None:
    """As client libraries write it."""
    for accept in ("application/taxii+json; version=2.1", f"text/html, {TAXII};q=0.5", "*/*"):
        reply = expect(ground.ask("collections/", headers={"Accept": accept}), 200)
    return reply


@check("T-04", "1.6.8.1", "An Accept that cannot be met is 406")
def accept_that_cannot_be_met(ground: Ground) -> Reply | None:
    """Another type, and a version that does not exist."""
    for accept in ("application/json", "application/taxii+json;version=9.9"):
        reply = expect(ground.ask("collections/", headers={"Accept": accept}), 406)
    return reply


@check("T-08", "robustness", "A request without User-Agent is served", SHOULD)
def no_user_agent(ground: Ground) -> Reply | None:
    """Not every program says its name."""
    return expect(ground.ask("collections/", headers={"User-Agent": None}), 200)


@check("T-09", "3.1", "An address without its slash is no failure and no web page")
def no_slash(ground: Ground) -> Reply | None:
    """A redirection or the same answer."""
    reply = ground.ask("collections")
    expect_that(reply.status < 500, "an answer below 500", reply.seen, reply)
    expect_that("html" not in reply.media_type or reply.status in {301, 307, 308}, "no web page", reply.seen, reply)
    return reply


@check("T-10", "4.1.1", "Discovery names its default among its API roots, as https address or path")
def discovery(ground: Ground) -> Reply | None:
    """The resource that every client begins with."""
    if not ground.discovery:
        raise Skipped("the address given is an API root")
    reply = expect(ground.server.ask(ground.discovery), 200)
    roots = reply.resource.get("api_roots", [])
    expect_that(bool(reply.resource.get("title")), "a title", "none", reply)
    default = reply.resource.get("default")
    expect_that(default is None or default in roots, "the default among the roots", f"{default} in {roots}", reply)
    for root in roots:
        fine = isinstance(root, str) and (root.startswith(("https://", "http://")) or re.match(r"/[^/]", root))
        expect_that(bool(fine) and not urlsplit(root).query, "an address or a path with one slash", root, reply)
    return reply


@check("T-11", "4.2.1", "The API root says its versions and how much it takes")
def api_root(ground: Ground) -> Reply | None:
    """`title`, `versions`, `max_content_length`."""
    reply = expect(ground.ask(), 200)
    versions = [str(each).replace(" ", "") for each in reply.resource.get("versions", [])]
    expect_that(TAXII in versions, f"{TAXII} in versions", versions, reply)
    most = reply.resource.get("max_content_length")
    expect_that(isinstance(most, int) and most > 0, "max_content_length above 0", most, reply)
    return reply


@check("T-12", "habit of OpenCTI", "Titles of collections are unique and without a dot", SHOULD)
def titles(ground: Ground) -> Reply | None:
    """Its connector splits on the dot."""
    reply = expect(ground.ask("collections/"), 200)
    found = [str(each.get("title")) for each in reply.items("collections")]
    expect_that(len(set(found)) == len(found), "unique titles", found, reply)
    expect_that(not any("." in title for title in found), "titles without a dot", found, reply)
    return reply


@check("T-14", "1.6.9, 3.2", "Without a login: 401 with a challenge and an error in JSON")
def no_login(ground: Ground) -> Reply | None:
    """Never a page, never an answer."""
    if ground.server.login.header is None:
        raise Skipped("no key was given, so none seems to be needed")
    reply = ground.ask("collections/", anonymous=True)
    if reply.status == 200:
        raise Skipped("the server lets everybody read its collections")
    expect(reply, 401, 404)
    if reply.status == 401:
        expect_that("www-authenticate" in reply.headers, "WWW-Authenticate", "none", reply)
    expect_that(reply.value is not None, "an error in JSON", reply.seen, reply)
    return reply


@check("T-18", "5.2.1", "Ids of collections are UUIDs, and their order stays")
def collection_ids(ground: Ground) -> Reply | None:
    """Asked twice."""
    lists = []
    for _ in range(2):
        reply = expect(ground.ask("collections/"), 200)
        lists.append([str(each.get("id")) for each in reply.items("collections")])
    for ident in lists[0]:
        try:
            UUID(ident)
        except ValueError:
            raise Failed("a UUID", ident, reply) from None
    expect_that(lists[0] == lists[1], "the same order twice", lists, reply)
    return reply


@check("T-18b", "habit of Microsoft Sentinel", "Ids of collections are UUIDs of version 4", SHOULD)
def collection_ids_of_version_4(ground: Ground) -> Reply | None:
    """It refuses others."""
    reply = expect(ground.ask("collections/"), 200)
    for each in reply.items("collections"):
        try:
            version = UUID(str(each.get("id"))).version
        except ValueError:
            version = None
        expect_that(version == 4, "version 4", each.get("id"), reply)
    return reply


@check("T-19", "2", "An empty list is never sent")
def empty_lists(ground: Ground) -> Reply | None:
    """Where nothing is new the envelope is empty."""
    reply = expect(ground.objects({"added_after": "2999-01-01T00:00:00.000000Z"}), 200)
    for name, value in reply.resource.items():
        expect_that(value != [], f"no {name}", "an empty list", reply)
    return reply


@check("T-20", "5.2", "A collection is found by its id, and says the same as in the list")
def one_collection(ground: Ground) -> Reply | None:
    """And it is of this specification."""
    reply = expect(ground.ask(f"collections/{ground.reading['id']}/"), 200)
    for name in ("id", "title", "can_read", "can_write"):
        expect_that(
            reply.resource.get(name) == ground.reading.get(name),
            f"{name} as in the list",
            reply.resource.get(name),
            reply,
        )
    return reply


@check("T-21", "3.3, 5.3", "The manifest stands in ascending order of date_added")
def order(ground: Ground) -> Reply | None:
    """What every poller relies on."""
    ground.records(2)
    reply = expect(ground.manifest(), 200)
    dates = [_microseconds(each.get("date_added"), reply) for each in reply.items("objects")]
    expect_that(dates == sorted(dates), "ascending", "another order", reply)
    return reply


@check("T-22", "3.4", "added_after is strict, and may stand once")
def added_after(ground: Ground) -> Reply | None:
    """What is given back begins after the time that was asked with."""
    first = ground.records(1)[0]
    reply = expect(ground.manifest({"added_after": str(first["date_added"])}), 200)
    after = _microseconds(first["date_added"], reply)
    for each in reply.items("objects"):
        expect_that(_microseconds(each.get("date_added"), reply) > after, "only what is later", each, reply)
    twice = [("added_after", "2020-01-01T00:00:00Z"), ("added_after", "2021-01-01T00:00:00Z")]
    return expect(ground.objects(twice), 400)


@check("T-23", "3.4, STIX 3.13", "added_after with no, three or six digits of fraction")
def fractions(ground: Ground) -> Reply | None:
    """taxii2-client strips zeros at the end."""
    for text in ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.123Z", "2020-01-01T00:00:00.123456Z"):
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


@check("T-26", "3.5", "more comes with next, and the pages together are the whole")
def pages(ground: Ground) -> Reply | None:
    """Objects and manifest alike; as_pages would loop for ever."""
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
    reply = expect(ground.objects({"match[id]": ids[0], "match[type]": "x-another-type"}), 200)
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


@check("T-38", "3.4.1", "A type that nobody knows is an empty answer, no error")
def unknown_type(ground: Ground) -> Reply | None:
    """200 with nothing."""
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


@check("T-40", "3.4.1", "The same match field twice is refused", SHOULD)
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
        if reply.status < 400:
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
