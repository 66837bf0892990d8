"""A door: what is posted. No body is read before the caller may write, nothing is locked before it is judged."""

from base64 import b64encode
from contextlib import nullcontext
from functools import partial
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Final
from uuid import UUID

from flask import Response, request
from msgspec.structs import replace
from sqlalchemy.orm import Session

from feeds.codes import Code
from feeds.intake import Post, take_in
from feeds.judging import Judge
from feeds.reasons import because
from feeds.taxii import resources
from feeds.taxii.media import is_posted_type
from feeds.taxii.query import OF_OBJECT, parse_query
from feeds.taxii.resources import EMPTY
from hub.taxii.answers import Refused, answer
from hub.taxii.gate import as_usual, enter
from hub.wiring import Hub
from sharing.actor import Actor
from sharing.audit.receipts import promise_of_entry
from sharing.collections.api_roots import load_collection_of, must_lead_to
from sharing.collections.deletions import EVERY_VERSION, delete_object
from sharing.collections.statuses import (
    KeptStatus,
    NamedPost,
    find_named_post,
    keep_name,
    keep_status,
    load_status,
    new_status_id,
)
from sharing.errors import Busy, Conflict, NotVisible
from sharing.rules.policy import Policy
from sharing.units import is_integrated

LONGEST_KEY = 255
"""Characters of an `Idempotency-Key`; clients send a UUID."""

PROMISE = "Ceptoar-Hub-Promise"
"""The header with the log's promise (受付証) in base64: a signed note that `log verify` reads."""

LARGE: Final = 256 * 1024
"""Bytes from which on a post takes its turn: some two hundred objects."""

_TURNS: Final = BoundedSemaphore(2)
"""Large posts that a worker judges and writes at a time: more would not be quicker, and each holds what it was sent."""

CHUNK = 1024 * 1024
"""Bytes read at a time from a body that does not say how long it is."""


def post(hub: Hub, root: str, ident: str) -> Response:
    """Take in an envelope and answer with its status."""
    with hub.reading(snapshot=False) as session:  # as polls do: no answer rests on another
        with as_usual(hub, session, root, ident):
            reader = enter(hub, session)
            opened = load_collection_of(session, reader, root, ident)
            policy = hub.policy(session)
        if not opened.can_write:
            raise Refused(403, because(Code.READ_ONLY))
    key = _idempotency_key()
    body = _body(most_bytes(hub, opened.max_content_length))
    named = NamedPost(key, opened.feed, sha256(body).digest()) if key is not None else None
    if named is not None:
        first = _first_answer(hub, reader.actor, root, named)
        if first is not None:
            return first
    reading = partial(hub.reading, snapshot=False)
    try:
        with _TURNS if len(body) > LARGE else nullcontext():
            taken = Judge(hub.secrets.edition_key, reading, hub.secrets.editions).judge(
                body, opened.collection, lambda _: reader
            )
            return _accepted(root, *_take(hub, reader.actor, taken, policy, feed=opened.feed, named=named))
    except Conflict:
        first = _first_answer(hub, reader.actor, root, named) if named is not None else None
        if first is None:
            raise
        return first


def most_bytes(hub: Hub, of_root: int | None) -> int:
    """Bytes that a body may hold: what the root says, and never more than the hub takes anywhere."""
    return min(hub.settings.max_body_bytes, of_root or hub.settings.max_body_bytes)


def _accepted(root: str, ident: UUID, body: bytes, promise: bytes | None) -> Response:
    headers = {"Location": f"/taxii2/{root}/status/{ident}/"}
    return answer(body, 202, headers | _promised(promise))


def _promised(promise: bytes | None) -> dict[str, str]:
    """The log's signed promise beside a status; it is no part of the resource, which is the specification's."""
    return {} if promise is None else {PROMISE: b64encode(promise).decode()}


