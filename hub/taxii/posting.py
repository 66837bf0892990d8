"""A door: what is posted. No body is read before its sender may write, nothing is locked before it is judged.

Small bodies of programs that posted here before are the exception on PostgreSQL: they are read and judged while nobody
knows yet whether their sender still may, so that it is asked only once, with all that such a post rests on.
"""

from base64 import b64encode
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from hashlib import sha256
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from feeds.errors import FeedError
from feeds.intake.judging import Judge, hold_against
from feeds.intake.posts import Post
from feeds.intake.references import ask_of_references, tells
from feeds.intake.taking import ask_ahead, take_in
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.taxii import resources
from hub.taxii.answers import Refused, Reply, answer
from hub.taxii.bodies import LIGHT, is_light, must_fit, read_body
from hub.taxii.gate import as_usual, enter, met_before
from hub.taxii.noted import note_refusals
from hub.wiring import Hub
from models.collection import Collection
from models.ways import Statement
from sharing.actor import Actor, Context
from sharing.audit.receipts import promise_of_entry
from sharing.collections.access import OpenCollection
from sharing.collections.api_roots import load_collection_of, must_lead_to
from sharing.collections.statuses import (
    KeptStatus,
    NamedPost,
    find_named_post,
    keep_name,
    keep_status,
    load_status,
    new_status_id,
)
from sharing.errors import Conflict
from sharing.habits import Answered, Beside, foreseen
from sharing.readers import Reader
from sharing.rules.policy import Policy
from sharing.units import is_integrated

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LONGEST_KEY = 255
"""Characters of an `Idempotency-Key`; clients send a UUID."""

PROMISE = "Ceptoar-Hub-Promise"
"""The header with the log's promise (受付証) in base64: a signed note that `log verify` reads."""

LARGE_POST: Final = 256 * 1024
"""Bytes above which a post takes its turn: some two hundred objects."""

_AT_ONCE: Final = BoundedSemaphore(1)
"""Small posts that a worker takes in with one question: it keeps the others of its publisher out for longer, so in a
crowd the longer way is quicker."""

_TURNS: Final = Lock()
"""A worker judges and writes one large post at a time: two get in each other's way, and each holds what it was sent."""


class _Met(NamedTuple):
    """As whom a program was met when it posted last, and where."""

    reader: Reader
    collection: Collection


class _Admitted(NamedTuple):
    """Who posts, where, and under which policy."""

    reader: Reader
    opened: OpenCollection
    policy: Policy
    beside: Answered
    """What was asked ahead for what follows."""


class _Taken(NamedTuple):
    """What became of a post."""

    ident: UUID
    body: bytes
    entry_id: int | None


def post(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str) -> Reply:
    """Take in an envelope and answer with its status."""
    return _Desk(hub, environ, root, ident).post()


