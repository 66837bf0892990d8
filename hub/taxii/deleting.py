"""A door: what is deleted, and with it what the hub made of it: forms without the stricter parts, joined and signed.

Those who read a form never saw the object; what its publisher takes back would stay with them.
"""

from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy.orm import Session

from feeds.stix.granular import list_made
from feeds.stix.signature import signature_id
from feeds.taxii.query import OF_OBJECT, parse_query
from feeds.taxii.resources import EMPTY
from hub.taxii.answers import Reply, answer
from hub.taxii.gate import enter
from hub.wiring import Hub
from sharing.collections.access import OpenCollection
from sharing.collections.api_roots import load_collection_of
from sharing.collections.deletions import EVERY_VERSION, delete_made, delete_object
from sharing.errors import Busy, NotVisible
from sharing.readers import Reader
from sharing.reading.closing import list_own_visible
from sharing.reading.own import OwnVersion, list_own_versions
from sharing.reading.question import Question

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def delete(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str, stix_id: str) -> Reply:
    """Delete an object of the caller's organization; what was made of it first: cut between, it is all there to ask."""
    asked = parse_query(environ.get("QUERY_STRING", ""), OF_OBJECT, paged=False)
    question = replace(EVERY_VERSION, **asked.given)
    with hub.reading() as session:
        reader = enter(hub, session, environ)
        opened = load_collection_of(session, reader, root, ident)
        if "\x00" in stix_id:
            raise NotVisible("no such object")
        made = _made(session, reader, opened, question, stix_id=stix_id, key=hub.secrets.edition_key)
    if made:
        _integrate(hub)
        with hub.writing() as session:
            delete_made(session, reader, opened, stix_id, made, context=hub.context())
    _integrate(hub)
    with hub.writing() as session:
        delete_object(session, reader, opened, stix_id, question, context=hub.context())
    return answer(EMPTY)


def _integrate(hub: Hub) -> None:
    """Let what waits into the feed: only what is there can be taken out.

    Raises:
        Busy: that cannot be now.
    """
    if not hub.units.integrate_waiting():
        raise Busy("the feed cannot take anything now; try again")


def _made(
    session: Session, reader: Reader, opened: OpenCollection, question: Question, *, stix_id: str, key: bytes
) -> list[OwnVersion]:
    """What was made of those versions that the caller may delete; mostly nothing."""
    if not (opened.can_read and opened.can_write):
        return []
    publisher = reader.actor.organization.id
    going = {row.object_id for row in list_own_visible(session, reader, opened.feed, stix_id, question)}
    every = list_own_versions(session, publisher, [stix_id])
    own = [each for each in every if each.id in going and not each.is_edition]
    if not own:
        return []
    times = {each.version_us for each in own}
    possible = {each.stix_id: each for each in list_made(stix_id, own[0].created_by_ref, key)}
    made = [
        each
        for each in list_own_versions(session, publisher, sorted(possible))
        # Observables have no times of their own: a form has the time at which both were recorded.
        if times & {each.version_us, each.version_us + possible[each.stix_id].shift_us}
    ]
    if not made:
        return []
    signed = [signature_id(each.stix_id, each.version) for each in made]
    return [*made, *list_own_versions(session, publisher, signed)]
