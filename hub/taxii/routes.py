"""A door: the routes of TAXII 2.1. Each parses, asks one operation, renders stored bytes, and logs what it gives."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session

from feeds.errors import FeedError
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.stix.timestamps import format_timestamp
from feeds.taxii import query, resources
from feeds.taxii.gap import Tally, build_tally
from feeds.taxii.media import TAXII
from feeds.taxii.query import Asked, parse_query
from hub.security.beat import hold_if_missed
from hub.settings import Settings
from hub.taxii import deleting, posting
from hub.taxii.answers import (
    Refused,
    answer,
    answer_feed_error,
    answer_refused,
    answer_sharing_error,
)
from hub.taxii.gate import KEY, as_usual, enter
from hub.taxii.noted import GIVEN, note_of
from hub.wiring import Hub
from sharing.collections.access import OpenCollection
from sharing.collections.api_roots import RootRules, list_roots, load_collection_of, load_root
from sharing.disclosures import shown_of
from sharing.errors import NotVisible, SharingError
from sharing.people.key_requests import Note
from sharing.readers import Reader
from sharing.reading.grants import Given, Listed
from sharing.reading.page import GivenPage, page, page_for_machines
from sharing.reading.question import ALL, Question

blueprint = Blueprint("taxii", __name__, url_prefix="/taxii2")
blueprint.register_error_handler(Refused, answer_refused)
blueprint.register_error_handler(FeedError, answer_feed_error)
blueprint.register_error_handler(SharingError, answer_sharing_error)


@blueprint.after_request
def speak_taxii(response: Response) -> Response:
    """The framework answers OPTIONS by itself, in its own media type."""
    if request.method == "OPTIONS":
        response.content_type = TAXII
    return response


@blueprint.after_request
def note_request(response: Response) -> Response:
    """Note what was asked and given, for whoever set this client up; without a body, and after the answer is made."""
    key_id = request.environ.get(KEY)
    if key_id is not None:
        the_hub().notes.add(Note(key_id, note_of(the_hub(), response)))
    return response


TALLY_PAGES = 20
"""Pages of records that one tally counts: twenty thousand; then it says how far it came."""

Render = Callable[[Sequence[Any], str | None], bytes]


def the_hub() -> Hub:
    """The wiring of the application that serves this request."""
    hub: Hub = current_app.extensions["hub"]
    return hub


@blueprint.get("/")
def discovery() -> Response:
    """The server: what it is, and the API roots that the caller may know of."""
    hub = the_hub()
    with hub.reading() as session:
        found = list_roots(session, enter(hub, session))
    return answer(
        resources.discovery(
            [_root_address(hub.settings, each.name) for each in found],
            title="ceptoar-hub",
            description="Sharing between the sectors of Japan's critical infrastructure",
        )
    )


def _root_address(settings: Settings, name: str) -> str:
    """The whole address where the caller asked at the hub's own https address: some clients join nothing (cytaxii2).

    Elsewhere the path alone, which is right whatever name the caller knows the hub by.
    """
    is_own = settings.https and request.host == urlsplit(settings.base_url).netloc
    return f"{settings.base_url.rstrip('/') if is_own else ''}/taxii2/{name}/"


_HUB_RULES = RootRules(
    title="ceptoar-hub",
    title_ja="ceptoar-hub",
    description="Every collection that you may read or write; `inbox` holds all that you may see",
)
"""What the root that every hub has says of itself."""


@blueprint.get("/<root>/")
def api_root(root: str) -> Response:
    """An API root."""
    hub = the_hub()
    with hub.reading() as session:
        rules = load_root(session, enter(hub, session), root).rules or _HUB_RULES
    return answer(
        resources.api_root(
            title=rules.title,
            description=rules.description,
            max_content_length=posting.most_bytes(hub, rules.max_content_length),
        )
    )


@blueprint.get("/<root>/collections/")
def collections(root: str) -> Response:
    """The collections of this root that the caller may read or write, by id."""
    hub = the_hub()
    with hub.reading() as session:
        opened = load_root(session, enter(hub, session), root).collections
        return answer(resources.collections([_resource(each) for each in opened]))


@blueprint.get("/<root>/collections/<ident>/")
def collection(root: str, ident: str) -> Response:
    """One collection, by id or alias."""
    hub = the_hub()
    with hub.reading() as session:
        opened = load_collection_of(session, enter(hub, session), root, ident)
        return answer(resources.dumps(_resource(opened)))


def _resource(opened: OpenCollection) -> dict[str, object]:
    return resources.collection(opened.collection, can_read=opened.can_read, can_write=opened.can_write)


@blueprint.get("/<root>/collections/<ident>/objects/")
def objects(root: str, ident: str) -> Response:
    """A page of objects: their stored bytes, joined."""
    return _paged(root, ident, resources.envelope, what="objects")


@blueprint.post("/<root>/collections/<ident>/objects/")
def add_objects(root: str, ident: str) -> Response:
    """Take in an envelope; the answer is its status resource."""
    return posting.post(the_hub(), root, ident)


@blueprint.get("/<root>/collections/<ident>/manifest/")
def manifest(root: str, ident: str) -> Response:
    """A page of the manifest: the same rows without their bytes."""
    return _paged(root, ident, resources.manifest, what="manifest")


@blueprint.get("/<root>/collections/<ident>/objects/<stix_id>/")
def one_object(root: str, ident: str, stix_id: str) -> Response:
    """The versions of one object that the filters let through, by default the last."""
    return _paged(root, ident, resources.envelope, what="object", allowed=query.OF_OBJECT, only=stix_id)


@blueprint.delete("/<root>/collections/<ident>/objects/<stix_id>/")
def delete_object(root: str, ident: str, stix_id: str) -> Response:
    """Take an object of the caller's organization out of the collection, by default in all versions."""
    return deleting.delete(the_hub(), root, ident, stix_id)


