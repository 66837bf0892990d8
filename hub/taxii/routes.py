"""A door: the routes of TAXII 2.1. Each parses, asks one operation, and renders stored bytes."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request

from feeds.errors import FeedError
from feeds.taxii import resources
from feeds.taxii.media import TAXII
from hub.settings import Settings
from hub.taxii import deleting, pages, posting
from hub.taxii.answers import (
    Refused,
    Reply,
    answer,
    answer_feed_error,
    answer_refused,
    answer_sharing_error,
)
from hub.taxii.gate import enter
from hub.taxii.noted import LAST, note
from hub.taxii.straight import FAILED
from hub.wiring import Hub
from sharing.collections.access import OpenCollection
from sharing.collections.api_roots import RootRules, list_roots, load_collection_of, load_root
from sharing.errors import SharingError

blueprint = Blueprint("taxii", __name__, url_prefix="/taxii2")
blueprint.register_error_handler(Refused, answer_refused)
blueprint.register_error_handler(FeedError, answer_feed_error)
blueprint.register_error_handler(SharingError, answer_sharing_error)


@blueprint.before_request
def fail_as_before() -> None:
    """Where a request went wrong on the straight way, it is answered here as if it had gone wrong here."""
    failed: Exception | None = request.environ.pop(FAILED, None)
    if failed is not None:
        raise failed


@blueprint.after_request
def speak_taxii(response: Response) -> Response:
    """The framework answers OPTIONS by itself, in its own media type."""
    if request.method == "OPTIONS":
        response.content_type = TAXII
    return response


@blueprint.after_request
def note_request(response: Response) -> Response:
    """Note what was asked and given, for whoever set this client up; without a body, and after the answer is made."""
    refusal = response.get_data() if response.status_code >= 400 else None
    note(the_hub(), request.environ, response.status_code, response.headers.get(LAST, ""), refusal)
    return response


def the_hub() -> Hub:
    """The wiring of the application that serves this request."""
    hub: Hub = current_app.extensions["hub"]
    return hub


@blueprint.get("/")
def discovery() -> Reply:
    """The server: what it is, and the API roots that the caller may know of."""
    hub = the_hub()
    with hub.reading() as session:
        found = list_roots(session, enter(hub, session, request.environ))
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
def api_root(root: str) -> Reply:
    """An API root."""
    hub = the_hub()
    with hub.reading() as session:
        rules = load_root(session, enter(hub, session, request.environ), root).rules or _HUB_RULES
    return answer(
        resources.api_root(
            title=rules.title,
            description=rules.description,
            max_content_length=posting.most_bytes(hub, rules.max_content_length),
        )
    )


@blueprint.get("/<root>/collections/")
def collections(root: str) -> Reply:
    """The collections of this root that the caller may read or write, by id."""
    hub = the_hub()
    with hub.reading() as session:
        opened = load_root(session, enter(hub, session, request.environ), root).collections
        return answer(resources.collections([_resource(each) for each in opened]))


@blueprint.get("/<root>/collections/<ident>/")
def collection(root: str, ident: str) -> Reply:
    """One collection, by id or alias."""
    hub = the_hub()
    with hub.reading() as session:
        opened = load_collection_of(session, enter(hub, session, request.environ), root, ident)
        return answer(resources.dumps(_resource(opened)))


def _resource(opened: OpenCollection) -> dict[str, object]:
    return resources.collection(opened.collection, can_read=opened.can_read, can_write=opened.can_write)


@blueprint.get("/<root>/collections/<ident>/objects/")
def objects(root: str, ident: str) -> Reply:
    """A page of objects: their stored bytes, joined."""
    return pages.objects(the_hub(), request.environ, root, ident)


@blueprint.post("/<root>/collections/<ident>/objects/")
def add_objects(root: str, ident: str) -> Reply:
    """Take in an envelope; the answer is its status resource."""
    return posting.post(the_hub(), request.environ, root, ident)


@blueprint.get("/<root>/collections/<ident>/manifest/")
def manifest(root: str, ident: str) -> Reply:
    """A page of the manifest: the same rows without their bytes."""
    return pages.manifest(the_hub(), request.environ, root, ident)


@blueprint.get("/<root>/collections/<ident>/objects/<stix_id>/")
def one_object(root: str, ident: str, stix_id: str) -> Reply:
    """The versions of one object that the filters let through, by default the last."""
    return pages.one_object(the_hub(), request.environ, root, ident, stix_id)


@blueprint.delete("/<root>/collections/<ident>/objects/<stix_id>/")
def delete_object(root: str, ident: str, stix_id: str) -> Reply:
    """Take an object of the caller's organization out of the collection, by default in all versions."""
    return deleting.delete(the_hub(), request.environ, root, ident, stix_id)


@blueprint.get("/<root>/collections/<ident>/objects/<stix_id>/versions/")
def versions(root: str, ident: str, stix_id: str) -> Reply:
    """The versions of one object, in the order in which they were added."""
    return pages.versions(the_hub(), request.environ, root, ident, stix_id)


@blueprint.get("/<root>/collections/<ident>/x_tally/")
def tally(root: str, ident: str) -> Reply:
    """Count and hash of the manifest's records in a range, so that a client sees whether it lost any."""
    return pages.tally(the_hub(), request.environ, root, ident)


@blueprint.get("/<root>/status/<ident>/")
def status(root: str, ident: str) -> Reply:
    """The status of a post, for whoever posted it."""
    return posting.status(the_hub(), request.environ, root, ident)
