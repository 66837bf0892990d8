"""A connection to a peer for `taxii2-client`: with timeouts, bounds, no redirects, and the bytes of each answer.

The library's own has no timeout, reads answers of any size, follows redirects anywhere and throws the bytes away. Its
classes for collections serve; only what they send through is replaced.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Container, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple

import orjson
import requests
from msgspec import Struct
from requests.adapters import HTTPAdapter
from taxii2client.common import _HTTPConnection
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from feeds.errors import TimestampError, clip
from feeds.peers.addresses import Network, is_allowed
from feeds.peers.lines import Lines
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because
from feeds.stix.timestamps import microseconds_of, parse_timestamp

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 30
"""A peer that says nothing for so long is given up."""
ANSWER_SECONDS: Final = 180
"""A peer that drips is given up as well."""
LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of one answer, unpacked."""
CHUNK: Final = 256 * 1024
LONGEST_RETRY: Final = timedelta(hours=6)
FARTHEST_AHEAD: Final = timedelta(days=1)
"""The clocks of a server and of the database behind it differ by less."""
AGENT: Final = "ceptoar-hub"
TAXII: Final = "application/taxii+json;version=2.1"
"""Said of what is posted and of what is wanted: medallion takes nothing less."""


class PeerError(Exception):
    """A peer cannot be read; the message says what was expected and found, never what it sent."""

    def __init__(self, reason: Reason, *, status: int | None = None, pause: timedelta | None = None) -> None:
        self.reason = reason
        self.status = status
        self.pause = pause
        super().__init__(str(reason))


class Access(Struct, frozen=True, kw_only=True):
    """How to reach one peer."""

    user_name: str = ""
    key: str = ""
    proxy: str = ""
    ca_file: str = ""
    pin: str = ""
    networks: tuple[Network, ...] = ()


class Envelope(dict[str, Any]):
    """An answer as the library wants it, with its exact bytes and the date of its last object."""

    raw: bytes = b""
    last: str = ""
    is_ahead: bool = False
    """That date lies beyond what its own clock says: after such a place nothing would ever come."""


class Posted(NamedTuple):
    """What was said of a post."""

    status: int
    value: dict[str, Any]


_ABOUT_BODY: Final = frozenset({200, 201, 202, 400, 413, 422})
"""Answers that say something about what was posted, and not only about who posts or when."""


class PeerConnection(_HTTPConnection):
    """What `taxii2-client` sends through."""

    def __init__(self, access: Access) -> None:
        super().__init__(user_agent=AGENT, version="2.1")
        self.session.trust_env = False  # neither a proxy nor a password from the machine's environment
        self.session.headers["Accept-Encoding"] = "gzip, identity"
        if access.user_name:
            self.session.auth = (access.user_name, access.key)
        elif access.key:
            self.session.auth = _Bearer(access.key)
        if access.proxy:
            self.session.proxies = {"http": access.proxy, "https": access.proxy}
        self.session.verify = access.ca_file or True
        if access.pin:
            self.session.verify = False  # the fingerprint stands in for the chain
        self._lines = Lines()
        adapter = _Adapter(access.networks, access.pin, self._lines)
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)

    def get(self, url: str, headers: Any = None, params: Any = None) -> Envelope:
        """One answer, whole and within bounds.

        Raises:
            PeerError: it cannot be had, or is not TAXII.
        """
        return _envelope(*self._ask("GET", url, headers=self._merge_headers(headers), params=params))

    def post(self, url: str, headers: Any = None, params: Any = None, data: Any = None, **_: Any) -> Posted:
        """Post a body once; what the other end says of it, also where it refuses.

        Raises:
            PeerError: nothing was said, or nothing about what was posted.
        """
        merged = self._merge_headers({"Accept": TAXII, "Content-Type": TAXII, **(headers or {})})
        answer, body = self._ask("POST", url, headers=merged, params=params, data=data, fine=_ABOUT_BODY)
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            value = None
        return Posted(answer.status_code, value if isinstance(value, dict) else {})

    def close(self) -> None:
        """End the conversation."""
        super().close()
        self._lines.close()

    def _ask(self, method: str, url: str, **more: Any) -> tuple[requests.Response, bytes]:
        """An answer with its body, both within the time that an answer may take."""
        with self._lines.within(ANSWER_SECONDS):
            answer = self._answer(method, url, **more)
            try:
                body = _body(answer)
            except requests.RequestException as error:
                raise PeerError(self._too_slow() or because(Code.HALF_ANSWER, what=_kind(error))) from None
            finally:
                answer.close()
        if self._lines.is_cut:
            raise PeerError(because(Code.ANSWER_SECONDS, most=ANSWER_SECONDS))
        return answer, body

    def _answer(self, method: str, url: str, *, fine: Container[int] = (200,), **more: Any) -> requests.Response:
        try:
            answer: requests.Response = self.session.request(
                method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True, **more
            )
        except requests.RequestException as error:
            if _is_forbidden(error):
                raise PeerError(because(Code.OTHER_NETWORK)) from None
            raise PeerError(self._too_slow() or because(Code.NO_ANSWER, what=_kind(error))) from None
        if answer.status_code not in fine:
            answer.close()
            raise PeerError(_of_status(answer), status=answer.status_code, pause=_pause(answer))
        return answer

    def _too_slow(self) -> Reason | None:
        return because(Code.ANSWER_SECONDS, most=ANSWER_SECONDS) if self._lines.is_cut else None


