"""A door: pages of what a collection holds. Each asks one operation, renders stored bytes, and logs what it gives."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.orm import Session

from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.stix.timestamps import format_timestamp
from feeds.taxii import query, resources
from feeds.taxii.gap import Tally, build_tally
from feeds.taxii.query import Asked, parse_query
from hub.security.beat import hold_if_missed
from hub.taxii.answers import Refused, Reply, answer
from hub.taxii.gate import as_usual, enter
from hub.taxii.noted import GIVEN
from hub.wiring import Hub
from sharing.collections.access import OpenCollection
from sharing.collections.api_roots import load_collection_of
from sharing.disclosures import shown_of
from sharing.errors import NotVisible
from sharing.readers import Reader
from sharing.reading.grants import Given, Listed
from sharing.reading.page import GivenPage, page, page_for_machines
from sharing.reading.question import ALL, Question

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TALLY_PAGES: Final = 20
"""Pages of records that one tally counts: twenty thousand; then it says how far it came."""

Render = Callable[[Sequence[Any], str | None], bytes]


def objects(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str) -> Reply:
    """A page of objects: their stored bytes, joined."""
    return _paged(hub, environ, root, ident, resources.envelope, what="objects")


def manifest(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str) -> Reply:
    """A page of the manifest: the same rows without their bytes."""
    return _paged(hub, environ, root, ident, resources.manifest, what="manifest")


def one_object(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str, stix_id: str) -> Reply:
    """The versions of one object that the filters let through, by default the last."""
    return _paged(hub, environ, root, ident, resources.envelope, what="object", allowed=query.OF_OBJECT, only=stix_id)


def versions(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str, stix_id: str) -> Reply:
    """The versions of one object, in the order in which they were added."""
    return _paged(
        hub,
        environ,
        root,
        ident,
        resources.versions,
        what="versions",
        allowed=query.OF_VERSIONS,
        only=stix_id,
        every_version=True,
    )


def tally(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str) -> Reply:
    """Count and hash of the manifest's records in a range, so that a client sees whether it lost any."""
    counted, reached, shown = Tally(), None, []
    with hub.reading() as session:
        reader = enter(hub, session, environ)
        asked = parse_query(environ.get("QUERY_STRING", ""), until=True)
        opened = load_collection_of(session, reader, root, ident)
        if not opened.can_read:
            raise Refused(403, because(Code.WRITE_ONLY))
        question = Question(**{"versions": (ALL,), **asked.given})
        token: str | None = None
        for number in range(TALLY_PAGES):
            found = page(session, reader, opened.feed, question, token=token, bodies=False, sealer=hub.secrets.cursor)
            counted.add((format_timestamp(row.position), row.stix_id, row.version) for row in found.rows)
            shown += shown_of(reader.actor, opened.feed, found.rows, question, what="tally", at=hub.clock())
            token = found.next
            if token is None:
                break
            reached = found.last if number == TALLY_PAGES - 1 else None
    hub.disclosures.log(shown)
    return answer(build_tally(counted, reached))


def _paged(
    hub: Hub,
    environ: "WSGIEnvironment",
    root: str,
    ident: str,
    render: Render,
    *,
    what: str,
    allowed: frozenset[str] = query.EVERY,
    only: str | None = None,
    every_version: bool = False,
) -> Reply:
    """Read a page, log what it gives, and answer; nothing leaves before it is logged."""
    parsed = cache(partial(_asked, environ, allowed, only, every_version=every_version))

    def find(session: Session, met: tuple[Reader, int]) -> GivenPage:
        return _found(hub, session, *met, parsed(), bodies=what.startswith("object"))

    with hub.reading(snapshot=False) as session:
        with as_usual(hub, session, environ, root, ident, guess=find) as visit:
            reader = enter(hub, session, environ)
            asked = parsed()
            opened = load_collection_of(session, reader, root, ident)
            if not opened.can_read:
                raise Refused(403, because(Code.WRITE_ONLY))
            visit.met_as = (reader, opened.feed)
            found = find(session, visit.met_as)
        if only is not None and not found.rows and asked.token is None:
            _must_exist(hub, session, reader, opened, Question(ids=(only,), versions=asked.question.versions))
    hold_if_missed(environ, asked.question.ids, found.rows)
    environ[GIVEN] = (len(found.rows), found.next is not None)
    if not found.rows:
        return answer(render((), found.next))
    shown = shown_of(reader.actor, opened.feed, found.rows, found.question, what=what, at=hub.clock())
    hub.disclosures.log(shown)
    return answer(render(found.rows, found.next), headers=resources.date_headers(found.rows))


def _found(hub: Hub, session: Session, reader: Reader, feed: int, asked: Asked, *, bodies: bool) -> GivenPage:
    return page_for_machines(
        session,
        reader,
        feed,
        asked.question,
        Given if bodies else Listed,
        limit=asked.limit,
        token=asked.token,
        given=asked.given,
        sealer=hub.secrets.cursor,
    )


def _asked(environ: "WSGIEnvironment", allowed: frozenset[str], only: str | None, *, every_version: bool) -> Asked:
    asked = parse_query(environ.get("QUERY_STRING", ""), allowed)
    if only is None:
        return asked
    if "\x00" in only:
        raise NotVisible("no such object")
    given = {**asked.given, "ids": (only,)}
    if every_version:
        given["versions"] = (ALL,)
    return Asked(Question(**given), asked.limit, asked.token, given)


def _must_exist(hub: Hub, session: Session, reader: Reader, opened: OpenCollection, named: Question) -> None:
    """What other filters leave out is an empty answer; what the reader may not see is none, in a version too (5.7)."""
    if not page(session, reader, opened.feed, named, limit=1, sealer=hub.secrets.cursor).rows:
        raise NotVisible("no such object")
