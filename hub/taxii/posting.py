"""A door: what is posted. No body is read before the caller may write, nothing is locked before it is judged."""

from uuid import UUID

from flask import Response, request

from feeds.intake import Post, read_post, take_in
from feeds.taxii import resources
from feeds.taxii.media import is_posted_type
from hub.taxii.answers import Refused, answer
from hub.taxii.gate import enter
from hub.wiring import Hub
from sharing.actor import Actor
from sharing.collections import load_collection
from sharing.rules.policy import Policy
from sharing.statuses import keep_status, load_status, new_status_id

CHUNK = 1024 * 1024
"""Bytes read at a time from a body that does not say how long it is."""


def post(hub: Hub, ident: str) -> Response:
    """Take in an envelope and answer with its status."""
    with hub.reading() as session:
        reader = enter(hub, session)
        opened = load_collection(session, reader, ident)
        if not opened.can_write:
            raise Refused(403, "this collection can be read, not written")
        policy = hub.policy(session)
    taken = read_post(_body(hub.settings.max_body_bytes), opened.collection)
    ident_, body = _take(hub, reader.actor, taken, policy)
    return answer(body, 202, {"Location": f"/taxii2/hub/status/{ident_}/"})


def status(hub: Hub, ident: str) -> Response:
    """The status of a post of the caller's."""
    with hub.reading() as session:
        reader = enter(hub, session)
        kept = load_status(session, reader.actor, ident, now=hub.clock())
    return answer(resources.as_pending(kept.body) if kept.pending else kept.body)


def _take(hub: Hub, actor: Actor, taken: Post, policy: Policy) -> tuple[UUID, bytes]:
    context = hub.context()
    ident = new_status_id(context)
    with hub.units.recording() as session:
        done = take_in(session, actor, taken, policy=policy, context=context)
        body = resources.status(ident, done.answers, context.now)
        keep_status(session, actor, ident, body, entry_id=done.entry_id, context=context)
    settled = hub.units.settle()
    return ident, body if settled else resources.as_pending(body)


def _body(most: int) -> bytes:
    """The body, refused by what its headers say before a byte of it is read.

    Raises:
        Refused: another media type or an encoding (415), or more bytes than the API root says (413).
    """
    if not is_posted_type(request.environ.get("CONTENT_TYPE")):
        raise Refused(415, "expected Content-Type application/taxii+json;version=2.1", close=True)
    if request.environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in {"", "identity"}:
        raise Refused(415, "expected a body without Content-Encoding", close=True)
    stated = request.environ.get("CONTENT_LENGTH") or ""
    if stated:
        if not (stated.isascii() and stated.isdigit()):
            raise Refused(400, "expected Content-Length to be a number of bytes", close=True)
        if len(stated) > 15 or int(stated) > most:
            raise Refused(413, f"expected at most {most} bytes", close=True)
        most = int(stated)
    stream = request.environ["wsgi.input"]
    parts: list[bytes] = []
    size = 0
    while size <= most:
        part = stream.read(min(CHUNK, most + 1 - size) if not stated else most - size)
        if not part:
            break
        parts.append(part)
        size += len(part)
    if size > most:
        raise Refused(413, f"expected at most {most} bytes", close=True)
    if stated and size < most:
        raise Refused(400, f"expected the {most} bytes that were announced, found fewer", close=True)
    return b"".join(parts)
