"""Holds one conversation with a server: raw requests, what came back, and a line of curl that asks the same again."""

import base64
import http.client
import json
import shlex
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlencode, urljoin, urlsplit

from msgspec import Struct

from feeds.peers.lines import Lines

TAXII: Final = "application/taxii+json;version=2.1"
SECONDS: Final = 30
"""How long a server may be silent."""
LONGEST: Final = 300
"""Seconds that one answer may take; a page of a thousand objects takes one or two, and who drips is given up."""
LARGEST_ANSWER: Final = 256 * 1024 * 1024
"""Bytes of an answer that are read; a page of a thousand objects is far below."""

Query = Mapping[str, str] | Sequence[tuple[str, str]]


class CannotAsk(Exception):
    """The server cannot be asked at all; the message says what was expected and found."""


@dataclass(frozen=True)
class Reply:
    """What came back, and the request as a person would repeat it."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    curl: str

    @property
    def media_type(self) -> str:
        """The content type as it was sent."""
        return self.headers.get("content-type", "")

    @cached_property
    def value(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def resource(self) -> dict[str, Any]:
        """The body as a resource; empty where it is none."""
        return self.value if isinstance(self.value, dict) else {}

    def items(self, name: str) -> list[dict[str, Any]]:
        """The members of a list of the resource."""
        found = self.resource.get(name)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    @property
    def seen(self) -> str:
        """In a few words, for a table."""
        words = [str(self.status), self.media_type or "no Content-Type"]
        title = self.resource.get("title") if self.status >= 400 else None
        return " ".join([*words, f"({str(title)[:60]})"] if title else words)


@dataclass(frozen=True)
class Login:
    """How the caller says who it is."""

    header: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, key: str | None, user: str | None) -> "Login":
        """A key as Bearer; with a user name, as the password of Basic."""
        if not key:
            return cls()
        if user is None:
            return cls(f"Bearer {key}")
        return cls("Basic " + base64.b64encode(f"{user}:{key}".encode()).decode())


class Server(Struct, frozen=True):
    """An address to ask; every request has a connection of its own, so that no fault outlives it."""

    base: str
    login: Login
    ca: str | None = None

    def ask(
        self,
        path: str,
        query: Query = (),
        *,
        method: str = "GET",
        headers: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
        anonymous: bool = False,
    ) -> Reply:
        """Ask once. A header of None is left out.

        Raises:
            CannotAsk: no answer, or none that is HTTP.
        """
        url = urljoin(self.base, path)
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query, safe="[]:,", quote_via=quote)
        sent: dict[str, str | None] = {"Accept": TAXII, "User-Agent": "ceptoar-hub-conformance"}
        if self.login.header and not anonymous:
            sent["Authorization"] = self.login.header
        sent |= headers or {}
        given = {name: value for name, value in sent.items() if value is not None}
        curl = _curl(url, method, given, body)
        try:
            status, got, answer = self._send(url, method, given, body)
        except (OSError, http.client.HTTPException) as error:
            raise CannotAsk(f"{method} {url}: expected an answer, found {type(error).__name__}: {error}") from error
        except ValueError:  # its words would show the key
            raise CannotAsk(f"{method} {url}: expected a key and an address in plain signs, found others") from None
        return Reply(status, got, answer, curl)

    def _send(
        self, url: str, method: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(url)
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        with closing(connection), closing(Lines()) as lines, lines.within(LONGEST):
            connection.connect()
            lines.add(connection.sock)
            connection.putrequest(method, target or "/", skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            got = {name.lower(): value for name, value in answer.getheaders()}
            whole = answer.read(LARGEST_ANSWER)
            if lines.is_cut:
                raise TimeoutError(f"nothing whole within {LONGEST} seconds")
            return answer.status, got, whole

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            context = ssl.create_default_context(cafile=self.ca)
            return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)
        return http.client.HTTPConnection(host, port, timeout=SECONDS)


def _curl(url: str, method: str, headers: Mapping[str, str], body: bytes | None) -> str:
    """The same request for a person's terminal; the key is a variable there, never a text."""
    words = ["curl", "-i", "-g"]
    if method != "GET":
        words += ["-X", method]
    for name, value in headers.items():
        if name == "Authorization":
            scheme = value.partition(" ")[0]
            words += ["-H", f'"Authorization: {scheme} $KEY"']
        elif not (name == "User-Agent" and value.startswith("ceptoar-hub")):
            words += ["-H", shlex.quote(f"{name}: {value}" if value else f"{name};")]
    if "Accept" not in headers:
        words += ["-H", "Accept:"]
    if "User-Agent" not in headers:
        words += ["-H", "User-Agent:"]
    if body is not None:
        shown = body.decode("utf-8", "replace")
        words += ["--data-binary", shlex.quote(shown if len(shown) <= 1_000 else "@body.json")]
    return " ".join([*words, shlex.quote(url)])