def _first_answer(hub: Hub, actor: Actor, root: str, named: NamedPost) -> Response | None:
    """What was answered to the post that had this name first."""
    with hub.reading() as session:
        ident = find_named_post(session, actor, named, now=hub.clock())
        if ident is None:
            return None
        kept = load_status(session, actor, str(ident), now=hub.clock())
        promise = _promise_again(hub, session, kept)
    return _accepted(root, ident, resources.as_pending(kept.body) if kept.pending else kept.body, promise)


def _promise_again(hub: Hub, session: Session, kept: KeptStatus) -> bytes | None:
    if kept.entry_id is None:
        return None
    return hub.sign_promise(promise_of_entry(session, kept.entry_id))


def _idempotency_key() -> str | None:
    """The name that a poster gave this post.

    Raises:
        Refused: it is no name.
    """
    key: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Refused(400, because(Code.POST_NAME, most=LONGEST_KEY))
    return key


def delete(hub: Hub, root: str, ident: str, stix_id: str) -> Response:
    """Delete an object of the caller's organization from the collection."""
    asked = parse_query(request.environ.get("QUERY_STRING", ""), OF_OBJECT, paged=False)
    with hub.reading() as session:
        reader = enter(hub, session)
        opened = load_collection_of(session, reader, root, ident)
    if "\x00" in stix_id:
        raise NotVisible("no such object")
    if not hub.units.integrate_waiting():
        raise Busy("the feed cannot take anything now; try again")
    with hub.writing() as session:
        question = replace(EVERY_VERSION, **asked.given)
        delete_object(session, reader, opened, stix_id, question, context=hub.context())
    return answer(EMPTY)


def status(hub: Hub, root: str, ident: str) -> Response:
    """The status of a post of the caller's, under the roots that lead it to where it posted."""
    with hub.reading() as session:
        reader = enter(hub, session)
        kept = load_status(session, reader.actor, ident, now=hub.clock())
        must_lead_to(session, reader, root, kept.feed)
        promise = _promise_again(hub, session, kept)
    body = resources.as_pending(kept.body) if kept.pending else kept.body
    return answer(body, headers=_promised(promise))


def _take(
    hub: Hub, actor: Actor, taken: Post, policy: Policy, *, feed: int, named: NamedPost | None
) -> tuple[UUID, bytes, bytes | None]:
    context = hub.context()
    ident = new_status_id(context)
    with hub.units.writing(by_keys=True) as session:
        if named is not None:
            keep_name(session, actor, named, ident, context=context)
        done = take_in(session, actor, taken, policy=policy, context=context)
        body = resources.status(ident, done.answers, context.now)
        keep_status(session, actor, ident, body, entry_id=done.entry_id, feed=feed, context=context)
    promise = hub.promise(session) if done.entry_id is not None else None
    return ident, body if is_integrated(session) else resources.as_pending(body), promise


def _body(most: int) -> bytes:
    """The body, refused by what its headers say before a byte of it is read.

    Raises:
        Refused: another media type or an encoding (415), or more bytes than the API root says (413).
    """
    content_type = request.environ.get("CONTENT_TYPE")
    if not is_posted_type(content_type):
        raise Refused(415, because(Code.CONTENT_TYPE), found=content_type or "none")
    encoding = request.environ.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding.strip().lower() not in {"", "identity"}:
        raise Refused(415, because(Code.CONTENT_ENCODING), found=encoding)
    if request.environ.get("HTTP_TRANSFER_ENCODING", "chunked").strip().lower() not in {"", "identity", "chunked"}:
        raise Refused(415, because(Code.TRANSFER_ENCODING))
    stated = request.environ.get("CONTENT_LENGTH") or ""
    if stated:
        if not (stated.isascii() and stated.isdigit()):
            raise Refused(400, because(Code.CONTENT_LENGTH))
        if len(stated) > 15 or int(stated) > most:
            raise Refused(413, because(Code.MOST_BYTES, most=most), found=stated)
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
        raise Refused(413, because(Code.MOST_BYTES, most=most), found="more")
    if stated and size < most:
        raise Refused(400, because(Code.BODY_SHORT, most=most))
    return b"".join(parts)