class _Bearer(requests.auth.AuthBase):
    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class _Forbidden(OSError):
    """The other end has an address that the hub may not connect to."""


class _Adapter(HTTPAdapter):
    """Looks at the address of the other end before anything is sent; holds a pinned certificate to its fingerprint."""

    def __init__(self, networks: Sequence[Network], pin: str, lines: Lines) -> None:
        self._networks = networks
        self._pin = pin
        self._lines = lines
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Our pools for direct connections; behind a proxy the proxy decides where it goes."""
        if self._pin:
            kwargs["assert_fingerprint"] = self._pin
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._networks, self._lines)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """The fingerprint holds through a tunnel too: without it nothing would, since the chain is not looked at."""
        if self._pin:
            proxy_kwargs["assert_fingerprint"] = self._pin
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = _pools(None, self._lines)
        return manager


def _pools(networks: Sequence[Network] | None, lines: Lines) -> dict[str, Any]:
    """Pools whose connections end in time, and lead only to these networks where any are given."""

    def looked_at(socket: Any) -> Any:
        if networks is not None and not is_allowed(socket.getpeername()[0], networks):
            socket.close()
            raise _Forbidden("forbidden address")
        lines.add(socket)
        return socket

    class Plain(HTTPConnection):
        def _new_conn(self) -> Any:
            return looked_at(super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> Any:
            return looked_at(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _is_forbidden(error: BaseException | None) -> bool:
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, _Forbidden):
            return True
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return False


def _body(answer: requests.Response) -> bytes:
    """Read an answer up to its bounds, unpacked as it comes so that a small one cannot become a huge one.

    Raises:
        PeerError: it is too large.
    """
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_content(CHUNK):
        size += len(part)
        if size > LARGEST_ANSWER:
            raise PeerError(because(Code.ANSWER_BYTES, most=LARGEST_ANSWER))
        parts.append(part)
    return b"".join(parts)


def _envelope(answer: requests.Response, body: bytes) -> Envelope:
    media = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media != "application/taxii+json":
        raise PeerError(because(Code.ANSWER_TYPE, found=clip(media) or because(Code.NO_MEDIA_TYPE)))
    body = body.removeprefix(BOM_UTF8)  # RFC 8259 §8.1: not to be sent, and may be passed over
    value = _read(body)
    if not isinstance(value, dict):
        raise PeerError(because(Code.ANSWER_OBJECT))
    envelope = Envelope(value)
    envelope.raw = body
    # Some servers send the first date alone where there is one object; going on after it never skips.
    dates = [answer.headers.get(f"X-TAXII-Date-Added-{which}", "") for which in ("Last", "First")]
    envelope.last = dates[0] or dates[1]
    envelope.is_ahead = _is_ahead(envelope.last, answer.headers.get("Date", ""))
    return envelope


def _is_ahead(added: str, now: str) -> bool:
    """Whether something was added after now, by the clock of the other end alone."""
    try:
        return parse_timestamp(added) > microseconds_of(parsedate_to_datetime(now) + FARTHEST_AHEAD)
    except (TimestampError, ValueError, OverflowError):
        return False


def _read(body: bytes) -> Any:
    """What an answer says of itself; of an object that holds NaN or the like only that one is refused, later.

    Raises:
        PeerError: it is no JSON whatever one forgives.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return json.loads(body.decode())
        except (ValueError, RecursionError):
            raise PeerError(because(Code.ANSWER_JSON)) from None


_BY_STATUS: Final = {
    401: Code.LET_IN,
    403: Code.MAY_READ,
    404: Code.NO_COLLECTION,
    406: Code.OTHER_VERSION,
    429: Code.SLOWER,
}


def _of_status(answer: requests.Response) -> Reason:
    if answer.is_redirect or 300 <= answer.status_code < 400:
        return because(Code.REDIRECT)
    code = _BY_STATUS.get(answer.status_code)
    return because(code) if code else because(Code.OTHER_STATUS, status=answer.status_code)


def _pause(answer: requests.Response) -> timedelta | None:
    """How long the other end asks to be left alone: in seconds, or until a time of its own clock (RFC 9110 §10.2.3)."""
    text = answer.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit() and len(text) < 8:
        return min(timedelta(seconds=int(text)), LONGEST_RETRY)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError, OverflowError):
        return None  # the one without a zone cannot be held against the other
    return min(wait, LONGEST_RETRY) if wait > timedelta() else None


def _kind(error: Exception) -> str:
    """The kind of failure; its text may hold addresses with parts of a query."""
    return type(error).__name__
