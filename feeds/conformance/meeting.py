"""Holds the checks of how a server is met: media types, addresses, login, and what it says of itself."""

import re
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from feeds.conformance.asking import TAXII, Reply
from feeds.conformance.check import Failed, Ground, Level, Skipped, check, expect, expect_that

SHOULD = Level.SHOULD


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


@check("T-04", "1.6.8.1, 3.1", "An Accept that cannot be met is 406")
def accept_that_cannot_be_met(ground: Ground) -> Reply | None:
    """Another type, and a version that does not exist; a server may answer what it has instead."""
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
    expect_that(not reply.body or reply.value is not None, "an error in JSON, or no body", reply.seen, reply)
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
