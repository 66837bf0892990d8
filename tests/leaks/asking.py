"""What is asked: how a line of the request table becomes requests, and how a reader sends one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask
from flask.testing import EnvironBuilder
from werkzeug.test import run_wsgi_app

from tests.leaks.answers import Answer, answer_of
from tests.leaks.cast import Reader

TAXII = "application/taxii+json;version=2.1"
MACHINES = ("/taxii2", "/api/")
STRANGERS = "2001:db8:{:x}::1"
"""Addresses that watch nothing, one for each reader: what one address fails at slows down all who use it."""


MAIL = "GET mail"
"""Stands for a route: what came to a reader by mail, which nobody has to ask for."""


@dataclass(frozen=True)
class Ids:
    """What requests name: the base world's ids, or those of one hidden thing."""

    hidden: str = ""
    """The hidden thing that these ids belong to; empty for the base world's."""
    reports: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    memberships: tuple[str, ...] = ()
    hats: tuple[str, ...] = ()
    invitations: tuple[str, ...] = ()
    resets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    cursors: tuple[str, ...] = ()
    """`next` of pages of the inbox over TAXII; each reader sends its own and those of the others."""
    usernames: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    """Names of API roots."""
    inquiries: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Files that were filed with reports."""
    uploads: tuple[str, ...] = ()
    """Files that are not filed yet."""


@dataclass(frozen=True)
class Ask:
    """One request, the same for every reader but for who it says it is."""

    route: str
    path: str
    form: tuple[tuple[str, str], ...] | None = None
    body: bytes | None = field(default=None, repr=False)
    content_type: str | None = None
    hidden: str = ""

    @property
    def method(self) -> str:
        """The method."""
        return self.route.partition(" ")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


Paths = Callable[[Ids], Sequence[str]]


@dataclass(frozen=True)
class Line:
    """A line of the table: where to ask, and with what."""

    paths: Paths
    form: Callable[[Ids], Sequence[Mapping[str, str]]] | None = None
    body: Callable[[Ids], Sequence[bytes]] | None = None
    content_type: str | None = None

    def asks(self, route: str, ids: Ids) -> list[Ask]:
        """The requests of this line for these ids."""
        found: list[Ask] = []
        for path in self.paths(ids):
            if self.form is not None:
                found += [Ask(route, path, form=tuple(each.items()), hidden=ids.hidden) for each in self.form(ids)]
            elif self.body is not None:
                found += [
                    Ask(route, path, body=each, content_type=self.content_type, hidden=ids.hidden)
                    for each in self.body(ids)
                ]
            else:
                found.append(Ask(route, path, hidden=ids.hidden))
        return found


def fixed(*paths: str) -> Line:
    """Addresses without an id."""
    return Line(lambda ids: () if ids.hidden else paths)


def each(kind: str, *templates: str) -> Line:
    """Addresses for every id of a kind."""

    def paths(ids: Ids) -> list[str]:
        return [template.format(quote(ident, safe="")) for ident in getattr(ids, kind) for template in templates]

    return Line(paths)


def first(kind: str, *templates: str) -> Line:
    """Addresses for the first of the base world's ids of a kind; for all of a hidden thing's."""

    def paths(ids: Ids) -> list[str]:
        named = getattr(ids, kind) if ids.hidden else getattr(ids, kind)[:1]
        return [template.format(quote(ident, safe="")) for ident in named for template in templates]

    return Line(paths)


def with_form(line: Line, *forms: Mapping[str, str]) -> Line:
    """Send a form there."""
    return Line(line.paths, form=lambda _ids: forms)


def with_json(line: Line, *bodies: Any) -> Line:
    """Send a document there."""
    sent = [json.dumps(body).encode() for body in bodies]
    return Line(line.paths, body=lambda _ids: sent, content_type="application/json")


def with_part(line: Line, body: bytes) -> Line:
    """Send a part of a file there."""
    return Line(line.paths, body=lambda _ids: [body], content_type="application/offset+octet-stream")


def with_stix(line: Line, *objects: bytes) -> Line:
    """Post objects there, each in a post of its own."""
    sent = [b'{"objects":[' + each + b"]}" for each in objects]
    return Line(line.paths, body=lambda _ids: sent, content_type=TAXII)


def query(path: str, **given: str) -> str:
    """An address with a query string."""
    return f"{path}?{urlencode(given)}"


def send(app: Flask, reader: Reader, ask: Ask) -> Answer:
    """Ask as this reader; no client stands between, which would read the answer and keep things of it."""
    return answer_of(*run_wsgi_app(app, written(app, reader, ask).get_environ(), buffered=True))


def written(app: Flask, reader: Reader, ask: Ask) -> EnvironBuilder:
    """The request as this reader sends it."""
    headers: dict[str, str] = {}
    if ask.path.startswith(MACHINES):
        if reader.key:
            headers["Authorization"] = f"Bearer {reader.key}"
        headers["Accept"] = TAXII if ask.path.startswith("/taxii2") else "*/*"
    elif reader.cookie:
        headers["Cookie"] = reader.cookie
    data: Any = ask.body
    if ask.form is not None:
        data = {"csrf_token": reader.csrf, **dict(ask.form)}
    return EnvironBuilder(
        app,
        ask.path,
        method=ask.method,
        headers=headers,
        data=data,
        content_type=ask.content_type,
        environ_base={"REMOTE_ADDR": STRANGERS.format(sum(reader.name.encode()))},
    )