@blueprint.get("/<root>/collections/<ident>/objects/<stix_id>/versions/")
def versions(root: str, ident: str, stix_id: str) -> Response:
    """The versions of one object, in the order in which they were added."""
    return _paged(
        root, ident, resources.versions, what="versions", allowed=query.OF_VERSIONS, only=stix_id, every_version=True
    )


@blueprint.get("/<root>/collections/<ident>/x_tally/")
def tally(root: str, ident: str) -> Response:
    """Count and hash of the manifest's records in a range, so that a client sees whether it lost any."""
    hub = the_hub()
    counted, reached, shown = Tally(), None, []
    with hub.reading() as session:
        reader = enter(hub, session)
        asked = parse_query(request.environ.get("QUERY_STRING", ""), until=True)
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


@blueprint.get("/<root>/status/<ident>/")
def status(root: str, ident: str) -> Response:
    """The status of a post, for whoever posted it."""
    return posting.status(the_hub(), root, ident)


def _paged(
    root: str,
    ident: str,
    render: Render,
    *,
    what: str,
    allowed: frozenset[str] = query.EVERY,
    only: str | None = None,
    every_version: bool = False,
) -> Response:
    """Read a page, log what it gives, and answer; nothing leaves before it is logged."""
    hub = the_hub()
    parsed = cache(partial(_asked, allowed, only, every_version=every_version))

    def find(session: Session, met: tuple[Reader, int]) -> GivenPage:
        return _found(hub, session, *met, parsed(), bodies=what.startswith("object"))

    with hub.reading(snapshot=False) as session:
        with as_usual(hub, session, root, ident, guess=find) as visit:
            reader = enter(hub, session)
            asked = parsed()
            opened = load_collection_of(session, reader, root, ident)
            if not opened.can_read:
                raise Refused(403, because(Code.WRITE_ONLY))
            visit.met_as = (reader, opened.feed)
            found = find(session, visit.met_as)
        if only is not None and not found.rows and asked.token is None:
            _must_exist(hub, session, reader, opened, Question(ids=(only,), versions=asked.question.versions))
    hold_if_missed(asked.question.ids, found.rows)
    request.environ[GIVEN] = (len(found.rows), found.next is not None)
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


def _asked(allowed: frozenset[str], only: str | None, *, every_version: bool) -> Asked:
    asked = parse_query(request.environ.get("QUERY_STRING", ""), allowed)
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