class _Desk(NamedTuple):
    """Where something is posted by one request: a collection as it is reached through a root."""

    hub: Hub
    environ: "WSGIEnvironment"
    root: str
    ident: str

    def post(self) -> Reply:
        """Take in what this request holds."""
        met: _Met | None = met_before(self.hub, self.environ, self.root, self.ident)
        most = self.hub.settings.max_body_bytes
        if met is None or self.hub.units.database.is_sqlite or not is_light(self.environ, most):
            return self._post()
        body = read_body(self.environ, LIGHT)
        if not _AT_ONCE.acquire(blocking=False):
            return self._post(body)
        try:
            read = self._read_as_before(met, body)
            return self._post(body) if read is None else self._post_at_once(met, body, read)
        finally:
            _AT_ONCE.release()

    def _post(self, body: bytes | None = None) -> Reply:
        """Admit whoever posts; then read the body, judge it, and take it in."""
        with self.hub.reading(snapshot=False) as session:  # as polls do: no answer rests on another
            admitted = self._admit(session)
        reader, opened = admitted.reader, admitted.opened
        key = _idempotency_key(self.environ)
        most = most_bytes(self.hub, opened.max_content_length)
        body = read_body(self.environ, most) if body is None else must_fit(body, most)
        named = NamedPost(key, opened.feed, sha256(body).digest()) if key is not None else None
        if named is not None:
            first = self._first_answer(reader.actor, named)
            if first is not None:
                return first
        try:
            with _turn(body):
                judged = self._judge.judge(body, opened.collection, lambda _: reader)
                context = self.hub.context()
                with self.hub.units.writing(by_keys=True) as session:
                    taken = self._take(session, admitted, judged, context, named)
                return self._accepted(session, taken)
        except Conflict:
            first = self._first_answer(reader.actor, named) if named is not None else None
            if first is None:
                raise
            return first

    def _read_as_before(self, met: _Met, body: bytes) -> Post | None:
        """What a light body holds if its program posts as it did before; None where it takes the longer way."""
        try:
            read = self._judge.read(body, met.collection, lambda _: met.reader)
        except FeedError:
            return None  # to be told to whoever may post here
        return None if tells(read) else read

    def _post_at_once(self, met: _Met, body: bytes, read: Post) -> Reply:
        """Admit, judge and take in within one unit of work, which asks PostgreSQL once before it writes.

        All is asked as if whoever comes were who came last. Who it is, and what may be done there, is in the same
        answer, and only then does anything count.
        """

        def beside(session: Session, met: _Met) -> list[Statement]:
            publisher = met.reader.actor.organization.id
            return [*ask_ahead(session, publisher, read), *ask_of_references(session, met.reader, read)]

        context = self.hub.context()
        with self.hub.units.writing(by_keys=True) as session:
            admitted = self._admit(session, beside)
            reader, opened = admitted.reader, admitted.opened
            must_fit(body, most_bytes(self.hub, opened.max_content_length))
            if opened.collection is not met.collection or reader.actor.organization != met.reader.actor.organization:
                read = self._judge.read(body, opened.collection, lambda _: reader)
            with foreseen(session, admitted.beside):
                taken = self._take(session, admitted, hold_against(session, reader, read), context)
        return self._accepted(session, taken)

    def _admit(self, session: Session, beside: Beside | None = None) -> _Admitted:
        """Let in who may post here.

        Raises:
            Refused: who comes opens nothing (401), takes no answer of ours (406), or may not post there (403).
            NotVisible: there is no such collection for this reader.
        """
        with as_usual(self.hub, session, self.environ, self.root, self.ident, beside=beside) as visit:
            reader = enter(self.hub, session, self.environ)
            opened = load_collection_of(session, reader, self.root, self.ident)
            policy = self.hub.policy(session)
            visit.met_as = _Met(reader, opened.collection)
        if not opened.can_write:
            raise Refused(403, because(Code.READ_ONLY))
        return _Admitted(reader, opened, policy, visit.beside)

    def _take(
        self, session: Session, admitted: _Admitted, judged: Post, context: Context, named: NamedPost | None = None
    ) -> _Taken:
        """Publish what was judged, and keep its status."""
        actor = admitted.reader.actor
        ident = new_status_id(context)
        if named is not None:
            keep_name(session, actor, named, ident, context=context)
        done = take_in(session, actor, judged, policy=admitted.policy, context=context)
        note_refusals(self.environ, done.answers)
        body = resources.status(ident, done.answers, context.now)
        keep_status(session, actor, ident, body, entry_id=done.entry_id, feed=admitted.opened.feed, context=context)
        return _Taken(ident, body, done.entry_id)

    @property
    def _judge(self) -> Judge:
        secrets = self.hub.secrets
        return Judge(secrets.edition_key, partial(self.hub.reading, snapshot=False), secrets.editions)

    def _first_answer(self, actor: Actor, named: NamedPost) -> Reply | None:
        """What was answered to the post that had this name first."""
        with self.hub.reading() as session:
            ident = find_named_post(session, actor, named, now=self.hub.clock())
            if ident is None:
                return None
            kept = load_status(session, actor, str(ident), now=self.hub.clock())
            promise = _promise_again(self.hub, session, kept)
        return self._answered(ident, resources.as_pending(kept.body) if kept.pending else kept.body, promise)

    def _accepted(self, session: Session, taken: _Taken) -> Reply:
        """The answer to what a unit of work took in, once that is over."""
        promise = self.hub.promise(session) if taken.entry_id is not None else None
        body = taken.body if is_integrated(session) else resources.as_pending(taken.body)
        return self._answered(taken.ident, body, promise)

    def _answered(self, ident: UUID, body: bytes, promise: bytes | None) -> Reply:
        headers = {"Location": f"/taxii2/{self.root}/status/{ident}/"}
        return answer(body, 202, headers | _promised(promise))


def _turn(body: bytes) -> AbstractContextManager[object]:
    """Large posts wait for one another; a small one waits for nobody."""
    return _TURNS if len(body) > LARGE_POST else nullcontext()


def most_bytes(hub: Hub, of_root: int | None) -> int:
    """Bytes that a body may hold: what the root says, and never more than the hub takes anywhere."""
    return min(hub.settings.max_body_bytes, of_root or hub.settings.max_body_bytes)


def _promised(promise: bytes | None) -> dict[str, str]:
    """The log's signed promise beside a status; it is no part of the resource, which is the specification's."""
    return {} if promise is None else {PROMISE: b64encode(promise).decode()}


def _promise_again(hub: Hub, session: Session, kept: KeptStatus) -> bytes | None:
    if kept.entry_id is None:
        return None
    return hub.sign_promise(promise_of_entry(session, kept.entry_id))


def _idempotency_key(environ: "WSGIEnvironment") -> str | None:
    """The name that a poster gave this post.

    Raises:
        Refused: it is no name.
    """
    key: str | None = environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Refused(400, because(Code.POST_NAME, most=LONGEST_KEY))
    return key


def status(hub: Hub, environ: "WSGIEnvironment", root: str, ident: str) -> Reply:
    """The status of a post of the caller's, under the roots that lead it to where it posted."""
    with hub.reading() as session:
        reader = enter(hub, session, environ)
        kept = load_status(session, reader.actor, ident, now=hub.clock())
        must_lead_to(session, reader, root, kept.feed)
        promise = _promise_again(hub, session, kept)
    body = resources.as_pending(kept.body) if kept.pending else kept.body
    return answer(body, headers=_promised(promise))
